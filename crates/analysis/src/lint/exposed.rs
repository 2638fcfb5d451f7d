//! Services that are attacked as soon as they can be reached, and can be.

use std::collections::{BTreeMap, BTreeSet};

use policy::{Direction, Document, Edit, Family, RuleId, SENSITIVE};
use wire::IpProtocol;

use crate::addresses::Addresses;
use crate::lint::ports::{keeping, rest};
use crate::lint::survey::Survey;
use crate::lint::{Effect, Finding, Fix};
use crate::opening::Opening;
use crate::region::{Keys, is_within};

/// Finds the rules by which half of the addresses of a family or more reach such a service at a vnic.
pub(super) fn find(survey: &Survey) -> Vec<(RuleId, Finding)> {
    let mut found: BTreeMap<&RuleId, (BTreeSet<Service>, Addresses)> = BTreeMap::new();
    let sides = survey.kinds.iter().flat_map(|kind| &kind.sides);
    for side in sides.filter(|side| side.direction == Direction::Ingress) {
        for (rule, decided) in side.decided.iter().filter(|(rule, _)| survey.allows(rule)) {
            for (service, remote) in exposed(side.family, decided) {
                let none = || (BTreeSet::new(), Addresses::of(side.family, []));
                let (services, remotes) = found.entry(rule).or_insert_with(none);
                services.insert(service);
                *remotes = Addresses::of_ranges(side.family, remotes.numbers().chain(remote.numbers()));
            }
        }
    }
    let finding = |(rule, (services, remote)): (&RuleId, (BTreeSet<Service>, Addresses))| {
        (rule.clone(), Finding::WorldOpen { services: services.into_iter().collect(), remote })
    };
    found.into_iter().map(finding).collect()
}

/// The rule without the ports of the services; where none is left, it goes.
///
/// There is no fix for a rule of every protocol, and none for one of every port that a vnic without tracking asks: ports would
/// take more from them, other protocols, or fragments without a header.
pub(super) fn closed(survey: &Survey, document: &Document, rule: &RuleId, services: &[Service]) -> Option<Fix> {
    let (_, rule) = document.rule(rule)?;
    let taken: Vec<(u16, u16)> = services.iter().map(|(port, _)| (*port, *port)).collect();
    let rest = rest(&rule.spec.protocol, &taken)?;
    if rule.spec.protocol.is_bare() && survey.is_asked_without_tracking(&rule.id) {
        return None;
    }
    let edit = keeping(rule, rest).unwrap_or_else(|| Edit::RemoveRule { rule: rule.id.clone() });
    Some(Fix { edit, effect: Effect::Closes })
}

/// A port and what listens there.
type Service = (u16, &'static str);

/// The services that half of the addresses of a family or more reach, and who does.
fn exposed(family: Family, decided: &[(Opening, Addresses)]) -> impl Iterator<Item = (Service, Addresses)> {
    let half = Addresses::all(family).count() / 2.0;
    let who_reaches = move |port: u16| {
        let reached = decided.iter().filter(|(opening, _)| opens(opening, port));
        Addresses::of_ranges(family, reached.flat_map(|(_, remote)| remote.numbers()))
    };
    let reached = SENSITIVE.into_iter().map(move |service| (service, who_reaches(service.0)));
    reached.filter(move |(_, remote)| remote.count() >= half)
}

fn opens(opening: &Opening, port: u16) -> bool {
    let has_port = match &opening.keys {
        Keys::All => true,
        Keys::Ports(ranges) => is_within(ranges, port),
        Keys::Icmp(_) | Keys::Missing => false,
    };
    has_port && opening.protocols.contains(IpProtocol::TCP)
}
