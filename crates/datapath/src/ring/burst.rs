//! Many frames in one system call.

#![expect(unsafe_code, reason = "the safe wrappers of sendmmsg allocate for every call")]

use std::os::fd::AsRawFd;
use std::ptr::{from_ref, null_mut};

use arrayvec::ArrayVec;
use nix::errno::Errno;

use crate::socket::Socket;
use crate::{BATCH, Frame};

/// Sends up to [`BATCH`] frames without waiting, and answers how many were taken: at least one.
///
/// # Errors
/// The first was not taken.
pub(super) fn send(socket: &Socket, frames: &[Frame<'_>]) -> Result<usize, Errno> {
    let vectors: ArrayVec<libc::iovec, BATCH> = frames.iter().take(BATCH).map(vector).collect();
    let mut messages: ArrayVec<libc::mmsghdr, BATCH> = vectors.iter().map(message).collect();
    // SAFETY: `messages` holds as many messages as it says, each with one vector of `vectors`, which outlives the call; each
    // vector is a frame that is borrowed for as long, and which the kernel only reads.
    let answer = unsafe {
        libc::sendmmsg(socket.fd().as_raw_fd(), messages.as_mut_ptr(), messages.len() as u32, libc::MSG_DONTWAIT)
    };
    Errno::result(answer).map(|taken| taken as usize)
}

fn vector(frame: &Frame<'_>) -> libc::iovec {
    let raw = frame.raw();
    libc::iovec { iov_base: raw.as_ptr().cast_mut().cast(), iov_len: raw.len() }
}

fn message(vector: &libc::iovec) -> libc::mmsghdr {
    // SAFETY: all bits zero are a value of `mmsghdr`, which has fields of padding on some systems.
    let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
    message.msg_hdr.msg_name = null_mut();
    message.msg_hdr.msg_iov = from_ref(vector).cast_mut();
    message.msg_hdr.msg_iovlen = 1;
    message
}
