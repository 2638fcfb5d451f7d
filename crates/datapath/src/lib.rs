//! Frames in and out, and nothing else.
//!
//! One [`PacketIo`] is one end of one link: the guest side of a vnic, or its uplink side. The caller joins two of them:
//! it polls one, judges each lent frame, and sends what it accepts to the other.
//!
//! ```
//! use datapath::{BATCH, PacketIo, memory};
//!
//! let (mut guest, mut guest_side) = memory::pair();
//! let (mut uplink_side, mut bridge) = memory::pair();
//! guest.send(&[datapath::OwnedFrame::build(&[0; 60]).lend()])?;
//!
//! let mut sent = Ok(());
//! guest_side.poll(BATCH, &mut |frames| {
//!     let accepted: Vec<_> = frames.iter().copied().filter(|frame| frame.bytes().len() <= 1514).collect();
//!     sent = uplink_side.send(&accepted);
//! })?;
//! sent?;
//! assert_eq!(bridge.poll(BATCH, &mut |frames| assert_eq!(frames[0].bytes(), [0; 60]))?, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Backends: [`memory`] (two linked ends), [`replay`] (a capture file), and for a Linux interface [`pnet`] (one system call a
//! frame) and [`ring`] (memory shared with the kernel). [`wait`](mod@wait) sleeps
//! until a link has frames.
//!
//! Absent on purpose: policy, connection tracking, the meaning of any byte behind the metadata, and threads.

pub mod memory;
pub mod pnet;
pub mod replay;
pub mod ring;
pub mod wait;

mod error;
mod frame;
mod near;
mod socket;

pub use error::{IoError, SendError};
pub use frame::{Checksum, Frame, OwnedFrame};

use std::os::fd::BorrowedFd;

/// The most frames that one [`PacketIo::poll`] takes from its link.
pub const BATCH: usize = 64;

/// One end of one link.
pub trait PacketIo: Send {
    /// Takes up to `most` frames that wait on the link, and never more than [`BATCH`], and lends them to `visit`, in order of
    /// arrival and as many at once as the backend has in memory. Never blocks.
    ///
    /// Answers how many frames it took. That can be more than it lent, because frames that cannot be judged as they were
    /// on the wire (cut, or with an outer VLAN tag that is lost) are counted and not lent. `0` means that nothing waits; for
    /// a replay, that the capture is over.
    ///
    /// An answer to the polled link itself is built during the visit and sent after it.
    ///
    /// # Errors
    /// The link failed, or the capture is faulty. Frames lent before the fault were whole. A fault of a link is told once:
    /// after [`IoError::Down`] frames come again when the interface is up again, after [`IoError::Gone`] none ever do.
    fn poll(&mut self, most: usize, visit: &mut dyn FnMut(&[Frame<'_>])) -> Result<usize, IoError>;

    /// Puts frames on the link in this order, their metadata unchanged. Never blocks.
    ///
    /// # Errors
    /// The link did not take a frame, and this is why it did not take the first of them. Such a frame is lost, as on a
    /// wire, and counted in [`IoCounters::send_refused`]; those behind it are sent all the same.
    fn send(&mut self, frames: &[Frame<'_>]) -> Result<(), SendError>;

    /// What happened on this end since it was opened. It asks the kernel, which is why it needs `&mut`.
    fn counters(&mut self) -> IoCounters;

    /// What frames come and go by: `ring`, `pnet`, `memory` or `replay`.
    fn backend(&self) -> &'static str;

    /// What to [`wait`](mod@wait) on for more frames; `None` for a backend whose frames need no waiting.
    fn wait_on(&self) -> Option<BorrowedFd<'_>>;
}

/// Frames by their fate on one end of a link. A frame that stands for several segments counts once here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IoCounters {
    /// Lent to the caller.
    pub received: u64,
    /// Taken by the link.
    pub sent: u64,
    /// Lost before they were polled because the receive buffer was full (packet(7), PACKET_STATISTICS).
    pub dropped_by_kernel: u64,
    /// Offered to the link and not taken, for whatever reason.
    pub send_refused: u64,
    /// Arrived shorter than they were sent. A socket discards them, a replay lends what the capture kept.
    pub cut: u64,
    /// Discarded because they carried an outer VLAN tag, which the kernel takes off before a socket sees the frame.
    pub tagged_dropped: u64,
}
