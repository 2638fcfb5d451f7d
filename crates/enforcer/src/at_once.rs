//! Work that waits for the kernel and hardly computes, much of it at once.
//!
//! To open or to close a socket of AF_PACKET the kernel waits until all processors have looked away from it, for ten milliseconds
//! and more. Many who wait at once wait as long as one.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, scope};

/// How much of it at once. The kernel computes too, to make rings and to take them away, and a worker then waits for a processor:
/// with 64 threads for 300 milliseconds, with two for twelve, where a hundred vnics came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Frames pass meanwhile.
    BesideFrames,
    /// None do, or all wait for this.
    Alone,
}

/// Does some work for each of these in threads of their own, and answers in their order. The threads have what the caller's has:
/// its network namespace and its privileges.
pub(crate) fn at_once<T: Send, R: Send>(pace: Pace, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let most = match pace {
        Pace::BesideFrames => 2,
        Pace::Alone => 64,
    };
    let threads = most.min(items.len());
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let take_turns = || {
        let mut done = Vec::new();
        while let Some((at, item)) = next() {
            done.push((at, work(item)));
        }
        done
    };
    let mut done = scope(|scope| {
        // Where there are no more threads, those that there are do all of it.
        let others: Vec<_> = (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, take_turns).ok()).collect();
        let mut done = take_turns();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn all_wait_at_once_and_answer_in_order() {
        let all_are_here = Barrier::new(5);
        let double = |number: u32| {
            all_are_here.wait();
            number * 2
        };
        assert_eq!(at_once(Pace::Alone, vec![7, 1, 9, 3, 5], double), [14, 2, 18, 6, 10]);
        for pace in [Pace::BesideFrames, Pace::Alone] {
            let all = at_once(pace, (0..1_000).collect(), |number: u32| number + 1);
            assert_eq!(all, (1..=1_000).collect::<Vec<_>>());
            assert!(at_once(pace, Vec::new(), |number: u32| number).is_empty());
        }
    }
}
