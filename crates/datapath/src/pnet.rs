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
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd};
use std::slice;
use std::time::Duration;

use arrayvec::ArrayVec;
use pnet_datalink::{Channel, Config, DataLinkReceiver, DataLinkSender, NetworkInterface};

use crate::frame::METADATA;
use crate::socket::Socket;
use crate::socket::option::{TAGGED_REMAINDER, mark_tagged};
use crate::{BATCH, Frame, IoCounters, IoError, PacketIo, SendError};

/// The longest frame that can be read. A GSO frame has up to 64 KiB, and up to 256 KiB fit where the host raised that.
const READ_BUFFER: usize = 256 << 10;

/// The longest frame that waits until it is lent together with others. Judging many in a row is quicker than one after each read, by
/// more than copying so little costs.
const GATHERED: usize = 2 << 10;

/// One Linux interface.
pub struct Pnet {
    /// The same socket that pnet holds, which pnet does not show.
    socket: Socket,
    sender: Box<dyn DataLinkSender>,
    receiver: Box<dyn DataLinkReceiver>,
    gathered: Gathered,
    counters: IoCounters,
}

/// Frames that were read and not lent yet, with their metadata, one behind the other.
#[derive(Default)]
struct Gathered {
    bytes: Vec<u8>,
    lengths: ArrayVec<usize, BATCH>,
}

impl Pnet {
    /// Opens the interface of this name in the calling thread's network namespace.
    ///
    /// # Errors
    /// The interface does not exist, is down or is not Ethernet; privileges are missing; the kernel is too old. Nothing
    /// stays open or changed.
    pub fn open(name: &str) -> Result<Self, IoError> {
        let socket = Socket::prepare(name)?;
        mark_tagged(socket.fd())?;
        let (sender, receiver) = bind(&socket)?;
        socket.check_link()?;
        Ok(Self { socket, sender, receiver, gathered: Gathered::default(), counters: IoCounters::default() })
    }

    /// The interface's name at the time it was opened.
    pub fn name(&self) -> &str {
        &self.socket.name
    }

    fn send_one(&mut self, frame: Frame<'_>) -> Result<(), SendError> {
        let length = frame.bytes().len();
        loop {
            match self.sender.send_to(frame.raw(), None) {
                Some(Ok(())) => return Ok(()),
                Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Some(Err(error)) => return Err(self.socket.send_fault(error, length)),
                // pnet's word for a frame that does not fit a write buffer.
                None => return Err(SendError::TooLong { length }),
            }
        }
    }
}

impl PacketIo for Pnet {
    fn poll(&mut self, most: usize, visit: &mut dyn FnMut(&[Frame<'_>])) -> Result<usize, IoError> {
        let Pnet { socket, receiver, gathered, counters, .. } = self;
        let mut taken = 0;
        let mut fate = Ok(());
        while taken < most.min(BATCH) {
            let raw = match receiver.next() {
                Ok(raw) => raw,
                Err(error) => match error.kind() {
                    io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => break,
                    io::ErrorKind::Interrupted => continue,
                    // The kernel has no metadata for what it leaves undone, and drops the frame (Linux, `virtio_net_hdr_from_skb`).
                    io::ErrorKind::InvalidInput => {
                        taken += 1;
                        counters.cut += 1;
                        continue;
                    }
                    _ => {
                        fate = Err(socket.read_fault(error));
                        break;
                    }
                },
            };
            taken += 1;
            match Frame::from_raw(raw, None) {
                Some(_) if raw.len() == METADATA + TAGGED_REMAINDER => counters.tagged_dropped += 1,
                Some(_) if raw.len() <= GATHERED => gathered.add(raw),
                // A read does not say what it left out, so a full buffer counts as too small.
                Some(frame) if raw.len() < READ_BUFFER => {
                    // What came before goes before.
                    gathered.lend(counters, visit);
                    counters.received += 1;
                    visit(slice::from_ref(&frame));
                }
                Some(_) | None => counters.cut += 1,
            }
        }
        gathered.lend(counters, visit);
        fate.map(|()| taken)
    }

    fn send(&mut self, frames: &[Frame<'_>]) -> Result<(), SendError> {
        let mut fate = Ok(());
        for frame in frames {
            match self.send_one(*frame) {
                Ok(()) => self.counters.sent += 1,
                Err(error) => {
                    self.counters.send_refused += 1;
                    fate = fate.and(Err(error));
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
        "pnet"
    }

    fn wait_on(&self) -> Option<BorrowedFd<'_>> {
        Some(self.socket.as_fd())
    }
}

impl Gathered {
    fn add(&mut self, raw: &[u8]) {
        self.bytes.extend_from_slice(raw);
        self.lengths.push(raw.len());
    }

    /// Lends all and forgets them.
    fn lend(&mut self, counters: &mut IoCounters, visit: &mut dyn FnMut(&[Frame<'_>])) {
        let mut frames: ArrayVec<Frame<'_>, BATCH> = ArrayVec::new();
        let mut left = self.bytes.as_slice();
        for length in self.lengths.drain(..) {
            let (raw, behind) = left.split_at(length);
            frames.extend(Frame::from_raw(raw, None));
            left = behind;
        }
        if !frames.is_empty() {
            counters.received += frames.len() as u64;
            visit(&frames);
        }
        drop(frames);
        self.bytes.clear();
    }
}

type Halves = (Box<dyn DataLinkSender>, Box<dyn DataLinkReceiver>);

/// Hands the socket to pnet, which binds it and closes it again if that fails.
fn bind(socket: &Socket) -> Result<Halves, IoError> {
    let interface = NetworkInterface {
        name: socket.name.clone(),
        description: String::new(),
        index: socket.index,
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
        socket_fd: Some(socket.duplicate()?.into_raw_fd()),
        ..Config::default()
    };
    let doing = || format!("binding to `{}`", socket.name);
    match pnet_datalink::channel(&interface, config) {
        Ok(Channel::Ethernet(sender, receiver)) => Ok((sender, receiver)),
        Ok(_) => Err(IoError::System { doing: doing(), source: io::ErrorKind::Unsupported.into() }),
        Err(source) => Err(IoError::System { doing: doing(), source }),
    }
}
