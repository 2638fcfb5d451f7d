//! The engine against the oracle in a tiny universe: every sequence of three events under every set of at most two rules; and under
//! each other profile and without tracking, every sequence of two, or of as many as `PORTCULLIS_DEPTH` says, under at most one rule.

use std::time::Duration;

use conntrack::{Instant, PickUp};
use e2e::worlds::difference;
use engine::{EngineJudge, Event, Input, Judge, Scenario, Step, complete};
use oracle::Oracle;
use policy::{Direction, Document, Edit, GroupId, Place, Policy, Revision, Rule, VnicId, resolve};
use wire::Packet;

const DOCUMENT: &str = "
version: 1
networks:
  - {id: net, subnets: [{prefix: 192.0.2.0/24}]}
groups:
  - {id: g, rules: []}
  - {id: default, rules: []}
address_groups:
  - {id: nothing, prefixes: []}
instances:
  - id: a
    vnics: [{network: net, mac: '52:54:00:00:00:0a', addresses: [192.0.2.10], groups: [g]}]
  - id: b
    vnics: [{network: net, mac: '52:54:00:00:00:14', addresses: [192.0.2.20], groups: [g]}]
";

const RULES: [&str; 7] = [
    "ingress ipv4 any from any",
    "ingress ipv4 tcp 80 from any",
    "ingress ipv4 udp from group:g",
    "ingress ipv4 icmp 8/0 from 198.51.100.7/32",
    "egress ipv4 any to 198.51.100.0/24",
    "egress ipv4 udp 53-65535 to any",
    "egress ipv4 any to address-group:nothing",
];

/// A connection and what disturbs it, datagrams, questions and errors, edits, and the time between.
const EVENTS: [&str; 20] = [
    "a ingress: tcp 198.51.100.7:1 > 192.0.2.10:80 seq=1000",
    "a egress: tcp 192.0.2.10:80 > 198.51.100.7:1 [SA] seq=5000 ack=1001",
    "a ingress: tcp 198.51.100.7:1 > 192.0.2.10:80 [A] seq=1001 ack=5001",
    "a egress: tcp 192.0.2.10:80 > 198.51.100.7:1 [PA] seq=5001 ack=1001 len=10",
    "a ingress: tcp 198.51.100.7:1 > 192.0.2.10:80 [FA] seq=1001 ack=5001",
    "a egress: tcp 192.0.2.10:80 > 198.51.100.7:1 [FA] seq=5001 ack=1001",
    "a egress: tcp 192.0.2.10:80 > 198.51.100.7:1 [RA] seq=0 ack=1001",
    "a egress: tcp 192.0.2.10:80 > 198.51.100.7:1 seq=5000",
    "a egress: udp 192.0.2.10:53 > 198.51.100.7:53",
    "a ingress: udp 198.51.100.7:53 > 192.0.2.10:53",
    "a ingress: udp 192.0.2.20:53 > 192.0.2.10:53",
    "a egress: udp 192.0.2.10:53 > 192.0.2.20:53",
    "a ingress: icmp 198.51.100.7 > 192.0.2.10 echo-request id=1 seq=1",
    "a egress: icmp 192.0.2.10 > 198.51.100.7 echo-reply id=1 seq=1",
    "a ingress: icmp 198.51.100.8 > 192.0.2.10 type 3 code 3 about (udp 192.0.2.10:53 > 198.51.100.7:53)",
    "a egress: icmp 192.0.2.10 > 198.51.100.7 type 3 code 3 about (tcp 198.51.100.7:1 > 192.0.2.10:80 seq=1000)",
    "apply disable rule r0",
    "apply enable rule r0",
    "apply detach g from b",
    "wait",
];

const DEPTH: usize = 3;

/// What the other profiles are looked at with, unless told otherwise.
const SHORT_DEPTH: usize = 2;

/// Documents that differ from [`DOCUMENT`] in these texts.
const CLIMATES: [(&str, &str); 7] = [
    ("version: 1\n", "version: 1\nprofile: openstack\n"),
    ("version: 1\n", "version: 1\nprofile: mcloud\n"),
    ("version: 1\n", "version: 1\nprofile: exoscale\n"),
    ("version: 1\n", "version: 1\nprofile: huawei\n"),
    ("version: 1\n", "version: 1\nprofile: aws\n"),
    (
        "version: 1\n",
        "version: 1\nprofile: {name: kept, base: portcullis, ingress_revocation: keep, egress_revocation: keep}\n",
    ),
    ("{id: g, rules: []}", "{id: g, stateful: false, rules: []}"),
];

/// Between the times of a question and its answer, and that of a stream.
const WAIT: Duration = Duration::from_secs(31);

#[test]
fn engine_and_oracle_agree_in_a_tiny_universe() {
    let sets = rule_sets();
    // Every other set, so that both halves have the same number of small ones.
    let halves = [0, 1].map(|first| sets.iter().skip(first).step_by(2).cloned().collect::<Vec<_>>());
    let compared: usize = std::thread::scope(|scope| {
        let threads = halves.map(|half| scope.spawn(move || explore_all(&half)));
        threads.into_iter().map(|thread| thread.join().expect("engine and oracle agree")).sum()
    });
    assert!(compared > 100_000, "only {compared} steps were compared");
}

#[test]
fn they_agree_in_every_climate() {
    let depth = std::env::var("PORTCULLIS_DEPTH").ok().map_or(SHORT_DEPTH, |depth| depth.parse().expect("a number"));
    let halves = [&CLIMATES[..CLIMATES.len() / 2], &CLIMATES[CLIMATES.len() / 2..]];
    let compared: usize = std::thread::scope(|scope| {
        let threads = halves.map(|half| scope.spawn(move || explore_climates(half, depth)));
        threads.into_iter().map(|thread| thread.join().expect("engine and oracle agree")).sum()
    });
    assert!(compared > 10_000, "only {compared} packets were compared");
}

fn explore_climates(climates: &[(&str, &str)], depth: usize) -> usize {
    let explore = |(plain, other): &(&str, &str)| -> usize {
        let document = DOCUMENT.replace(plain, other);
        assert_ne!(document, DOCUMENT, "{other}");
        let sets = rule_sets().into_iter().filter(|rules| rules.len() < 2);
        let universes = sets.filter_map(|rules| Universe::new(&document, &rules, PickUp::MidStream, depth));
        let all: Vec<usize> = universes.map(|universe| universe.explore()).collect();
        assert!(all.len() > 3, "{other} has too few rules");
        all.iter().sum()
    };
    climates.iter().map(explore).sum()
}

/// Every set of at most two rules.
fn rule_sets() -> Vec<Vec<&'static str>> {
    let one = RULES.iter().map(|rule| vec![*rule]);
    let two = RULES.iter().enumerate().flat_map(|(at, first)| RULES[..at].iter().map(|second| vec![*first, *second]));
    std::iter::once(Vec::new()).chain(one).chain(two).collect()
}

fn explore_all(sets: &[Vec<&str>]) -> usize {
    let picking_up = sets.iter().map(|rules| (rules, PickUp::MidStream));
    // Two rules together mean the same with and without it.
    let never = sets.iter().filter(|rules| rules.len() < 2).map(|rules| (rules, PickUp::Never));
    picking_up
        .chain(never)
        .map(|(rules, pick_up)| Universe::new(DOCUMENT, rules, pick_up, DEPTH).expect("a policy").explore())
        .sum()
}

/// Something that happens in the universe, ready to happen again and again.
enum Deed {
    Arrival { step: Step, vnic: VnicId, direction: Direction, packet: Packet },
    Edit { step: Step, edit: Edit },
    Wait,
}

/// A state of the universe, and how it came about.
#[derive(Clone)]
struct State {
    engine: EngineJudge,
    oracle: Oracle,
    document: Document,
    now: Instant,
    past: Vec<Step>,
}

struct Universe {
    start: State,
    pick_up: PickUp,
    deeds: Vec<Deed>,
    depth: usize,
}

impl Universe {
    /// `None` where the profile has no such rule.
    fn new(text: &str, rules: &[&str], pick_up: PickUp, depth: usize) -> Option<Universe> {
        let mut document: Document = text.parse().expect("a document");
        let group: GroupId = "g".parse().expect("an id");
        for (number, text) in rules.iter().enumerate() {
            let spec = text.parse().expect("a rule");
            let id = format!("r{number}").parse().expect("an id");
            let rule = Rule { id, spec, enabled: true, description: String::new() };
            let edit = Edit::AddRule { group: group.clone(), place: Place::Last, rule };
            edit.apply(&mut document).ok()?;
        }
        let policy = resolve(&document, Revision(1)).ok()?;
        let deeds = EVENTS.iter().map(|event| Deed::read(event, &policy)).collect();
        let (mut engine, mut oracle) = (EngineJudge::new(pick_up), Oracle::new(pick_up));
        engine.swap(&document, Revision(1));
        oracle.swap(&document, Revision(1));
        let start = State { engine, oracle, document, now: Instant::from_millis(0), past: Vec::new() };
        Some(Universe { start, pick_up, deeds, depth })
    }

    /// Plays every sequence of events; how many packets were compared.
    fn explore(&self) -> usize {
        let mut compared = 0;
        let mut states = vec![self.start.clone()];
        while let Some(state) = states.pop() {
            for deed in &self.deeds {
                let Some(next) = self.play(state.clone(), deed) else { continue };
                compared += usize::from(matches!(deed, Deed::Arrival { .. }));
                if next.past.len() < self.depth {
                    states.push(next);
                }
            }
        }
        compared
    }

    /// The state after an event; `None` where the event is not possible, or time passes where it has just passed.
    fn play(&self, mut state: State, deed: &Deed) -> Option<State> {
        match deed {
            Deed::Wait => {
                state.past.last().filter(|last| last.at == state.now)?;
                state.now = state.now + WAIT;
            }
            Deed::Edit { step, edit } => {
                edit.clone().apply(&mut state.document).ok()?;
                state.past.push(Step { at: state.now, ..step.clone() });
                let revision = Revision(state.past.len() as u64 + 1);
                resolve(&state.document, revision).ok()?;
                state.engine.swap(&state.document, revision);
                state.oracle.swap(&state.document, revision);
            }
            Deed::Arrival { step, vnic, direction, packet } => {
                state.past.push(Step { at: state.now, ..step.clone() });
                let ours = state.engine.judge(vnic, *direction, Ok(packet), state.now);
                let theirs = state.oracle.judge(vnic, *direction, Ok(packet), state.now);
                assert_eq!(ours, theirs, "left: engine, right: oracle\n{}", self.tell(state.past));
            }
        }
        Some(state)
    }

    fn tell(&self, steps: Vec<Step>) -> String {
        let document = self.start.document.clone();
        let scenario =
            Scenario { name: String::new(), quote: None, document, faults: Vec::new(), pick_up: self.pick_up, steps };
        difference(&scenario).unwrap_or_default()
    }
}

impl Deed {
    /// Reads an event; no edit changes what its packet looks like.
    fn read(event: &str, policy: &Policy) -> Deed {
        if event == "wait" {
            return Deed::Wait;
        }
        let ending = if event.starts_with("apply") { "" } else { " => drop default" };
        let step: Step = format!("0ms {event}{ending}").parse().expect("a step");
        match step.event.clone() {
            Event::Apply(edit) => Deed::Edit { step, edit },
            Event::Arrival { vnic, direction, input: Input::Packet(sketch), .. } => {
                let index = policy.vnic_index(&vnic).expect("a vnic");
                let packet = complete(policy, index, direction, &sketch);
                Deed::Arrival { step, vnic, direction, packet }
            }
            Event::Arrival { input: Input::Frame(_), .. } | Event::Refuse { .. } | Event::Fault { .. } => {
                unreachable!("events are packets and edits")
            }
        }
    }
}
