//! Who can open connections to whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use policy::{Action, Direction, Family, Policy, VnicId, VnicIndex};
use serde_json::{Value, json};

use crate::addresses::Addresses;
use crate::atlas::{Atlas, Lot, Stand, addresses, pair, taken};
use crate::by_family::ByFamily;
use crate::opening::Opening;
use crate::pieces::Headers;
use crate::region::Region;
use crate::witness::Witness;

/// What can be opened in a policy, by the names of vnics or of groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix<Name = VnicId> {
    /// Between vnics, ascending; what is not listed cannot be opened.
    pub within: Vec<Reach<Name>>,
    /// From and to addresses that no vnic has, ascending.
    pub outside: Vec<Exposure<Name>>,
}

/// What each of some vnics can open to each of some others: both egress and ingress allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach<Name = VnicId> {
    /// Who opens: vnics that no rule tells apart.
    pub from: Vec<Name>,
    /// To whom. A vnic that is on both sides is not meant itself.
    pub to: Vec<Name>,
    /// What, ascending.
    pub opens: Vec<Opening>,
}

/// What passes between some vnics and the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure<Name = VnicId> {
    /// The vnics.
    pub vnics: Vec<Name>,
    /// The packets; some of the addresses may be those of vnics too.
    pub region: Region,
}

/// Finds what can be opened between the vnics of a policy, and from and to the outside. Guard and tracking play no part.
pub fn matrix(policy: &Policy) -> Matrix {
    let atlas = Atlas::of(policy);
    Matrix { within: within(&atlas), outside: outside(&atlas) }
}

fn within(atlas: &Atlas) -> Vec<Reach> {
    let mut within = Vec::new();
    for Lot { kind: from, vnics: senders } in &atlas.lots {
        let mut by_opens: BTreeMap<Vec<Opening>, Vec<VnicId>> = BTreeMap::new();
        for Lot { kind: to, vnics: receivers } in &atlas.lots {
            let Some((sender, receiver)) = pair(senders, receivers) else { continue };
            let opens = opens(atlas, (*from, sender), (*to, receiver));
            if !opens.is_empty() {
                by_opens.entry(opens).or_default().extend(atlas.names(receivers));
            }
        }
        within.extend(by_opens.into_iter().map(|(opens, mut to)| {
            to.sort_unstable();
            Reach { from: atlas.names(senders), to, opens }
        }));
    }
    within.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
    within
}

/// What one vnic can open to another.
fn opens(atlas: &Atlas, (from, sender): (usize, VnicIndex), (to, receiver): (usize, VnicIndex)) -> Vec<Opening> {
    let (sender, receiver) = (atlas.policy.vnic(sender), atlas.policy.vnic(receiver));
    let mut opens: BTreeSet<Opening> = BTreeSet::new();
    for family in Family::ALL {
        for own in addresses(sender, family) {
            for other in addresses(receiver, family) {
                let (from, to) = (Stand { kind: from, address: own }, Stand { kind: to, address: other });
                opens.extend(atlas.between(from, to, Headers::Present, Action::Allow));
            }
        }
    }
    opens.into_iter().collect()
}

fn outside(atlas: &Atlas) -> Vec<Exposure> {
    let mut vnics: BTreeMap<usize, Vec<VnicId>> = BTreeMap::new();
    for lot in &atlas.lots {
        vnics.entry(lot.kind).or_default().extend(atlas.names(&lot.vnics));
    }
    let mut exposed: BTreeMap<Region, Vec<VnicId>> = BTreeMap::new();
    for (kind, vnics) in vnics {
        for direction in [Direction::Egress, Direction::Ingress] {
            for family in Family::ALL {
                let pieces = atlas.alone(kind, (direction, family), Headers::Present, Action::Allow);
                for (opening, _) in &pieces {
                    let remote = who_may(opening, &pieces);
                    let Opening { protocols, keys, .. } = opening.clone();
                    let region = Region { direction, remote, protocols, keys };
                    exposed.entry(region).or_default().extend(vnics.iter().cloned());
                }
            }
        }
    }
    let taken = ByFamily::of(|family| taken(atlas.policy, family));
    let is_outside = |region: &Region| !region.remote.difference(taken.at(region.family())).is_empty();
    let outside = exposed.into_iter().filter(|(region, _)| is_outside(region)).map(|(region, mut vnics)| {
        vnics.sort_unstable();
        Exposure { vnics, region }
    });
    outside.collect()
}

/// The addresses of all pieces that hold these packets, and perhaps more.
fn who_may(opening: &Opening, pieces: &[(Opening, Addresses)]) -> Addresses {
    let holds = |piece: &Opening| opening.protocols.are_among(&piece.protocols) && opening.keys.are_among(&piece.keys);
    // Of one address each protocol is in one piece, so these are apart.
    let remotes = pieces.iter().filter(|(piece, _)| holds(piece)).map(|(_, remote)| remote);
    Addresses::of_ranges(opening.family, remotes.flat_map(Addresses::numbers))
}

impl Exposure<VnicId> {
    /// A packet that passes, at the first of the vnics that has an address of its family.
    pub fn witness(&self, policy: &Policy) -> Option<Witness> {
        Witness::of(&self.region, &self.vnics, [policy, policy])
    }
}

impl<Name: fmt::Display> Matrix<Name> {
    /// For programs: `within` with `from`, `to` and `opens`, and `outside` with `vnics` and `region`.
    pub fn to_value(&self) -> Value {
        let names = |vnics: &[Name]| vnics.iter().map(|vnic| json!(vnic.to_string())).collect::<Value>();
        let reach = |reach: &Reach<Name>| {
            let opens: Vec<Value> = reach.opens.iter().map(|opening| json!(opening.to_string())).collect();
            json!({"from": names(&reach.from), "to": names(&reach.to), "opens": opens})
        };
        let exposure = |one: &Exposure<Name>| json!({"vnics": names(&one.vnics), "region": one.region.to_value()});
        json!({
            "within": self.within.iter().map(reach).collect::<Vec<_>>(),
            "outside": self.outside.iter().map(exposure).collect::<Vec<_>>(),
        })
    }
}
