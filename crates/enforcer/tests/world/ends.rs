//! The network cards of the hosts, past their network stacks: what an attacker sends, and all that arrives.

use std::time::{Duration, Instant};

use datapath::ring::Ring;
use datapath::wait::wait;
use datapath::{BATCH, OwnedFrame, PacketIo, SendError};

use super::World;

/// One network card.
pub(crate) struct End {
    link: Ring,
}

impl World {
    /// The network card of the host of this role.
    pub(crate) fn end(&self, role: &str) -> End {
        End { link: self.inside(role, || Ring::open("eth0").unwrap()) }
    }
}

impl End {
    /// Puts a frame on the wire.
    pub(crate) fn send(&mut self, frame: &[u8]) -> Result<(), SendError> {
        self.link.send(&[OwnedFrame::build(frame).lend()])
    }

    /// Puts many on it as fast as it takes them, and answers how many it took.
    pub(crate) fn send_many(&mut self, frames: &[OwnedFrame]) -> u64 {
        let before = self.link.counters().sent;
        for batch in frames.chunks(datapath::BATCH) {
            let lent: Vec<_> = batch.iter().map(OwnedFrame::lend).collect();
            // What the link does not take is lost, as on any wire.
            let _ = self.link.send(&lent);
        }
        self.link.counters().sent - before
    }

    /// Shows what arrives in this time.
    pub(crate) fn listen(&mut self, time: Duration, mut see: impl FnMut(&[u8])) {
        let until = Instant::now() + time;
        let mut ready = Vec::new();
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            let descriptor = self.link.wait_on().expect("a link is waited on");
            wait(&[descriptor], Some(left), &mut ready).unwrap();
            self.link.poll(BATCH, &mut |frames| frames.iter().for_each(|frame| see(frame.bytes()))).unwrap();
        }
    }

    /// How many frames it lost because nobody took them in time.
    pub(crate) fn lost(&mut self) -> u64 {
        self.link.counters().dropped_by_kernel
    }
}
