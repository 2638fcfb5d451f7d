//! Accept, drop or hold, always with the reason.

use conntrack::Invalid;
use policy::{Infra, Policy, RuleIndex, Spoof};
use wire::Malformed;

use crate::ruling::{Outcome, Ruling};

/// What happens to a packet, and why. Rule indices belong to the policy that judged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes.
    Accept(Accepted),
    /// It is dropped, silently.
    Drop(Dropped),
    /// It is a fragment that waits for the rest of its datagram, and passes with it or not at all.
    Hold,
}

/// Why a packet passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It belongs to the infrastructure that every instance needs.
    Infra(Infra),
    /// A rule allows its new flow.
    Rule(RuleIndex),
    /// It comes from or goes to a subnet of the vnic's network, which the profile exempts from rules.
    SameSubnet,
    /// No rule matches and the profile allows that.
    Default,
    /// It belongs to a flow that passed before; the rule is the one that allows the flow, where one does.
    Established(Option<RuleIndex>),
    /// Port security is off at the vnic, so nothing is filtered.
    PortSecurityOff,
    /// It is an ICMP error about a flow that passed before; the rule is the one that allows the flow.
    Related(Option<RuleIndex>),
}

/// Why a packet is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// It is no well-formed packet.
    Malformed(Malformed),
    /// The source guard refuses it.
    Spoofed(Spoof),
    /// It fits no flow and cannot open one.
    Invalid(Invalid),
    /// Its flow was allowed once and no longer is.
    Revoked,
    /// A rule denies it.
    Rule(RuleIndex),
    /// No rule matches.
    Default,
    /// The vnic has no group at all.
    NoGroups,
    /// The vnic has as many flows as it may have.
    TableFull,
}

impl Verdict {
    /// Whether the packet passes.
    pub fn is_accept(&self) -> bool {
        matches!(self, Verdict::Accept(_))
    }

    /// The verdict without its reason.
    pub fn outcome(&self) -> Outcome {
        match self {
            Verdict::Accept(_) => Outcome::Accept,
            Verdict::Drop(_) => Outcome::Drop,
            Verdict::Hold => Outcome::Hold,
        }
    }

    /// The rule that decided, where one did.
    pub fn rule(&self) -> Option<RuleIndex> {
        match *self {
            Verdict::Accept(Accepted::Rule(rule)) | Verdict::Drop(Dropped::Rule(rule)) => Some(rule),
            Verdict::Accept(Accepted::Established(rule) | Accepted::Related(rule)) => rule,
            Verdict::Accept(
                Accepted::Infra(_) | Accepted::SameSubnet | Accepted::Default | Accepted::PortSecurityOff,
            ) => None,
            Verdict::Drop(
                Dropped::Malformed(_)
                | Dropped::Spoofed(_)
                | Dropped::Invalid(_)
                | Dropped::Revoked
                | Dropped::Default
                | Dropped::NoGroups
                | Dropped::TableFull,
            )
            | Verdict::Hold => None,
        }
    }

    /// The stable name of the reason, such as `rule`, `conntrack:established`, `guard:arp-sender-address`.
    pub fn reason(&self) -> String {
        match self {
            Verdict::Accept(Accepted::Infra(infra)) => format!("infra:{infra}"),
            Verdict::Accept(Accepted::Rule(_)) | Verdict::Drop(Dropped::Rule(_)) => "rule".to_owned(),
            Verdict::Accept(Accepted::SameSubnet) => "same-subnet".to_owned(),
            Verdict::Accept(Accepted::Default) | Verdict::Drop(Dropped::Default) => "default".to_owned(),
            Verdict::Accept(Accepted::Established(_)) => "conntrack:established".to_owned(),
            Verdict::Accept(Accepted::Related(_)) => "conntrack:related".to_owned(),
            Verdict::Accept(Accepted::PortSecurityOff) => "port-security-off".to_owned(),
            Verdict::Drop(Dropped::Malformed(malformed)) => format!("malformed:{malformed}"),
            Verdict::Drop(Dropped::Spoofed(spoof)) => format!("guard:{spoof}"),
            Verdict::Drop(Dropped::Invalid(invalid)) => format!("conntrack:{}", invalid.name()),
            Verdict::Drop(Dropped::Revoked) => "conntrack:revoked".to_owned(),
            Verdict::Drop(Dropped::NoGroups) => "no-groups".to_owned(),
            Verdict::Drop(Dropped::TableFull) => "conntrack:table-full".to_owned(),
            Verdict::Hold => "conntrack:fragment".to_owned(),
        }
    }

    /// The verdict with names instead of indices; `policy` is the one that judged.
    pub fn named(&self, policy: &Policy) -> Ruling {
        Ruling {
            outcome: self.outcome(),
            reason: self.reason(),
            rule: self.rule().map(|index| policy.rule_id(index).clone()),
        }
    }
}
