//! Who can open connections to whom, as a table of both documents.
//!
//! Vnics that neither document tells apart are one lot, a row and a column; the outside is the first. An answer is
//!
//! - `compared`: whether there is a document before;
//! - `lots`: each with `name`, `groups`, and `vnics`;
//! - `cells`: of those at which something can be opened or could be, `from` and `to`, which are places in `lots`, `is` and,
//!   where it is something else, `was`: lists of openings, each with `text`, `packet`, `because`, and the ends `from` and `to`.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::net::IpAddr;

use analysis::{Exposure, Matrix, Opening, Reach, Region, Said, matrix};
use policy::{Direction, Family, Policy, Resolved, Subject, VnicId, VnicIndex};
use serde_json::{Value, json};
use wire::{Payload, Sketch};

/// What the simulator calls the outside.
const OUTSIDE: &str = "outside";

/// The table of a draft, beside what it is compared with.
pub(crate) fn of(draft: &Resolved, before: Option<&Resolved>) -> Value {
    let is = Side::of(draft);
    let was = before.map(Side::of);
    let lots = lots(&is, was.as_ref());
    let cells = cells(lots.len(), |from, to| {
        let place = Place::of(&lots, from, to)?;
        Some((is.openings(place), was.as_ref().map(|was| was.openings(place))))
    });
    let outside = json!({ "name": "Outside", "groups": "", "vnics": [] });
    let named = lots.iter().map(|lot| name(lot, draft, before));
    let lots: Vec<Value> = [outside].into_iter().chain(named).collect();
    json!({ "compared": before.is_some(), "lots": lots, "cells": cells })
}

/// The cells of so many lots and the outside, of what can be opened from one place to another and, where there is a document before,
/// could be there. `None` where nobody opens anything.
pub(super) fn cells(
    lots: usize,
    openings: impl Fn(usize, usize) -> Option<(Vec<Value>, Option<Vec<Value>>)>,
) -> Vec<Value> {
    let mut cells = Vec::new();
    for from in 0..=lots {
        for to in 0..=lots {
            let Some((now, then)) = openings(from, to) else { continue };
            let then = then.filter(|then| words(then) != words(&now));
            if now.is_empty() && then.is_none() {
                continue;
            }
            let mut cell = json!({ "from": from, "to": to, "is": now });
            if let Some(then) = then {
                cell["was"] = then.into();
            }
            cells.push(cell);
        }
    }
    cells
}

/// One document, and what can be opened in it.
struct Side<'p> {
    policy: &'p Policy,
    matrix: Matrix,
    /// By sender: places in the matrix.
    senders: HashMap<VnicId, Vec<usize>>,
    receivers: HashMap<VnicId, Vec<usize>>,
    exposed: HashMap<VnicId, Vec<usize>>,
}

/// Both ends of a cell, each a vnic or the outside.
#[derive(Clone, Copy)]
enum Place<'l> {
    Within(&'l VnicId, &'l VnicId),
    Into(&'l VnicId),
    OutOf(&'l VnicId),
}

impl<'l> Place<'l> {
    /// Two vnics that stand for their lots; `None` where one would speak to itself, or the outside to the outside.
    fn of(lots: &'l [Vec<VnicId>], from: usize, to: usize) -> Option<Place<'l>> {
        let lot = |at: usize| at.checked_sub(1).and_then(|at| lots.get(at));
        match (lot(from), lot(to)) {
            (None, None) => None,
            (None, Some(to)) => Some(Place::Into(to.first()?)),
            (Some(from), None) => Some(Place::OutOf(from.first()?)),
            (Some(from), Some(to)) => {
                let sender = from.first()?;
                Some(Place::Within(sender, to.iter().find(|to| *to != sender)?))
            }
        }
    }
}

impl<'p> Side<'p> {
    fn of(resolved: &'p Resolved) -> Side<'p> {
        let policy: &Policy = resolved.policy();
        let matrix = matrix(policy);
        let senders = places(matrix.within.iter().map(|reach| &reach.from));
        let receivers = places(matrix.within.iter().map(|reach| &reach.to));
        let exposed = places(matrix.outside.iter().map(|exposure| &exposure.vnics));
        Side { policy, matrix, senders, receivers, exposed }
    }

    /// What tells a vnic from others.
    fn signature(&self, vnic: &VnicId) -> [Option<&Vec<usize>>; 3] {
        [self.senders.get(vnic), self.receivers.get(vnic), self.exposed.get(vnic)]
    }

    fn openings(&self, place: Place) -> Vec<Value> {
        match place {
            Place::Within(from, to) => self.within(from, to),
            Place::Into(vnic) => self.outside(vnic, Direction::Ingress),
            Place::OutOf(vnic) => self.outside(vnic, Direction::Egress),
        }
    }

    fn within(&self, from: &VnicId, to: &VnicId) -> Vec<Value> {
        let reaches = |reach: &&Reach| reach.to.binary_search(to).is_ok();
        let found = self.senders.get(from).into_iter().flatten().map(|at| &self.matrix.within[*at]).find(reaches);
        let (Some(found), Some(ends)) = (found, self.ends(from, to)) else { return Vec::new() };
        let openings = found.opens.iter().map(|opening| {
            let packet = self.example(ends, opening);
            let because = packet.map(|packet| self.because(packet, Some(ends.0), Some(ends.1)));
            (opening.clone(), String::new(), packet, because)
        });
        tell(openings, (from.as_str(), to.as_str()))
    }

    fn outside(&self, vnic: &VnicId, direction: Direction) -> Vec<Value> {
        let Some(index) = self.policy.vnic_index(vnic) else { return Vec::new() };
        let exposures = self.exposed.get(vnic).into_iter().flatten().map(|at| &self.matrix.outside[*at]);
        let openings = exposures.filter(|exposure| exposure.region.direction == direction).map(|exposure| {
            let mine = Exposure { vnics: vec![vnic.clone()], region: exposure.region.clone() };
            let packet = mine.witness(self.policy).map(|witness| witness.packet);
            let (from, to, remote) = match direction {
                Direction::Ingress => (None, Some(index), "from"),
                Direction::Egress => (Some(index), None, "to"),
            };
            let remote = beyond(&exposure.region, remote);
            (exposure.region.opening(), remote, packet, packet.map(|packet| self.because(packet, from, to)))
        });
        match direction {
            Direction::Ingress => tell(openings, ("", vnic.as_str())),
            Direction::Egress => tell(openings, (vnic.as_str(), "")),
        }
    }

    fn ends(&self, from: &VnicId, to: &VnicId) -> Option<(VnicIndex, VnicIndex)> {
        Some((self.policy.vnic_index(from)?, self.policy.vnic_index(to)?))
    }

    fn example(&self, (from, to): (VnicIndex, VnicIndex), opening: &Opening) -> Option<Sketch> {
        let address = |vnic: VnicIndex| -> Option<IpAddr> {
            let all = &self.policy.vnic(vnic).addresses;
            all.iter().copied().find(|address| Family::of(*address) == opening.family)
        };
        opening.example(address(from)?, address(to)?)
    }

    /// What decides about a packet at the vnics that have an end of it.
    fn because(&self, packet: Sketch, from: Option<VnicIndex>, to: Option<VnicIndex>) -> String {
        let Payload::Ip(datagram) = packet.payload else { return String::new() };
        let subject = Subject::of(&datagram);
        let ends = [(from, Direction::Egress), (to, Direction::Ingress)];
        let said = ends.into_iter().filter_map(|(vnic, direction)| {
            let vnic = vnic?;
            let said = Said::about(self.policy, vnic, direction, &subject);
            Some(format!("{direction} at {} {said}", self.policy.vnic(vnic).id))
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

/// ` from 10.0.0.0/8`; nothing where it is everybody.
pub(super) fn beyond(region: &Region, preposition: &str) -> String {
    match region.remote.is_everything() {
        true => String::new(),
        false => format!(" {preposition} {}", region.remote),
    }
}

/// Openings of one place; those that both families share are told once.
pub(super) fn tell(
    openings: impl Iterator<Item = (Opening, String, Option<Sketch>, Option<String>)>,
    (from, to): (&str, &str),
) -> Vec<Value> {
    let mut told: Vec<(String, Vec<Family>, Value)> = Vec::new();
    for (opening, remote, packet, because) in openings {
        let whole = opening.to_string();
        let what = whole.split_once(' ').map_or(whole.as_str(), |(_, what)| what);
        let text = format!("{what}{remote}");
        if let Some((_, families, _)) = told.iter_mut().find(|(known, ..)| *known == text) {
            families.push(opening.family);
            continue;
        }
        let end = |vnic: &str| if vnic.is_empty() { OUTSIDE.to_owned() } else { vnic.to_owned() };
        let value = json!({
            "packet": packet.map(|packet| packet.to_string()),
            "because": because,
            "from": end(from),
            "to": end(to),
        });
        told.push((text, vec![opening.family], value));
    }
    let with_family = |(text, families, mut value): (String, Vec<Family>, Value)| {
        value["text"] = match families.as_slice() {
            [family] => json!(format!("{text} {}", family.to_string().replace("ip", "IP"))),
            _ => json!(text),
        };
        value
    };
    told.into_iter().map(with_family).collect()
}

/// The texts of openings, by which two documents are compared.
fn words(openings: &[Value]) -> Vec<&Value> {
    openings.iter().filter_map(|opening| opening.get("text")).collect()
}

/// The places of each name in some lists.
pub(super) fn places<'v, Name: Clone + Eq + Hash + 'v>(
    lists: impl Iterator<Item = &'v Vec<Name>>,
) -> HashMap<Name, Vec<usize>> {
    let mut places: HashMap<Name, Vec<usize>> = HashMap::new();
    for (at, names) in lists.enumerate() {
        names.iter().for_each(|name| places.entry(name.clone()).or_default().push(at));
    }
    places
}

/// The vnics of both documents, those together that neither tells apart, in the order of the draft.
fn lots(is: &Side, was: Option<&Side>) -> Vec<Vec<VnicId>> {
    let vnics = |side: &Side| side.policy.vnics().map(|(_, vnic)| vnic.id.clone()).collect::<Vec<_>>();
    let mut all = vnics(is);
    all.extend(was.map(vnics).unwrap_or_default().into_iter().filter(|id| is.policy.vnic_index(id).is_none()));
    let mut place: BTreeMap<_, usize> = BTreeMap::new();
    let mut lots: Vec<Vec<VnicId>> = Vec::new();
    for vnic in &all {
        let is_there = was.map(|was| was.policy.vnic_index(vnic).is_some());
        let signature = (is.signature(vnic), was.map(|was| was.signature(vnic)), is_there);
        let at = *place.entry(signature).or_insert(lots.len());
        match lots.get_mut(at) {
            Some(lot) => lot.push(vnic.clone()),
            None => lots.push(vec![vnic.clone()]),
        }
    }
    lots
}

fn name(lot: &[VnicId], draft: &Resolved, before: Option<&Resolved>) -> Value {
    let ids: Vec<&str> = lot.iter().map(VnicId::as_str).collect();
    let name = match ids.as_slice() {
        [first, second, _, rest @ ..] => format!("{first}, {second}, {} more", rest.len() + 1),
        few => few.join(", "),
    };
    let found = ids.first().and_then(|id| {
        let of = |resolved: &Resolved| resolved.document().vnic(id).map(|(_, vnic)| vnic.groups.clone());
        of(draft).or_else(|| before.and_then(of))
    });
    let groups: Vec<String> = found.into_iter().flatten().map(|group| group.to_string()).collect();
    json!({ "name": name, "groups": groups.join(", "), "vnics": ids })
}
