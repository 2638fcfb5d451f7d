//! Whether nothing but some flows fares otherwise than before.

use policy::{Direction, Resolved};

use crate::addresses::Addresses;
use crate::assertion::parties::Parties;
use crate::assertion::{Counterexample, Ends, Flows, Outcome};
use crate::diff::{Change, Diff};
use crate::opening::Opening;

/// Proves that every change is excepted, by the members that either policy knows.
pub(super) fn prove(diff: &Diff, except: &[Flows], policies: [&Resolved; 2]) -> Outcome {
    let excepted: Vec<(&Flows, Vec<[Parties; 2]>)> = except
        .iter()
        .map(|flows| {
            let parties = |ends: &Ends, resolved: &Resolved| Parties::of(ends, resolved.policy(), resolved.document());
            let both = policies.map(|resolved| [parties(&flows.from, resolved), parties(&flows.to, resolved)]);
            (flows, both.into())
        })
        .collect();
    let is_excepted = |change: &Change| is_excepted(change, &excepted, policies);
    if let Some(change) = diff.changes.iter().find(|change| !is_excepted(change)) {
        return Outcome::Broken(Counterexample::Change(Box::new(change.clone())));
    }
    match diff.beyond.first() {
        Some(beyond) => Outcome::Broken(Counterexample::Beyond(beyond.clone())),
        None => Outcome::Holds,
    }
}

/// Whether every packet of a change is one of the excepted flows, at each of its vnics.
fn is_excepted(change: &Change, excepted: &[(&Flows, Vec<[Parties; 2]>)], policies: [&Resolved; 2]) -> bool {
    let family = change.region.family();
    let changed = change.region.opening();
    change.vnics.iter().all(|vnic| {
        // Where this vnic is the own end of the flows: whom and what they except there.
        let mut exceptions: Vec<(Addresses, &Opening)> = Vec::new();
        for (flows, parties) in excepted {
            for ([from, to], resolved) in parties.iter().zip(policies) {
                let (own, other) = match change.region.direction {
                    Direction::Ingress => (to, from),
                    Direction::Egress => (from, to),
                };
                if own.names(resolved.policy(), family).contains(vnic) {
                    let others = other.addresses(resolved.policy(), family);
                    let openings = flows.openings.iter().filter(|opening| opening.family == family);
                    exceptions.extend(openings.map(|opening| (others.clone(), opening)));
                }
            }
        }
        is_covered(&change.region.remote, &changed, &exceptions)
    })
}

/// Whether all packets of an opening, with any of some addresses, are among some others.
fn is_covered(remote: &Addresses, opening: &Opening, others: &[(Addresses, &Opening)]) -> bool {
    if remote.is_empty() {
        return true;
    }
    let Some(((addresses, excepted), rest)) = others.split_first() else { return false };
    let both = remote.intersection(addresses);
    is_covered(&remote.difference(addresses), opening, rest)
        && (both.is_empty() || opening.difference(excepted).iter().all(|left| is_covered(&both, left, rest)))
}
