//! Sleeping until a link has frames, or until somebody calls.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::time::TimeSpec;

use crate::IoError;

/// Sleeps until one of `fds` has something to read or a fault to report, or until `timeout` has passed (`None`: forever).
///
/// `ready` is emptied and then holds the positions in `fds` of those that do; it stays empty after a timeout. A signal
/// does not end the sleep.
///
/// # Errors
/// The system has no memory for it, or too many descriptors are open.
pub fn wait(fds: &[BorrowedFd<'_>], timeout: Option<Duration>, ready: &mut Vec<usize>) -> Result<(), IoError> {
    ready.clear();
    let mut polled: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
    let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    loop {
        let left = until.map(|until| TimeSpec::from_duration(until.saturating_duration_since(Instant::now())));
        match ppoll(&mut polled, left, None) {
            Ok(_) => break,
            Err(Errno::EINTR) => {}
            Err(errno) => {
                return Err(IoError::System { doing: "waiting for frames".to_owned(), source: errno.into() });
            }
        }
    }
    ready.extend((0..polled.len()).filter(|&at| polled[at].any() == Some(true)));
    Ok(())
}

/// Ends another thread's [`wait`], for example to have it look at a new policy.
///
/// Share it behind an `Arc` and give its descriptor to [`wait`] along with those of the links.
#[derive(Debug)]
pub struct Waker(EventFd);

impl Waker {
    /// A waker that nobody has called yet.
    ///
    /// # Errors
    /// Too many descriptors are open.
    pub fn new() -> Result<Self, IoError> {
        EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)
            .map(Self)
            .map_err(|errno| IoError::System { doing: "making an eventfd".to_owned(), source: errno.into() })
    }

    /// Ends the wait that is under way, else the next one. May be called from any thread and any number of times.
    pub fn wake(&self) {
        // The only refusal is a counter at its maximum, and then a call is pending already.
        let _ = self.0.write(1);
    }

    /// Takes the calls back, so that the next wait sleeps again. Answers whether there were any.
    ///
    /// # Errors
    /// The descriptor was closed behind our back.
    pub fn clear(&self) -> io::Result<bool> {
        match self.0.read() {
            Ok(_) => Ok(true),
            Err(Errno::EAGAIN) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_the_wait_of_another_thread() {
        let (quiet, called) = (Waker::new().unwrap(), Waker::new().unwrap());
        std::thread::scope(|scope| {
            scope.spawn(|| called.wake());
            let mut ready = vec![7];
            wait(&[quiet.as_fd(), called.as_fd()], None, &mut ready).unwrap();
            assert_eq!(ready, [1]);
        });
        assert!(called.clear().unwrap());
        assert!(!called.clear().unwrap());
    }

    #[test]
    fn nothing_is_ready_after_a_timeout() {
        let (quiet, mut ready) = (Waker::new().unwrap(), vec![7]);
        wait(&[quiet.as_fd()], Some(Duration::from_millis(1)), &mut ready).unwrap();
        assert!(ready.is_empty());
    }
}
