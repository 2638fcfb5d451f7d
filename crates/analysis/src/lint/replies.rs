//! Rules without tracking, to whose packets no reply may pass.

use std::collections::HashSet;

use policy::{Action, Document, Edit, Family, IcmpMatch, PortMatch, PortRange, Protocol, RuleId, Tracking};
use wire::IpProtocol;

use crate::addresses::Addresses;
use crate::lint::survey::{Kind, Side, Survey};
use crate::lint::{Effect, Finding, Fix};
use crate::opening::Opening;
use crate::pieces::{AS_ONE, Comparison, Headers, compare};
use crate::region::{Keys, Protocols};

/// The ports that clients take for themselves (RFC 6056 section 3.2).
const OF_CLIENTS: (u16, u16) = (1024, u16::MAX);

/// Finds the rules that allow, at a vnic without tracking, packets to which no reply may pass.
pub(super) fn find(survey: &Survey) -> Vec<(RuleId, Finding)> {
    let mut known: HashSet<RuleId> = HashSet::new();
    let mut found = Vec::new();
    for kind in survey.kinds.iter().filter(|kind| kind.tracking == Tracking::Stateless) {
        for side in &kind.sides {
            let allowed = allowed(survey, other_side(kind, side));
            for (rule, decided) in side.decided.iter().filter(|(rule, _)| survey.allows(rule)) {
                let with_reply = decided.iter().filter_map(|(opening, remote)| Some((reply(opening)?, remote)));
                let with_reply: Vec<(Opening, &Addresses)> = with_reply.collect();
                let is_heard = with_reply.iter().any(|(reply, remote)| passes(reply, remote, &allowed));
                if !with_reply.is_empty() && !is_heard && known.insert(rule.clone()) {
                    let vnic = survey.policy.vnic(kind.vnic).id.clone();
                    found.push((rule.clone(), Finding::OneWay { vnic }));
                }
            }
        }
    }
    found
}

/// The rule of the same group that lets replies pass.
pub(super) fn counterpart(document: &Document, rule: &RuleId) -> Option<Fix> {
    let (group, rule) = document.rule(rule)?;
    let mut spec = rule.spec.clone();
    spec.direction = spec.direction.opposite();
    let clients = PortMatch::of([PortRange::new(OF_CLIENTS.0, OF_CLIENTS.1).ok()?]);
    spec.protocol = match spec.protocol {
        Protocol::Icmp(_) => Protocol::Icmp(IcmpMatch::Any),
        protocol => protocol.with_ports(clients).unwrap_or(protocol),
    };
    Some(Fix { edit: Edit::new_rule(document, &group.id, spec), effect: Effect::Opens })
}

/// The replies to packets of an opening: those of a connection to the ports of clients, or those that echo. `None` of packets
/// to which nobody replies.
fn reply(opening: &Opening) -> Option<Opening> {
    let reply = |protocols: Protocols, keys: Keys| Some(Opening { family: opening.family, protocols, keys });
    let icmp = IpProtocol::icmp(opening.family);
    let with_ports = opening.protocols.iter().filter(|protocol| protocol.has_ports());
    let with_ports = with_ports.fold(Protocols::NONE, Protocols::with);
    match &opening.keys {
        Keys::All | Keys::Ports(_) if with_ports != Protocols::NONE => reply(with_ports, Keys::Ports(vec![OF_CLIENTS])),
        Keys::All | Keys::Icmp(_) if opening.protocols.contains(icmp) => {
            let (request, answer) = echo(opening.family);
            let asks =
                Opening { keys: Keys::Icmp(vec![request]), protocols: Protocols::NONE.with(icmp), ..opening.clone() };
            opening.intersection(&asks)?;
            reply(asks.protocols, Keys::Icmp(vec![answer]))
        }
        Keys::All | Keys::Ports(_) | Keys::Icmp(_) | Keys::Missing => None,
    }
}

/// Type and code of an echo request and of its reply (RFC 792, RFC 4443 section 4).
fn echo(family: Family) -> ((u16, u16), (u16, u16)) {
    let alone = |kind: u8| (u16::from_be_bytes([kind, 0]), u16::from_be_bytes([kind, 0]));
    match family {
        Family::Ipv4 => (alone(8), alone(0)),
        Family::Ipv6 => (alone(128), alone(129)),
    }
}

/// The side by which replies go.
fn other_side<'k>(kind: &'k Kind, side: &Side) -> Option<&'k Side> {
    kind.sides.iter().find(|other| other.direction == side.direction.opposite() && other.family == side.family)
}

/// What passes at a side.
fn allowed(survey: &Survey, side: Option<&Side>) -> Vec<(Opening, Addresses)> {
    let Some(side) = side else { return Vec::new() };
    let wanted = |(said, _)| (survey.action(said) == Action::Allow).then_some(AS_ONE);
    let comparison =
        Comparison { family: side.family, headers: Headers::MayBeMissing, wanted: &wanted, only_differences: false };
    let pieces = compare(comparison, &side.chart, &side.chart).into_iter();
    let family = side.family;
    pieces.map(|(piece, remote)| (Opening { family, protocols: piece.protocols, keys: piece.keys }, remote)).collect()
}

fn passes(reply: &Opening, remote: &Addresses, allowed: &[(Opening, Addresses)]) -> bool {
    allowed
        .iter()
        .any(|(opening, addresses)| opening.intersection(reply).is_some() && !addresses.intersection(remote).is_empty())
}
