//! Who can open connections to whom.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::net::IpAddr;

use policy::{
    Action, Direction, Family, Likeness, Policy, PolicyVnic, PortSecurity, Subject, VnicId, VnicIndex, number_of,
};
use serde_json::{Value, json};

use crate::addresses::Addresses;
use crate::chart::{Chart, Sayings};
use crate::pieces::{Both, Comparison, Headers, Piece, compare};
use crate::region::{Keys, Protocols, Region};

/// What can be opened in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Between vnics, ascending; what is not listed cannot be opened.
    pub within: Vec<Reach>,
    /// From and to addresses that no vnic has, ascending.
    pub outside: Vec<Exposure>,
}

/// What each of some vnics can open to each of some others: both egress and ingress allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Who opens: vnics that no rule tells apart.
    pub from: Vec<VnicId>,
    /// To whom. A vnic that is on both sides is not meant itself.
    pub to: Vec<VnicId>,
    /// What, ascending.
    pub opens: Vec<Opening>,
}

/// Packets that may open a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// The family of both ends.
    pub family: Family,
    /// Upper-layer protocols.
    pub protocols: Protocols,
    /// Destination ports, or ICMP types.
    pub keys: Keys,
}

/// What passes between some vnics and the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The vnics.
    pub vnics: Vec<VnicId>,
    /// The packets; some of the addresses may be those of vnics too.
    pub region: Region,
}

/// Finds what can be opened between the vnics of a policy, and from and to the outside. Guard and tracking play no part.
pub fn matrix(policy: &Policy) -> Matrix {
    let atlas = Atlas::of(policy);
    Matrix { within: atlas.within(), outside: atlas.outside() }
}

/// What the charts of a vnic depend on.
type Kind = (Likeness, PortSecurity);

const FAMILIES: [Family; 2] = [Family::Ipv4, Family::Ipv6];

/// Every chart of a policy.
struct Atlas<'p> {
    policy: &'p Policy,
    sayings: Sayings,
    /// By kind: egress and ingress, each by family.
    charts: Vec<[[Chart; 2]; 2]>,
    /// Vnics that no rule tells apart, each list with its kind.
    lots: Vec<(usize, Vec<VnicIndex>)>,
}

impl<'p> Atlas<'p> {
    fn of(policy: &'p Policy) -> Atlas<'p> {
        let mut kinds: Vec<VnicIndex> = Vec::new();
        let mut numbers: HashMap<Kind, usize> = HashMap::new();
        let mut kind_of: Vec<(VnicIndex, usize)> = Vec::new();
        for (index, vnic) in policy.vnics() {
            let number = *numbers.entry((policy.likeness(index), vnic.port_security)).or_insert_with(|| {
                kinds.push(index);
                kinds.len() - 1
            });
            kind_of.push((index, number));
        }
        let mut sayings = Sayings::default();
        let mut side = |index: VnicIndex, direction: Direction| {
            FAMILIES.map(|family| Chart::of(policy, Some(index), (direction, family), &mut sayings))
        };
        let charts: Vec<[[Chart; 2]; 2]> =
            kinds.iter().map(|index| [side(*index, Direction::Egress), side(*index, Direction::Ingress)]).collect();
        let mut lots: BTreeMap<(usize, Vec<u32>), Vec<VnicIndex>> = BTreeMap::new();
        for (index, kind) in kind_of {
            lots.entry((kind, seen(&charts, policy.vnic(index)))).or_default().push(index);
        }
        let lots = lots.into_iter().map(|((kind, _), vnics)| (kind, vnics)).collect();
        Atlas { policy, sayings, charts, lots }
    }

    fn within(&self) -> Vec<Reach> {
        let mut within = Vec::new();
        for (from, senders) in &self.lots {
            let mut by_opens: BTreeMap<Vec<Opening>, Vec<VnicId>> = BTreeMap::new();
            for (to, receivers) in &self.lots {
                let Some((sender, receiver)) = pair(senders, receivers) else { continue };
                let opens = self.opens((*from, sender), (*to, receiver));
                if !opens.is_empty() {
                    by_opens.entry(opens).or_default().extend(self.names(receivers));
                }
            }
            within.extend(by_opens.into_iter().map(|(opens, mut to)| {
                to.sort_unstable();
                Reach { from: self.names(senders), to, opens }
            }));
        }
        within.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
        within
    }

    /// What one vnic can open to another.
    fn opens(&self, (from, sender): (usize, VnicIndex), (to, receiver): (usize, VnicIndex)) -> Vec<Opening> {
        let (sender, receiver) = (self.policy.vnic(sender), self.policy.vnic(receiver));
        let passes = |(egress, ingress): Both| {
            let allows = |said: u32| self.sayings.get(said).action == Action::Allow;
            (allows(egress) && allows(ingress)).then_some(())
        };
        let mut opens: BTreeSet<Opening> = BTreeSet::new();
        for (at, family) in FAMILIES.into_iter().enumerate() {
            let (egress, ingress) = (&self.charts[from][0][at], &self.charts[to][1][at]);
            let comparison = Comparison { family, headers: Headers::Present, wanted: &passes };
            for own in addresses(sender, family) {
                for other in addresses(receiver, family) {
                    let pieces = comparison.of_sheets((egress.sheet(number_of(other)), ingress.sheet(number_of(own))));
                    let opening = |Piece { protocols, keys, said: () }| Opening { family, protocols, keys };
                    opens.extend(pieces.into_iter().map(opening));
                }
            }
        }
        opens.into_iter().collect()
    }

    fn outside(&self) -> Vec<Exposure> {
        let mut vnics: BTreeMap<usize, Vec<VnicId>> = BTreeMap::new();
        for (kind, lot) in &self.lots {
            vnics.entry(*kind).or_default().extend(self.names(lot));
        }
        let passes = |(said, _): Both| (self.sayings.get(said).action == Action::Allow).then_some(());
        let mut exposed: BTreeMap<Region, Vec<VnicId>> = BTreeMap::new();
        for (kind, vnics) in vnics {
            for (side, direction) in [Direction::Egress, Direction::Ingress].into_iter().enumerate() {
                for (at, family) in FAMILIES.into_iter().enumerate() {
                    let chart = &self.charts[kind][side][at];
                    let comparison = Comparison { family, headers: Headers::Present, wanted: &passes };
                    let pieces = compare(comparison, chart, chart);
                    for (Piece { protocols, keys, said: () }, _) in &pieces {
                        let remote = who_may(family, protocols, keys, &pieces);
                        let region = Region { direction, remote, protocols: *protocols, keys: keys.clone() };
                        exposed.entry(region).or_default().extend(vnics.iter().cloned());
                    }
                }
            }
        }
        let taken = FAMILIES.map(|family| self.taken(family));
        let is_outside = |region: &Region| match region.family() {
            Family::Ipv4 => !region.remote.are_among(&taken[0]),
            Family::Ipv6 => !region.remote.are_among(&taken[1]),
        };
        let outside = exposed.into_iter().filter(|(region, _)| is_outside(region)).map(|(region, mut vnics)| {
            vnics.sort_unstable();
            Exposure { vnics, region }
        });
        outside.collect()
    }

    /// The addresses of all vnics, ascending.
    fn taken(&self, family: Family) -> Vec<u128> {
        let all = self.policy.vnics().flat_map(|(_, vnic)| addresses(vnic, family).map(number_of));
        all.collect::<BTreeSet<u128>>().into_iter().collect()
    }

    /// The names of vnics, ascending.
    fn names(&self, vnics: &[VnicIndex]) -> Vec<VnicId> {
        let mut names: Vec<VnicId> = vnics.iter().map(|index| self.policy.vnic(*index).id.clone()).collect();
        names.sort_unstable();
        names
    }
}

/// The addresses of all pieces that hold these packets, and perhaps more.
fn who_may(family: Family, protocols: &Protocols, keys: &Keys, pieces: &[(Piece<()>, Addresses)]) -> Addresses {
    let holds = |piece: &Piece<()>| protocols.are_among(&piece.protocols) && keys.are_among(&piece.keys);
    // Of one address each protocol is in one piece, so these are apart.
    let remotes = pieces.iter().filter(|(piece, _)| holds(piece)).map(|(_, remote)| remote);
    let mut ranges: Vec<(u128, u128)> = remotes.flat_map(Addresses::numbers).collect();
    ranges.sort_unstable();
    Addresses::of(family, ranges)
}

/// Two different vnics of two lists, where there are two.
fn pair(senders: &[VnicIndex], receivers: &[VnicIndex]) -> Option<(VnicIndex, VnicIndex)> {
    let sender = *senders.first()?;
    let receiver = receivers.iter().find(|receiver| **receiver != sender)?;
    Some((sender, *receiver))
}

/// The place that each address of a vnic has in every chart.
fn seen(charts: &[[[Chart; 2]; 2]], vnic: &PolicyVnic) -> Vec<u32> {
    let places = charts.iter().flatten().flat_map(|by_family| {
        let of_family = |(family, chart): (Family, &Chart)| {
            addresses(vnic, family).map(|address| chart.place(number_of(address))).collect::<Vec<u32>>()
        };
        FAMILIES.into_iter().zip(by_family).flat_map(of_family)
    });
    // How many addresses there are tells which place is whose.
    FAMILIES.map(|family| addresses(vnic, family).count() as u32).into_iter().chain(places).collect()
}

fn addresses(vnic: &PolicyVnic, family: Family) -> impl Iterator<Item = IpAddr> {
    vnic.addresses.iter().copied().filter(move |address| Family::of(*address) == family)
}

impl Matrix {
    /// For programs: `within` with `from`, `to` and `opens`, and `outside` with `vnics` and `region`.
    pub fn to_value(&self) -> Value {
        let names = |vnics: &[VnicId]| vnics.iter().map(|vnic| json!(vnic.as_str())).collect::<Value>();
        let reach = |reach: &Reach| {
            let opens: Vec<Value> = reach.opens.iter().map(|opening| json!(opening.to_string())).collect();
            json!({"from": names(&reach.from), "to": names(&reach.to), "opens": opens})
        };
        let exposure = |one: &Exposure| json!({"vnics": names(&one.vnics), "region": one.region.to_value()});
        json!({
            "within": self.within.iter().map(reach).collect::<Vec<_>>(),
            "outside": self.outside.iter().map(exposure).collect::<Vec<_>>(),
        })
    }
}

impl Opening {
    /// Whether a packet is one of them, whoever its ends are.
    pub fn contains(&self, subject: &Subject) -> bool {
        self.family == subject.endpoints.family()
            && self.protocols.contains(subject.protocol)
            && self.keys.contains(subject)
    }
}

impl fmt::Display for Opening {
    /// `ipv4 tcp 22, 80`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}{}", self.family, self.protocols.words(self.family), self.keys)
    }
}
