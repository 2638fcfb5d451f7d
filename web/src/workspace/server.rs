//! What the controller keeps and answers; the shapes of its HTTP API.

use policy::{Diagnostic, Document, Severity};
use serde_json::{Value, json};

use crate::browser::{address, http};
use crate::text::{say, say_with};

/// Whether there is a server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Link {
    /// Nobody knows yet.
    Looking,
    /// There is none: the console is just files.
    Alone,
    /// It answers.
    Up,
    /// It answered before; the sentence says what went wrong.
    Down(String),
}

/// A revision of the document that the server keeps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Saved {
    /// Counts upward.
    pub(crate) revision: u64,
    /// When, as RFC 3339 text.
    pub(crate) saved_at: String,
    /// Who.
    pub(crate) author: String,
    /// Why.
    pub(crate) note: String,
    /// What.
    pub(crate) document: Document,
}

/// A revision as the history lists it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// Counts upward.
    pub(crate) revision: u64,
    /// When, as RFC 3339 text.
    pub(crate) saved_at: String,
    /// Who.
    pub(crate) author: String,
    /// Why.
    pub(crate) note: String,
}

/// How saving goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Saving {
    /// Nobody saves.
    Idle,
    /// A request is on its way.
    Busy,
    /// Somebody else saved this revision first.
    Conflict(u64),
    /// The server refuses the document.
    Refused(Vec<Diagnostic>),
    /// No usable answer; the sentence says why.
    Failed(String),
}

/// What became of a request to save.
pub(crate) enum Outcome {
    /// It is this revision now.
    Saved(u64),
    /// Somebody else saved this revision first.
    Conflict(u64),
    /// The server refuses the document.
    Refused(Vec<Diagnostic>),
}

/// The revision that the server has; `None` where there is no server.
pub(crate) async fn health() -> Option<u64> {
    let answer = http::get("/health").await.ok()?;
    // Where files are served without a server, this path answers with the console's own page.
    (answer.status == 200).then(|| answer.body.get("revision")?.as_u64()).flatten()
}

/// The document as the server keeps it.
///
/// # Errors
/// The sentence to show.
pub(crate) async fn load() -> Result<Saved, String> {
    let answer = http::get("/api/v1/document").await?;
    match answer.status {
        200 => Saved::read(&answer.body),
        _ => Err(said(&answer)),
    }
}

/// Every revision that the server keeps, the latest first.
///
/// # Errors
/// The sentence to show.
pub(super) async fn history() -> Result<Vec<Entry>, String> {
    let answer = http::get("/api/v1/history").await?;
    let mut entries: Vec<Entry> = match (answer.status, answer.body.as_array()) {
        (200, Some(list)) => list.iter().filter_map(Entry::read).collect(),
        _ => return Err(said(&answer)),
    };
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.revision));
    Ok(entries)
}

/// An old revision with its document.
///
/// # Errors
/// The sentence to show.
pub(super) async fn past(revision: u64) -> Result<Saved, String> {
    let answer = http::get(&format!("/api/v1/history/{revision}")).await?;
    match answer.status {
        200 => Saved::read(&answer.body),
        _ => Err(said(&answer)),
    }
}

/// Saves a document in the place of a revision.
///
/// # Errors
/// The sentence to show where there is no usable answer.
pub(crate) async fn save(document: &Document, over: u64, note: &str) -> Result<Outcome, String> {
    let etag = format!("\"{over}\"");
    let note: String = js_sys::encode_uri_component(note).into();
    let headers = [("If-Match", etag.as_str()), ("Portcullis-Note", note.as_str()), ("Portcullis-Author", "console")];
    let answer = http::put("/api/v1/document", &headers, &document.to_value()).await?;
    let revision = answer.body.get("revision").and_then(Value::as_u64);
    match (answer.status, revision) {
        (200, Some(revision)) => Ok(Outcome::Saved(revision)),
        (412, Some(revision)) => Ok(Outcome::Conflict(revision)),
        (400 | 422, _) if answer.body.get("diagnostics").is_some() => Ok(Outcome::Refused(diagnostics(&answer.body))),
        _ => Err(said(&answer)),
    }
}

/// Where server-sent events come from.
pub(crate) fn events_url() -> String {
    address::href("/api/v1/events")
}

impl Entry {
    fn read(value: &Value) -> Option<Entry> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let revision = value.get("revision")?.as_u64()?;
        Some(Entry { revision, saved_at: text("saved_at"), author: text("author"), note: text("note") })
    }
}

impl Saved {
    /// Reads the shape that the API and the browser's storage share.
    ///
    /// # Errors
    /// The sentence to show.
    pub(crate) fn read(value: &Value) -> Result<Saved, String> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let revision = value.get("revision").and_then(Value::as_u64);
        let revision = revision
            .ok_or(say("the server sends a document without a revision: update server and console together"))?;
        let (document, faults) = Document::read_value(value.get("document").unwrap_or(&Value::Null));
        match faults.iter().find(|fault| fault.severity == Severity::Error) {
            Some(fault) => Err(say_with("the server's document cannot be read: {fault}", &[("fault", &fault)])),
            None => {
                Ok(Saved { revision, saved_at: text("saved_at"), author: text("author"), note: text("note"), document })
            }
        }
    }

    /// What [`Saved::read`] reads, around the document as JSON.
    pub(crate) fn text(&self, document: &str) -> String {
        let (revision, saved_at) = (self.revision, json!(self.saved_at));
        let (author, note) = (json!(self.author), json!(self.note));
        format!(
            r#"{{"revision":{revision},"saved_at":{saved_at},"author":{author},"note":{note},"document":{document}}}"#
        )
    }
}

fn said(answer: &http::Answer) -> String {
    match answer.body.get("error").and_then(Value::as_str) {
        Some(error) => error.to_owned(),
        None => {
            say_with("the server answers {status} without a reason: look into its log", &[("status", &answer.status)])
        }
    }
}

fn diagnostics(body: &Value) -> Vec<Diagnostic> {
    let list = body.get("diagnostics").and_then(Value::as_array);
    list.into_iter().flatten().map(http::diagnostic).collect()
}
