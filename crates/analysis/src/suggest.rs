//! Edits that let a flow through, or stop it.
//!
//! A plan is complete: after it the flow fares as wished at every vnic that has one of its ends. Plans are told with their
//! collateral, the exact difference that they make besides, and the one with the least stands first.
//!
//! Contract: every plan was carried out on a copy and both ends were asked again. No plan means that none of the known ways leads
//! there, not that there is none.
//!
//! Absent: what the source guard says of more than addresses, and flows that live.

mod allow;
mod deny;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use policy::{Action, Decision, Direction, Edit, Policy, Resolved, Revision, Subject, VnicId, VnicIndex};
use serde_json::{Value, json};
use wire::Datagram;

use crate::diff::{Change, Turn, diff};

/// A packet that opens a flow, and the vnics at its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The packet.
    pub packet: Datagram,
    /// The sender, where it is a vnic.
    pub from: Option<VnicId>,
    /// The receiver, where it is a vnic.
    pub to: Option<VnicId>,
}

/// Edits that lead to what is wished.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// To be carried out in turn.
    pub edits: Vec<Edit>,
    /// Everything that passes or is dropped by them, the flow itself included.
    pub changes: Vec<Change>,
    /// How many kinds of packets fare otherwise than before besides the flow, at all vnics together.
    pub collateral: f64,
}

/// How many plans are told.
const TOLD: usize = 8;

/// How many ways are followed at each end, the ones that seem to change least first.
const FOLLOWED: usize = 12;

/// Finds plans by which a flow fares as wished, the one with the least collateral first; none where it does already.
pub fn suggest(resolved: &Resolved, flow: &Flow, wish: Action) -> Vec<Plan> {
    let ways = match wish {
        Action::Allow => allow::ways(resolved, flow),
        Action::Deny => deny::ways(resolved, flow),
    };
    let mut plans: Vec<Plan> = Vec::new();
    for edits in ways {
        if !plans.iter().any(|plan| plan.edits == edits)
            && let Some(plan) = Plan::of(resolved, flow, edits, wish)
        {
            plans.push(plan);
        }
    }
    plans.sort_by(|one, other| {
        let rank = |plan: &Plan| (plan.is_contrary(wish), plan.edits.len());
        rank(one)
            .0
            .cmp(&rank(other).0)
            .then(one.collateral.total_cmp(&other.collateral))
            .then(rank(one).1.cmp(&rank(other).1))
    });
    plans.truncate(TOLD);
    plans
}

impl Flow {
    /// The flow of a packet between the vnics that have its addresses.
    pub fn of(packet: Datagram, policy: &Policy) -> Flow {
        let owner = |address: IpAddr| {
            let found = policy.vnics().find(|(_, vnic)| vnic.addresses.contains(&address));
            found.map(|(_, vnic)| vnic.id.clone())
        };
        let (source, destination) = (packet.endpoints.source(), packet.endpoints.destination());
        Flow { packet, from: owner(source), to: owner(destination) }
    }

    /// Whether it fares as wished at both ends.
    pub fn fares_so(&self, resolved: &Resolved, wish: Action) -> bool {
        self.passes(resolved.policy()) == (wish == Action::Allow)
    }

    fn subject(&self) -> Subject {
        Subject::of(&self.packet)
    }

    /// The vnic at the other end of a way, where one is there.
    fn other(&self, direction: Direction) -> Option<&VnicId> {
        match direction {
            Direction::Ingress => self.from.as_ref(),
            Direction::Egress => self.to.as_ref(),
        }
    }

    /// Where it is judged: the sender's end first.
    pub fn hops(&self) -> impl Iterator<Item = (&VnicId, Direction)> {
        let from = self.from.iter().map(|vnic| (vnic, Direction::Egress));
        from.chain(self.to.iter().map(|vnic| (vnic, Direction::Ingress)))
    }

    /// Whether it passes at every vnic that has an end of it.
    fn passes(&self, policy: &Policy) -> bool {
        self.hops()
            .all(|(vnic, direction)| policy.vnic_index(vnic).is_some_and(|vnic| passes(policy, vnic, direction, self)))
    }
}

/// Whether a flow passes at a vnic: the guard knows its own address, and rules allow it.
fn passes(policy: &Policy, vnic: VnicIndex, direction: Direction, flow: &Flow) -> bool {
    owns(policy, vnic, direction, flow) && decision(policy, vnic, direction, flow).action() == Action::Allow
}

/// Whether the address at the vnic's end is one that the guard lets it have.
fn owns(policy: &Policy, vnic: VnicIndex, direction: Direction, flow: &Flow) -> bool {
    policy.vnic(vnic).owns_address(flow.subject().remote(direction.opposite()))
}

fn decision(policy: &Policy, vnic: VnicIndex, direction: Direction, flow: &Flow) -> Decision {
    policy.decide(vnic, direction, &flow.subject())
}

impl Plan {
    /// The plan of some edits, where they fit and lead to what is wished.
    fn of(resolved: &Resolved, flow: &Flow, edits: Vec<Edit>, wish: Action) -> Option<Plan> {
        let after = carry_out(resolved, &edits)?;
        if edits.is_empty() || !flow.fares_so(&after, wish) {
            return None;
        }
        let changes = diff(resolved.policy(), after.policy()).changes;
        let volume: f64 = changes.iter().map(|change| change.region.volume() * change.vnics.len() as f64).sum();
        let wished = changes.iter().filter(|change| change.concerns(flow)).map(|_| 1.0).sum::<f64>();
        Some(Plan { edits, changes, collateral: volume - wished })
    }

    /// Whether something changes the other way.
    fn is_contrary(&self, wish: Action) -> bool {
        let turn = match wish {
            Action::Allow => Turn::Denied,
            Action::Deny => Turn::Allowed,
        };
        self.changes.iter().any(|change| change.turn() == turn)
    }

    /// The vnics at which something changes, ascending.
    pub fn vnics(&self) -> BTreeSet<&VnicId> {
        self.changes.iter().flat_map(|change| &change.vnics).collect()
    }

    /// For programs: `edits` as text, `changes`, `collateral`, and `vnics`.
    pub fn to_value(&self) -> Value {
        json!({
            "edits": self.edits.iter().map(Edit::to_string).collect::<Vec<_>>(),
            "changes": self.changes.iter().map(Change::to_value).collect::<Vec<_>>(),
            "collateral": self.collateral,
            "vnics": self.vnics().into_iter().map(VnicId::as_str).collect::<Vec<_>>(),
        })
    }
}

impl Change {
    /// Whether a flow is one of its packets, at one of its vnics.
    fn concerns(&self, flow: &Flow) -> bool {
        let subject = flow.subject();
        flow.hops().any(|(vnic, direction)| self.vnics.contains(vnic) && self.region.contains(direction, &subject))
    }
}

/// The document and its policy behind some edits, where all of them fit.
fn carry_out(resolved: &Resolved, edits: &[Edit]) -> Option<Resolved> {
    let mut after = resolved.clone();
    let next = Revision(resolved.policy().revision().0 + 1);
    edits.iter().try_for_each(|edit| after.apply(edit.clone(), next).map(drop).ok())?;
    Some(after)
}

impl fmt::Display for Plan {
    /// An edit a line.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edits: Vec<String> = self.edits.iter().map(Edit::to_string).collect();
        out.write_str(&edits.join("\n"))
    }
}
