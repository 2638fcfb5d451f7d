//! What all requests share.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use policy::{Document, Revision};
use store::{Change, Saved, Store};
use tokio::sync::{broadcast, watch};

use crate::api::{Envelope, Fault};
use crate::console::Console;
use crate::enforcers::Roster;
use crate::error::ServeError;
use crate::refusal::Refusal;

/// Reports that a slow listener may be behind before it misses some.
const REPORTS: usize = 256;

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) console: Console,
    /// The newest document, ready to be sent; its changes wake listeners.
    pub(crate) published: watch::Sender<Arc<Published>>,
    /// What enforcers said last.
    pub(crate) roster: Mutex<Roster>,
    /// Reports as JSON text, for listeners.
    pub(crate) reports: broadcast::Sender<Arc<str>>,
    /// True once the server stops: listeners end then.
    pub(crate) closing: watch::Sender<bool>,
}

/// A revision in both formats.
pub(crate) struct Published {
    pub(crate) revision: Revision,
    pub(crate) json: Bytes,
    pub(crate) yaml: Bytes,
}

impl Shared {
    /// Takes the newest document of the store; the seed where there is none.
    pub(crate) fn open(store: Store, console: Console, seed: &Document) -> Result<Shared, ServeError> {
        let newest = match store.current()? {
            Some(saved) => saved,
            None => plant(&store, seed)?,
        };
        Ok(Shared {
            store,
            console,
            published: watch::Sender::new(Arc::new(Published::of(&newest))),
            roster: Mutex::default(),
            reports: broadcast::Sender::new(REPORTS),
            closing: watch::Sender::new(false),
        })
    }

    /// Announces a document, unless a newer one was announced already.
    pub(crate) fn publish(&self, published: Published) {
        self.published.send_if_modified(|current| {
            let newer = published.revision > current.revision;
            if newer {
                *current = Arc::new(published);
            }
            newer
        });
    }
}

/// Saves the first document.
fn plant(store: &Store, seed: &Document) -> Result<Saved, ServeError> {
    policy::resolve(seed, Revision(1)).map_err(ServeError::Seed)?;
    let change =
        Change { saved_at: SystemTime::now(), author: "portcullis".to_owned(), note: "the first document".to_owned() };
    let revision = store.put(None, seed, &change)?;
    Ok(Saved { revision, change, document: seed.clone() })
}

impl Published {
    /// Writes a revision in both formats.
    pub(crate) fn of(saved: &Saved) -> Published {
        Published {
            revision: saved.revision,
            json: serde_json::to_vec(&envelope(saved)).expect("strings and numbers become JSON").into(),
            yaml: saved.document.to_yaml().into(),
        }
    }

    /// Its name in HTTP.
    pub(crate) fn etag(&self) -> String {
        etag(self.revision)
    }
}

/// The name of a revision in HTTP.
pub(crate) fn etag(revision: Revision) -> String {
    format!("\"{revision}\"")
}

fn envelope(saved: &Saved) -> Envelope {
    Envelope {
        revision: saved.revision.0,
        saved_at: rfc3339(saved.change.saved_at),
        author: saved.change.author.clone(),
        note: saved.change.note.clone(),
        document: saved.document.to_value(),
        warnings: saved.document.validate().iter().map(Fault::from).collect(),
    }
}

/// A time as text, to the second.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    // What the format cannot say ends with the year 9999.
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    humantime::format_rfc3339_seconds(time.clamp(SystemTime::UNIX_EPOCH, last)).to_string()
}

/// Runs what waits for the disk or takes long away from the requests' threads.
pub(crate) async fn blocking<T: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let shared = Arc::clone(shared);
    match tokio::task::spawn_blocking(move || work(&shared)).await {
        Ok(outcome) => outcome,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}
