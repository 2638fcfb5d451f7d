//! The raw socket at an interface, prepared so that frames come and go undamaged on a bridge, and what its faults mean.
//!
//! All the `unsafe` of the project stands below this module and below `ring`: socket options and shared memory that have
//! no safe wrapper. The options are those of packet(7).

pub(crate) mod option;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::net::if_::{if_nameindex, if_nametoindex};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, getsockopt, setsockopt, socket, sockopt};

use crate::near::nearest;
use crate::{IoError, SendError};

/// Bytes of frames that may wait to be read. With the default of about 200 KiB a busy neighbour on the same core costs
/// a fifth of all frames.
const RECEIVE_BUFFER: usize = 16 << 20;

/// Bytes of frames that may wait in the device. The default holds three frames of 64 KiB.
const SEND_BUFFER: usize = 4 << 20;

/// A raw socket at an interface.
pub(crate) struct Socket {
    /// The interface's name when it was opened.
    pub(crate) name: String,
    /// The interface's number.
    pub(crate) index: u32,
    fd: OwnedFd,
}

impl Socket {
    /// A socket with all options set and not yet bound, so that it sees no frame before its filter or ring stands.
    ///
    /// # Errors
    /// The interface does not exist, privileges are missing, or the kernel is too old.
    pub(crate) fn prepare(name: &str) -> Result<Socket, IoError> {
        let index = find_interface(name)?;
        // Protocol 0 receives nothing; the protocol comes with the bind.
        let opened = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None);
        let fd = opened.map_err(|errno| match errno {
            Errno::EPERM | Errno::EACCES => {
                IoError::NoPrivilege { capability: "CAP_NET_RAW", purpose: "opening a raw socket" }
            }
            errno => IoError::System { doing: "opening a raw socket".to_owned(), source: errno.into() },
        })?;
        option::keep_metadata(&fd)?;
        option::ignore_outgoing(&fd)?;
        option::bypass_queue(&fd)?;
        setsockopt(&fd, sockopt::RcvBufForce, &RECEIVE_BUFFER).map_err(buffer_fault)?;
        setsockopt(&fd, sockopt::SndBufForce, &SEND_BUFFER).map_err(buffer_fault)?;
        Ok(Socket { name: name.to_owned(), index, fd })
    }

    /// The same socket once more, for a library that keeps its own.
    pub(crate) fn duplicate(&self) -> Result<OwnedFd, IoError> {
        let failed = |source| IoError::System { doing: "duplicating a raw socket".to_owned(), source };
        self.fd.try_clone().map_err(failed)
    }

    /// The descriptor.
    pub(crate) fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    /// Whether the interface that it was bound to carries frames.
    ///
    /// # Errors
    /// It is down, gone, or not Ethernet.
    pub(crate) fn check_link(&self) -> Result<(), IoError> {
        let name = || self.name.clone();
        // Binding to an interface that is down succeeds and leaves the error on the socket.
        if self.take_pending() == Some(Errno::ENETDOWN) {
            return Err(IoError::Down { name: name() });
        }
        match option::binding(&self.fd).hardware {
            _ if self.is_gone() => Err(IoError::Gone { name: name() }),
            libc::ARPHRD_ETHER => Ok(()),
            _ => Err(IoError::NotEthernet { name: name() }),
        }
    }

    /// The fault that waits on the socket, if one does.
    pub(crate) fn pending_fault(&self) -> Result<(), IoError> {
        match self.take_pending() {
            None => Ok(()),
            Some(errno) => Err(self.fault(errno)),
        }
    }

    /// What a failed read means. pnet says "unexpected poll event" where the kernel has an error waiting on the socket.
    pub(crate) fn read_fault(&self, error: io::Error) -> IoError {
        match self.take_pending().or_else(|| error.raw_os_error().map(Errno::from_raw)) {
            Some(errno) => self.fault(errno),
            None if self.is_gone() => IoError::Gone { name: self.name.clone() },
            None => IoError::System { doing: format!("reading from `{}`", self.name), source: error },
        }
    }

    /// What it means that a frame of `length` bytes was not taken.
    pub(crate) fn send_fault(&self, error: io::Error, length: usize) -> SendError {
        if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) {
            return SendError::Busy;
        }
        match error.raw_os_error().map(Errno::from_raw).or_else(|| self.take_pending()) {
            Some(Errno::ENOBUFS | Errno::ENOMEM) => SendError::Busy,
            Some(Errno::EMSGSIZE) => SendError::TooLong { length },
            Some(Errno::ENETDOWN | Errno::ENXIO | Errno::ENODEV) => SendError::Down,
            Some(_) | None => SendError::Refused(error),
        }
    }

    /// Frames that the kernel dropped on this socket since the last call.
    pub(crate) fn take_dropped(&self) -> u64 {
        u64::from(option::take_dropped(&self.fd))
    }

    fn fault(&self, errno: Errno) -> IoError {
        let name = self.name.clone();
        match errno {
            _ if self.is_gone() => IoError::Gone { name },
            Errno::ENETDOWN => IoError::Down { name },
            errno => IoError::System { doing: format!("reading from `{name}`"), source: errno.into() },
        }
    }

    fn is_gone(&self) -> bool {
        u32::try_from(option::binding(&self.fd).index) != Ok(self.index)
    }

    fn take_pending(&self) -> Option<Errno> {
        match getsockopt(&self.fd, sockopt::SocketError) {
            Ok(0) | Err(_) => None,
            Ok(errno) => Some(Errno::from_raw(errno)),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The number of an interface, or an error that names those that exist.
fn find_interface(name: &str) -> Result<u32, IoError> {
    if_nametoindex(name).map_err(|_| {
        let names = if_nameindex().map_or_else(
            |_| Vec::new(),
            |all| all.iter().map(|interface| interface.name().to_string_lossy().into_owned()).collect(),
        );
        IoError::NoInterface { name: name.to_owned(), near: nearest(name, names) }
    })
}

fn buffer_fault(errno: Errno) -> IoError {
    match errno {
        Errno::EPERM => {
            IoError::NoPrivilege { capability: "CAP_NET_ADMIN", purpose: "giving a raw socket a large buffer" }
        }
        errno => IoError::System { doing: "giving a raw socket a large buffer".to_owned(), source: errno.into() },
    }
}
