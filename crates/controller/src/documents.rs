//! The document and its history.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use policy::{Diagnostic, Document, Revision, Severity};
use serde_json::{Value, json};
use store::{Change, Saved};

use crate::api::{Fault, HistoryLine, Receipt};
use crate::refusal::Refusal;
use crate::request::{self, Format};
use crate::shared::{Published, Shared, blocking, etag, rfc3339};

/// `GET /health`
pub(crate) async fn health(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({ "status": "ok", "revision": shared.published.borrow().revision.0 }))
}

/// `GET /api/v1/document`
pub(crate) async fn load(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let published = Arc::clone(&shared.published.borrow());
    answer(&published, &headers)
}

/// `PUT /api/v1/document`
pub(crate) async fn save(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    // The body first: an answer to a half-sent request may never be read.
    let text = request::read_body(body).await?;
    let replaced = request::replaced_revision(&headers)?;
    let format = request::body_format(&headers)?;
    let change =
        Change { saved_at: SystemTime::now(), author: request::author(&headers)?, note: request::note(&headers)? };
    let receipt = blocking(&shared, move |shared| {
        let document = read(format, &text)?;
        replace(shared, replaced, document, change)
    })
    .await?;
    Ok(([(header::ETAG, etag(Revision(receipt.revision)))], Json(receipt)).into_response())
}

/// `GET /api/v1/history`
pub(crate) async fn history(State(shared): State<Arc<Shared>>) -> Result<Json<Vec<HistoryLine>>, Refusal> {
    let entries = blocking(&shared, |shared| Ok(shared.store.history()?)).await?;
    let lines = entries.into_iter().map(|entry| HistoryLine {
        revision: entry.revision.0,
        saved_at: rfc3339(entry.change.saved_at),
        author: entry.change.author,
        note: entry.change.note,
    });
    Ok(Json(lines.collect()))
}

/// `GET /api/v1/history/N`
pub(crate) async fn past(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let Ok(revision) = number.parse() else {
        return Err(Refusal::NoRevision(number));
    };
    let saved = blocking(&shared, move |shared| Ok(shared.store.get(Revision(revision))?)).await?;
    match saved {
        Some(saved) => Ok(answer(&Published::of(&saved), &headers)),
        None => Err(Refusal::NoRevision(number)),
    }
}

fn answer(published: &Published, headers: &HeaderMap) -> Response {
    let about = [(header::ETAG, published.etag()), (header::VARY, "accept".to_owned())];
    if request::client_has(headers, &published.etag()) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let (content_type, body): (_, Bytes) = match request::answer_format(headers) {
        Format::Json => ("application/json", published.json.clone()),
        Format::Yaml => ("application/yaml", published.yaml.clone()),
    };
    (about, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// Reads a document; refuses it with every fault at once.
fn read(format: Format, text: &str) -> Result<Document, Refusal> {
    let (document, diagnostics) = match format {
        Format::Yaml => Document::check(text),
        // Stricter than reading JSON as YAML, and `\ud83d\ude00` is one character.
        Format::Json => match serde_json::from_str(text) {
            Ok(value) => Document::check_value(&value),
            Err(error) => return Err(Refusal::Syntax(vec![Diagnostic::error("", error)])),
        },
    };
    let faulty = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    match diagnostics.as_slice() {
        _ if !faulty => Ok(document),
        // A fault without a place is about the text as a whole: it has no structure to point into.
        [only] if only.path.is_empty() => Err(Refusal::Syntax(diagnostics)),
        _ => Err(Refusal::Faulty(diagnostics)),
    }
}

/// Saves and announces a document that resolves.
fn replace(shared: &Shared, replaced: Revision, document: Document, change: Change) -> Result<Receipt, Refusal> {
    policy::resolve(&document, replaced).map_err(|faults| Refusal::Faulty(faults.0))?;
    let revision = shared.store.put(Some(replaced), &document, &change)?;
    tracing::info!(revision = revision.0, author = change.author, note = change.note, "document saved");
    let saved = Saved { revision, change, document };
    shared.publish(Published::of(&saved));
    let warnings = saved.document.validate().iter().map(Fault::from).collect();
    Ok(Receipt { revision: revision.0, warnings })
}
