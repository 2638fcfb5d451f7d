//! What may vary in a packet without a change of the answer.

use std::collections::BTreeSet;

use policy::{Decision, Direction, Line, Policy, Sheet, Subject, Surface, Tracking, VnicIndex, highest_number};
use wire::{IpProtocol, Payload, Sketch};

use crate::addresses::Addresses;
use crate::pieces::has_keys;
use crate::ranges::{add, spans};
use crate::region::{Keys, Protocols, Region};
use crate::said::Said;

/// The packets around one of which the rules of a vnic say the same, by the same rule: every address at the other end with the
/// protocol and the port of the packet; of these every port; and where all ports are alike, every protocol.
///
/// Returns them with what is said of them. Guard and port security play no part.
pub fn vicinity(policy: &Policy, vnic: VnicIndex, direction: Direction, subject: &Subject) -> (Region, Said) {
    let surface = policy.surface(vnic, direction, subject.endpoints.family());
    let decision = policy.decide(vnic, direction, subject);
    let is_alike = |sheet: &Sheet| sheet.line(subject.protocol).decision(subject.key()) == decision;
    let alike: Vec<bool> = surface.sheets().iter().map(is_alike).collect();
    let remote = addresses(&surface, &alike);
    let sheets: Vec<&Sheet> =
        surface.sheets().iter().zip(&alike).filter(|(_, alike)| **alike).map(|(one, _)| one).collect();
    let keys = keys(&sheets, subject, decision);
    let protocols = match keys {
        Keys::All => protocols(&sheets, subject.protocol, decision),
        Keys::Ports(_) | Keys::Icmp(_) | Keys::Missing => Protocols::NONE.with(subject.protocol),
    };
    (Region { direction, remote, protocols, keys }, Said::of(decision, policy))
}

/// The same round the reply to a packet, at a vnic that tracks nothing and so judges replies like any packet: the region of replies
/// that fare alike, with what is said of them.
///
/// `None` where replies are tracked, or nothing comes back.
pub fn replies(policy: &Policy, vnic: VnicIndex, direction: Direction, packet: &Sketch) -> Option<(Region, Said)> {
    if policy.vnic(vnic).tracking == Tracking::Stateful {
        return None;
    }
    let Payload::Ip(reply) = packet.reply()?.payload else { return None };
    Some(vicinity(policy, vnic, direction.opposite(), &Subject::of(&reply)))
}

/// The addresses of some sheets.
fn addresses(surface: &Surface, wanted: &[bool]) -> Addresses {
    let ranges = spans(surface.remotes(), highest_number(surface.family()));
    let wanted = ranges.filter(|(_, sheet)| wanted[*sheet as usize]);
    Addresses::of(surface.family(), wanted.map(|(range, _)| range))
}

/// The keys for which all sheets say the same of the protocol of a packet.
fn keys(sheets: &[&Sheet], subject: &Subject, decision: Decision) -> Keys {
    let lines: Vec<&Line> = sheets.iter().map(|sheet| sheet.line(subject.protocol)).collect();
    let has_keys = has_keys(subject.protocol, subject.endpoints.family());
    if lines.iter().all(|line| is_uniform(line, decision)) || !has_keys {
        return Keys::All;
    }
    if subject.key().is_none() {
        return Keys::Missing;
    }
    let begins: BTreeSet<u16> = lines.iter().flat_map(|line| &line.keys).map(|(first, _)| *first).collect();
    let say_it = |key: u16| lines.iter().all(|line| line.decision(Some(key)) == decision);
    let begins: Vec<(u16, bool)> = begins.into_iter().map(|first| (first, say_it(first))).collect();
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    spans(&begins, u16::MAX).filter(|(_, say_it)| *say_it).for_each(|(range, _)| add(&mut ranges, range));
    Keys::of(subject.protocol, ranges)
}

/// The protocols of which all sheets say nothing else, and the one of the packet.
fn protocols(sheets: &[&Sheet], own: IpProtocol, decision: Decision) -> Protocols {
    let says_it = |protocol: &IpProtocol| sheets.iter().all(|sheet| is_uniform(sheet.line(*protocol), decision));
    (0..=u8::MAX).map(IpProtocol).filter(says_it).fold(Protocols::NONE.with(own), Protocols::with)
}

fn is_uniform(line: &Line, decision: Decision) -> bool {
    line.bare == decision && line.keys.iter().all(|(_, said)| *said == decision)
}
