//! Whether all of some flows pass, or none.

use std::collections::BTreeMap;
use std::net::IpAddr;

use policy::{Action, Direction, Document, Family, Subject, VnicIndex};
use wire::{Payload, Sketch};

use crate::assertion::parties::{Chosen, Parties, meant};
use crate::assertion::{Counterexample, Flows, Journey, Outcome};
use crate::atlas::{Atlas, Stand, pair};
use crate::opening::Opening;
use crate::witness::sketch;

/// Proves that all of some flows are decided so.
pub(super) fn prove(atlas: &Atlas, document: &Document, action: Action, flows: &Flows) -> Outcome {
    let from = Parties::of(&flows.from, atlas.policy, document);
    let to = Parties::of(&flows.to, atlas.policy, document);
    let search = Search { atlas, flows, unwanted: action.opposite() };
    let (senders, receivers) = (search.sides(&from), search.sides(&to));
    let found = search
        .within(&senders, &receivers)
        .or_else(|| search.outwards(&senders, &to))
        .or_else(|| search.inwards(&from, &receivers));
    match found {
        Some(journey) => Outcome::Broken(Counterexample::Flow(journey)),
        None if search.is_vacuous((&senders, &from), (&receivers, &to)) => Outcome::Vacuous,
        None => Outcome::Holds,
    }
}

/// For a flow that is decided otherwise.
struct Search<'a> {
    atlas: &'a Atlas<'a>,
    flows: &'a Flows,
    unwanted: Action,
}

/// Vnics that no rule tells apart and of which the same addresses are meant.
struct Side {
    kind: usize,
    chosen: Chosen,
    vnics: Vec<VnicIndex>,
}

impl Search<'_> {
    fn sides(&self, parties: &Parties) -> Vec<Side> {
        let mut sides: BTreeMap<(usize, &Chosen), Vec<VnicIndex>> = BTreeMap::new();
        for (index, chosen) in &parties.vnics {
            sides.entry((self.atlas.lot_of(*index), chosen)).or_default().push(*index);
        }
        let side = |((lot, chosen), vnics): ((usize, &Chosen), Vec<VnicIndex>)| Side {
            kind: self.atlas.lots[lot].kind,
            chosen: chosen.clone(),
            vnics,
        };
        sides.into_iter().map(side).collect()
    }

    /// A flow between two vnics.
    fn within(&self, senders: &[Side], receivers: &[Side]) -> Option<Journey> {
        let pairs = senders.iter().flat_map(|from| receivers.iter().map(move |to| (from, to)));
        pairs.into_iter().find_map(|(from, to)| {
            let (sender, receiver) = pair(&from.vnics, &to.vnics)?;
            let headers = self.atlas.headers(sender).or(self.atlas.headers(receiver));
            Family::ALL.into_iter().find_map(|family| {
                let own = meant(self.atlas.policy.vnic(sender), &from.chosen, family);
                own.into_iter().find_map(|own| {
                    let mut others = meant(self.atlas.policy.vnic(receiver), &to.chosen, family);
                    others.find_map(|other| {
                        let stands = (Stand { kind: from.kind, address: own }, Stand { kind: to.kind, address: other });
                        let openings = self.atlas.between(stands.0, stands.1, headers, self.unwanted);
                        let packet = openings.iter().find_map(|opening| self.packet((own, other), opening))?;
                        let legs = [(sender, from.kind, Direction::Egress), (receiver, to.kind, Direction::Ingress)];
                        self.journey(packet, &legs)
                    })
                })
            })
        })
    }

    /// A flow from a vnic to what is none.
    fn outwards(&self, senders: &[Side], to: &Parties) -> Option<Journey> {
        senders.iter().find_map(|side| self.outside(side, Direction::Egress, to))
    }

    /// A flow to a vnic from what is none.
    fn inwards(&self, from: &Parties, receivers: &[Side]) -> Option<Journey> {
        receivers.iter().find_map(|side| self.outside(side, Direction::Ingress, from))
    }

    fn outside(&self, side: &Side, direction: Direction, others: &Parties) -> Option<Journey> {
        let vnic = *side.vnics.first()?;
        others.outside.iter().filter(|(_, outside)| !outside.is_empty()).find_map(|(family, outside)| {
            let own = meant(self.atlas.policy.vnic(vnic), &side.chosen, family).next()?;
            let pieces = self.atlas.alone(side.kind, (direction, family), self.atlas.headers(vnic), self.unwanted);
            pieces.into_iter().find_map(|(opening, remote)| {
                let other = remote.intersection(outside).example(own)?;
                let ends = match direction {
                    Direction::Ingress => (other, own),
                    Direction::Egress => (own, other),
                };
                let packet = self.packet(ends, &opening)?;
                self.journey(packet, &[(vnic, side.kind, direction)])
            })
        })
    }

    /// A packet that is meant and one of an opening.
    fn packet(&self, (source, destination): (IpAddr, IpAddr), opening: &Opening) -> Option<Sketch> {
        let meant = self.flows.openings.iter().find_map(|meant| opening.intersection(meant))?;
        sketch(source, destination, &meant)
    }

    fn journey(&self, packet: Sketch, legs: &[(VnicIndex, usize, Direction)]) -> Option<Journey> {
        let Payload::Ip(datagram) = &packet.payload else { return None };
        let subject = Subject::of(datagram);
        let leg = |(vnic, kind, direction): &(VnicIndex, usize, Direction)| {
            let said = self.atlas.said(*kind, *direction, &subject);
            (self.atlas.policy.vnic(*vnic).id.clone(), *direction, said.clone())
        };
        Some(Journey { legs: legs.iter().map(leg).collect(), packet })
    }

    /// Whether no flow is meant.
    fn is_vacuous(&self, (senders, from): (&[Side], &Parties), (receivers, to): (&[Side], &Parties)) -> bool {
        let families: Vec<Family> = self.flows.openings.iter().map(|opening| opening.family).collect();
        let has = |side: &Side, family: &Family| !side.chosen.at(*family).is_empty();
        let outside = |parties: &Parties, family: &Family| !parties.outside.at(*family).is_empty();
        !families.iter().any(|family| {
            let mut pairs = senders.iter().flat_map(|from| receivers.iter().map(move |to| (from, to)));
            pairs.any(|(from, to)| has(from, family) && has(to, family) && pair(&from.vnics, &to.vnics).is_some())
                || senders.iter().any(|side| has(side, family)) && outside(to, family)
                || receivers.iter().any(|side| has(side, family)) && outside(from, family)
        })
    }
}
