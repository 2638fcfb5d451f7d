//! Every chart of a policy, and the vnics that no rule tells apart.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use policy::{
    Action, Direction, Family, Likeness, Policy, PolicyVnic, PortSecurity, Subject, Tracking, VnicId, VnicIndex,
    number_of,
};

use crate::addresses::Addresses;
use crate::by_family::ByFamily;
use crate::chart::{Chart, Sayings, Speaker};
use crate::opening::Opening;
use crate::pieces::{AS_ONE, Both, Comparison, Headers, Piece, compare};
use crate::said::Said;

/// Every chart of a policy.
pub(crate) struct Atlas<'p> {
    pub(crate) policy: &'p Policy,
    sayings: Sayings,
    /// By kind.
    charts: Vec<Charts>,
    /// All vnics, those together that no rule tells apart.
    pub(crate) lots: Vec<Lot>,
    /// By vnic.
    lot_of: Vec<usize>,
}

/// Vnics with the same charts, whose addresses are one to all charts; as many addresses of a family each.
pub(crate) struct Lot {
    pub(crate) kind: usize,
    pub(crate) vnics: Vec<VnicIndex>,
}

/// A vnic of a kind, with one of its addresses.
#[derive(Clone, Copy)]
pub(crate) struct Stand {
    pub(crate) kind: usize,
    pub(crate) address: IpAddr,
}

/// The charts of a vnic.
struct Charts {
    egress: ByFamily<Chart>,
    ingress: ByFamily<Chart>,
}

/// What the charts of a vnic depend on, and whether they tell of every packet.
type Kind = (Likeness, PortSecurity, Tracking);

impl<'p> Atlas<'p> {
    pub(crate) fn of(policy: &'p Policy) -> Atlas<'p> {
        let mut kinds: Vec<VnicIndex> = Vec::new();
        let mut numbers: HashMap<Kind, usize> = HashMap::new();
        let mut kind_of: Vec<(VnicIndex, usize)> = Vec::new();
        for (index, vnic) in policy.vnics() {
            let kind = (policy.likeness(index), vnic.port_security, vnic.tracking);
            let number = *numbers.entry(kind).or_insert_with(|| {
                kinds.push(index);
                kinds.len() - 1
            });
            kind_of.push((index, number));
        }
        let (mut speaker, mut sayings) = (Speaker::of(policy), Sayings::default());
        let mut side = |index: VnicIndex, direction: Direction| {
            ByFamily::of(|family| Chart::of(&mut speaker, Some(index), (direction, family), &mut sayings))
        };
        let mut both = |index: VnicIndex| Charts {
            egress: side(index, Direction::Egress),
            ingress: side(index, Direction::Ingress),
        };
        let charts: Vec<Charts> = kinds.into_iter().map(&mut both).collect();
        let mut lots: BTreeMap<(usize, Vec<u32>), Vec<VnicIndex>> = BTreeMap::new();
        for (index, kind) in kind_of {
            lots.entry((kind, seen(&charts, policy.vnic(index)))).or_default().push(index);
        }
        let lots: Vec<Lot> = lots.into_iter().map(|((kind, _), vnics)| Lot { kind, vnics }).collect();
        let mut lot_of = vec![0; policy.vnics().count()];
        for (at, lot) in lots.iter().enumerate() {
            lot.vnics.iter().for_each(|vnic| lot_of[vnic.0 as usize] = at);
        }
        Atlas { policy, sayings, charts, lots, lot_of }
    }

    /// The place of the lot of a vnic.
    pub(crate) fn lot_of(&self, vnic: VnicIndex) -> usize {
        self.lot_of[vnic.0 as usize]
    }

    pub(crate) fn chart(&self, kind: usize, direction: Direction, family: Family) -> &Chart {
        match direction {
            Direction::Egress => self.charts[kind].egress.at(family),
            Direction::Ingress => self.charts[kind].ingress.at(family),
        }
    }

    pub(crate) fn action(&self, said: u32) -> Action {
        self.sayings.get(said).action
    }

    /// What may pass from one vnic to another, or may not: both ends allow it, or one of them denies it.
    pub(crate) fn between(&self, from: Stand, to: Stand, headers: Headers, wanted: Action) -> Vec<Opening> {
        let family = Family::of(from.address);
        let is_wanted = |(egress, ingress): Both| {
            let both = match (self.action(egress), self.action(ingress)) {
                (Action::Allow, Action::Allow) => Action::Allow,
                (Action::Deny, _) | (_, Action::Deny) => Action::Deny,
            };
            (both == wanted).then_some(AS_ONE)
        };
        let sheets = (
            self.chart(from.kind, Direction::Egress, family).sheet(number_of(to.address)),
            self.chart(to.kind, Direction::Ingress, family).sheet(number_of(from.address)),
        );
        let comparison = Comparison { family, headers, wanted: &is_wanted, only_differences: false };
        let opening = |Piece { protocols, keys, said: _ }| Opening { family, protocols, keys };
        comparison.of_sheets(sheets).into_iter().map(opening).collect()
    }

    /// What passes at vnics of a kind, or does not, whatever the other end says: each with the addresses there.
    pub(crate) fn alone(
        &self,
        kind: usize,
        (direction, family): (Direction, Family),
        headers: Headers,
        wanted: Action,
    ) -> Vec<(Opening, Addresses)> {
        let chart = self.chart(kind, direction, family);
        let is_wanted = |(said, _): Both| (self.action(said) == wanted).then_some(AS_ONE);
        let comparison = Comparison { family, headers, wanted: &is_wanted, only_differences: false };
        let opening = |Piece { protocols, keys, said: _ }| Opening { family, protocols, keys };
        compare(comparison, chart, chart).into_iter().map(|(piece, remote)| (opening(piece), remote)).collect()
    }

    /// Whether packets without a transport header are judged at a vnic.
    pub(crate) fn headers(&self, vnic: VnicIndex) -> Headers {
        Headers::at(self.policy.vnic(vnic).tracking)
    }

    /// What the vnics of a kind say of a packet.
    pub(crate) fn said(&self, kind: usize, direction: Direction, subject: &Subject) -> &Said {
        let chart = self.chart(kind, direction, subject.endpoints.family());
        let line = chart.sheet(number_of(subject.remote(direction))).line(subject.protocol);
        self.sayings.get(line.decision(subject.key()))
    }

    /// The names of vnics, ascending.
    pub(crate) fn names(&self, vnics: &[VnicIndex]) -> Vec<VnicId> {
        let mut names: Vec<VnicId> = vnics.iter().map(|index| self.policy.vnic(*index).id.clone()).collect();
        names.sort_unstable();
        names
    }
}

/// The fixed addresses of a vnic.
pub(crate) fn addresses(vnic: &PolicyVnic, family: Family) -> impl Iterator<Item = IpAddr> {
    vnic.addresses.iter().copied().filter(move |address| Family::of(*address) == family)
}

/// The addresses of all vnics.
pub(crate) fn taken(policy: &Policy, family: Family) -> Addresses {
    let all = policy.vnics().flat_map(|(_, vnic)| addresses(vnic, family).map(number_of));
    Addresses::of_ranges(family, all.map(|number| (number, number)))
}

/// Two different vnics of two lists, where there are two.
pub(crate) fn pair(senders: &[VnicIndex], receivers: &[VnicIndex]) -> Option<(VnicIndex, VnicIndex)> {
    let sender = *senders.first()?;
    if let Some(receiver) = receivers.iter().find(|receiver| **receiver != sender) {
        return Some((sender, *receiver));
    }
    Some((*senders.get(1)?, *receivers.first()?))
}

/// The place that each address of a vnic has in every chart.
fn seen(charts: &[Charts], vnic: &PolicyVnic) -> Vec<u32> {
    let both = charts.iter().flat_map(|charts| [&charts.egress, &charts.ingress]);
    let places = both.flat_map(ByFamily::iter).flat_map(|(family, chart)| {
        addresses(vnic, family).map(|address| chart.place(number_of(address))).collect::<Vec<u32>>()
    });
    // How many addresses there are tells which place is whose.
    Family::ALL.map(|family| addresses(vnic, family).count() as u32).into_iter().chain(places).collect()
}
