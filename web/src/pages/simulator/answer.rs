//! Asks the core.

use std::sync::Arc;

use conntrack::{Config, Conntrack, Instant};
use engine::{Journey, Leg, Outcome, Place, Question, QuestionError, Route, Ruling};
use policy::{Direction, Policy};
use wire::{Payload, Sketch, TextError};

use super::ask::Ask;

/// What the core says to a question.
#[derive(Clone)]
pub(super) struct Answer {
    /// The policy that judged.
    pub(super) policy: Arc<Policy>,
    /// The packet as it was understood.
    pub(super) sketch: Sketch,
    /// Its way.
    pub(super) journey: Journey,
    /// What the receiver would have said of a packet that its sender's end drops.
    beyond: Option<Leg>,
    /// The packet that comes back and its way, where the first one arrived.
    pub(super) reply: Option<(Sketch, Journey)>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum NoAnswer {
    /// The draft is no policy.
    Policy,
    /// The text is no packet.
    Packet(TextError),
    /// The ends do not make a way.
    Question(QuestionError),
}

/// One hook as the page shows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hook {
    pub(super) leg: Leg,
    pub(super) role: Role,
}

/// What a hook has to do with the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The packet passed by.
    Way,
    /// It was dropped before; this is what would have happened.
    Beyond,
    /// The reply passed by.
    Back,
}

/// Between a packet and its reply, in milliseconds.
const ROUND_TRIP: u64 = 1;

impl Answer {
    /// Sends the packet, and the reply behind it.
    pub(super) fn of(policy: Option<&Arc<Policy>>, ask: &Ask) -> Result<Answer, NoAnswer> {
        let policy = policy.ok_or(NoAnswer::Policy)?.clone();
        let sketch: Sketch = ask.packet.parse().map_err(NoAnswer::Packet)?;
        let mut conntrack = Conntrack::new(Config::default());
        let question = Question { sketch, route: ask.route() };
        let journey = question.ask(&policy, &mut conntrack, Instant::default()).map_err(NoAnswer::Question)?;
        let reply = match journey.arrives() {
            true => back(&policy, &mut conntrack, &question),
            false => None,
        };
        let beyond = match journey.legs.as_slice() {
            [egress] if !journey.arrives() && egress.hook.direction == Direction::Egress => {
                receiver(&policy, &question, &ask.to)
            }
            _ => None,
        };
        Ok(Answer { policy, sketch, journey, beyond, reply })
    }

    /// What became of the packet.
    pub(super) fn outcome(&self) -> Outcome {
        self.deciding().map_or(Outcome::Drop, |leg| leg.verdict.outcome())
    }

    /// The verdict in a few words.
    pub(super) fn headline(&self) -> String {
        match (self.outcome(), self.deciding()) {
            (Outcome::Accept, _) => "The packet arrives".to_owned(),
            (Outcome::Drop, Some(leg)) => {
                format!("Dropped on {} at {}", leg.hook.direction, self.policy.vnic(leg.hook.vnic).id)
            }
            (Outcome::Drop, None) => "Dropped".to_owned(),
            (Outcome::Hold, _) => "On hold until its datagram is whole".to_owned(),
        }
    }

    /// The leg that decided: the one that dropped, else the last one.
    pub(super) fn deciding(&self) -> Option<&Leg> {
        self.journey.legs.last()
    }

    /// The ruling of a leg, by name.
    pub(super) fn ruling(&self, leg: &Leg) -> Ruling {
        leg.verdict.named(&self.policy)
    }

    /// The hook in one direction, on the way or beyond it.
    pub(super) fn hook(&self, direction: Direction) -> Option<Hook> {
        self.hooks().into_iter().find(|hook| hook.role != Role::Back && hook.leg.hook.direction == direction)
    }

    /// Every hook, in the order of the way.
    pub(super) fn hooks(&self) -> Vec<Hook> {
        let with = |role| move |leg: &Leg| Hook { leg: leg.clone(), role };
        let way = self.journey.legs.iter().map(with(Role::Way));
        let beyond = self.beyond.iter().map(with(Role::Beyond));
        let back = self.reply.iter().flat_map(|(_, journey)| &journey.legs).map(with(Role::Back));
        way.chain(beyond).chain(back).collect()
    }
}

// Every question makes another one, and a memo compares to know whether to show it.
impl PartialEq for Answer {
    fn eq(&self, other: &Answer) -> bool {
        Arc::ptr_eq(&self.policy, &other.policy)
            && (self.sketch, &self.journey, &self.beyond, &self.reply)
                == (other.sketch, &other.journey, &other.beyond, &other.reply)
    }
}

fn back(policy: &Policy, conntrack: &mut Conntrack, question: &Question) -> Option<(Sketch, Journey)> {
    let sketch = question.sketch.reply()?;
    let route = match question.route.clone() {
        Route::Between { from, to } => Route::Between { from: to, to: from },
        Route::At { .. } => return None,
    };
    let journey = Question { sketch, route }.ask(policy, conntrack, Instant::from_millis(ROUND_TRIP)).ok()?;
    Some((sketch, journey))
}

/// What the receiver says on its own.
fn receiver(policy: &Policy, question: &Question, to: &str) -> Option<Leg> {
    let place = if to.is_empty() { owner(policy, &question.sketch)? } else { to.parse().ok()? };
    let route = Route::At { place, direction: Direction::Ingress };
    let alone = Question { sketch: question.sketch, route };
    let journey = alone.ask(policy, &mut Conntrack::new(Config::default()), Instant::default()).ok()?;
    journey.legs.into_iter().next()
}

/// The vnic that has the packet's destination.
fn owner(policy: &Policy, sketch: &Sketch) -> Option<Place> {
    let destination = match sketch.payload {
        Payload::Ip(datagram) => datagram.endpoints.destination(),
        Payload::Arp(arp) => arp.target_ip.into(),
        Payload::Other(_) => return None,
    };
    let (_, vnic) = policy.vnics().find(|(_, vnic)| vnic.addresses.contains(&destination))?;
    Some(Place::Named(vnic.id.to_string()))
}
