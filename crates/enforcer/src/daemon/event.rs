//! What can happen to an enforcer, and the threads that tell it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use crate::answers::Question;
use crate::follow::{FollowError, Listening, News, Source};
use crate::handover::Asked;
use crate::links::Changes;
use crate::signals::{Request, Signals};
use crate::state::StateError;
use crate::worker::Event;

/// What can happen.
pub(super) enum Happening {
    /// The policy's source has news.
    News(News),
    /// The pending policy's source has news.
    Staged(News),
    /// The worker tells something.
    Worker(Event),
    /// Somebody sends a signal.
    Signal(Request),
    /// Links or their addresses changed.
    Links(Changed),
    /// A successor asks for something.
    Successor(Asked),
    /// Somebody asks what goes on.
    Asked(Question),
    /// A copy of the flows is on disk, or not.
    Kept(Result<(), StateError>),
    /// The controller took a report, or did not.
    Reported(Result<(), FollowError>),
}

/// That links changed. It is told once, however many changes there are, until it is acknowledged.
pub(super) struct Changed(Arc<AtomicBool>);

impl Changed {
    /// Has later changes told.
    pub(super) fn acknowledge(self) {
        self.0.store(false, Ordering::Release);
    }
}

/// A function that tells one kind of happening. Nobody listens any more once the enforcer ends.
pub(super) fn teller<T>(tell: &Sender<Happening>, kind: fn(T) -> Happening) -> impl Fn(T) + Clone + Send + use<T> {
    let tell = tell.clone();
    move |what| drop(tell.send(kind(what)))
}

/// Tells signals from a thread of its own.
pub(super) fn watch_signals(signals: Signals, tell: &Sender<Happening>) -> std::io::Result<()> {
    let tell = tell.clone();
    let watch = move || {
        while let Ok(request) = signals.next() {
            if tell.send(Happening::Signal(request)).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(watch).map(drop)
}

/// Follows a policy's source from a thread of its own.
pub(super) fn watch_source(
    source: Source,
    kind: fn(News) -> Happening,
    tell: &Sender<Happening>,
) -> std::io::Result<()> {
    let tell = tell.clone();
    let watch = move || {
        source.follow(|news| match tell.send(kind(news)) {
            Ok(()) => Listening::Yes,
            Err(_) => Listening::No,
        });
    };
    std::thread::Builder::new().name("follow".to_owned()).spawn(watch).map(drop)
}

/// Tells changes of links from a thread of its own.
pub(super) fn watch_links(mut changes: Changes, tell: &Sender<Happening>) -> std::io::Result<()> {
    let tell = tell.clone();
    let told = Arc::new(AtomicBool::new(false));
    let watch = move || {
        loop {
            if let Err(error) = changes.next() {
                tracing::error!("changes of links are not told any more, only looked for now and then: {error}");
                return;
            }
            if told.swap(true, Ordering::AcqRel) {
                continue;
            }
            if tell.send(Happening::Links(Changed(Arc::clone(&told)))).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("changes".to_owned()).spawn(watch).map(drop)
}
