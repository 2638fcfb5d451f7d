//! Server-sent events: what changed, while a client listens.

use std::convert::Infallible;
use std::future;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::shared::{Published, Shared};

/// How long a connection is silent before a comment shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// One client that listens. Documents are never missed, only skipped for newer ones; a client that is too slow for the
/// reports misses some and is sent the document's revision instead, which tells it to look at everything again.
struct Listener {
    documents: watch::Receiver<Arc<Published>>,
    /// Absent for who asks for documents alone.
    reports: Option<broadcast::Receiver<Arc<str>>>,
    closing: watch::Receiver<bool>,
}

/// `GET /api/v1/events`: documents, and what enforcers report.
pub(crate) async fn follow(State(shared): State<Arc<Shared>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let reports = shared.reports.subscribe();
    answer(&shared, Some(reports))
}

/// `GET /api/v1/document/events`: documents alone. Enforcers follow these: what each of them reports is not for all others.
pub(crate) async fn follow_document(
    State(shared): State<Arc<Shared>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    answer(&shared, None)
}

fn answer(
    shared: &Shared,
    reports: Option<broadcast::Receiver<Arc<str>>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let mut listener =
        Listener { documents: shared.published.subscribe(), reports, closing: shared.closing.subscribe() };
    // The first event says where things stand.
    listener.documents.mark_changed();
    let events = stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

impl Listener {
    /// The next event; `None` when the server stops.
    async fn next(&mut self) -> Option<Event> {
        tokio::select! {
            biased;
            () = closed(&mut self.closing) => None,
            changed = self.documents.changed() => changed.ok().map(|()| self.document()),
            report = next_report(&mut self.reports) => match report {
                Ok(report) => Some(Event::default().event("report").data(&*report)),
                Err(RecvError::Lagged(_)) => Some(self.document()),
                Err(RecvError::Closed) => None,
            },
        }
    }

    fn document(&mut self) -> Event {
        let revision = self.documents.borrow_and_update().revision;
        Event::default().event("document").data(json!({ "revision": revision.0 }).to_string())
    }
}

async fn next_report(reports: &mut Option<broadcast::Receiver<Arc<str>>>) -> Result<Arc<str>, RecvError> {
    match reports {
        Some(reports) => reports.recv().await,
        None => future::pending().await,
    }
}

async fn closed(closing: &mut watch::Receiver<bool>) {
    // An error says that the server is gone, which is the same.
    let _ = closing.wait_for(|closing| *closing).await;
}
