//! Tells who started the enforcer how it is, by the protocol of sd_notify(3): datagrams to the socket that `NOTIFY_SOCKET`
//! names. Without that variable nobody waits.
//!
//! | message | when |
//! |---|---|
//! | `READY=1` | everything that this host should enforce at its start is enforced |
//! | `STATUS=` | the revision in force, and how many vnics; when that changes |
//! | `WATCHDOG=1` | twice in each `WATCHDOG_USEC`, for as long as [`Notifier::alive`] is called |
//! | `RELOADING=1` | links are looked at anew because somebody asks (SIGHUP) |
//! | `STOPPING=1` | it ends, orderly |
//! | `MAINPID=` | it ends, and its successor goes on |

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use crate::handover::Service;

/// Tells who started the enforcer.
pub(crate) struct Notifier {
    listener: Option<Listener>,
    watchdog: Option<Watchdog>,
    /// The last status, which is not told twice.
    status: String,
}

struct Listener {
    name: OsString,
    socket: UnixDatagram,
    address: SocketAddr,
}

/// Who waits for a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Watchdog {
    /// From one sign to the next.
    period: Duration,
    told: Option<Instant>,
}

impl Notifier {
    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`. What cannot be used is said and passed over.
    pub(crate) fn from_environment() -> Notifier {
        let listener = env::var_os("NOTIFY_SOCKET").and_then(|name| {
            let opened = Listener::open(&name);
            opened.inspect_err(|error| tracing::warn!("cannot notify `{}`: {error}", name.display())).ok()
        });
        let (period, process) = (env::var("WATCHDOG_USEC").ok(), env::var("WATCHDOG_PID").ok());
        let watchdog = Watchdog::read(period.as_deref(), process.as_deref(), std::process::id());
        Notifier { listener, watchdog, status: String::new() }
    }

    /// Who is told, for a successor.
    pub(crate) fn service(&self) -> Option<Service> {
        let socket = self.listener.as_ref()?.name.to_str()?.to_owned();
        let watchdog = self.watchdog.and_then(|watchdog| u64::try_from((2 * watchdog.period).as_micros()).ok());
        Some(Service { socket, watchdog })
    }

    /// Tells whom the predecessor told, unless this one has somebody of its own.
    pub(crate) fn inherit(&mut self, service: &Service) {
        if self.listener.is_some() {
            return;
        }
        match Listener::open(OsStr::new(&service.socket)) {
            Ok(listener) => self.listener = Some(listener),
            Err(error) => tracing::warn!("cannot notify `{}`: {error}", service.socket),
        }
        let period = service.watchdog.map(|period| Duration::from_micros(period) / 2);
        self.watchdog = period.filter(|period| !period.is_zero()).map(|period| Watchdog { period, told: None });
    }

    /// Says that another process goes on, which must be of the same service. It speaks from then on.
    pub(crate) fn succeeded_by(&self, process: i32) {
        self.tell(&format!("MAINPID={process}"));
    }

    /// Says that everything this host should enforce at its start is enforced.
    pub(crate) fn ready(&self) {
        self.tell("READY=1");
    }

    /// Says what a person should read, when it is something new.
    pub(crate) fn status(&mut self, status: String) {
        if self.status != status {
            self.tell(&format!("STATUS={status}"));
            self.status = status;
        }
    }

    /// Says that frames are judged. To be called whenever every worker has shown progress since the last call; it tells as
    /// often as is wanted.
    pub(crate) fn alive(&mut self, now: Instant) {
        if self.watchdog.as_mut().is_some_and(|watchdog| watchdog.is_due(now)) {
            self.tell("WATCHDOG=1");
        }
    }

    /// Says that what was asked for with SIGHUP begins; [`Notifier::ready`] ends it.
    pub(crate) fn reloading(&self) {
        match clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from) {
            Ok(now) => self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={}", now.as_micros())),
            Err(error) => tracing::warn!("cannot notify: {error}"),
        }
    }

    /// Says that the enforcer ends.
    pub(crate) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    fn tell(&self, message: &str) {
        let Some(Listener { socket, address, .. }) = &self.listener else {
            return;
        };
        if let Err(error) = socket.send_to_addr(message.as_bytes(), address) {
            tracing::warn!("cannot notify of `{message}`: {error}");
        }
    }
}

impl Listener {
    fn open(name: &OsStr) -> io::Result<Listener> {
        let bytes = name.as_encoded_bytes();
        let address = match bytes.strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(name)?,
        };
        Ok(Listener { name: name.to_owned(), socket: UnixDatagram::unbound()?, address })
    }
}

impl Watchdog {
    /// A watchdog for another process is none, as in sd_watchdog_enabled(3).
    fn read(period: Option<&str>, process: Option<&str>, own: u32) -> Option<Watchdog> {
        let period: u64 = period?.parse().ok().filter(|period| *period > 0)?;
        if process.is_some_and(|process| process.parse() != Ok(own)) {
            return None;
        }
        Some(Watchdog { period: Duration::from_micros(period) / 2, told: None })
    }

    fn is_due(&mut self, now: Instant) -> bool {
        let due = self.told.is_none_or(|told| now.saturating_duration_since(told) >= self.period);
        if due {
            self.told = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watchdog_is_for_this_process_and_has_a_time() {
        let check = |period: Option<&str>, process: Option<&str>, expect: Option<u64>| {
            let found = Watchdog::read(period, process, 7).map(|watchdog| watchdog.period.as_micros());
            assert_eq!(found, expect.map(u128::from), "{period:?} {process:?}");
        };
        check(Some("3000000"), Some("7"), Some(1_500_000));
        check(Some("3000000"), None, Some(1_500_000));
        check(Some("3000000"), Some("8"), None);
        check(Some("0"), None, None);
        check(Some("soon"), None, None);
        check(None, Some("7"), None);
    }

    #[test]
    fn a_sign_of_life_goes_out_twice_in_each_time() {
        let mut watchdog = Watchdog::read(Some("2000000"), None, 7).unwrap();
        let start = Instant::now();
        let told = (0..50).filter(|tenths| watchdog.is_due(start + Duration::from_millis(100 * tenths))).count();
        assert_eq!(told, 5);
    }
}
