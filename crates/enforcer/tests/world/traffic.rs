//! Much traffic: streams of many bytes, datagrams that come back, and what the links count of it.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use namespaces::Namespace;

use super::{LONG, World, inside};

/// A stream repeats after so many bytes, a prime number, so that a lost or doubled piece shows.
const PERIOD: usize = 1_048_573;
const CHUNK: usize = 1 << 16;

/// Datagrams from the outside that a port of the instance sends back.
pub(crate) struct UdpEcho {
    outside: UdpSocket,
    number: u32,
}

/// Bytes and frames that one link has passed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed {
    bytes: u64,
    frames: u64,
}

impl UdpEcho {
    pub(crate) fn open(world: &World, port: u16) -> UdpEcho {
        let instance = world.inside("vm", || UdpSocket::bind(("0.0.0.0", port)).unwrap());
        let outside = world.inside("out", || UdpSocket::bind("0.0.0.0:0").unwrap());
        outside.connect(("192.0.2.10", port)).unwrap();
        // Until the test ends.
        std::thread::spawn(move || {
            let mut datagram = vec![0; 1 << 16];
            while let Ok((length, from)) = instance.recv_from(&mut datagram) {
                let _ = instance.send_to(&datagram[..length], from);
            }
        });
        UdpEcho { outside, number: 0 }
    }

    /// Sends a datagram of so many bytes, at least 4, and answers how long it took to come back unchanged; `None` when it does
    /// not.
    pub(crate) fn round_trip(&mut self, length: usize, patience: Duration) -> Option<Duration> {
        self.number += 1;
        let mut sent: Vec<u8> = (0..length).map(|at| (at / 3) as u8).collect();
        sent[..4].copy_from_slice(&self.number.to_be_bytes());
        let mut back = vec![0; 1 << 16];
        let begun = Instant::now();
        self.outside.send(&sent).unwrap();
        while let Some(left) = patience.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
            self.outside.set_read_timeout(Some(left)).unwrap();
            // What was given up before may still come.
            if self.outside.recv(&mut back).is_ok_and(|length| back[..length] == sent) {
                return Some(begun.elapsed());
            }
        }
        None
    }
}

impl World {
    /// Sends so many bytes through a connection each way, one way after the other, and sees that they arrive.
    pub(crate) fn carry(&self, instance: &TcpStream, outside: &TcpStream, bytes: usize) {
        let pattern = pattern();
        for (mut from, mut to) in [(outside, instance), (instance, outside)] {
            from.set_write_timeout(Some(2 * LONG)).unwrap();
            to.set_read_timeout(Some(2 * LONG)).unwrap();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    for at in (0..bytes).step_by(CHUNK) {
                        from.write_all(piece(&pattern, at)).unwrap();
                    }
                });
                let mut chunk = vec![0; CHUNK];
                for at in (0..bytes).step_by(CHUNK) {
                    to.read_exact(&mut chunk).unwrap_or_else(|error| panic!("byte {at} does not come: {error}"));
                    assert!(chunk == piece(&pattern, at), "the stream differs within 64 KiB of byte {at}");
                }
            });
        }
    }

    /// Has the host of a role take datagrams to these ports, which nobody reads.
    pub(crate) fn take_datagrams(&self, role: &str, ports: RangeInclusive<u16>) -> Vec<UdpSocket> {
        self.inside(role, || ports.map(|port| UdpSocket::bind(("0.0.0.0", port)).unwrap()).collect())
    }

    /// What a link of the hypervisor has got from the other side, and what it has sent there.
    pub(crate) fn passed(&self, link: &str) -> [Passed; 2] {
        let devices = self.devices();
        let line = devices.lines().find_map(|line| line.trim().strip_prefix(link)?.strip_prefix(':'));
        let numbers = numbers(line.unwrap_or_else(|| panic!("there is no `{link}`: {devices}")));
        [0, 8].map(|at| Passed { bytes: numbers[at], frames: numbers[at + 1] })
    }

    /// How many frames links of the world have lost so far because the kernel had no room for them.
    pub(crate) fn lost_by_links(&self) -> u64 {
        let lost = |namespace: &Namespace| {
            let devices = inside(namespace, || fs::read_to_string("/proc/thread-self/net/dev").unwrap());
            let lines = devices.lines().filter_map(|line| line.split_once(':'));
            lines.map(|(_, line)| numbers(line)[11]).sum::<u64>()
        };
        self.namespaces.values().map(lost).sum()
    }
}

impl Passed {
    /// The mean length of the frames since then.
    pub(crate) fn length_since(self, before: Passed) -> u64 {
        (self.bytes - before.bytes) / (self.frames - before.frames).max(1)
    }
}

/// The counters of a line of proc_pid_net(5), `dev`.
fn numbers(line: &str) -> Vec<u64> {
    line.split_whitespace().map(|number| number.parse().expect("counters are numbers")).collect()
}

/// The period twice, so that every piece of it lies in one place.
fn pattern() -> Vec<u8> {
    let mut state: u32 = 0x9e37_79b9;
    let once: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    })
    .take(PERIOD)
    .collect();
    [&once[..], &once[..CHUNK]].concat()
}

fn piece(pattern: &[u8], at: usize) -> &[u8] {
    &pattern[at % PERIOD..][..CHUNK]
}
