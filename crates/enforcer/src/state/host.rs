//! The run of the host, and the time since its start.

use std::io;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// One run of the host. An instance is no older.
pub(super) struct Host {
    boot: String,
}

impl Host {
    /// # Errors
    /// The kernel does not tell.
    pub(super) fn read() -> io::Result<Host> {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        Ok(Host { boot: boot.trim().to_owned() })
    }

    /// The kernel's name of this run (random(4)).
    pub(super) fn boot(&self) -> &str {
        &self.boot
    }
}

/// The time since the host started, sleep included (clock_gettime(2)); nobody sets this clock.
pub(super) fn since_boot() -> Duration {
    let time = clock_gettime(ClockId::CLOCK_BOOTTIME).expect("Linux has this clock since version 2.6.39");
    time.into()
}
