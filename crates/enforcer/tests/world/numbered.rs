//! Numbered datagrams from the outside to the instance, one each millisecond, and what becomes of them.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::socket::{setsockopt, sockopt::RcvBufForce};

use super::{LONG, SHORT, World, uninterrupted};

/// Bytes of probes that may wait to be received: those of ten seconds.
const BUFFER: usize = 16 << 20;

/// From one probe to the next.
const PERIOD: Duration = Duration::from_millis(1);

/// A stream of probes to two ports of the instance.
pub(crate) struct NumberedProbes {
    stop: Arc<AtomicBool>,
    /// How many arrived at port 53.
    arrived: Arc<AtomicUsize>,
    sender: JoinHandle<Vec<Instant>>,
    /// At port 53, and at port 54.
    receivers: [JoinHandle<Vec<(u32, Instant)>>; 2],
}

/// What became of them.
#[derive(Debug)]
pub(crate) struct Arrivals {
    pub(crate) sent: usize,
    /// Probes to port 53 that never arrived.
    pub(crate) lost: usize,
    /// Probes to port 53 that arrived more than once.
    pub(crate) repeated: usize,
    /// The longest that one of them was on its way.
    pub(crate) delay: Duration,
    /// The longest time from one that arrived to the next; probes that were sent late make it longer.
    pub(crate) gap: Duration,
    /// Probes to port 54 that arrived.
    pub(crate) astray: usize,
}

impl NumberedProbes {
    pub(crate) fn start(world: &World) -> NumberedProbes {
        let stop = Arc::new(AtomicBool::new(false));
        let arrived = Arc::new(AtomicUsize::new(0));
        let receivers = [(53, Arc::clone(&arrived)), (54, Arc::default())].map(|(port, arrived)| {
            let socket = world.inside("vm", || UdpSocket::bind(("0.0.0.0", port)).unwrap());
            let stopped = Arc::clone(&stop);
            std::thread::spawn(move || receive(&socket, &stopped, &arrived))
        });
        let socket = world.inside("out", || UdpSocket::bind("0.0.0.0:0").unwrap());
        let stopped = Arc::clone(&stop);
        let sender = std::thread::spawn(move || send(&socket, &stopped));
        NumberedProbes { stop, arrived, sender, receivers }
    }

    /// Whether another one arrives.
    pub(crate) fn pass_soon(&self) -> bool {
        let (before, until) = (self.arrived.load(Ordering::Relaxed), Instant::now() + LONG);
        while self.arrived.load(Ordering::Relaxed) == before && Instant::now() < until {
            std::thread::sleep(PERIOD);
        }
        self.arrived.load(Ordering::Relaxed) > before
    }

    /// Ends the stream, and answers what became of it.
    pub(crate) fn finish(self) -> Arrivals {
        self.stop.store(true, Ordering::Relaxed);
        let sent = self.sender.join().unwrap();
        let [arrived, astray] = self.receivers.map(|receiver| receiver.join().unwrap());
        let mut numbers: Vec<u32> = arrived.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let gaps = arrived.windows(2).map(|pair| pair[1].1 - pair[0].1);
        let delays = arrived.iter().map(|(number, at)| at.saturating_duration_since(sent[*number as usize]));
        Arrivals {
            sent: sent.len(),
            lost: sent.len() - numbers.len(),
            repeated: arrived.len() - numbers.len(),
            delay: delays.max().unwrap_or_default(),
            gap: gaps.max().unwrap_or_default(),
            astray: astray.len(),
        }
    }
}

fn send(socket: &UdpSocket, stop: &AtomicBool) -> Vec<Instant> {
    let mut sent = Vec::new();
    let start = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let number = sent.len() as u32;
        sent.push(Instant::now());
        for port in [53, 54] {
            socket.send_to(&number.to_be_bytes(), ("192.0.2.10", port)).unwrap();
        }
        std::thread::sleep((start + (number + 1) * PERIOD).saturating_duration_since(Instant::now()));
    }
    sent
}

/// Receives until the stream has ended and nothing comes any more.
fn receive(socket: &UdpSocket, stop: &AtomicBool, count: &AtomicUsize) -> Vec<(u32, Instant)> {
    socket.set_read_timeout(Some(2 * SHORT)).unwrap();
    // What a busy host does not let this thread read must not look lost.
    setsockopt(socket, RcvBufForce, &BUFFER).unwrap();
    let mut arrived = Vec::new();
    let mut number = [0; 4];
    loop {
        let ended = stop.load(Ordering::Relaxed);
        if uninterrupted(|| socket.recv(&mut number)).is_ok() {
            arrived.push((u32::from_be_bytes(number), Instant::now()));
            count.fetch_add(1, Ordering::Relaxed);
        } else if ended {
            return arrived;
        }
    }
}
