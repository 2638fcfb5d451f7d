//! Talks that the outside opens and in which the instance then speaks, from both ends at once.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use super::{LONG, SHORT, World, uninterrupted};

/// Bytes beyond any window.
const MUCH: usize = 8 << 20;

/// A TCP connection to port 81 of the instance.
pub(crate) struct TcpTalk {
    instance: TcpStream,
    outside: TcpStream,
    said: u8,
}

/// Datagrams from and to port 53 of the instance.
pub(crate) struct UdpTalk {
    instance: UdpSocket,
    outside: UdpSocket,
    said: u8,
}

impl TcpTalk {
    pub(crate) fn open(world: &World) -> TcpTalk {
        let listener = world.inside("vm", || TcpListener::bind("0.0.0.0:81").unwrap());
        let outside = world.inside("out", || TcpStream::connect("192.0.2.10:81").unwrap());
        let (instance, _) = listener.accept().unwrap();
        TcpTalk { instance, outside, said: 0 }
    }

    /// Whether what the instance says arrives in a short time.
    pub(crate) fn answers(&mut self) -> bool {
        self.answers_within(SHORT)
    }

    /// Whether it arrives at all.
    pub(crate) fn answers_soon(&mut self) -> bool {
        self.answers_within(LONG)
    }

    /// The instance says much, and all of it arrives.
    pub(crate) fn answer_much(&mut self) {
        let TcpTalk { instance, outside, .. } = self;
        outside.set_read_timeout(Some(LONG)).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| instance.write_all(&vec![0; MUCH]).unwrap());
            outside.read_exact(&mut vec![0; MUCH]).unwrap();
        });
    }

    /// So many bytes go each way, and all of them arrive.
    pub(crate) fn carry(&self, world: &World, bytes: usize) {
        world.carry(&self.instance, &self.outside, bytes);
    }

    fn answers_within(&mut self, time: Duration) -> bool {
        self.said = self.said.wrapping_add(1);
        self.instance.write_all(&[self.said]).unwrap();
        self.outside.set_read_timeout(Some(time)).unwrap();
        let mut heard = [0];
        // What was said before may come first: it was lost on its way and is sent again.
        while self.outside.read_exact(&mut heard).is_ok() {
            if heard == [self.said] {
                return true;
            }
        }
        false
    }
}

impl UdpTalk {
    /// The outside asks, and the instance hears it.
    pub(crate) fn open(world: &World) -> UdpTalk {
        let instance = world.inside("vm", || UdpSocket::bind("0.0.0.0:53").unwrap());
        let outside = world.inside("out", || UdpSocket::bind("0.0.0.0:0").unwrap());
        outside.connect("192.0.2.10:53").unwrap();
        outside.send(b"?").unwrap();
        instance.set_read_timeout(Some(LONG)).unwrap();
        let (_, asker) = uninterrupted(|| instance.recv_from(&mut [0])).unwrap();
        instance.connect(asker).unwrap();
        UdpTalk { instance, outside, said: 0 }
    }

    /// Whether what the instance says arrives in a short time.
    pub(crate) fn answers(&mut self) -> bool {
        self.said = self.said.wrapping_add(1);
        self.instance.send(&[self.said]).unwrap();
        self.outside.set_read_timeout(Some(SHORT)).unwrap();
        let mut heard = [0];
        // What was said before may come first: it waited for a link.
        while uninterrupted(|| self.outside.recv(&mut heard)).is_ok() {
            if heard == [self.said] {
                return true;
            }
        }
        false
    }

    /// Whether it arrives at all when the instance says it again and again.
    pub(crate) fn answers_soon(&mut self) -> bool {
        let until = Instant::now() + LONG;
        while Instant::now() < until {
            if self.answers() {
                return true;
            }
        }
        false
    }
}
