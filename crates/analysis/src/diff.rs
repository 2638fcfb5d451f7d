//! What changes from one policy to another.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use policy::{
    Action, Direction, Family, Likeness, Policy, PolicyVnic, PortSecurity, Remote, Tracking, VnicId, VnicIndex,
};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use crate::addresses::Addresses;
use crate::beyond::{Beyond, beyond};
use crate::chart::{Chart, Sayings, Speaker};
use crate::pieces::{Both, Comparison, Headers, Piece, compare};
use crate::region::Region;
use crate::said::Said;
use crate::witness::Witness;

/// Everything that passes under one of two policies and not under the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Diff {
    /// What is allowed now first, and of that the largest first. No two of a vnic overlap.
    pub changes: Vec<Change>,
    /// What changes besides what the rules say.
    pub beyond: Vec<Beyond>,
}

/// Packets whose fate changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The packets, at each of the vnics.
    pub region: Region,
    /// What rules call the addresses of the region, ascending.
    pub remotes: Vec<Remote>,
    /// Where, ascending.
    pub vnics: Vec<VnicId>,
    /// What was said of them.
    pub before: Said,
    /// What is said of them now.
    pub after: Said,
    /// One of them, where a vnic has an address of the family.
    pub witness: Option<Witness>,
}

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Turn {
    /// Dropped before, passes now.
    Allowed,
    /// Passed before, is dropped now.
    Denied,
}

/// Whether two policies let the same pass at some vnics, whatever says it.
pub(crate) fn is_neutral(before: &Policy, after: &Policy, vnics: &[VnicId]) -> bool {
    let mut both = Pair::of(before, after);
    vnics.iter().all(|id| {
        let places = Places { before: before.vnic_index(id), after: after.vnic_index(id) };
        both.share(places) || SIDES.into_iter().all(|side| both.differences(places, side).is_empty())
    })
}

/// Compares two policies at every vnic that either has; a vnic that is not there lets nothing pass.
pub fn diff(before: &Policy, after: &Policy) -> Diff {
    let mut both = Pair::of(before, after);
    let mut changed: BTreeMap<(Region, (u32, u32)), Vec<VnicId>> = BTreeMap::new();
    for (places, vnics) in alike(before, after) {
        if both.share(places) {
            continue;
        }
        for side in SIDES {
            for (piece, remote) in both.differences(places, side) {
                let region = Region { direction: side.0, remote, protocols: piece.protocols, keys: piece.keys };
                changed.entry((region, piece.said)).or_default().extend(vnics.iter().cloned());
            }
        }
    }
    let names = names([before, after], changed.keys().map(|(region, _)| &region.remote));
    let mut changes: Vec<Change> = changed
        .into_iter()
        .map(|((region, (was, is)), mut vnics)| {
            vnics.sort_unstable();
            let witness = Witness::of(&region, &vnics, [after, before]);
            let remotes = names.get(&region.remote).into_iter().flatten().cloned().collect();
            let (was, is) = (both.sayings.get(was).clone(), both.sayings.get(is).clone());
            Change { region, remotes, vnics, before: was, after: is, witness }
        })
        .collect();
    // A stable sort: what is equally large stays in the order of the regions.
    changes.sort_by(|one, other| {
        one.turn().cmp(&other.turn()).then(other.region.volume().total_cmp(&one.region.volume()))
    });
    Diff { changes, beyond: beyond(before, after) }
}

const SIDES: [(Direction, Family); 4] = [
    (Direction::Ingress, Family::Ipv4),
    (Direction::Ingress, Family::Ipv6),
    (Direction::Egress, Family::Ipv4),
    (Direction::Egress, Family::Ipv6),
];

/// A vnic in both policies.
#[derive(Clone, Copy)]
struct Places {
    before: Option<VnicIndex>,
    after: Option<VnicIndex>,
}

/// What the charts of a vnic depend on.
type Kind = Option<(Likeness, PortSecurity, Tracking)>;

/// Two policies, in numbers that mean the same of both.
struct Pair<'p> {
    before: Speaker<'p>,
    after: Speaker<'p>,
    sayings: Sayings,
}

impl<'p> Pair<'p> {
    fn of(before: &'p Policy, after: &'p Policy) -> Pair<'p> {
        Pair { before: Speaker::of(before), after: Speaker::of(after), sayings: Sayings::default() }
    }

    /// Whether both policies share all that decides there.
    fn share(&self, places: Places) -> bool {
        let (before, after) = (self.before.policy, self.after.policy);
        let (Some(was), Some(is)) = (places.before, places.after) else { return false };
        before.vnic(was).port_security == after.vnic(is).port_security && before.shares_decisions(was, after, is)
    }

    /// The packets of a side that one policy lets pass and the other does not.
    fn differences(&mut self, places: Places, side: (Direction, Family)) -> Vec<(Piece, Addresses)> {
        let was = Chart::of(&mut self.before, places.before, side, &mut self.sayings);
        let is = Chart::of(&mut self.after, places.after, side, &mut self.sayings);
        let differs = |(was, is): Both| {
            let differs = self.sayings.get(was).action != self.sayings.get(is).action;
            differs.then_some((was, is))
        };
        let headers = self.headers(places);
        compare(Comparison { family: side.1, headers, wanted: &differs, only_differences: true }, &was, &is)
    }

    fn headers(&self, places: Places) -> Headers {
        let at = |speaker: &Speaker<'_>, vnic: Option<VnicIndex>| {
            vnic.map_or(Headers::Present, |vnic| Headers::at(speaker.policy.vnic(vnic).tracking))
        };
        at(&self.before, places.before).or(at(&self.after, places.after))
    }
}

/// The vnics of both policies, those together that need to be looked at once, in no particular order.
fn alike(before: &Policy, after: &Policy) -> Vec<(Places, Vec<VnicId>)> {
    let kind = |policy: &Policy, vnic: Option<VnicIndex>| -> Kind {
        let vnic = vnic?;
        Some((policy.likeness(vnic), policy.vnic(vnic).port_security, policy.vnic(vnic).tracking))
    };
    let gone = before.vnics().filter(|(_, vnic)| after.vnic_index(&vnic.id).is_none());
    let mut by_kind: FxHashMap<(Kind, Kind), (Places, Vec<VnicId>)> = FxHashMap::default();
    for (_, PolicyVnic { id, .. }) in after.vnics().chain(gone) {
        let places = Places { before: before.vnic_index(id), after: after.vnic_index(id) };
        let kinds = (kind(before, places.before), kind(after, places.after));
        by_kind.entry(kinds).or_insert((places, Vec::new())).1.push(id.clone());
    }
    by_kind.into_values().collect()
}

/// What rules of either policy call sets of addresses.
fn names<'a>(
    policies: [&Policy; 2],
    sets: impl Iterator<Item = &'a Addresses>,
) -> HashMap<Addresses, BTreeSet<Remote>> {
    let mut names: HashMap<Addresses, BTreeSet<Remote>> = sets.map(|set| (set.clone(), BTreeSet::new())).collect();
    if names.is_empty() {
        return names;
    }
    for (policy, family) in policies.into_iter().flat_map(|policy| [(policy, Family::Ipv4), (policy, Family::Ipv6)]) {
        for (remote, ranges) in policy.named_remotes(family) {
            // What is no name is written in the region itself.
            let is_name = matches!(remote, Remote::Group(_) | Remote::AddressGroup(_));
            if let Some(names) = is_name.then(|| names.get_mut(&Addresses::of(family, ranges))).flatten() {
                names.insert(remote.clone());
            }
        }
    }
    names
}

impl Diff {
    /// Whether both policies are proved to decide every packet alike.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.beyond.is_empty()
    }

    /// For programs: `equivalent`, `changes`, and `beyond`.
    pub fn to_value(&self) -> Value {
        json!({
            "equivalent": self.is_empty(),
            "changes": self.changes.iter().map(Change::to_value).collect::<Vec<_>>(),
            "beyond": self.beyond.iter().map(Beyond::to_value).collect::<Vec<_>>(),
        })
    }
}

impl Change {
    /// Which way it goes.
    pub fn turn(&self) -> Turn {
        match self.after.action {
            Action::Allow => Turn::Allowed,
            Action::Deny => Turn::Denied,
        }
    }

    /// For programs: `turn`, `region`, `remotes`, `vnics`, `before`, `after`, and `witness` where there is one.
    pub fn to_value(&self) -> Value {
        let mut value = json!({
            "turn": self.turn().to_string(),
            "region": self.region.to_value(),
            "remotes": self.remotes.iter().map(Remote::to_string).collect::<Vec<_>>(),
            "vnics": self.vnics.iter().map(VnicId::as_str).collect::<Vec<_>>(),
            "before": self.before.to_value(),
            "after": self.after.to_value(),
        });
        if let Some(witness) = &self.witness {
            value["witness"] = witness.to_value();
        }
        value
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Turn::Allowed => "allowed",
            Turn::Denied => "denied",
        })
    }
}
