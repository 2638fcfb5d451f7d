//! The packets of a play through the engine and through the model of the kernel.

use conntrack::{Config, Conntrack, FlowState, Instant, PickUp, Sender, TcpSide, Tuple, Way, Zone};
use engine::{Hook, Verdict, judge_frame};
use policy::{Action, Direction, Document, Guarded, Policy, Revision, Subject, VnicIndex, resolve};
use wire::{Checksum, Datagram, Packet, Sketch};

use super::netfilter::{CtState, Netfilter, Tracked};
use super::plays::numbered;
use crate::worlds::Arrival;

/// Flows of one play at most.
const FLOWS: usize = 256;

/// The only vnic.
const VNIC: VnicIndex = VnicIndex(0);

/// A policy, and whether flows are picked up in the middle.
pub struct Trial {
    /// The document of the policy.
    pub document: Document,
    /// Whether flows are picked up in the middle.
    pub pick_up: PickUp,
    policy: Policy,
}

/// One packet at both.
#[derive(Clone, Debug)]
pub struct Encounter {
    /// The packet.
    pub arrival: Arrival,
    /// Its content.
    pub datagram: Datagram,
    /// What the engine says.
    pub verdict: Verdict,
    /// The engine's flow before it.
    pub before: Option<Known>,
    /// The same after it.
    pub after: Option<Known>,
    /// What the kernel makes of it.
    pub linux: Tracked,
    /// Whether the kernel lets it pass.
    pub passes: bool,
}

/// What the engine knows of a flow.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// How far it came.
    pub state: FlowState,
    /// The sides of a TCP connection.
    pub sides: [Option<TcpSide>; 2],
    /// The way of the packet.
    pub way: Way,
}

impl Trial {
    /// A trial of a document that resolves.
    ///
    /// # Panics
    /// It does not.
    pub fn new(document: Document, pick_up: PickUp) -> Trial {
        let policy = resolve(&document, Revision(1)).unwrap_or_else(|faults| panic!("{faults}"));
        Trial { document, pick_up, policy }
    }

    /// The frame of a packet, with the remote host of a play of this number.
    pub fn frame(&self, arrival: &Arrival, number: u32) -> Vec<u8> {
        wire::build(&self.packet(arrival.direction, &numbered(&arrival.sketch, number)))
    }

    /// Gives packets to the engine and to the model, but for those that the source guard takes care of: they never get to
    /// connection tracking.
    ///
    /// # Panics
    /// A packet is no IP.
    pub fn run(&self, arrivals: Vec<Arrival>) -> Vec<Encounter> {
        let config = Config { capacity: FLOWS, share: FLOWS, pick_up: self.pick_up, ..Config::default() };
        let mut conntrack = Conntrack::new(config);
        let mut netfilter = Netfilter::new(self.pick_up == PickUp::MidStream);
        let arrivals = arrivals.into_iter().filter(|arrival| self.is_tracked(arrival));
        let meet = |(at, arrival)| self.meet(&mut conntrack, &mut netfilter, Instant::from_millis(at), arrival);
        (0..).zip(arrivals).map(meet).collect()
    }

    fn meet(&self, conntrack: &mut Conntrack, netfilter: &mut Netfilter, now: Instant, arrival: Arrival) -> Encounter {
        let direction = arrival.direction;
        let frame = self.frame(&arrival, 0);
        let datagram = self.datagram(&arrival, &frame);
        let before = known(conntrack, direction, &datagram);
        let hook = Hook { vnic: VNIC, zone: Zone(0), direction };
        let verdict = judge_frame(&self.policy, conntrack, hook, &frame, Checksum::Complete, now).verdict;
        let after = known(conntrack, direction, &datagram);
        let allowed = self.allows(direction, &datagram);
        let linux = netfilter.track(&datagram, || allowed);
        let passes = match linux.state {
            CtState::Established | CtState::Related => true,
            CtState::Invalid => false,
            CtState::New | CtState::Untracked => allowed,
        };
        Encounter { arrival, datagram, verdict, before, after, linux, passes }
    }

    fn is_tracked(&self, arrival: &Arrival) -> bool {
        let packet = self.packet(arrival.direction, &arrival.sketch);
        self.policy.guard(VNIC, arrival.direction, &packet) == Guarded::Pass
    }

    /// What the frame says. What is malformed keeps the fields that it was made of.
    fn datagram(&self, arrival: &Arrival, frame: &[u8]) -> Datagram {
        let packet = wire::parse(frame, Checksum::Complete);
        let packet = packet.unwrap_or_else(|_| self.packet(arrival.direction, &arrival.sketch));
        *packet.datagram().expect("a datagram")
    }

    fn allows(&self, direction: Direction, datagram: &Datagram) -> bool {
        self.policy.decide(VNIC, direction, &Subject::of(datagram)).action() == Action::Allow
    }

    fn packet(&self, direction: Direction, sketch: &Sketch) -> Packet {
        engine::complete(&self.policy, VNIC, direction, sketch)
    }
}

fn known(conntrack: &Conntrack, direction: Direction, datagram: &Datagram) -> Option<Known> {
    let sender = match direction {
        Direction::Ingress => Sender::Remote,
        Direction::Egress => Sender::Instance,
    };
    let tuple = Tuple::of(sender, datagram)?;
    let mut flows = conntrack.flows().map(|(_, flow)| flow);
    let flow = flows.find(|flow| flow.original() == tuple || flow.reply() == tuple)?;
    let way = if flow.original() == tuple { Way::Original } else { Way::Reply };
    Some(Known { state: flow.state(), sides: flow.tcp_sides(), way })
}
