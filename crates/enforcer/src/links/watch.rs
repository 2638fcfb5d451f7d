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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::links::Kernel;
    use nix::libc;
    use nix::sched::{CloneFlags, unshare};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    /// More changes than the kernel keeps for who does not read.
    const FLOOD: u32 = 2_000;

    /// Waits for one change in a thread of its own, because nothing may come.
    fn hear(mut changes: Changes) -> Changes {
        let (tell, told) = channel();
        std::thread::spawn(move || tell.send(changes.next().map(|()| changes)));
        told.recv_timeout(Duration::from_secs(15)).expect("a change is told").expect("the socket works")
    }

    #[test]
    fn changes_are_heard_and_too_many_of_them_too() {
        if !nix::unistd::geteuid().is_root() {
            return eprintln!("SKIPPED: this test makes a network namespace, which needs root");
        }
        let test = || {
            unshare(CloneFlags::CLONE_NEWNET).unwrap();
            let (kernel, changes) = (Kernel::connect().unwrap(), Changes::open().unwrap());
            kernel.add_pair("a", "b").unwrap();
            let mut changes = hear(changes);
            let link = kernel.require("a").unwrap();
            (0..FLOOD).for_each(|more| kernel.set("a", link.message().mtu(1_000 + more % 2)).unwrap());
            let lost = |changes: &Changes| changes.socket.recv(&mut Vec::with_capacity(ROOM), libc::MSG_PEEK).is_err();
            assert!(lost(&changes), "the kernel kept {FLOOD} messages: this test needs more");
            // The error is told once only, so the test makes it anew.
            (0..FLOOD).for_each(|more| kernel.set("a", link.message().mtu(1_000 + more % 2)).unwrap());
            for _ in 0..10 {
                changes = hear(changes);
            }
        };
        std::thread::spawn(test).join().unwrap();
    }
}
