//! Judging a packet allocates nothing once the table has its memory.

use allocation_counter::measure;
use conntrack::{Config, Conntrack, Instant, Memory, Zone};
use engine::{Hook, complete, judge_frame};
use policy::{Direction, Document, Policy, Revision, resolve};
use wire::{Checksum, build};

const DOCUMENT: &str = include_str!("../../public/samples/three-tier.yaml");

/// A packet at the sample's web server.
type Arrival = (Direction, &'static str);

/// A SYN for the first of the flows when it is open.
const OPENED_AGAIN: &str = "tcp 198.51.100.7:5000 > 192.0.2.10:80 [S] seq=77";

/// How a flow opens, and what is then repeated.
const FLOWS: [(&[Arrival], Arrival); 3] = [
    (
        &[
            (Direction::Ingress, "tcp 198.51.100.7:5000 > 192.0.2.10:80 [S] seq=1"),
            (Direction::Egress, "tcp 192.0.2.10:80 > 198.51.100.7:5000 [SA] seq=1 ack=2"),
            (Direction::Ingress, "tcp 198.51.100.7:5000 > 192.0.2.10:80 [A] seq=2 ack=2"),
        ],
        (Direction::Ingress, "tcp 198.51.100.7:5000 > 192.0.2.10:80 [PA] seq=2 ack=2 len=100"),
    ),
    (
        &[
            (Direction::Egress, "udp [2001:db8:1::10]:5000 > [2001:db8:9::9]:53"),
            (Direction::Ingress, "udp [2001:db8:9::9]:53 > [2001:db8:1::10]:5000"),
        ],
        (Direction::Egress, "udp [2001:db8:1::10]:5000 > [2001:db8:9::9]:53"),
    ),
    (
        &[(Direction::Ingress, "icmp 198.51.100.7 > 192.0.2.10 echo-request id=1 seq=1")],
        (Direction::Egress, "icmp 192.0.2.10 > 198.51.100.7 echo-reply id=1 seq=1"),
    ),
];

#[test]
fn an_established_flow_allocates_nothing() {
    let (document, _) = Document::read(DOCUMENT);
    let policy = resolve(&document, Revision(1)).expect("the sample resolves");
    for (opening, (direction, repeated)) in FLOWS {
        let mut conntrack = Conntrack::new(Config::default());
        for (direction, packet) in opening {
            assert_eq!(allocations(&policy, &mut conntrack, *direction, packet, 0).0, "accept", "{packet}");
        }
        for millis in 1..100 {
            let (outcome, count) = allocations(&policy, &mut conntrack, direction, repeated, millis);
            assert_eq!((outcome.as_str(), count), ("accept", 0), "{repeated}");
        }
    }
}

/// What is refused allocates nothing either, so that a flood of it costs no memory.
#[test]
fn a_refused_packet_allocates_nothing() {
    let (document, _) = Document::read(DOCUMENT);
    let policy = resolve(&document, Revision(1)).expect("the sample resolves");
    let mut conntrack = Conntrack::new(Config::default());
    for packet in
        ["tcp 198.51.100.7:5000 > 192.0.2.10:22 [S]", "52:54:00:00:00:99 > 52:54:00:00:02:0a ethertype 0x88cc"]
    {
        assert_eq!(
            allocations(&policy, &mut conntrack, Direction::Ingress, packet, 0),
            ("drop".to_owned(), 0),
            "{packet}"
        );
    }
}

/// Neither do flows that begin, take the place of others, find no place, and end: a flood costs no memory but what was taken
/// at the start.
#[test]
fn flows_that_come_and_go_allocate_nothing() {
    let (document, _) = Document::read(DOCUMENT);
    let policy = resolve(&document, Revision(1)).expect("the sample resolves");
    let small = Config { capacity: 100, share: 60, memory: Memory::AtStart, ..Config::default() };
    let mut conntrack = Conntrack::new(small);
    let arrive = |conntrack: &mut Conntrack, packet: &str, millis| {
        allocations(&policy, conntrack, Direction::Ingress, packet, millis)
    };
    for port in 1000..1200_u64 {
        let syn = format!("tcp 198.51.100.7:{port} > 192.0.2.10:80 [S] seq=1");
        assert_eq!(arrive(&mut conntrack, &syn, port), ("accept".to_owned(), 0), "{syn}");
        assert_eq!(conntrack.len() as u64, (port - 999).min(60));
    }
    // A SYN in an open connection is kept in an annex.
    for (direction, packet) in FLOWS[0].0.iter().chain([&(Direction::Ingress, OPENED_AGAIN)]) {
        assert_eq!(
            allocations(&policy, &mut conntrack, *direction, packet, 1200),
            ("accept".to_owned(), 0),
            "{packet}"
        );
    }
    let mut removed = 0;
    let count = measure(|| removed = conntrack.expire(Instant::from_millis(1_000_000_000), usize::MAX));
    assert_eq!((removed, count.count_total, conntrack.len()), (60, 0, 0));
    assert_eq!(arrive(&mut conntrack, FLOWS[0].0[0].1, 1_000_000_000).1, 0);
    assert_eq!(measure(|| conntrack.remove(Zone(0))).count_total, 0);
}

/// Neither do they wait for the kernel to find the memory that was taken: no page of it is written to for the first time by a packet.
#[test]
fn flows_meet_no_new_page() {
    const FLOWS: u16 = 50_000;
    let (document, _) = Document::read(DOCUMENT);
    let policy = resolve(&document, Revision(1)).expect("the sample resolves");
    let config = Config { capacity: 100_000, share: 100_000, memory: Memory::AtStart, ..Config::default() };
    let mut conntrack = Conntrack::new(config);
    let vnic = policy.vnic_index(&"web".parse().expect("an id")).expect("the web server");
    let hook = Hook { vnic, zone: Zone(0), direction: Direction::Ingress };
    let frames = (1..=FLOWS).map(|port| {
        let syn = format!("tcp 198.51.100.7:{port} > 192.0.2.10:80 [S] seq=1");
        build(&complete(&policy, vnic, Direction::Ingress, &syn.parse().expect("a packet")))
    });
    let frames: Vec<_> = frames.collect();
    let before = page_faults();
    for frame in &frames {
        judge_frame(&policy, &mut conntrack, hook, frame, Checksum::Complete, Instant::from_millis(1));
    }
    let faults = page_faults() - before;
    assert_eq!(conntrack.len(), usize::from(FLOWS));
    // The code itself comes page by page.
    assert!(faults < 64, "{faults} pages for {FLOWS} flows");
}

/// The pages that this thread has got without waiting for a disk (proc(5), `minflt`).
fn page_faults() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("the kernel tells of threads");
    let behind_name = stat.rsplit_once(')').expect("the name of a thread is in parentheses").1;
    behind_name.split_whitespace().nth(7).expect("ten fields and more").parse().expect("a number")
}

/// The outcome for a frame at the web server, and how many allocations it took.
fn allocations(
    policy: &Policy,
    conntrack: &mut Conntrack,
    direction: Direction,
    packet: &str,
    millis: u64,
) -> (String, u64) {
    let vnic = policy.vnic_index(&"web".parse().expect("an id")).expect("the web server");
    let frame = build(&complete(policy, vnic, direction, &packet.parse().expect("a packet")));
    let hook = Hook { vnic, zone: Zone(0), direction };
    let mut outcome = None;
    let count = measure(|| {
        let now = Instant::from_millis(millis);
        outcome = Some(judge_frame(policy, conntrack, hook, &frame, Checksum::Complete, now).verdict.outcome());
    });
    (outcome.map(|outcome| outcome.to_string()).unwrap_or_default(), count.count_total)
}
