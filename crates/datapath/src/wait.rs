//! Sleeping until a link has frames, or until somebody calls.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::time::TimeSpec;

use crate::IoError;

/// Sleeps once, for a few links: until one of `fds` has something to read or a fault to report, or until `timeout` has passed (`None`: forever).
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

/// Many links that one thread waits for, however many there are at the cost of those that are ready.
#[derive(Debug)]
pub struct Waiter {
    epoll: Epoll,
    events: Vec<EpollEvent>,
    /// Room for what a short sleep answers.
    dozed: Vec<usize>,
}

/// The most links that one [`Waiter::wait`] tells; the others come next time.
const READY_AT_ONCE: usize = 256;

const MILLISECOND: Duration = Duration::from_millis(1);

impl Waiter {
    /// Waits for nothing yet.
    ///
    /// # Errors
    /// Too many descriptors are open.
    pub fn new() -> Result<Self, IoError> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)
            .map_err(|errno| IoError::System { doing: "making an epoll".to_owned(), source: errno.into() })?;
        Ok(Self { epoll, events: vec![EpollEvent::empty(); READY_AT_ONCE], dozed: Vec::new() })
    }

    /// Waits for `fd` as well, under a name of the caller's.
    ///
    /// # Errors
    /// The system has no memory for it.
    pub fn add(&mut self, fd: BorrowedFd<'_>, name: u64) -> Result<(), IoError> {
        let added = self.epoll.add(fd, EpollEvent::new(EpollFlags::EPOLLIN, name));
        added.map_err(|errno| IoError::System { doing: "adding to an epoll".to_owned(), source: errno.into() })
    }

    /// Waits for no more of `fd` than a fault, until [`Waiter::resume`].
    pub fn pause(&mut self, fd: BorrowedFd<'_>, name: u64) {
        self.change(fd, EpollFlags::empty(), name);
    }

    /// Waits for `fd` again.
    pub fn resume(&mut self, fd: BorrowedFd<'_>, name: u64) {
        self.change(fd, EpollFlags::EPOLLIN, name);
    }

    fn change(&mut self, fd: BorrowedFd<'_>, flags: EpollFlags, name: u64) {
        // The only refusal is that it is not there.
        let _ = self.epoll.modify(fd, &mut EpollEvent::new(flags, name));
    }

    /// No longer waits for `fd`; call it before the last descriptor of it is closed.
    pub fn remove(&mut self, fd: BorrowedFd<'_>) {
        // The only refusal is that it is not there.
        let _ = self.epoll.delete(fd);
    }

    /// Sleeps until there is something to read or a fault to report, or until `timeout` has passed, rounded up to
    /// milliseconds if it is longer than one, and answers the names of those that are ready. A signal does not end the sleep.
    ///
    /// # Errors
    /// The descriptor was closed behind our back.
    pub fn wait(&mut self, timeout: Duration) -> Result<impl Iterator<Item = u64>, IoError> {
        let mut until = Instant::now() + timeout;
        if !timeout.is_zero() && timeout < MILLISECOND {
            // An epoll of its own counts milliseconds.
            wait(&[self.epoll.0.as_fd()], Some(timeout), &mut self.dozed)?;
            until = Instant::now();
        }
        let count = loop {
            let left = until.saturating_duration_since(Instant::now()).as_nanos().div_ceil(MILLISECOND.as_nanos());
            let left = EpollTimeout::from(u16::try_from(left).unwrap_or(u16::MAX));
            match self.epoll.wait(&mut self.events, left) {
                Ok(count) => break count,
                Err(Errno::EINTR) => {}
                Err(errno) => {
                    return Err(IoError::System { doing: "waiting for frames".to_owned(), source: errno.into() });
                }
            }
        };
        Ok(self.events[..count].iter().map(EpollEvent::data))
    }
}

/// Ends another thread's [`wait`], for example to have it look at a new policy.
///
/// Share it behind an `Arc` and give its descriptor to [`wait`] or [`Waiter`] along with those of the links.
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
    fn a_waiter_tells_those_that_are_ready_by_name() {
        let wakers: Vec<Waker> = (0..3).map(|_| Waker::new().unwrap()).collect();
        let mut waiter = Waiter::new().unwrap();
        wakers.iter().zip([7, 8, 9]).for_each(|(waker, name)| waiter.add(waker.as_fd(), name).unwrap());
        let mut check = |timeout, expect: &[u64]| {
            let ready: Vec<u64> = waiter.wait(timeout).unwrap().collect();
            assert_eq!(ready, expect);
        };
        check(Duration::ZERO, &[]);
        check(Duration::from_millis(1), &[]);
        wakers[1].wake();
        check(Duration::from_secs(60), &[8]);
        // It stays ready until it is emptied.
        check(Duration::from_secs(60), &[8]);
        wakers[1].clear().unwrap();
        wakers[0].wake();
        wakers[2].wake();
        check(Duration::from_secs(60), &[7, 9]);
        waiter.remove(wakers[0].as_fd());
        let ready: Vec<u64> = waiter.wait(Duration::ZERO).unwrap().collect();
        assert_eq!(ready, [9]);
    }

    #[test]
    fn a_waiter_does_not_hear_of_a_paused_one_until_it_is_resumed() {
        let wakers: Vec<Waker> = (0..2).map(|_| Waker::new().unwrap()).collect();
        let mut waiter = Waiter::new().unwrap();
        wakers.iter().zip([7, 8]).for_each(|(waker, name)| waiter.add(waker.as_fd(), name).unwrap());
        let ready = |waiter: &mut Waiter| waiter.wait(Duration::from_micros(100)).unwrap().collect::<Vec<u64>>();
        waiter.pause(wakers[0].as_fd(), 7);
        wakers.iter().for_each(Waker::wake);
        assert_eq!(ready(&mut waiter), [8]);
        wakers[1].clear().unwrap();
        assert_eq!(ready(&mut waiter), []);
        waiter.resume(wakers[0].as_fd(), 7);
        assert_eq!(ready(&mut waiter), [7]);
    }

    #[test]
    fn nothing_is_ready_after_a_timeout() {
        let (quiet, mut ready) = (Waker::new().unwrap(), vec![7]);
        wait(&[quiet.as_fd()], Some(Duration::from_millis(1)), &mut ready).unwrap();
        assert!(ready.is_empty());
    }
}
