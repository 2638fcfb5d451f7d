//! Signals as events.

use nix::sys::signal::{SigSet, Signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// SIGTERM or SIGINT: end, and undo what was made.
    Stop,
    /// SIGHUP: look at the links anew, their settings too.
    Reload,
    /// SIGUSR1: print the counters.
    Summarize,
}

/// Keeps the signals from every thread of this process that starts later, so that [`Signals::next`] gets them.
pub(crate) struct Signals(SigSet);

impl Signals {
    /// # Errors
    /// The kernel refuses the mask.
    pub(crate) fn block() -> nix::Result<Signals> {
        let mut signals = SigSet::empty();
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGUSR1] {
            signals.add(signal);
        }
        signals.thread_block()?;
        Ok(Signals(signals))
    }

    /// Waits for the next one.
    ///
    /// # Errors
    /// The kernel refuses to wait.
    pub(crate) fn next(&self) -> nix::Result<Request> {
        Ok(match self.0.wait()? {
            Signal::SIGUSR1 => Request::Summarize,
            Signal::SIGHUP => Request::Reload,
            _ => Request::Stop,
        })
    }
}
