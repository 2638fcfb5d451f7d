//! What is said of packets, in names that mean the same in every policy.

use std::collections::BTreeSet;
use std::fmt;

use policy::{Action, Decision, Direction, Policy, PortSecurity, RuleId, Subject, VnicIndex};
use serde_json::{Value, json};

/// Whether packets pass, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Said {
    /// Whether they pass.
    pub action: Action,
    /// What decides.
    pub by: By,
}

/// What decides about packets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum By {
    /// A rule.
    Rule(RuleId),
    /// No rule matches; the profile says it.
    Default,
    /// The profile exempts the vnic's own subnets from rules.
    SameSubnet,
    /// The vnic has no group.
    NoGroups,
    /// Port security is off at the vnic, so nothing is filtered.
    PortSecurityOff,
    /// The policy does not know the vnic: no port, no traffic.
    UnknownVnic,
}

impl Said {
    /// What a decision of a policy says.
    pub(crate) fn of(decision: Decision, policy: &Policy) -> Said {
        let by = match decision {
            Decision::SameSubnet => By::SameSubnet,
            Decision::Allow(rule) | Decision::Deny(rule) => By::Rule(policy.rule_id(rule).clone()),
            Decision::DefaultAllow | Decision::DefaultDeny => By::Default,
            Decision::NoGroups => By::NoGroups,
        };
        Said { action: decision.action(), by }
    }

    /// What is said of every packet at a vnic, if rules are not asked there; `None` stands for a vnic that is not there.
    pub(crate) fn of_all(policy: &Policy, vnic: Option<VnicIndex>) -> Option<Said> {
        match vnic.map(|vnic| policy.vnic(vnic).port_security) {
            None => Some(Said { action: Action::Deny, by: By::UnknownVnic }),
            Some(PortSecurity::Off) => Some(Said { action: Action::Allow, by: By::PortSecurityOff }),
            Some(PortSecurity::On) => None,
        }
    }

    /// Things that are said, as a sentence has them: `this, this or that`.
    pub(crate) fn words(all: &BTreeSet<Said>) -> String {
        let mut words: Vec<String> = all.iter().map(Said::to_string).collect();
        let last = words.split_off(words.len().saturating_sub(2)).join(" or ");
        words.into_iter().chain([last]).collect::<Vec<_>>().join(", ")
    }

    /// What is said of a packet at a vnic. Guard and tracking play no part.
    pub fn about(policy: &Policy, vnic: VnicIndex, direction: Direction, subject: &Subject) -> Said {
        let all = Said::of_all(policy, Some(vnic));
        all.unwrap_or_else(|| Said::of(policy.decide(vnic, direction, subject), policy))
    }

    /// For programs: `text`, `action`, `by`, and `rule` where one decides.
    pub fn to_value(&self) -> Value {
        let mut value = json!({"text": self.to_string(), "action": self.action.to_string(), "by": self.by.name()});
        if let By::Rule(rule) = &self.by {
            value["rule"] = json!(rule.as_str());
        }
        value
    }
}

impl By {
    /// The stable name, as in verdicts.
    pub fn name(&self) -> &'static str {
        match self {
            By::Rule(_) => "rule",
            By::Default => "default",
            By::SameSubnet => "same-subnet",
            By::NoGroups => "no-groups",
            By::PortSecurityOff => "port-security-off",
            By::UnknownVnic => "unknown-vnic",
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.action {
            Action::Allow => "allowed ",
            Action::Deny => "denied ",
        })?;
        match &self.by {
            By::Rule(rule) => write!(out, "by rule {rule}"),
            By::Default => out.write_str("by default"),
            By::SameSubnet => out.write_str("within the subnet"),
            By::NoGroups => out.write_str("because the vnic has no group"),
            By::PortSecurityOff => out.write_str("because port security is off"),
            By::UnknownVnic => out.write_str("because there is no such vnic"),
        }
    }
}
