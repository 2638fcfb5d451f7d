//! The memory that the kernel and we share, slot by slot (Linux `Documentation/networking/packet_mmap.rst`).
//!
//! Each slot belongs to one of the two, as its status says. The kernel fills slots in turn and gives them to us; we read them
//! in turn and give them back.

#![expect(unsafe_code, reason = "the kernel writes this memory as well")]

use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};

use super::tag::{self, Tag};
use crate::frame::METADATA;
use crate::socket::option::share_ring;
use crate::{Frame, IoError};

/// What the kernel takes from one allocation. Every slot's length divides it.
const BLOCK: usize = 128 << 10;

/// The shortest slot, and with it room for an MTU of 1,500 bytes.
const SHORTEST: usize = 2 << 10;

/// Bytes of a slot that are no payload: the header, the kernel's address of the sender, metadata, alignment, addresses, tags.
const OVERHEAD: usize = 128;

/// Where the fields of `struct tpacket2_hdr` lie.
const STATUS: usize = 0;
const LENGTH: usize = 4;
const KEPT_LENGTH: usize = 8;
const FRAME_START: usize = 12;
const SECONDS: usize = 16;
const NANOSECONDS: usize = 20;
const TAG_CONTROL: usize = 24;
const TAG_ETHERTYPE: usize = 26;

/// The shared memory, and whose turn it is.
pub(super) struct Slots {
    start: NonNull<u8>,
    slot: usize,
    count: usize,
    /// The slot that is filled next, or was filled first.
    next: usize,
}

// SAFETY: the memory belongs to this value alone and to the kernel, which does not care about threads.
unsafe impl Send for Slots {}

impl Slots {
    /// Shares about `memory` bytes, in slots that hold a frame of this MTU.
    pub(super) fn share(socket: &OwnedFd, mtu: usize, memory: usize) -> Result<Slots, IoError> {
        let slot = mtu.saturating_add(OVERHEAD).next_power_of_two().clamp(SHORTEST, BLOCK);
        let blocks = memory.div_ceil(BLOCK).max(1);
        share_ring(socket, BLOCK, blocks, slot)?;
        let length = NonZeroUsize::new(BLOCK * blocks).expect("at least one block");
        // SAFETY: no address is asked for, so nothing that is mapped is replaced.
        let mapped = unsafe {
            mmap(None, length, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED, socket, 0)
        };
        let failed = |errno| match errno {
            Errno::ENOMEM => IoError::no_ring(length.get()),
            errno => IoError::System { doing: "mapping a receive ring".to_owned(), source: errno.into() },
        };
        let start = mapped.map_err(failed)?.cast();
        Ok(Slots { start, slot, count: BLOCK / slot * blocks, next: 0 })
    }

    /// The slots that are ours now, `most` of them at most, until the answer is dropped.
    pub(super) fn ready(&mut self, most: usize) -> Ready<'_> {
        let is_ours = |at: &usize| {
            let status = self.status((self.next + at) % self.count).load(Ordering::Acquire);
            status & libc::TP_STATUS_USER != 0
        };
        let length = (0..most.min(self.count)).take_while(is_ours).count();
        Ready { slots: self, length }
    }

    fn status(&self, at: usize) -> &AtomicU32 {
        debug_assert!(at < self.count);
        // SAFETY: the slot lies in the mapping, which is page-aligned as slots are to powers of two, so the field is aligned;
        // both sides use it as an atomic number.
        unsafe { AtomicU32::from_ptr(self.start.add(at * self.slot + STATUS).cast().as_ptr()) }
    }

    fn length(&self) -> usize {
        self.slot * self.count
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        // SAFETY: this mapping was made by `share`, and nothing borrows from it any more.
        let unmapped = unsafe { munmap(self.start.cast(), self.length()) };
        debug_assert_eq!(unmapped, Ok(()));
    }
}

/// Slots that are ours; the kernel gets them back when this is dropped.
pub(super) struct Ready<'a> {
    slots: &'a mut Slots,
    length: usize,
}

impl Ready<'_> {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Each slot, in order of arrival.
    pub(super) fn slots(&mut self) -> impl Iterator<Item = Slot<'_>> {
        let Slots { start, slot, count, next } = *self.slots;
        let to_the_end = self.length.min(count - next);
        // SAFETY: these slots are ours until `self` is dropped, which this borrow forbids; they lie in the mapping, and the two
        // parts do not overlap, because no more slots are ready than there are.
        let (first, second) = unsafe {
            (
                slice::from_raw_parts_mut(start.add(next * slot).as_ptr(), to_the_end * slot),
                slice::from_raw_parts_mut(start.as_ptr(), (self.length - to_the_end) * slot),
            )
        };
        first.chunks_exact_mut(slot).chain(second.chunks_exact_mut(slot)).map(Slot)
    }
}

impl Drop for Ready<'_> {
    fn drop(&mut self) {
        for _ in 0..self.length {
            self.slots.status(self.slots.next).store(libc::TP_STATUS_KERNEL, Ordering::Release);
            self.slots.next = (self.slots.next + 1) % self.slots.count;
        }
    }
}

/// One slot of ours.
pub(super) struct Slot<'a>(&'a mut [u8]);

/// How much of a frame is in its slot.
pub(super) enum Kept<'a> {
    /// All of it.
    Whole(Frame<'a>),
    /// The beginning; the whole waits at the socket, without this tag and time of arrival.
    Apart(Option<Tag>, Duration),
    /// The beginning; the rest is lost.
    Cut,
}

impl<'a> Slot<'a> {
    /// The frame, with its tag in its place.
    pub(super) fn kept(self) -> Kept<'a> {
        let status = self.u32_at(STATUS);
        let tag = self.tag(status);
        let kept = self.u32_at(KEPT_LENGTH);
        if status & libc::TP_STATUS_COPY != 0 {
            return Kept::Apart(tag, self.stamp());
        }
        if kept < self.u32_at(LENGTH) {
            return Kept::Cut;
        }
        self.whole(kept as usize, tag).map_or(Kept::Cut, Kept::Whole)
    }

    /// `None` when the header points out of the slot, which the kernel's never does.
    fn whole(self, length: usize, tag: Option<Tag>) -> Option<Frame<'a>> {
        let bytes_start = usize::from(self.u16_at(FRAME_START));
        let end = bytes_start.checked_add(length).filter(|end| *end <= self.0.len())?;
        let stamp = self.stamp();
        let start = tag::restore(self.0, bytes_start.checked_sub(METADATA)?, tag)?;
        Frame::from_raw(self.0.get(start..end)?, Some(stamp))
    }

    /// When the kernel took the frame in, since 1970-01-01 UTC. Its seconds have 32 bits, which last until 2106.
    fn stamp(&self) -> Duration {
        Duration::new(u64::from(self.u32_at(SECONDS)), self.u32_at(NANOSECONDS))
    }

    fn tag(&self, status: u32) -> Option<Tag> {
        let ethertype = match status & libc::TP_STATUS_VLAN_TPID_VALID {
            0 => libc::ETH_P_8021Q as u16,
            _ => self.u16_at(TAG_ETHERTYPE),
        };
        let tag = Tag { ethertype, control: self.u16_at(TAG_CONTROL) };
        (status & libc::TP_STATUS_VLAN_VALID != 0).then_some(tag)
    }

    fn u32_at(&self, at: usize) -> u32 {
        u32::from_ne_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }

    fn u16_at(&self, at: usize) -> u16 {
        u16::from_ne_bytes([self.0[at], self.0[at + 1]])
    }
}
