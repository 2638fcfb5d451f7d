//! Why each rule matched or did not.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;

use wire::{Family, IpProtocol};

use crate::model::{Direction, IcmpMatch, PortMatch, Protocol, Remote};
use crate::names;
use crate::policy::{Policy, PolicyRule, RuleIndex, VnicIndex};
use crate::remote::{Remotes, SelectorIndex};
use crate::subject::{Part, Subject};

/// One rule at a hook, and how the packet differs from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The rule.
    pub rule: RuleIndex,
    /// Every field that does not match; empty where the rule matches.
    pub mismatches: Vec<Mismatch>,
}

/// A field in which a packet differs from a rule. `Display` says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The rule is switched off.
    Disabled,
    /// The packet is of the other family.
    Family {
        /// The family of the rule.
        rule: Family,
    },
    /// Another upper-layer protocol.
    Protocol {
        /// The protocol that the rule names, in words.
        rule: String,
        /// The protocol of the packet.
        packet: IpProtocol,
    },
    /// A destination port outside of the rule's.
    Ports {
        /// The ports that the rule names.
        rule: PortMatch,
        /// The destination port of the packet.
        packet: u16,
    },
    /// Another ICMP type or code.
    Icmp {
        /// What the rule names.
        rule: IcmpMatch,
        /// Type and code of the packet.
        packet: (u8, u8),
    },
    /// The rule names ports or an ICMP type, and the packet does not show its transport header.
    NoTransport,
    /// The other end is not in the remote.
    Remote {
        /// The remote of the rule.
        rule: Remote,
        /// The address of the other end.
        address: IpAddr,
    },
    /// The remote stands for no address at all.
    EmptyRemote {
        /// The remote of the rule.
        rule: Remote,
    },
}

impl Policy {
    /// Every rule at a vnic in one direction: matching ones in the order of evaluation, then the nearest misses.
    ///
    /// Where [`Policy::decide`] names a rule, that rule is the first here.
    pub fn explain(&self, vnic: VnicIndex, direction: Direction, subject: &Subject) -> Vec<Explained> {
        let address = subject.remote(direction);
        let mut members = Members { remotes: &self.remotes, address, known: HashMap::new() };
        let explained = |rule| Explained { rule, mismatches: self.rule(rule).mismatches(subject, &mut members) };
        let mut rules: Vec<Explained> = self.rules_at(vnic, direction).map(explained).collect();
        rules.sort_by_key(|rule| rule.mismatches.len());
        rules
    }
}

/// Which remotes an address is in, by what they list, each looked at once.
struct Members<'p> {
    remotes: &'p Remotes,
    address: IpAddr,
    known: HashMap<SelectorIndex, bool>,
}

impl Members<'_> {
    fn has_address(&mut self, selector: SelectorIndex) -> bool {
        *self.known.entry(selector).or_insert_with(|| self.remotes.blocks(selector).contains(self.address))
    }
}

impl PolicyRule {
    fn mismatches(&self, subject: &Subject, members: &mut Members<'_>) -> Vec<Mismatch> {
        let spec = &self.rule.spec;
        let family = (spec.family != subject.endpoints.family()).then_some(Mismatch::Family { rule: spec.family });
        // An address of the other family is a miss of the family alone, unless the remote is a set that lacks it too.
        let outside = self.selector.filter(|selector| !members.has_address(*selector));
        let remote = outside.map(|selector| match members.remotes.blocks(selector).is_empty() {
            true => Mismatch::EmptyRemote { rule: spec.remote.clone() },
            false => Mismatch::Remote { rule: spec.remote.clone(), address: members.address },
        });
        let disabled = (!self.rule.enabled).then_some(Mismatch::Disabled);
        let protocol = protocol_mismatch(&spec.protocol, spec.family, subject);
        [disabled, family, protocol, remote].into_iter().flatten().collect()
    }
}

fn protocol_mismatch(protocol: &Protocol, family: Family, subject: &Subject) -> Option<Mismatch> {
    let number = protocol.number(family)?;
    if number != subject.protocol {
        return Some(Mismatch::Protocol { rule: protocol.name(family), packet: subject.protocol });
    }
    match (protocol.ports(), protocol.icmp(), subject.part) {
        (Some(ports), _, Part::Ports(packet)) if !ports.contains(packet.destination) => {
            Some(Mismatch::Ports { rule: ports.clone(), packet: packet.destination })
        }
        (_, Some(icmp), Part::Icmp { kind, code }) if !icmp.contains(kind, code) => {
            Some(Mismatch::Icmp { rule: icmp, packet: (kind, code) })
        }
        (Some(_), _, Part::Ports(_)) | (_, Some(_), Part::Icmp { .. }) => None,
        (Some(PortMatch::Ranges(_)), _, _) | (_, Some(IcmpMatch::Type(_) | IcmpMatch::TypeCode(..)), _) => {
            Some(Mismatch::NoTransport)
        }
        _ => None,
    }
}

impl Mismatch {
    /// The field of the rule that differs, as documents call it.
    pub fn field(&self) -> &'static str {
        match self {
            Mismatch::Disabled => "enabled",
            Mismatch::Family { .. } => "family",
            Mismatch::Protocol { .. } => "protocol",
            Mismatch::Ports { .. } | Mismatch::NoTransport => "ports",
            Mismatch::Icmp { .. } => "icmp",
            Mismatch::Remote { .. } | Mismatch::EmptyRemote { .. } => "remote",
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Disabled => out.write_str("the rule is disabled"),
            Mismatch::Family { rule } => write!(out, "the packet is not {rule}"),
            Mismatch::Protocol { rule, packet } => {
                let name = names::protocol_name(*packet).map_or_else(|| packet.0.to_string(), str::to_owned);
                write!(out, "protocol `{name}` is not `{rule}`")
            }
            Mismatch::Ports { rule, packet } => write!(out, "port `{packet}` is not in `{rule}`"),
            Mismatch::Icmp { rule, packet: (kind, code) } => write!(out, "ICMP `{kind}/{code}` is not `{rule}`"),
            Mismatch::NoTransport => out.write_str("the packet does not show the header that the rule looks at"),
            Mismatch::Remote { rule, address } => write!(out, "`{address}` is not in `{rule}`"),
            Mismatch::EmptyRemote { rule } => write!(out, "`{rule}` has no address: it matches nothing"),
        }
    }
}
