//! Numbered datagrams that fly both ways all the time, and which of them arrived.
//!
//! Numbers grow in the order of sending, over both ways: see [`Probes::now`].

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wire::Packet;

use super::ends::End;
use super::{LONG, World};

/// From one round to the next at each end.
const PACE: Duration = Duration::from_millis(1);

/// What is still under way arrives in this time.
const DRAIN: Duration = Duration::from_millis(500);

/// Bytes of Ethernet, IPv4 and UDP headers.
const HEADERS: usize = 42;
const SOURCE_PORT: usize = 34;
const CHECKSUM: usize = 40;

/// What every probe begins with, behind its headers; its class and its number follow.
const MAGIC: [u8; 8] = *b"a probe:";
const LENGTH: usize = MAGIC.len() + 1 + 8;

/// One kind of datagram, of which each round has one.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    /// The role of the host that sends it.
    pub(crate) from: &'static str,
    /// UDP over IPv4, as `wire` reads it, with MAC addresses.
    pub(crate) packet: String,
    pub(crate) flow: Flow,
}

/// Whether datagrams of a class belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Same,
    /// Each has a source port of its own.
    New,
}

/// Probes that fly until this is dropped.
pub(crate) struct Probes {
    classes: Vec<Class>,
    shared: Arc<Shared>,
    ends: Vec<JoinHandle<Lost>>,
}

struct Shared {
    /// Who sent the round of this number. Locked while the round is sent.
    rounds: Mutex<Vec<&'static str>>,
    /// Class and number of each probe that arrived.
    arrived: Mutex<Vec<(usize, u64)>>,
    /// By class, one more than the highest number that arrived.
    latest: Vec<AtomicU64>,
    over: AtomicBool,
}

/// Probes that are missed although nobody judged them.
struct Lost(u64);

/// What became of probes.
pub(crate) struct Flights {
    classes: Vec<Class>,
    rounds: Vec<&'static str>,
    /// By class, in order.
    arrived: Vec<Vec<u64>>,
    /// Probes that the ends themselves lost: refused by the link, or not read in time.
    pub(crate) lost_at_ends: u64,
}

impl Probes {
    /// Sends one probe of each class in every round.
    pub(crate) fn start(world: &World, classes: &[Class]) -> Probes {
        let shared = Arc::new(Shared {
            rounds: Mutex::default(),
            arrived: Mutex::default(),
            latest: classes.iter().map(|_| AtomicU64::new(0)).collect(),
            over: AtomicBool::new(false),
        });
        // Both listen before one sends.
        let ends = ["out", "vm"].map(|role| (role, world.end(role))).map(|(role, end)| {
            let own = classes.iter().enumerate().filter(|(_, class)| class.from == role);
            let frames = own.map(|(place, class)| (frame(place, class), class.flow)).collect();
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || fly(role, end, frames, &shared))
        });
        Probes { classes: classes.to_vec(), shared, ends: ends.into() }
    }

    /// The number of the next round: probes with a lower one were sent before, the others are sent after this call.
    pub(crate) fn now(&self) -> usize {
        self.shared.rounds.lock().unwrap().len()
    }

    /// Waits until a probe of each of these classes has arrived that was sent in this round or after it. Those that were sent
    /// before it, the same way, have been judged by then.
    pub(crate) fn wait_for(&self, classes: &[usize], round: usize) {
        let until = Instant::now() + LONG;
        for class in classes {
            while self.shared.latest[*class].load(SeqCst) <= round as u64 {
                assert!(Instant::now() < until, "nothing arrives of {:?}", self.classes[*class]);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Ends them, when the last one has arrived.
    pub(crate) fn finish(mut self) -> Flights {
        self.shared.over.store(true, SeqCst);
        let lost = self.ends.drain(..).map(|end| end.join().unwrap().0).sum();
        let mut arrived = vec![Vec::new(); self.classes.len()];
        self.shared.arrived.lock().unwrap().iter().for_each(|(class, number)| arrived[*class].push(*number));
        for (numbers, class) in arrived.iter_mut().zip(&self.classes) {
            numbers.sort_unstable();
            let twice = numbers.windows(2).find(|pair| pair[0] == pair[1]);
            assert_eq!(twice, None, "one probe arrives twice: {class:?}");
        }
        let rounds = std::mem::take(&mut *self.shared.rounds.lock().unwrap());
        Flights { classes: std::mem::take(&mut self.classes), rounds, arrived, lost_at_ends: lost }
    }
}

impl Drop for Probes {
    fn drop(&mut self) {
        self.shared.over.store(true, SeqCst);
        self.ends.drain(..).for_each(|end| drop(end.join()));
    }
}

impl Flights {
    /// All rounds.
    pub(crate) fn all(&self) -> Range<usize> {
        0..self.rounds.len()
    }

    /// How many probes of a class were sent in these rounds.
    pub(crate) fn sent(&self, class: usize, rounds: &Range<usize>) -> usize {
        self.rounds[rounds.clone()].iter().filter(|from| **from == self.classes[class].from).count()
    }

    /// How many of those arrived.
    pub(crate) fn arrived(&self, class: usize, rounds: &Range<usize>) -> usize {
        let before = |round: usize| self.arrived[class].partition_point(|number| *number < round as u64);
        before(rounds.end) - before(rounds.start)
    }
}

/// One end's life.
fn fly(role: &'static str, mut end: End, mut frames: Vec<(Vec<u8>, Flow)>, shared: &Shared) -> Lost {
    let mut refused = 0;
    let see = |frame: &[u8]| {
        if let Some((class, number)) = read(frame) {
            shared.arrived.lock().unwrap().push((class, number));
            shared.latest[class].fetch_max(number + 1, SeqCst);
        }
    };
    while !shared.over.load(SeqCst) {
        let mut rounds = shared.rounds.lock().unwrap();
        for (frame, flow) in &mut frames {
            stamp(frame, *flow, rounds.len() as u64);
            refused += u64::from(end.send(frame).is_err());
        }
        rounds.push(role);
        drop(rounds);
        end.listen(PACE, see);
    }
    end.listen(DRAIN, see);
    Lost(refused + end.lost())
}

fn frame(place: usize, class: &Class) -> Vec<u8> {
    let packet: Packet = format!("{} len={LENGTH}", class.packet).parse().unwrap_or_else(|error| panic!("{error}"));
    let mut frame = wire::build(&packet);
    // No checksum (RFC 768), because what follows differs each time.
    frame[CHECKSUM..CHECKSUM + 2].fill(0);
    frame[HEADERS..HEADERS + MAGIC.len()].copy_from_slice(&MAGIC);
    frame[HEADERS + MAGIC.len()] = place as u8;
    frame
}

fn stamp(frame: &mut [u8], flow: Flow, number: u64) {
    if flow == Flow::New {
        let port = 10_000 + (number % 20_000) as u16;
        frame[SOURCE_PORT..SOURCE_PORT + 2].copy_from_slice(&port.to_be_bytes());
    }
    let at = HEADERS + MAGIC.len() + 1;
    frame[at..at + 8].copy_from_slice(&number.to_be_bytes());
}

fn read(frame: &[u8]) -> Option<(usize, u64)> {
    let (class, number) = frame.get(HEADERS..)?.strip_prefix(&MAGIC)?.split_first()?;
    Some((usize::from(*class), u64::from_be_bytes(*number.first_chunk()?)))
}
