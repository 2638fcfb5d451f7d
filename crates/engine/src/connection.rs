//! A connection, step by step: packets to and fro between two ends, edits of the policy, and time that passes.
//!
//! Contract: every step is judged as the enforcer would, at both ends; one that cannot be carried out changes nothing and says
//! why, and those behind it go on. Nothing happens between two steps.
//!
//! Absent: what the ends would send by themselves. A [`Course`] writes that down once, and then it is a list like any other.

mod course;
mod json;
mod text;

use std::sync::Arc;
use std::time::Duration;

use conntrack::{Config, Conntrack, Flow, FlowId, Instant, PickUp, Way, Zone};
use policy::{Direction, Edit, Policy, Resolved, Revision, RuleId, VnicId, VnicIndex};
use wire::{IcmpBody, Payload, Sketch, Transport};

use crate::evaluate::{Hook, adopt, rule_of, stamp};
use crate::question::{Place, find_ends};
use crate::scenario::{Event, Input, Scenario, Step};
use crate::travel::{Endpoint, Journey, Leg, judge, travel_in};

pub use course::Course;
pub use text::MomentError;

/// What passes between two ends, in order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Who sends the first packet; `None` is whoever has its source address.
    pub from: Option<Place>,
    /// Who receives it; `None` is whoever has its destination address.
    pub to: Option<Place>,
    /// What happens.
    pub moments: Vec<Moment>,
}

/// One step of a connection. Text form: `TIME > PACKET`, `TIME < PACKET`, `TIME apply EDIT` or `TIME wait`, the time as in a
/// scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// When, since the start.
    pub at: Instant,
    /// What.
    pub happening: Happening,
}

/// What happens at a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// A packet.
    Packet {
        /// [`Way::Original`] from the first end to the second. An ICMP error about a packet that was for somebody else than its
        /// sender comes from a router between the ends, and reaches the receiver alone.
        way: Way,
        /// The packet.
        sketch: Sketch,
    },
    /// An edit, carried out as a new revision.
    Apply(Edit),
    /// Nothing but time.
    Wait,
}

/// A step and what it led to.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The policy in force, after an edit the new one.
    pub policy: Arc<Policy>,
    /// What happened, or why it could not.
    pub found: Result<Found, String>,
    /// The flows that lived at the step before.
    pub before: Vec<LiveFlow>,
    /// The flows that live from then on.
    pub after: Vec<LiveFlow>,
}

/// What a step led to.
#[derive(Clone, Debug)]
pub enum Found {
    /// A packet went its way.
    Travelled(Box<Travel>),
    /// The policy changed.
    Applied,
    /// Time passed.
    Passed,
}

/// A packet's way, and what was tried beside it.
#[derive(Clone, Debug)]
pub struct Travel {
    /// The way.
    pub journey: Journey,
    /// What the receiver would have said of a packet that its sender's end drops.
    pub beyond: Option<Leg>,
    /// What the receiver of a packet that arrived would answer, and the way of that.
    pub reply: Option<(Sketch, Journey)>,
}

/// A flow that has not expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveFlow {
    /// Its name in the table.
    pub id: FlowId,
    /// Whose it is.
    pub vnic: VnicId,
    /// What is known of it.
    pub flow: Flow,
    /// The rule that allowed it last.
    pub rule: Option<RuleId>,
    /// How long it lives without a packet.
    pub left: Duration,
}

/// Between a packet and the answer that is tried.
const ROUND_TRIP: Duration = Duration::from_millis(1);

impl Connection {
    /// Carries out every step, from the first revision and an empty table on.
    pub fn play(&self, resolved: Resolved) -> Vec<Scene> {
        let mut stage = Stage::new(resolved);
        let mut scenes: Vec<Scene> = Vec::with_capacity(self.moments.len());
        for moment in &self.moments {
            let before = scenes.last().map(|scene| scene.after.clone()).unwrap_or_default();
            let found = stage.play(self, moment);
            let after = stage.flows();
            scenes.push(Scene { policy: stage.resolved.policy().clone(), found, before, after });
        }
        scenes
    }

    /// The same as a scenario that expects what is found now. Steps that cannot be carried out are left out.
    pub fn to_scenario(&self, name: &str, resolved: Resolved) -> Scenario {
        let document = resolved.document().clone();
        let scenes = self.play(resolved);
        let steps = self.moments.iter().zip(&scenes).flat_map(|(moment, scene)| moment.to_steps(scene)).collect();
        let (name, faults) = (name.to_owned(), Vec::new());
        Scenario { name, quote: None, document, faults, pick_up: PickUp::MidStream, steps }
    }
}

impl Moment {
    fn to_steps(&self, scene: &Scene) -> Vec<Step> {
        let step = |event| Step { at: self.at, event };
        match (&self.happening, &scene.found) {
            (Happening::Apply(edit), Ok(Found::Applied)) => vec![step(Event::Apply(edit.clone()))],
            (Happening::Packet { sketch, .. }, Ok(Found::Travelled(travel))) => {
                let arrival = |leg: &Leg| {
                    step(Event::Arrival {
                        vnic: scene.policy.vnic(leg.hook.vnic).id.clone(),
                        direction: leg.hook.direction,
                        input: Input::Packet(Sketch { payload: leg.packet.payload, ..*sketch }),
                        expect: leg.verdict.named(&scene.policy),
                    })
                };
                let journey = &travel.journey;
                let (first, rest) = journey.legs.split_at(journey.legs.len().min(1));
                first.iter().chain(&journey.carried).chain(rest).map(arrival).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The policy and the table as the steps left them.
struct Stage {
    resolved: Resolved,
    /// Every policy that was in force, by what its flows remember of it.
    policies: Vec<(u32, Arc<Policy>)>,
    conntrack: Conntrack,
    /// Vnics in the order in which they were first seen; the place is the zone, over all policies.
    zones: Vec<VnicId>,
    now: Instant,
}

impl Stage {
    fn new(resolved: Resolved) -> Stage {
        let policy = resolved.policy().clone();
        let mut conntrack = Conntrack::new(Config::default());
        adopt(&policy, &mut conntrack);
        let policies = vec![(stamp(&policy), policy)];
        Stage { resolved, policies, conntrack, zones: Vec::new(), now: Instant::default() }
    }

    fn play(&mut self, connection: &Connection, moment: &Moment) -> Result<Found, String> {
        if moment.at < self.now {
            return Err("it is before the step above it: put the steps in order of time".to_owned());
        }
        self.now = moment.at;
        match &moment.happening {
            Happening::Wait => Ok(Found::Passed),
            Happening::Apply(edit) => self.apply(edit.clone()).map(|()| Found::Applied),
            Happening::Packet { way, sketch } => {
                let (sender, receiver) = match way {
                    Way::Original => (&connection.from, &connection.to),
                    Way::Reply => (&connection.to, &connection.from),
                };
                let sender = sender.as_ref().filter(|_| !is_of_router(sketch));
                self.travel((sender, receiver.as_ref()), sketch)
            }
        }
    }

    fn apply(&mut self, edit: Edit) -> Result<(), String> {
        let revision = Revision(self.resolved.policy().revision().0 + 1);
        self.resolved.apply(edit, revision).map_err(|refusal| refusal.to_string())?;
        let policy = self.resolved.policy().clone();
        adopt(&policy, &mut self.conntrack);
        self.policies.push((stamp(&policy), policy));
        Ok(())
    }

    fn travel(&mut self, places: (Option<&Place>, Option<&Place>), sketch: &Sketch) -> Result<Found, String> {
        let policy = self.resolved.policy().clone();
        let ends = find_ends(&policy, places, &sketch.payload).map_err(|error| error.to_string())?;
        let Stage { conntrack, zones, now, .. } = self;
        let journey = travel_in(&policy, conntrack, ends, sketch, *now, |vnic| zone_of(zones, &policy, vnic));
        // What is only tried leaves no mark.
        let mut tried = conntrack.clone();
        let beyond = match (journey.legs.as_slice(), ends) {
            ([leg], (_, Endpoint::Vnic(vnic)))
                if !leg.verdict.is_accept() && leg.hook.direction == Direction::Egress =>
            {
                let hook = Hook { vnic, zone: zone_of(zones, &policy, vnic), direction: Direction::Ingress };
                Some(judge(&policy, &mut tried, hook, sketch, *now).0)
            }
            _ => None,
        };
        let reply = sketch.reply().filter(|_| journey.arrives()).map(|reply| {
            let (ends, soon) = ((ends.1, ends.0), *now + ROUND_TRIP);
            let journey = travel_in(&policy, &mut tried, ends, &reply, soon, |vnic| zone_of(zones, &policy, vnic));
            (reply, journey)
        });
        Ok(Found::Travelled(Box::new(Travel { journey, beyond, reply })))
    }

    /// What lives, by vnic and tuple.
    fn flows(&self) -> Vec<LiveFlow> {
        let alive = self.conntrack.flows().filter(|(_, flow)| flow.expires() > self.now);
        let mut flows: Vec<LiveFlow> = alive.filter_map(|(id, flow)| self.live(id, flow)).collect();
        flows.sort_by_key(|live| (live.vnic.clone(), text::tuple(&live.flow.original())));
        flows
    }

    fn live(&self, id: FlowId, flow: Flow) -> Option<LiveFlow> {
        let vnic = self.zones.get(flow.zone().0 as usize)?.clone();
        let judged = self.policies.iter().rev().find(|(revision, _)| *revision == flow.revision());
        // A revoked flow was refused by the revision that it remembers, so its mark says nothing there.
        let mark = rule_of(flow.mark()).filter(|_| !flow.is_revoked());
        let rule = mark.and_then(|index| judged.map(|(_, policy)| policy.rule_id(index).clone()));
        let left = flow.expires().since(self.now);
        Some(LiveFlow { id, vnic, flow, rule, left })
    }
}

/// Whether a packet is an error of a router on the way: the receiver of what it is about did not send it.
fn is_of_router(sketch: &Sketch) -> bool {
    let Payload::Ip(datagram) = &sketch.payload else { return false };
    let Transport::Icmp(icmp) = &datagram.transport else { return false };
    match icmp.body {
        IcmpBody::Error(Some(quote)) => quote.endpoints.destination() != datagram.endpoints.source(),
        IcmpBody::Error(None) | IcmpBody::Query { .. } | IcmpBody::Neighbor(_) | IcmpBody::Plain => false,
    }
}

fn zone_of(zones: &mut Vec<VnicId>, policy: &Policy, vnic: VnicIndex) -> Zone {
    let id = &policy.vnic(vnic).id;
    let at = zones.iter().position(|known| known == id).unwrap_or_else(|| {
        zones.push(id.clone());
        zones.len() - 1
    });
    Zone(at as u32)
}
