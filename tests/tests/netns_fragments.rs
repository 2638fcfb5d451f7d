//! Datagrams in pieces, through the engine and through the running kernel, which puts them together before it tracks them.

use conntrack::{Config, Conntrack, Instant, PickUp, Zone};
use e2e::linux::bench::{Bench, INSTANCE_PORT, REMOTE_PORT, Shot};
use e2e::linux::plays::numbered;
use e2e::linux::ruleset::ruleset;
use e2e::random;
use engine::{Hook, judge_frame};
use policy::{Direction, Document, Revision, VnicIndex, resolve};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use wire::{Checksum, Sketch};

/// How many fragments are sent at random where `PORTCULLIS_STEPS` does not say it.
const STEPS: usize = 5_000;
/// Random datagrams for each namespace: what the kernel still waits for takes its room.
const SIDE_BY_SIDE: usize = 400;

const DOCUMENT: &str = "
version: 1
networks: [{id: net, subnets: [{prefix: 192.0.2.0/24}, {prefix: '2001:db8:1::/64'}]}]
groups:
  - {id: default, rules: []}
  - id: g
    rules:
      - v4: ingress ipv4 udp 53 from any
      - v6: ingress ipv6 udp 53 from any
      - ping: ingress ipv4 icmp 8/0 from any
      - ping6: ingress ipv6 icmpv6 128/0 from any
      - web: ingress ipv4 tcp 80 from any
instances:
  - id: a
    vnics: [{network: net, mac: '52:54:00:00:00:0a', addresses: [192.0.2.10, '2001:db8:1::10'], groups: [g]}]
";

/// Datagrams of 40 bytes behind the IP header, one that a rule allows and one that none does, of both families.
const ALLOWED: [&str; 2] =
    ["udp 10.0.0.1:4000 > 192.0.2.10:53 len=32", "udp [2001:db8:a::1]:4000 > [2001:db8:1::10]:53 len=32"];
const REFUSED: [&str; 2] =
    ["udp 10.0.0.1:4000 > 192.0.2.10:54 len=32", "udp [2001:db8:a::1]:4000 > [2001:db8:1::10]:54 len=32"];

/// Pieces by their first byte and the byte behind them, in the order in which they come; the last byte is the 39th.
const WHOLE: [&[(u16, u16)]; 8] = [
    &[(0, 16), (16, 40)],
    &[(16, 40), (0, 16)],
    &[(0, 8), (8, 24), (24, 40)],
    &[(24, 40), (8, 24), (0, 8)],
    // A piece that comes again.
    &[(0, 16), (0, 16), (16, 40)],
    &[(0, 16), (16, 24), (16, 24), (24, 40)],
    &[(16, 40), (16, 40), (0, 16)],
    &[(0, 16), (16, 40), (16, 40)],
];
/// A piece lies inside another. Linux takes it for a repetition, without a look at its bytes; RFC 5722 section 3 has the datagram
/// dropped.
const INSIDE: [&[(u16, u16)]; 1] = [&[(0, 24), (8, 16), (24, 40)]];
/// The TCP header is cut: RFC 1858 and RFC 3128 have it dropped, Linux judges the whole.
const TINY: [&[(u16, u16)]; 4] =
    [&[(0, 16), (16, 64)], &[(16, 64), (0, 16)], &[(0, 8), (8, 64)], &[(8, 24), (0, 8), (24, 64)]];
/// A piece is missing, or two overlap.
const TORN: [&[(u16, u16)]; 6] = [
    &[(8, 24), (0, 32), (24, 40)],
    &[(0, 16)],
    &[(16, 40)],
    &[(0, 16), (24, 40)],
    &[(0, 24), (16, 40)],
    &[(16, 40), (8, 24), (0, 8)],
];

/// Who delivers the datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DeliveredBy {
    Both,
    Linux,
    Neither,
}

#[test]
fn the_engine_delivers_the_fragments_that_the_kernel_delivers_unless_they_overlap() {
    let test = "the_engine_delivers_the_fragments_that_the_kernel_delivers_unless_they_overlap";
    let Some(mut bench) = Bench::for_test(test) else { return };
    let (document, faults) = Document::read(DOCUMENT);
    assert!(faults.is_empty(), "{faults:?}");
    let mut identification = 0;
    let mut check = |text: &str, pieces: &[(u16, u16)], expect: DeliveredBy| {
        // What the kernel still waits for must not meet the pieces of another case.
        identification += 1;
        let frames = frames(&document, &text.parse().expect("a packet"), pieces, identification);
        let judged = engine_delivers(&document, &frames);
        bench.load(&ruleset(&document, INSTANCE_PORT, REMOTE_PORT), PickUp::MidStream);
        let shots: Vec<Shot> = frames.into_iter().map(|frame| Shot { direction: Direction::Ingress, frame }).collect();
        let delivered = bench.pass(&shots).contains(&true);
        let found = match (judged, delivered) {
            (true, true) => DeliveredBy::Both,
            (false, true) => DeliveredBy::Linux,
            (false, false) => DeliveredBy::Neither,
            (true, false) => panic!("only the engine delivers `{text}` in {pieces:?}"),
        };
        assert_eq!(found, expect, "`{text}` in {pieces:?}");
    };
    for text in ALLOWED {
        WHOLE.iter().for_each(|pieces| check(text, pieces, DeliveredBy::Both));
        INSIDE.iter().for_each(|pieces| check(text, pieces, DeliveredBy::Linux));
        TORN.iter().for_each(|pieces| check(text, pieces, DeliveredBy::Neither));
    }
    let text = "tcp 10.0.0.1:4000 > 192.0.2.10:80 seq=1 len=44";
    TINY.iter().for_each(|pieces| check(text, pieces, DeliveredBy::Linux));
    check(text, &[(0, 24), (24, 64)], DeliveredBy::Both);
    for text in REFUSED {
        WHOLE.iter().chain(&INSIDE).chain(&TORN).for_each(|pieces| check(text, pieces, DeliveredBy::Neither));
    }
}

#[test]
fn at_random_only_overlaps_are_delivered_by_the_kernel_alone() {
    let (document, faults) = Document::read(DOCUMENT);
    assert!(faults.is_empty(), "{faults:?}");
    let (steps, mut runner) = random::runner(STEPS);
    let mut sent = 0;
    let mut found = [0; 3];
    while sent < steps {
        let test = "at_random_only_overlaps_are_delivered_by_the_kernel_alone";
        let Some(mut bench) = Bench::for_test(test) else { return };
        let torn: Vec<Torn> = (0..SIDE_BY_SIDE).map(|_| torn().new_tree(&mut runner).unwrap().current()).collect();
        let all: Vec<Vec<Vec<u8>>> = (1..).zip(&torn).map(|(number, torn)| torn.frames(&document, number)).collect();
        bench.load(&ruleset(&document, INSTANCE_PORT, REMOTE_PORT), PickUp::MidStream);
        let shots = all.iter().flatten().map(|frame| Shot { direction: Direction::Ingress, frame: frame.clone() });
        let shots: Vec<Shot> = shots.collect();
        sent += shots.len();
        let mut passed = bench.pass(&shots).into_iter();
        for (torn, frames) in torn.iter().zip(&all) {
            let delivered = passed.by_ref().take(frames.len()).fold(false, |any, passed| any | passed);
            match (engine_delivers(&document, frames), delivered) {
                (true, true) => found[0] += 1,
                (false, false) => found[1] += 1,
                (false, true) if torn.overlaps() => found[2] += 1,
                (judged, _) => panic!("engine {judged}, kernel {delivered}: {torn:?}"),
            }
        }
    }
    let [both, neither, kernel] = found;
    println!(
        "{sent} fragments: {both} datagrams delivered by both, {neither} by neither, {kernel} overlaps by the kernel"
    );
    assert!(found.iter().all(|count| *count > 0), "{found:?}");
}

/// A datagram, and the pieces of it that arrive.
#[derive(Clone, Debug)]
struct Torn {
    text: &'static str,
    pieces: Vec<(u16, u16)>,
}

/// Where the data of a datagram is cut: in units of 8 bytes behind the first 24, which hold every transport header.
const CUTS: [u16; 6] = [24, 32, 40, 48, 56, 64];

/// Mostly the pieces of one cut in any order, some of them twice or not at all, and at times a piece of another cut.
fn torn() -> impl Strategy<Value = Torn> {
    let texts = select(vec![
        "udp 10.0.0.1:4000 > 192.0.2.10:53 len=56",
        "udp 10.0.0.1:4000 > 192.0.2.10:54 len=56",
        "udp [2001:db8:a::1]:4000 > [2001:db8:1::10]:53 len=56",
        "udp [2001:db8:a::1]:4000 > [2001:db8:1::10]:54 len=56",
        "icmp 10.0.0.1 > 192.0.2.10 echo-request id=1 seq=1 len=56",
        "icmpv6 2001:db8:a::1 > 2001:db8:1::10 echo-request id=1 seq=1 len=56",
        "tcp 10.0.0.1:4000 > 192.0.2.10:80 seq=1 len=44",
        "tcp 10.0.0.1:4000 > 192.0.2.10:81 seq=1 len=44",
    ]);
    let cuts = prop::sample::subsequence(CUTS[..5].to_vec(), 1..=4);
    let again = prop::collection::vec(any::<Index>(), 0..3);
    let other = prop::option::weighted(0.3, (0..5_usize, 1..4_usize));
    let missing = prop::option::weighted(0.2, any::<Index>());
    (texts, cuts, again, other, missing).prop_flat_map(|(text, cuts, again, other, missing)| {
        let ends: Vec<u16> = [0].into_iter().chain(cuts).chain([64]).collect();
        let mut pieces: Vec<(u16, u16)> = ends.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let twice: Vec<(u16, u16)> = again.iter().map(|index| pieces[index.index(pieces.len())]).collect();
        if let Some(index) = missing {
            pieces.remove(index.index(pieces.len()));
        }
        pieces.extend(twice);
        if let Some((from, length)) = other {
            pieces.push((CUTS[from], CUTS[(from + length).min(5)]));
        }
        Just(pieces).prop_shuffle().prop_map(move |pieces| Torn { text, pieces })
    })
}

impl Torn {
    /// Its frames; every number has a sender and an identification of its own.
    fn frames(&self, document: &Document, number: u16) -> Vec<Vec<u8>> {
        let sketch = numbered(&self.text.parse().expect("a packet"), number.into());
        frames(document, &sketch, &self.pieces, number)
    }

    /// Whether two pieces overlap and are not the same.
    fn overlaps(&self) -> bool {
        let pairs =
            self.pieces.iter().enumerate().flat_map(|(at, one)| self.pieces[..at].iter().map(move |two| (one, two)));
        pairs.into_iter().any(|(one, two)| one != two && one.0 < two.1 && two.0 < one.1)
    }
}

/// Whether the engine lets any piece pass, at once or later.
fn engine_delivers(document: &Document, frames: &[Vec<u8>]) -> bool {
    let policy = resolve(document, Revision(1)).expect("the document resolves");
    let mut conntrack = Conntrack::new(Config::default());
    let hook = Hook { vnic: VnicIndex(0), zone: Zone(0), direction: Direction::Ingress };
    let mut judge = |(at, frame): (u64, &Vec<u8>)| {
        let now = Instant::from_millis(at);
        let judged = judge_frame(&policy, &mut conntrack, hook, frame, Checksum::Complete, now);
        judged.verdict.is_accept() || !judged.released.is_empty()
    };
    (0..).zip(frames).map(&mut judge).fold(false, |delivered, passes| delivered | passes)
}

/// The frames of the pieces of a datagram.
fn frames(document: &Document, sketch: &Sketch, pieces: &[(u16, u16)], identification: u16) -> Vec<Vec<u8>> {
    let policy = resolve(document, Revision(1)).expect("the document resolves");
    let whole = wire::build(&engine::complete(&policy, VnicIndex(0), Direction::Ingress, sketch));
    pieces.iter().map(|&(from, to)| piece(&whole, from, to, identification)).collect()
}

/// The part of a datagram from one byte behind its IP header to another (RFC 791 section 3.2, RFC 8200 section 4.5).
fn piece(whole: &[u8], from: u16, to: u16, identification: u16) -> Vec<u8> {
    let (is_v4, identification) = (whole[12] == 0x08, identification.to_be_bytes());
    let header = if is_v4 { 14 + 20 } else { 14 + 40 };
    let data = &whole[header + usize::from(from)..header + usize::from(to)];
    let is_last = header + usize::from(to) == whole.len();
    let mut frame = whole[..header].to_vec();
    if is_v4 {
        let word = (from / 8) | (u16::from(!is_last) << 13);
        frame[16..18].copy_from_slice(&(20 + to - from).to_be_bytes());
        frame[18..20].copy_from_slice(&identification);
        frame[20..22].copy_from_slice(&word.to_be_bytes());
        frame[24..26].fill(0);
        let sum = header_checksum(&frame[14..34]);
        frame[24..26].copy_from_slice(&sum.to_be_bytes());
    } else {
        let word = from | u16::from(!is_last);
        frame[18..20].copy_from_slice(&(8 + to - from).to_be_bytes());
        let next = std::mem::replace(&mut frame[20], 44);
        frame.extend([next, 0]);
        frame.extend(word.to_be_bytes());
        frame.extend([0, 0]);
        frame.extend(identification);
    }
    frame.extend(data);
    frame
}

/// RFC 1071.
fn header_checksum(header: &[u8]) -> u16 {
    let words = header.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum = words.sum::<u32>();
    !(((sum & 0xffff) + (sum >> 16)) as u16)
}
