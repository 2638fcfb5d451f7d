//! A Linux interface, through a receive ring that is shared with the kernel (packet(7), PACKET_RX_RING, TPACKET_V2).
//!
//! Frames are judged where the kernel wrote them, and a whole batch goes out with one system call (sendmmsg(2)). Nothing is
//! lost to the reader: the outer VLAN tag, which the kernel keeps apart from the frame, is put back in its place, and the
//! offload metadata stands in front of each frame as the kernel wrote it.
//!
//! A slot holds a frame of the interface's MTU. A longer one, which a sender that leaves the cutting to a device (GSO) makes,
//! waits at the socket, and its slot keeps its place in the order of arrival.
//!
//! The link belongs to the network namespace of the thread that opened it. The interface is set to promiscuous mode for
//! as long as it is open.

mod burst;
mod slots;
mod tag;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::slice;
use std::time::Duration;

use arrayvec::ArrayVec;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};

use crate::frame::METADATA;
use crate::socket::{Socket, option};
use crate::{BATCH, Frame, IoCounters, IoError, PacketIo, SendError};
use slots::{Kept, Slots};
use tag::Tag;

/// Memory that one link shares with the kernel unless told otherwise, in bytes: 2,048 frames of 1,500 bytes, which at half a
/// million frames a second is what comes while the worker is away for 4 ms.
pub const MEMORY: usize = 4 << 20;

/// The longest frame that can be read. A GSO frame has up to 64 KiB, and up to 256 KiB fit where the host raised that.
const LONGEST: usize = 256 << 10;

/// One Linux interface.
pub struct Ring {
    socket: Socket,
    slots: Slots,
    /// Where a frame is read that is longer than a slot.
    long: Vec<u8>,
    counters: IoCounters,
}

impl Ring {
    /// Opens the interface of this name in the calling thread's network namespace, with a ring of [`MEMORY`] bytes.
    ///
    /// # Errors
    /// The interface does not exist, is down or is not Ethernet; privileges or memory are missing; the kernel is too old.
    /// Nothing stays open or changed.
    pub fn open(name: &str) -> Result<Self, IoError> {
        Self::open_with(name, MEMORY)
    }

    /// The same with a ring of about `memory` bytes.
    ///
    /// # Errors
    /// As for [`Ring::open`].
    pub fn open_with(name: &str, memory: usize) -> Result<Self, IoError> {
        let socket = Socket::prepare(name)?;
        let failed = |doing: &str| {
            let doing = format!("{doing} `{name}`");
            move |errno: Errno| IoError::System { doing, source: errno.into() }
        };
        let mtu = option::mtu(socket.fd(), name).map_err(failed("asking for the MTU of"))?;
        let slots = Slots::share(socket.fd(), mtu, memory)?;
        option::bind_promiscuous(socket.fd(), socket.index).map_err(failed("binding to"))?;
        socket.check_link()?;
        Ok(Self { socket, slots, long: vec![0; Tag::LENGTH + METADATA + LONGEST], counters: IoCounters::default() })
    }

    /// The interface's name at the time it was opened.
    pub fn name(&self) -> &str {
        &self.socket.name
    }
}

impl PacketIo for Ring {
    fn poll(&mut self, most: usize, visit: &mut dyn FnMut(&[Frame<'_>])) -> Result<usize, IoError> {
        let Ring { socket, slots, long, counters } = self;
        let mut ready = slots.ready(most.min(BATCH));
        let taken = ready.len();
        if taken == 0 {
            // A link that is polled has something, and this is no frame.
            return socket.pending_fault().map(|()| 0);
        }
        let mut lent: ArrayVec<Frame<'_>, BATCH> = ArrayVec::new();
        let mut fault = None;
        for slot in ready.slots() {
            match slot.kept() {
                Kept::Whole(frame) => lent.push(frame),
                Kept::Apart(tag, stamp) => {
                    // What came before goes before.
                    lend(&mut lent, counters, visit);
                    match read_long(socket, long, (tag, stamp), &mut fault) {
                        Some(frame) => lend_one(frame, counters, visit),
                        None => counters.cut += 1,
                    }
                }
                Kept::Cut => counters.cut += 1,
            }
        }
        lend(&mut lent, counters, visit);
        match fault {
            None => Ok(taken),
            Some(errno) => Err(socket.read_fault(errno.into())),
        }
    }

    fn send(&mut self, frames: &[Frame<'_>]) -> Result<(), SendError> {
        let (mut left, mut fate) = (frames, Ok(()));
        while let [first, behind @ ..] = left {
            match burst::send(&self.socket, left) {
                Ok(taken) => {
                    self.counters.sent += taken as u64;
                    left = &left[taken..];
                }
                Err(Errno::EINTR) => {}
                Err(errno) => {
                    self.counters.send_refused += 1;
                    fate = fate.and_then(|()| Err(self.socket.send_fault(errno.into(), first.bytes().len())));
                    left = behind;
                }
            }
        }
        fate
    }

    fn counters(&mut self) -> IoCounters {
        self.counters.dropped_by_kernel += self.socket.take_dropped();
        self.counters
    }

    fn backend(&self) -> &'static str {
        "ring"
    }

    fn wait_on(&self) -> Option<BorrowedFd<'_>> {
        Some(self.socket.as_fd())
    }
}

fn lend(lent: &mut ArrayVec<Frame<'_>, BATCH>, counters: &mut IoCounters, visit: &mut dyn FnMut(&[Frame<'_>])) {
    if !lent.is_empty() {
        counters.received += lent.len() as u64;
        visit(lent);
        lent.clear();
    }
}

fn lend_one(frame: Frame<'_>, counters: &mut IoCounters, visit: &mut dyn FnMut(&[Frame<'_>])) {
    counters.received += 1;
    visit(slice::from_ref(&frame));
}

/// Reads the frame whose slot was too short; `None` when it is longer than any buffer, or lost.
fn read_long<'a>(
    socket: &Socket,
    long: &'a mut [u8],
    (tag, stamp): (Option<Tag>, Duration),
    fault: &mut Option<Errno>,
) -> Option<Frame<'a>> {
    let room = &mut long[Tag::LENGTH..];
    let length = loop {
        // With MSG_TRUNC the answer is the frame's length, also where the room is less.
        match recv(socket.fd().as_raw_fd(), room, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC) {
            Ok(length) => break length,
            Err(Errno::EAGAIN) => return None,
            Err(Errno::EINTR) => {}
            // A fault of the link is told once, before the frame, which must not be left for the next slot.
            Err(errno) if fault.is_none() => *fault = Some(errno),
            Err(_) => return None,
        }
    };
    let end = Tag::LENGTH.checked_add(length).filter(|end| *end <= long.len())?;
    let start = tag::restore(long, Tag::LENGTH, tag)?;
    Frame::from_raw(&long[start..end], Some(stamp))
}
