//! Captures, judged packet by packet.

use std::sync::Arc;

use conntrack::Instant;
use engine::{Counts, Replay};
use policy::{Document, Resolved, Revision};
use wire::{MacAddr, Sketch};

const DOCUMENT: &str = "
version: 1
networks: [{id: net, subnets: [{prefix: 192.0.2.0/24}]}]
groups: [{id: default, rules: []}, {id: web, rules: [http: ingress ipv4 tcp 80 from any, out: egress ipv4 any to any]}]
instances:
  - {id: web, vnics: [{network: net, mac: '52:54:00:00:00:0a', addresses: [192.0.2.10], groups: [web]}]}
";

/// Replays packets, a second apart; expects each flow in a line: its first packet, packets, drops, and what became of it.
fn check(packets: &[&str], counts: Counts, expect: &[&str]) {
    let (document, faults) = Document::read(DOCUMENT);
    assert!(faults.is_empty(), "{faults:?}");
    let policy = Resolved::new(document, Revision(1)).expect("a policy").policy().clone();
    let mut replay = Replay::new(Arc::clone(&policy));
    for (second, packet) in (0..).zip(packets) {
        let sketch: Sketch = packet.parse().expect(packet);
        replay.take(&sketch.onto(MacAddr([2; 6]), MacAddr([4; 6])), Some(Instant::from_millis(1000 * second)));
    }
    let tell = |place: usize| replay.tallies()[place].ruling(&replay);
    let flows: Vec<String> = replay
        .flows()
        .iter()
        .map(|flow| {
            let broke =
                flow.broke.map(|broke| format!(", then {}: {}", broke.packet, tell(broke.tally))).unwrap_or_default();
            format!("{} | {} packets, {} dropped | {}{broke}", flow.first, flow.packets, flow.dropped, tell(flow.began))
        })
        .collect();
    assert_eq!(flows, expect);
    assert_eq!(replay.counts(), counts);
    let judged: u64 = replay.tallies().iter().map(|tally| tally.packets).sum();
    assert_eq!(judged, counts.packets - counts.foreign);
}

#[test]
fn packets_of_both_ways_are_one_flow() {
    check(
        &[
            "tcp 198.51.100.7:5000 > 192.0.2.10:80",
            "tcp 192.0.2.10:80 > 198.51.100.7:5000 [SA] ack=1",
            "tcp 198.51.100.7:5000 > 192.0.2.10:80 [A] seq=1 ack=1",
            "tcp 198.51.100.7:5000 > 192.0.2.10:80 [R] seq=4000000000",
            "tcp 198.51.100.7:5000 > 192.0.2.10:22",
            "tcp 198.51.100.7:5000 > 192.0.2.10:22",
            "udp 198.51.100.7:5000 > 198.51.100.8:53",
        ],
        Counts { packets: 7, foreign: 1, unlisted: 0 },
        &[
            "tcp 198.51.100.7:5000 > 192.0.2.10:80 | 4 packets, 1 dropped | accept rule:http, then tcp 198.51.100.7:5000 > 192.0.2.10:80 [R] seq=4000000000: drop conntrack:rst-window",
            "tcp 198.51.100.7:5000 > 192.0.2.10:22 | 2 packets, 2 dropped | drop default",
        ],
    );
}

#[test]
fn a_silent_flow_is_forgotten() {
    let question = "udp 192.0.2.10:5000 > 198.51.100.7:53";
    let mut packets = vec![question];
    packets.extend(["udp 198.51.100.7:1 > 198.51.100.8:1"; 31]);
    packets.push("udp 198.51.100.7:53 > 192.0.2.10:5000");
    check(
        &packets,
        Counts { packets: 33, foreign: 31, unlisted: 0 },
        &[
            "udp 192.0.2.10:5000 > 198.51.100.7:53 | 2 packets, 1 dropped | accept rule:out, then udp 198.51.100.7:53 > 192.0.2.10:5000: drop default",
        ],
    );
}
