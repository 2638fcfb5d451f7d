//! Services that are attacked as soon as they can be reached, and can be.

use std::collections::BTreeSet;

use policy::{Direction, Family, RuleId, SENSITIVE};
use wire::IpProtocol;

use crate::addresses::Addresses;
use crate::lint::Finding;
use crate::lint::survey::Survey;
use crate::opening::Opening;
use crate::region::{Keys, is_within};

/// Finds the rules by which half of the addresses of a family or more reach such a service.
pub(super) fn find(survey: &Survey) -> Vec<(RuleId, Finding)> {
    let mut known: BTreeSet<RuleId> = BTreeSet::new();
    let mut found = Vec::new();
    let sides = survey.kinds.iter().flat_map(|kind| &kind.sides);
    for side in sides.filter(|side| side.direction == Direction::Ingress) {
        for (rule, decided) in side.decided.iter().filter(|(rule, _)| survey.allows(rule)) {
            if let Some(finding) = exposure(side.family, decided).filter(|_| known.insert(rule.clone())) {
                found.push((rule.clone(), finding));
            }
        }
    }
    found
}

fn exposure(family: Family, decided: &[(Opening, Addresses)]) -> Option<Finding> {
    let half = Addresses::all(family).count() / 2.0;
    let who_reaches = |port: u16| {
        let reached = decided.iter().filter(|(opening, _)| opens(opening, port));
        Addresses::of_ranges(family, reached.flat_map(|(_, remote)| remote.numbers()))
    };
    let reached = SENSITIVE.iter().map(|service| (*service, who_reaches(service.0)));
    let exposed: Vec<_> = reached.filter(|(_, remote)| remote.count() >= half).collect();
    let remotes = exposed.iter().flat_map(|(_, remote)| remote.numbers());
    let remote = Addresses::of_ranges(family, remotes);
    let services: Vec<(u16, &'static str)> = exposed.iter().map(|(service, _)| *service).collect();
    (!services.is_empty()).then_some(Finding::WorldOpen { services, remote })
}

fn opens(opening: &Opening, port: u16) -> bool {
    let has_port = match &opening.keys {
        Keys::All => true,
        Keys::Ports(ranges) => is_within(ranges, port),
        Keys::Icmp(_) | Keys::Missing => false,
    };
    has_port && opening.protocols.contains(IpProtocol::TCP)
}
