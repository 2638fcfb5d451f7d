//! The whole path from bytes to verdict: parse, guard, classify, decide.

use std::hint::black_box;

use conntrack::Conntrack;
use policy::Family;
use wire::{Checksum, parse};

use super::flows::{BATCH, Choice, PASSING, Work, map};
use crate::chance::Chance;
use crate::contenders::map::{FiveTuple, FlowMap};
use crate::race::{Clock, Contender, Effort, Stopwatch, race};
use crate::table::Row;
use crate::traffic::{Segment, Server, ZONE, frame, table};

/// The rules of the server whose packets are judged.
const RULES: usize = 100;

/// Bytes of a frame with IPv4 and TCP and nothing else.
const FRAME: usize = 54;

/// Rows for so many flows; the peer reads the fields where they usually stand and asks a map of 5-tuples.
pub fn rows(clock: Clock, effort: Effort, sizes: &[u32], mut each: impl FnMut(Row)) {
    let server = Server::new(Family::Ipv4, RULES);
    for size in sizes {
        let mut conntrack = table(server.family(), *size, BATCH as u32);
        let mut map = map(server.family(), *size);
        for work in &Work::ALL {
            let figures = {
                let mut contenders = [ours(work, &server, &mut conntrack, *size), theirs(work, &mut map, *size)];
                race(clock, work.limited(effort), &mut contenders)
            };
            each(Row::race(format!("whole path, {}", work.name), format!("{size} flows"), figures));
        }
    }
}

/// Rows for parsing alone, and for what verifying checksums adds.
pub fn parse_rows(clock: Clock, effort: Effort, mut each: impl FnMut(Row)) {
    for (name, frame) in samples() {
        let frames = [frame];
        let mut contenders = [
            Contender::over("unfinished", &frames, |frame| parse(frame, Checksum::Unfinished)),
            Contender::over("checksum", &frames, |frame| parse(frame, Checksum::Complete)),
        ];
        each(Row::race("parse", name, race(clock, effort, &mut contenders)));
    }
}

/// Frames that are parsed: what a busy server gets.
fn samples() -> Vec<(String, Vec<u8>)> {
    let packets = [
        ("IPv4 TCP ACK", "tcp 198.51.100.7:5000 > 192.0.2.10:443 [A] seq=2 ack=2"),
        ("IPv6 TCP ACK", "tcp [2001:db8:9::9]:5000 > [2001:db8:1::10]:443 [A] seq=2 ack=2"),
        ("IPv4 TCP 1,460 bytes", "tcp 198.51.100.7:5000 > 192.0.2.10:443 [PA] seq=2 ack=2 len=1460"),
        ("IPv4 TCP 65,000 bytes", "tcp 198.51.100.7:5000 > 192.0.2.10:443 [PA] seq=2 ack=2 len=65000"),
        ("IPv4 UDP 100 bytes", "udp 198.51.100.7:5000 > 192.0.2.10:53 len=100"),
        ("IPv4 ICMP echo", "icmp 198.51.100.7 > 192.0.2.10 echo-request id=1 seq=1"),
    ];
    packets.map(|(name, text)| (name.to_owned(), sample(text))).into()
}

fn sample(text: &str) -> Vec<u8> {
    let sketch: wire::Sketch = text.parse().expect("the sketch is a packet");
    wire::build(&wire::Packet::new(crate::sets::ROUTER, crate::sets::mac(0), sketch.payload))
}

fn ours<'a>(work: &'a Work, server: &'a Server, conntrack: &'a mut Conntrack, size: u32) -> Contender<'a> {
    let mut chance = Chance::new(4);
    Contender::new("ours", move |watch: &mut Stopwatch, operations| {
        let batch = batch(work, &mut chance, size, operations);
        let zone = if work.choice == Choice::Fresh { PASSING } else { ZONE };
        watch.time(|| {
            for frames in batch.chunks(Conntrack::AHEAD) {
                black_box(server.judge_all(conntrack, zone, black_box(frames)));
            }
        });
        conntrack.remove(PASSING);
    })
}

fn theirs<'a>(work: &'a Work, map: &'a mut FlowMap, size: u32) -> Contender<'a> {
    let mut chance = Chance::new(4);
    Contender::new("HashMap", move |watch: &mut Stopwatch, operations| {
        let batch = batch(work, &mut chance, size, operations);
        watch.time(|| {
            for frame in &batch {
                let tuple = FiveTuple::read(black_box(frame));
                match work.segment {
                    Segment::StrayReset => {
                        black_box(map.knows(tuple));
                    }
                    Segment::Syn | Segment::SynAck | Segment::Ack => map.open(tuple, FRAME as u32, 1),
                }
            }
        });
        if work.choice == Choice::Fresh {
            batch.iter().for_each(|frame| map.remove(FiveTuple::read(frame)));
        }
    })
}

fn batch(work: &Work, chance: &mut Chance, size: u32, operations: usize) -> Vec<[u8; FRAME]> {
    let clients = work.clients(chance, size, operations);
    let frames = clients.into_iter().map(|client| frame(Family::Ipv4, client, work.segment));
    frames.map(|frame| frame.try_into().expect("an Ethernet, an IPv4 and a TCP header")).collect()
}
