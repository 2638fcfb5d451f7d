//! Requests that are refused, each with its status and its words.

use std::fmt;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use policy::{Diagnostic, Revision, Severity};
use serde_json::json;
use store::{PutError, StoreError};

use crate::api::Fault;
use crate::request::LONGEST_BODY;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The request names another host than this one, or none.
    Host,
    /// The request comes from a page of another site.
    Foreign,
    /// The API has nothing there.
    NoRoute(String),
    /// There is no such revision.
    NoRevision(String),
    /// The path takes other methods.
    Method,
    /// The body is in no format that is read here.
    MediaType(&'static str),
    /// The body is longer than [`LONGEST_BODY`].
    TooLong,
    /// The body did not come in time.
    Slow,
    /// The body ended early or is no UTF-8.
    Broken,
    /// A header says what it may not say.
    Header {
        /// Which one.
        name: &'static str,
        /// What it must say.
        what: &'static str,
    },
    /// The request does not say which revision it replaces.
    NoPrecondition,
    /// Somebody else saved first.
    Conflict(Revision),
    /// The body is no document.
    Syntax(Vec<Diagnostic>),
    /// The document cannot be used.
    Faulty(Vec<Diagnostic>),
    /// The body is no JSON; the text says where.
    Json(String),
    /// The report is not in the shape of the API.
    Report(String),
    /// The store failed.
    Store(StoreError),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Refusal::Host => StatusCode::MISDIRECTED_REQUEST,
            Refusal::Foreign => StatusCode::FORBIDDEN,
            Refusal::NoRoute(_) | Refusal::NoRevision(_) => StatusCode::NOT_FOUND,
            Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Slow => StatusCode::REQUEST_TIMEOUT,
            Refusal::Broken | Refusal::Header { .. } | Refusal::Syntax(_) | Refusal::Json(_) => StatusCode::BAD_REQUEST,
            Refusal::NoPrecondition => StatusCode::PRECONDITION_REQUIRED,
            Refusal::Conflict(_) => StatusCode::PRECONDITION_FAILED,
            Refusal::Faulty(_) | Refusal::Report(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Host => {
                write!(out, "this server answers to `127.0.0.1`, `localhost` and `[::1]` only: use one of them")
            }
            Refusal::Foreign => write!(out, "a page of another site may not ask this server: open the console itself"),
            Refusal::NoRoute(path) => write!(out, "the API has no `{path}`"),
            Refusal::NoRevision(revision) => write!(out, "there is no revision `{revision}`: see `/api/v1/history`"),
            Refusal::Method => write!(out, "the method is not allowed here: see the header `Allow`"),
            Refusal::MediaType(known) => {
                write!(out, "the body has another format: send {known} and say so in `Content-Type`")
            }
            Refusal::TooLong => write!(out, "the body is longer than {LONGEST_BODY} bytes: send less"),
            Refusal::Slow => write!(out, "the body did not come in time: send it again"),
            Refusal::Broken => write!(out, "the body is cut off or no UTF-8: send it again"),
            Refusal::Header { name, what } => {
                write!(out, "the header `{name}` cannot be used: {what}")
            }
            Refusal::NoPrecondition => {
                write!(out, "the request does not say which revision it replaces: send its `ETag` as `If-Match`")
            }
            Refusal::Conflict(current) => {
                write!(out, "somebody saved revision {current} meanwhile: load it, make the change again and save")
            }
            Refusal::Syntax(_) => write!(out, "the body is no document: see `diagnostics`"),
            Refusal::Faulty(diagnostics) => {
                let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
                let plural = if errors == 1 { "" } else { "s" };
                write!(out, "the document has {errors} error{plural} and was not saved: see `diagnostics`")
            }
            Refusal::Json(error) => write!(out, "the body is no JSON: {error}"),
            Refusal::Report(error) => write!(out, "the report cannot be used: {error}"),
            // Paths and system errors are for the log.
            Refusal::Store(_) => {
                write!(out, "the policy store failed and nothing was saved: see the log of `portcullis serve`")
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let error = self.to_string();
        if let Refusal::Store(fault) = &self {
            tracing::error!("{fault}");
        }
        match self {
            Refusal::Conflict(current) => {
                (status, Json(json!({ "error": error, "revision": current.0 }))).into_response()
            }
            Refusal::Syntax(diagnostics) | Refusal::Faulty(diagnostics) => {
                let faults: Vec<Fault> = diagnostics.iter().map(Fault::from).collect();
                (status, Json(json!({ "error": error, "diagnostics": faults }))).into_response()
            }
            // What is left of the body is not worth reading.
            Refusal::Slow | Refusal::TooLong => {
                (status, [(header::CONNECTION, "close")], Json(json!({ "error": error }))).into_response()
            }
            _ => (status, Json(json!({ "error": error }))).into_response(),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Refusal::Store(error)
    }
}

impl From<PutError> for Refusal {
    fn from(error: PutError) -> Refusal {
        match error {
            PutError::Conflict { current: Some(current) } => Refusal::Conflict(current),
            // The server saves a first revision before it listens.
            PutError::Conflict { current: None } => Refusal::NoRevision("1".to_owned()),
            PutError::Store(error) => Refusal::Store(error),
        }
    }
}
