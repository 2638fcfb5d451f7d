//! What is sent, and what is measured of it.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use arrayvec::ArrayVec;
use datapath::ring::Ring;
use datapath::{BATCH, Frame, OwnedFrame, PacketIo};
use namespaces::{run, stay_on};

use super::Effort;
use super::forwarder::Forwarder;
use super::yard::{GUEST, OUTSIDE, Yard};
use crate::host::{last_processor, received, time_of};
use crate::traffic::Segment;

/// Connections that send again and again.
const CONNECTED: u32 = 64;

/// A port of the first rule.
const PORT: u16 = 1003;

/// When to give up. Far above what anything takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Packets as fast as they can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flood {
    /// Of connections that are open.
    Established,
    /// Each opens a connection.
    New,
}

/// What a lap took for each packet, in nanoseconds.
pub(super) struct Passed {
    /// From one that arrived to the next.
    pub(super) apart: f64,
    /// Time of a processor for one that was sent, by its sender and all that the kernel does meanwhile.
    pub(super) sender: f64,
    /// Time of a processor for one that arrived, by who forwards in user space; zero where that is the kernel.
    pub(super) forwarder: f64,
}

impl Flood {
    pub(super) fn name(self) -> &'static str {
        match self {
            Flood::Established => "flood, established",
            Flood::New => "flood, new flow each",
        }
    }

    /// Opens the connections that send.
    pub(super) fn prepare(self, yard: &mut Yard) -> Result<()> {
        if self == Flood::New || yard.forwarder == Forwarder::Nobody {
            return Ok(());
        }
        let rules = yard.forwarder.disjoint();
        for segment in Segment::HANDSHAKE {
            let from = if segment == Segment::SynAck { yard.places.guest() } else { yard.places.outside() };
            let to = if segment == Segment::SynAck { yard.places.outside() } else { yard.places.guest() };
            let before = received(to.name(), "eth0")?;
            from.inside(|| {
                let mut link = Ring::open("eth0")?;
                let frames: Vec<_> = (0..CONNECTED).map(|client| rules.frame(client, segment)).collect();
                send(&mut link, &frames.iter().map(|frame| OwnedFrame::build(frame)).collect::<Vec<_>>());
                Ok(())
            })?;
            let until = Instant::now() + PATIENCE;
            while received(to.name(), "eth0")? < before + u64::from(CONNECTED) {
                ensure!(Instant::now() < until, "{segment:?} segments do not arrive");
                thread::sleep(Duration::from_millis(5));
            }
        }
        Ok(())
    }

    /// Floods from the outside for a lap.
    pub(super) fn run(self, yard: &mut Yard, effort: Effort) -> Result<Passed> {
        yard.check()?;
        match self {
            Flood::Established => {
                let frames = self.frames(yard, CONNECTED);
                flood(yard, |link| send_for(link, &frames, Duration::from_millis(effort.lap)))
            }
            Flood::New => {
                let frames = self.frames(yard, effort.new_flows);
                let passed = flood(yard, |link| send(link, &frames));
                // The kernel's table has room for one lap.
                let _ = yard.places.hypervisor().inside(|| run("conntrack", &["-F"], ""));
                passed
            }
        }
    }

    /// Packets to send: one of each connection that [`Flood::prepare`] opened, or so many that nobody has sent before.
    pub(super) fn frames(self, yard: &mut Yard, count: u32) -> Vec<OwnedFrame> {
        let (clients, segment) = match self {
            Flood::Established => (0..CONNECTED, Segment::Ack),
            Flood::New => {
                let first = yard.next_client(count);
                (first..first + count, Segment::Syn)
            }
        };
        let rules = yard.forwarder.disjoint();
        clients.map(|client| OwnedFrame::build(&rules.frame(client, segment))).collect()
    }
}

/// Sends as fast as the sender can, and looks at what arrives meanwhile.
fn flood(yard: &Yard, work: impl FnOnce(&mut Ring) + Send) -> Result<Passed> {
    let is_over = AtomicBool::new(false);
    let before = yard.forwarder_time()?;
    let (arrivals, sender) = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let (namespace, link) = yard.places.arrival();
            namespace.inside(|| Arrivals::watch(link, &is_over))
        });
        let sender = yard.places.outside().inside(|| {
            stay_on(0)?;
            let mut link = Ring::open_with("eth0", 1)?;
            let before = time_of("/proc/thread-self")?;
            work(&mut link);
            let worked = time_of("/proc/thread-self")? - before;
            Ok(worked.as_nanos() as f64 / link.counters().sent as f64)
        });
        is_over.store(true, Ordering::Relaxed);
        let arrivals = watcher.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok::<_, anyhow::Error>((arrivals?, sender?))
    })?;
    let forwarder = (yard.forwarder_time()? - before).as_nanos() as f64;
    Ok(Passed { apart: arrivals.apart()?, sender, forwarder: forwarder / arrivals.count() as f64 })
}

/// Sends the same again and again.
fn send_for(link: &mut Ring, frames: &[OwnedFrame], time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        send(link, frames);
    }
}

pub(super) fn send(link: &mut Ring, frames: &[OwnedFrame]) {
    for batch in frames.chunks(BATCH) {
        let lent: ArrayVec<Frame<'_>, BATCH> = batch.iter().map(OwnedFrame::lend).collect();
        // What is not taken is lost, as it should be in a flood.
        let _ = link.send(&lent);
    }
}

/// How many had arrived at some times.
struct Arrivals(Vec<(Instant, u64)>);

impl Arrivals {
    /// How often is looked.
    const PERIOD: Duration = Duration::from_millis(2);
    /// Packets under way arrive within so many periods.
    const REST: u32 = 50;

    /// Looks until it is over and nothing arrives any more.
    fn watch(link: &str, is_over: &AtomicBool) -> Result<Arrivals> {
        let mut seen = vec![(Instant::now(), arrived(link)?)];
        let mut still = 0;
        while !is_over.load(Ordering::Relaxed) || still < Arrivals::REST {
            thread::sleep(Arrivals::PERIOD);
            let now = (Instant::now(), arrived(link)?);
            still = if seen.last().is_none_or(|last| last.1 < now.1) { 0 } else { still + 1 };
            seen.push(now);
        }
        Ok(Arrivals(seen))
    }

    fn count(&self) -> u64 {
        self.0.last().map_or(0, |last| last.1) - self.0.first().map_or(0, |first| first.1)
    }

    /// Nanoseconds from one to the next, between the first that arrived and the last.
    fn apart(&self) -> Result<f64> {
        let mut moves = self.0.windows(2).filter(|pair| pair[0].1 < pair[1].1);
        let Some([first, second]) = moves.next() else { bail!("nothing arrives") };
        let last = moves.next_back().map_or(second, |pair| &pair[1]);
        Ok((last.0 - first.0).as_nanos() as f64 / (last.1 - first.1) as f64)
    }
}

/// Packets that a link of this thread's namespace has received (proc_pid_net(5)).
pub(super) fn arrived(link: &str) -> Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/net/dev")?;
    let line = text.lines().find_map(|line| line.trim().strip_prefix(link)?.strip_prefix(':'));
    let counts = line.with_context(|| format!("no link `{link}`"))?;
    counts.split_whitespace().nth(1).and_then(|count| count.parse().ok()).context("no count of packets")
}

/// One TCP stream from the guest for so many milliseconds: nanoseconds a MiB.
pub(super) fn stream(yard: &mut Yard, lap: u64) -> Result<f64> {
    const PIECE: usize = 1 << 16;
    yard.check()?;
    let listener = yard.places.guest().inside(|| Ok(TcpListener::bind((GUEST, PORT))?))?;
    let address = listener.local_addr()?;
    let client =
        yard.places.outside().inside(|| Ok(TcpStream::connect_timeout(&address, PATIENCE)?)).context("to connect")?;
    let (mut server, _) = listener.accept()?;
    thread::scope(|scope| {
        let reader = scope.spawn(move || -> Result<f64> {
            let (mut piece, mut bytes) = (vec![0; PIECE], 0);
            let start = Instant::now();
            loop {
                match server.read(&mut piece)? {
                    0 => return Ok(start.elapsed().as_nanos() as f64 / (bytes as f64 / f64::from(1 << 20))),
                    count => bytes += count,
                }
            }
        });
        let (mut client, piece, start) = (client, vec![7; PIECE], Instant::now());
        client.set_write_timeout(Some(PATIENCE))?;
        while start.elapsed() < Duration::from_millis(lap) {
            client.write_all(&piece)?;
        }
        drop(client);
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Where the ends of a round trip are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// Both on the first processor: a kernel that forwards wakes nobody elsewhere.
    Together,
    /// The guest on the first and the outside on the last, as virtual machines and networks have processors of their own.
    Apart,
}

impl Ends {
    fn outside(self) -> Result<usize> {
        match self {
            Ends::Together => Ok(0),
            Ends::Apart => last_processor(),
        }
    }
}

/// Round trips of a UDP datagram: the median and the 99th of 100, in nanoseconds. The guest asks, so that every rule set
/// allows it.
pub(super) fn trips(yard: &mut Yard, count: usize, ends: Ends) -> Result<[f64; 2]> {
    yard.check()?;
    let open = |address: &str| -> Result<UdpSocket> {
        let socket = UdpSocket::bind((address, 0))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(socket)
    };
    let guest = yard.places.guest().inside(|| open(GUEST))?;
    let outside = yard.places.outside().inside(|| open(OUTSIDE))?;
    guest.connect(outside.local_addr()?)?;
    let mut times = thread::scope(|scope| {
        let echo = scope.spawn(|| -> Result<()> {
            stay_on(ends.outside()?)?;
            let mut bytes = [0; 64];
            for _ in 0..count {
                let (length, from) = outside.recv_from(&mut bytes)?;
                outside.send_to(&bytes[..length], from)?;
            }
            Ok(())
        });
        let asker = scope.spawn(|| -> Result<Vec<f64>> {
            stay_on(0)?;
            (0..count).map(|_| trip(&guest)).collect()
        });
        let times = asker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        echo.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        times
    })?;
    times.sort_by(f64::total_cmp);
    Ok([times[count / 2], times[count * 99 / 100]])
}

fn trip(guest: &UdpSocket) -> Result<f64> {
    let mut bytes = [0; 64];
    let start = Instant::now();
    guest.send(&bytes[..32])?;
    guest.recv(&mut bytes)?;
    Ok(start.elapsed().as_nanos() as f64)
}
