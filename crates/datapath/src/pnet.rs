//! A Linux interface, through `pnet_datalink` over a prepared AF_PACKET socket.
//!
//! Left alone, pnet damages what passes a bridge: bulk frames are cut at 4,096 bytes, unfinished checksums go out as they
//! are, an outer VLAN tag is lost, and frames that we sent come back. The socket that it is given here prevents each of
//! these (see the options in `socket.rs`), and what cannot be lent whole is counted.
//!
//! The link belongs to the network namespace of the thread that opened it. The interface is set to promiscuous mode for
//! as long as it is open.
//!
//! Absent: creating and configuring interfaces, and checking that the kernel does not forward between them as well.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{getsockopt, sockopt};
use pnet_datalink::{Channel, Config, DataLinkReceiver, DataLinkSender, NetworkInterface};

use crate::frame::METADATA;
use crate::socket::{TAGGED_REMAINDER, binding, find_interface, open_prepared, take_dropped};
use crate::{BATCH, Frame, IoCounters, IoError, PacketIo, SendError};

/// The longest frame that can be read. A GSO frame has up to 64 KiB, and up to 256 KiB fit where the host raised that.
const READ_BUFFER: usize = 256 << 10;

/// One Linux interface.
pub struct Pnet {
    name: String,
    index: u32,
    /// The same socket that pnet holds, which pnet does not show.
    socket: OwnedFd,
    sender: Box<dyn DataLinkSender>,
    receiver: Box<dyn DataLinkReceiver>,
    counters: IoCounters,
}

impl Pnet {
    /// Opens the interface of this name in the calling thread's network namespace.
    ///
    /// # Errors
    /// The interface does not exist, is down or is not Ethernet; privileges are missing; the kernel is too old. Nothing
    /// stays open or changed.
    pub fn open(name: &str) -> Result<Self, IoError> {
        let index = find_interface(name)?;
        let prepared = open_prepared()?;
        let socket = prepared
            .try_clone()
            .map_err(|source| IoError::System { doing: "duplicating a raw socket".to_owned(), source })?;
        let (sender, receiver) = bind(name, index, prepared)?;
        let opened = Self { name: name.to_owned(), index, socket, sender, receiver, counters: IoCounters::default() };
        opened.check_link()?;
        Ok(opened)
    }

    /// The interface's name at the time it was opened.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn check_link(&self) -> Result<(), IoError> {
        // Binding to an interface that is down succeeds and leaves the error on the socket.
        if self.take_pending() == Some(Errno::ENETDOWN) {
            return Err(IoError::Down { name: self.name.clone() });
        }
        match binding(&self.socket).hardware {
            _ if self.is_gone() => Err(IoError::Gone { name: self.name.clone() }),
            libc::ARPHRD_ETHER => Ok(()),
            _ => Err(IoError::NotEthernet { name: self.name.clone() }),
        }
    }

    fn is_gone(&self) -> bool {
        u32::try_from(binding(&self.socket).index) != Ok(self.index)
    }

    fn take_pending(&self) -> Option<Errno> {
        match getsockopt(&self.socket, sockopt::SocketError) {
            Ok(0) | Err(_) => None,
            Ok(errno) => Some(Errno::from_raw(errno)),
        }
    }

    /// What a failed read means. pnet says "unexpected poll event" where the kernel has an error waiting on the socket.
    fn read_fault(&self, error: io::Error) -> IoError {
        let pending = self.take_pending().or_else(|| error.raw_os_error().map(Errno::from_raw));
        let name = self.name.clone();
        match pending {
            _ if self.is_gone() => IoError::Gone { name },
            Some(Errno::ENETDOWN) => IoError::Down { name },
            Some(errno) => IoError::System { doing: format!("reading from `{name}`"), source: errno.into() },
            None => IoError::System { doing: format!("reading from `{name}`"), source: error },
        }
    }

    fn send_fault(&self, error: io::Error, length: usize) -> SendError {
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
}

impl PacketIo for Pnet {
    fn poll(&mut self, visit: &mut dyn FnMut(Frame<'_>)) -> Result<usize, IoError> {
        let mut taken = 0;
        while taken < BATCH {
            let raw = match self.receiver.next() {
                Ok(raw) => raw,
                Err(error) => match error.kind() {
                    io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => break,
                    io::ErrorKind::Interrupted => continue,
                    _ => return Err(self.read_fault(error)),
                },
            };
            taken += 1;
            if raw.len() == METADATA + TAGGED_REMAINDER {
                self.counters.tagged_dropped += 1;
                continue;
            }
            // A read does not say what it left out, so a full buffer counts as too small.
            match Frame::from_raw(raw, None) {
                Some(frame) if raw.len() < READ_BUFFER => {
                    self.counters.received += 1;
                    visit(frame);
                }
                _ => self.counters.cut += 1,
            }
        }
        Ok(taken)
    }

    fn send(&mut self, frame: Frame<'_>) -> Result<(), SendError> {
        let error = loop {
            match self.sender.send_to(frame.raw(), None) {
                Some(Ok(())) => {
                    self.counters.sent += 1;
                    return Ok(());
                }
                Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Some(Err(error)) => break self.send_fault(error, frame.bytes().len()),
                // pnet's word for a frame that does not fit a write buffer.
                None => {
                    break SendError::TooLong { length: frame.bytes().len() };
                }
            }
        };
        self.counters.send_refused += 1;
        Err(error)
    }

    fn counters(&mut self) -> IoCounters {
        self.counters.dropped_by_kernel += u64::from(take_dropped(&self.socket));
        self.counters
    }

    fn wait_on(&self) -> Option<BorrowedFd<'_>> {
        Some(self.socket.as_fd())
    }
}

type Halves = (Box<dyn DataLinkSender>, Box<dyn DataLinkReceiver>);

/// Hands the socket to pnet, which binds it and closes it again if that fails.
fn bind(name: &str, index: u32, socket: OwnedFd) -> Result<Halves, IoError> {
    let interface = NetworkInterface {
        name: name.to_owned(),
        description: String::new(),
        index,
        mac: None,
        ips: Vec::new(),
        flags: 0,
    };
    let config = Config {
        read_buffer_size: READ_BUFFER,
        write_buffer_size: READ_BUFFER,
        // pnet polls before every read and write; with no timeout it would sleep there, and one worker serves many links.
        read_timeout: Some(Duration::ZERO),
        write_timeout: Some(Duration::ZERO),
        promiscuous: true,
        socket_fd: Some(socket.into_raw_fd()),
        ..Config::default()
    };
    let doing = || format!("binding to `{name}`");
    match pnet_datalink::channel(&interface, config) {
        Ok(Channel::Ethernet(sender, receiver)) => Ok((sender, receiver)),
        Ok(_) => Err(IoError::System { doing: doing(), source: io::ErrorKind::Unsupported.into() }),
        Err(source) => Err(IoError::System { doing: doing(), source }),
    }
}
