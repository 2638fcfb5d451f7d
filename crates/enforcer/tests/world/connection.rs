//! What tests look through: whether bytes go to the instance and come back.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::{LONG, SHORT, World, uninterrupted};

/// A TCP connection from the outside to the instance.
pub(crate) struct Connection {
    stream: TcpStream,
    round: u32,
}

impl Connection {
    /// Connects from the outside; `None` when no answer comes.
    pub(crate) fn open(world: &World, port: u16) -> Option<Connection> {
        Connection::open_between(world, "out", &format!("192.0.2.10:{port}"))
    }

    /// Connects from the host of a role to an address and port.
    pub(crate) fn open_between(world: &World, role: &str, to: &str) -> Option<Connection> {
        let address: SocketAddr = to.parse().unwrap();
        let stream = world.inside(role, || TcpStream::connect_timeout(&address, 3 * SHORT)).ok()?;
        Some(Connection { stream, round: 0 })
    }

    /// Whether a new line comes back in a short time.
    pub(crate) fn echoes(&mut self) -> bool {
        self.echoes_within(SHORT)
    }

    /// Whether it comes back at all: TCP sends again what was lost, but ever more slowly.
    pub(crate) fn echoes_soon(&mut self) -> bool {
        self.echoes_within(LONG)
    }

    fn echoes_within(&mut self, time: Duration) -> bool {
        self.round += 1;
        let line = format!("line {}\n", self.round);
        if self.stream.write_all(line.as_bytes()).is_err() {
            return false;
        }
        let until = Instant::now() + time;
        let mut received = Vec::new();
        let mut buffer = [0; 256];
        while !received.ends_with(line.as_bytes()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            self.stream.set_read_timeout(Some(left)).unwrap();
            match uninterrupted(|| self.stream.read(&mut buffer)) {
                Ok(0) | Err(_) => return false,
                Ok(length) => received.extend_from_slice(&buffer[..length]),
            }
        }
        true
    }
}
