//! What can happen to an enforcer, and the threads that tell it.

use std::sync::mpsc::Sender;

use crate::follow::{FollowError, Listening, News, Source};
use crate::signals::{Request, Signals};
use crate::worker::Event;

/// What can happen.
pub(super) enum Happening {
    /// The policy's source has news.
    News(News),
    /// The worker tells something.
    Worker(Event),
    /// Somebody sends a signal.
    Signal(Request),
    /// The controller took a report, or did not.
    Reported(Result<(), FollowError>),
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

/// Follows the policy's source from a thread of its own.
pub(super) fn watch_source(source: Source, tell: &Sender<Happening>) -> std::io::Result<()> {
    let tell = tell.clone();
    let watch = move || {
        source.follow(|news| match tell.send(Happening::News(news)) {
            Ok(()) => Listening::Yes,
            Err(_) => Listening::No,
        });
    };
    std::thread::Builder::new().name("follow".to_owned()).spawn(watch).map(drop)
}
