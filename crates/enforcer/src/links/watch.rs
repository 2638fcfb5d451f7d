//! Tells that links or addresses change, as rtnetlink(7) multicasts it.
//!
//! What changed is not told: whoever hears of a change surveys, so a message that the kernel had no room for
//! (netlink(7), ENOBUFS) is one like any other, and nothing can be missed.

use std::io;

use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};

use super::LinkError;

/// Links come, go and change, and so do IPv4 and IPv6 addresses: `RTNLGRP_*` of `linux/rtnetlink.h`.
const GROUPS: [u32; 3] = [1, 5, 9];

/// Room for one message; what is longer is cut, and not read anyway.
const ROOM: usize = 4096;

/// Changes of the network namespace of the thread that opened it; it may be used from any thread.
pub(crate) struct Changes {
    socket: Socket,
    buffer: Vec<u8>,
}

impl Changes {
    /// # Errors
    /// No socket, or no membership.
    pub(crate) fn open() -> Result<Changes, LinkError> {
        let open = || {
            let mut socket = Socket::new(NETLINK_ROUTE)?;
            socket.bind(&SocketAddr::new(0, 0))?;
            GROUPS.iter().try_for_each(|group| socket.add_membership(*group))?;
            Ok(socket)
        };
        let socket =
            open().map_err(|error| LinkError::System { doing: "listening to changes of links".to_owned(), error })?;
        Ok(Changes { socket, buffer: Vec::with_capacity(ROOM) })
    }

    /// Waits until something changed.
    ///
    /// # Errors
    /// The socket failed.
    pub(crate) fn next(&mut self) -> io::Result<()> {
        self.buffer.clear();
        match self.socket.recv(&mut self.buffer, 0) {
            Ok(_) => Ok(()),
            Err(error) if error.raw_os_error() == Some(nix::libc::ENOBUFS) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        }
    }
}
