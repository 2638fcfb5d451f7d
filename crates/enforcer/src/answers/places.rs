//! The connections of a door: so many at once, and who comes is always let in. Somebody else has to leave for it: the first
//! one that has not asked anything yet, so that those that are only held open keep no question waiting.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;

/// The most connections of each door at once.
const CONNECTIONS: usize = 32;

/// The connections of a door, the oldest first.
#[derive(Default)]
pub(super) struct Places(VecDeque<Taken>);

/// The place of one connection.
#[derive(Clone, Default)]
pub(super) struct Place(Arc<AtomicBool>);

struct Taken {
    place: Place,
    talk: JoinHandle<()>,
}

impl Place {
    /// It has asked its question.
    pub(super) fn note_question(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Places {
    /// Lets a connection talk.
    pub(super) fn give<T>(&mut self, talk: impl FnOnce(Place) -> T)
    where
        T: Future<Output = ()> + Send + 'static,
    {
        self.0.retain(|taken| !taken.talk.is_finished());
        if self.0.len() == CONNECTIONS {
            let idle = self.0.iter().position(|taken| !taken.place.has_asked());
            self.0.remove(idle.unwrap_or(0)).iter().for_each(|taken| taken.talk.abort());
        }
        let place = Place::default();
        let talk = tokio::spawn(talk(place.clone()));
        self.0.push_back(Taken { place, talk });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use tokio::runtime::Builder;
    use tokio::sync::mpsc::unbounded_channel;
    use tokio::task::yield_now;

    #[test]
    fn who_has_not_asked_leaves_for_who_comes() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let left = runtime.block_on(async {
            let (tell, mut told) = unbounded_channel();
            let mut places = Places::default();
            // The first one and every fourth ask.
            for number in 0..2 * CONNECTIONS {
                let tell = tell.clone();
                places.give(|place| async move {
                    if number.is_multiple_of(4) {
                        place.note_question();
                    }
                    let _guard = Leaving(number, tell);
                    pending().await
                });
                yield_now().await;
            }
            let mut left = Vec::new();
            while let Ok(number) = told.try_recv() {
                left.push(number);
            }
            left
        });
        let idle = |number: &usize| !number.is_multiple_of(4);
        let expect: Vec<usize> = (0..2 * CONNECTIONS).filter(idle).take(CONNECTIONS).collect();
        assert_eq!(left, expect);
    }

    struct Leaving(usize, tokio::sync::mpsc::UnboundedSender<usize>);

    impl Drop for Leaving {
        fn drop(&mut self) {
            let _ = self.1.send(self.0);
        }
    }
}
