//! Requests to the server that the console came from.

use leptos::prelude::window;
use policy::{Diagnostic, Severity};
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

use super::address::href;
use crate::text::say;

/// What a server answered.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body; `null` where it is no JSON.
    pub(crate) body: Value,
}

/// Asks for a path of the server.
///
/// # Errors
/// The sentence to show where no answer came.
pub(crate) async fn get(path: &str) -> Result<Answer, String> {
    send(path, "GET", &[], None).await
}

/// Sends JSON to a path of the server.
///
/// # Errors
/// The sentence to show where no answer came.
pub(crate) async fn put(path: &str, headers: &[(&str, &str)], body: &Value) -> Result<Answer, String> {
    send(path, "PUT", headers, Some(body)).await
}

async fn send(path: &str, method: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Result<Answer, String> {
    let no_answer = |_| say("the server does not answer: check that it runs, nothing is lost meanwhile").to_owned();
    let all = Headers::new().map_err(no_answer)?;
    all.set("Accept", "application/json").map_err(no_answer)?;
    for (name, value) in headers {
        all.set(name, value).map_err(no_answer)?;
    }
    let request = RequestInit::new();
    request.set_method(method);
    if let Some(body) = body {
        all.set("Content-Type", "application/json").map_err(no_answer)?;
        request.set_body(&body.to_string().into());
    }
    request.set_headers(&all);
    let answer = JsFuture::from(window().fetch_with_str_and_init(&href(path), &request)).await.map_err(no_answer)?;
    let answer: Response = answer.unchecked_into();
    let text = JsFuture::from(answer.text().map_err(no_answer)?).await.map_err(no_answer)?;
    let body = serde_json::from_str(&text.as_string().unwrap_or_default()).unwrap_or(Value::Null);
    Ok(Answer { status: answer.status(), body })
}

/// A fault as servers and workers send it.
pub(crate) fn diagnostic(value: &Value) -> Diagnostic {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let severity = if text("severity") == "warning" { Severity::Warning } else { Severity::Error };
    let fix = value.get("fix").and_then(Value::as_str).map(str::to_owned);
    Diagnostic { severity, path: text("path").to_owned(), message: text("message").to_owned(), fix }
}
