//! TCP connections between honest ends, and what disturbs them.
//!
//! The ends do not notice what is dropped between them: they go on as if all had arrived, as retransmission would make it.

use policy::Direction;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use wire::{Datagram, Endpoints, Payload, Ports, Sketch, Tcp, TcpFlags, Transport};

use super::Arrival;
use super::documents::id;

/// How many connections there are.
pub(super) const TALKS: usize = 4;

/// One connection.
#[derive(Clone, Debug)]
pub struct Talk {
    /// Where a segment of the opener passes, in turn; those of the other end pass there in reverse.
    hooks: &'static [(&'static str, Direction)],
    endpoints: Endpoints,
    ports: Ports,
    opener: End,
    answerer: End,
}

/// What an end will send next, and what it sent last.
#[derive(Clone, Debug, Default)]
struct End {
    next: u32,
    last: Option<Segment>,
}

/// Who acts.
#[derive(Clone, Copy, Debug)]
pub enum Speaker {
    /// The opener.
    Opener,
    /// The other end.
    Answerer,
}

/// What happens in a connection.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// The three segments that open it, with the first sequence numbers of both.
    Handshake(u32, u32),
    /// The first so many of the four that close it, begun by one end.
    Goodbye(Speaker, usize),
    /// One segment.
    Send(Speaker, Segment),
    /// The last segment of an end once more.
    Again(Speaker),
}

/// A segment, its numbers counted from where its connection stands.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    flags: u8,
    /// Where the end starts anew, for a SYN.
    start: Option<u32>,
    sequence: u32,
    acknowledgment: u32,
    length: u32,
    window: u16,
    scale: Option<u8>,
    sack: Option<u32>,
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const PSH: u8 = 8;
const ACK: u8 = 16;

/// First sequence numbers, many of them just before the numbers start again.
const STARTS: [u32; 7] = [0, 1, 1_000, u32::MAX, u32::MAX - 9, 0x7fff_fff0, 0x8000_0000];

/// Distances at which something may change.
const DISTANCES: [i64; 27] = [
    1,
    -1,
    2,
    -2,
    10,
    -10,
    511,
    512,
    -512,
    -513,
    65_535,
    65_536,
    -65_999,
    -66_000,
    -66_001,
    -66_512,
    -131_000,
    -132_000,
    -132_001,
    1 << 23,
    1 << 30,
    (1 << 30) + 1,
    -(1 << 30),
    (1 << 31) - 1,
    -(1 << 31) + 1,
    3 << 29,
    -(3 << 29),
];

/// The connections as they start: one from outside, one to outside, one over IPv6, one between two vnics.
pub(super) fn talks() -> Vec<Talk> {
    vec![
        Talk::new(&[("a", Direction::Ingress)], "198.51.100.7", "192.0.2.10", 80),
        Talk::new(&[("a", Direction::Egress)], "192.0.2.10", "198.51.100.7", 443),
        Talk::new(&[("b", Direction::Ingress)], "2001:db8:ffff::7", "2001:db8:1::20", 81),
        Talk::new(&[("a", Direction::Egress), ("b", Direction::Ingress)], "192.0.2.10", "192.0.2.20", 80),
    ]
}

/// What may happen in a connection.
pub fn acts() -> BoxedStrategy<Act> {
    let speaker = || prop_oneof![Just(Speaker::Opener), Just(Speaker::Answerer)];
    prop_oneof![
        3 => (starts(), starts()).prop_map(|(opener, answerer)| Act::Handshake(opener, answerer)),
        2 => (speaker(), 1..=4_usize).prop_map(|(first, most)| Act::Goodbye(first, most)),
        12 => (speaker(), segments()).prop_map(|(speaker, segment)| Act::Send(speaker, segment)),
        2 => speaker().prop_map(Act::Again),
    ]
    .boxed()
}

fn starts() -> impl Strategy<Value = u32> {
    prop_oneof![4 => select(&STARTS[..]), 1 => any::<u32>()]
}

fn segments() -> BoxedStrategy<Segment> {
    let flags = prop_oneof![
        3 => Just(SYN),
        2 => Just(SYN | ACK),
        6 => Just(ACK),
        6 => Just(PSH | ACK),
        4 => Just(FIN | ACK),
        2 => Just(RST),
        2 => Just(RST | ACK),
        1 => any::<u8>(),
    ];
    let offset = || {
        prop_oneof![
            12 => Just(0),
            4 => select(&DISTANCES[..]).prop_map(|distance| distance as u32),
            1 => any::<u32>(),
        ]
    };
    let length = prop_oneof![4 => Just(0_u32), 2 => Just(1), 4 => Just(100), 1 => Just(1460), 1 => Just(65_000)];
    let window = prop_oneof![4 => Just(64_240_u16), 2 => Just(512), 1 => Just(0), 1 => Just(1), 1 => Just(u16::MAX)];
    let scale = prop_oneof![3 => Just(None), 2 => select(&[0_u8, 1, 7, 14, 15, 255][..]).prop_map(Some)];
    let sack = prop_oneof![
        12 => Just(None),
        2 => select(&[0_u32, 1, 100, 600, 70_000, u32::MAX][..]).prop_map(Some),
        1 => option::of(any::<u32>()),
    ];
    let start = prop_oneof![2 => Just(None), 1 => starts().prop_map(Some)];
    (flags, start, offset(), offset(), length, window, scale, sack)
        .prop_map(|(flags, start, sequence, acknowledgment, length, window, scale, sack)| Segment {
            flags,
            start: start.filter(|_| flags & SYN != 0),
            sequence,
            acknowledgment,
            length,
            window,
            scale,
            sack,
        })
        .boxed()
}

impl Talk {
    /// A connection that has not begun, from port 40000 to a port; its opener's segments pass these hooks in turn.
    ///
    /// # Panics
    /// The addresses are none, or not of one family.
    pub fn new(
        hooks: &'static [(&'static str, Direction)],
        source: &str,
        destination: &str,
        destination_port: u16,
    ) -> Talk {
        let (source, destination) = (source.parse().expect("an address"), destination.parse().expect("an address"));
        Talk {
            hooks,
            endpoints: Endpoints::new(source, destination).expect("one family"),
            ports: Ports { source: 40_000, destination: destination_port },
            opener: End::default(),
            answerer: End::default(),
        }
    }

    /// The segments of an act, at every hook that they pass.
    pub fn play(&mut self, act: &Act) -> Vec<Arrival> {
        match *act {
            // Few things happen to a connection that does not begin.
            Act::Send(speaker, segment) if self.opener.last.is_none() && segment.sequence == 0 => {
                let mut arrivals = self.play(&Act::Handshake(STARTS[2], STARTS[3]));
                arrivals.extend(self.send(speaker, segment));
                arrivals
            }
            Act::Send(speaker, segment) => self.send(speaker, segment),
            Act::Again(speaker) => match self.end(speaker).last {
                Some(segment) => self.emit(speaker, segment),
                None => Vec::new(),
            },
            Act::Handshake(opener, answerer) => {
                // On a SYN, the option says that SACK is understood.
                let syn = Segment { start: Some(opener), sack: Some(0), ..honest(SYN, 0) };
                let syn_ack = Segment { start: Some(answerer), sack: Some(0), ..honest(SYN | ACK, 0) };
                let mut arrivals = self.send(Speaker::Opener, syn);
                arrivals.extend(self.send(Speaker::Answerer, syn_ack));
                arrivals.extend(self.send(Speaker::Opener, honest(ACK, 0)));
                arrivals
            }
            Act::Goodbye(first, most) => {
                let second = other(first);
                let segments = [(first, FIN | ACK), (second, ACK), (second, FIN | ACK), (first, ACK)];
                let some = segments.into_iter().take(most);
                some.flat_map(|(speaker, flags)| self.send(speaker, honest(flags, 0))).collect()
            }
        }
    }

    /// Sends a segment that is counted from where the connection stands.
    fn send(&mut self, speaker: Speaker, segment: Segment) -> Vec<Arrival> {
        let peer = self.end(other(speaker)).next;
        let end = self.end_mut(speaker);
        end.next = segment.start.unwrap_or(end.next);
        let absolute = Segment {
            sequence: end.next.wrapping_add(segment.sequence),
            acknowledgment: if segment.flags & ACK == 0 { 0 } else { peer.wrapping_add(segment.acknowledgment) },
            sack: segment.sack.map(|edge| peer.wrapping_add(segment.acknowledgment).wrapping_add(edge)),
            ..segment
        };
        if segment.sequence == 0 {
            let takes_a_number = u32::from(segment.flags & (SYN | FIN) != 0);
            end.next = end.next.wrapping_add(segment.length).wrapping_add(takes_a_number);
        }
        end.last = Some(absolute);
        self.emit(speaker, absolute)
    }

    fn emit(&self, speaker: Speaker, segment: Segment) -> Vec<Arrival> {
        let (endpoints, ports) = match speaker {
            Speaker::Opener => (self.endpoints, self.ports),
            Speaker::Answerer => (self.endpoints.reverse(), self.ports.reverse()),
        };
        let transport = Transport::Tcp(Tcp {
            ports,
            flags: TcpFlags(segment.flags),
            sequence: segment.sequence,
            acknowledgment: segment.acknowledgment,
            window: segment.window,
            window_scale: segment.scale.filter(|_| segment.flags & SYN != 0),
            sack_permitted: segment.sack.is_some() && segment.flags & SYN != 0,
            sack_edge: segment.sack.filter(|_| segment.flags & SYN == 0),
        });
        let datagram = Datagram { endpoints, hop_limit: 64, fragment: None, transport, payload: segment.length };
        let sketch = Sketch { macs: None, payload: Payload::Ip(datagram) };
        let at = |(vnic, direction): &(&str, Direction)| Arrival {
            vnic: id(vnic),
            direction: match speaker {
                Speaker::Opener => *direction,
                Speaker::Answerer => super::opposite(*direction),
            },
            sketch,
        };
        match speaker {
            Speaker::Opener => self.hooks.iter().map(at).collect(),
            Speaker::Answerer => self.hooks.iter().rev().map(at).collect(),
        }
    }

    fn end(&self, speaker: Speaker) -> &End {
        match speaker {
            Speaker::Opener => &self.opener,
            Speaker::Answerer => &self.answerer,
        }
    }

    fn end_mut(&mut self, speaker: Speaker) -> &mut End {
        match speaker {
            Speaker::Opener => &mut self.opener,
            Speaker::Answerer => &mut self.answerer,
        }
    }
}

fn other(speaker: Speaker) -> Speaker {
    match speaker {
        Speaker::Opener => Speaker::Answerer,
        Speaker::Answerer => Speaker::Opener,
    }
}

fn honest(flags: u8, length: u32) -> Segment {
    Segment { flags, start: None, sequence: 0, acknowledgment: 0, length, window: 64_240, scale: Some(7), sack: None }
}
