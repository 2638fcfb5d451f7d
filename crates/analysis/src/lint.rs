//! Rules that do nothing, that fight, or that do something else than they seem to.
//!
//! Every finding is proved over all packets, from what decides them. A fix is offered where one edit mends the finding and the
//! document takes it. It says whether it was proved to change nothing for any packet, or else which way it goes.
//!
//! The words are those of E. Al-Shaer and H. Hamed, "Discovery of Policy Anomalies in Distributed Firewalls" (INFOCOM 2004):
//! *shadowed*, *redundant*, *correlated*. *Implied* is a rule that decides, but without which others say the same.

mod exposed;
mod idle;
mod implied;
mod order;
mod ports;
mod replies;
mod sides;
mod survey;
mod virtual_address;
mod workshop;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;

use policy::{Action, Edit, GroupId, Resolved, RuleId, VnicId};
use serde_json::{Value, json};

use crate::addresses::Addresses;
use crate::region::Region;
use crate::said::Said;

pub use idle::{Cause, Idle, idle_rules};

use survey::Survey;
use workshop::Workshop;

/// A finding at a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Lint {
    /// The rule.
    pub rule: RuleId,
    /// The group that holds it.
    pub group: GroupId,
    /// What is found.
    pub finding: Finding,
    /// What mends it, where one edit does.
    pub fix: Option<Fix>,
}

/// What is found at a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// It is switched off.
    Disabled,
    /// No vnic asks it.
    Unused,
    /// Its remote has no address.
    NeverMatching,
    /// All its packets are decided before it is asked, some of them otherwise.
    Shadowed {
        /// What decides them.
        by: BTreeSet<Said>,
    },
    /// All its packets are decided before it is asked, as it would.
    Redundant {
        /// What decides them.
        by: BTreeSet<Said>,
    },
    /// Without it every packet fares alike: these decide what it decides.
    Implied {
        /// What would decide.
        by: BTreeSet<Said>,
    },
    /// A rule of the same rank says the opposite of some packets: that deny wins is all that orders them.
    Conflicting {
        /// The other rule.
        with: RuleId,
        /// The packets.
        region: Region,
    },
    /// A rule behind it says the opposite of some of its packets, and neither has all of the other's: their order matters.
    Correlated {
        /// The rule behind it.
        with: RuleId,
        /// The packets of both.
        region: Region,
    },
    /// It lets pass between groups what the other end never lets pass.
    Asymmetric {
        /// The group of the other end.
        other: GroupId,
    },
    /// It lets half of the addresses of a family or more reach services that are attacked as soon as they can be reached.
    WorldOpen {
        /// Their destination ports, each with its service.
        services: Vec<(u16, &'static str)>,
        /// Who reaches one of them.
        remote: Addresses,
    },
    /// Nothing is tracked, and no reply to what it lets pass may pass.
    OneWay {
        /// Where.
        vnic: VnicId,
    },
    /// A member of its remote may send from an address that the profile does not count as a member's.
    VirtualAddress {
        /// The member.
        vnic: VnicId,
        /// The address.
        address: IpAddr,
    },
}

/// What mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The edit.
    pub edit: Edit,
    /// What it changes.
    pub effect: Effect,
}

/// What an edit changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing for any packet: it is proved.
    Neutral,
    /// More passes.
    Opens,
    /// Less passes.
    Closes,
}

/// Every finding, in the order of the groups and their rules.
pub fn lints(resolved: &Resolved) -> Vec<Lint> {
    let policy = resolved.policy();
    let survey = Survey::of(policy);
    let idle: Vec<(RuleId, Finding)> = idle_rules(policy)
        .into_iter()
        .filter_map(|idle| {
            let (_, rule) = resolved.document().rule(&idle.rule)?;
            Some((idle.rule, Finding::of(idle.cause, rule.spec.action)))
        })
        .collect();
    let passed_over: HashSet<RuleId> = idle.iter().map(|(rule, _)| rule.clone()).collect();
    let implied = implied::find(&survey, resolved, &passed_over);
    let others = [
        order::find(&survey),
        sides::find(policy),
        exposed::find(&survey),
        replies::find(&survey),
        virtual_address::find(&survey, resolved.document()),
    ];
    let mut found: Vec<(RuleId, Finding)> =
        idle.into_iter().chain(implied).chain(others.into_iter().flatten()).collect();
    // A stable sort: of one rule the first is what was looked for first.
    let places: Vec<&RuleId> = policy.rules().map(|index| policy.rule_id(index)).collect();
    let place: HashMap<&RuleId, usize> = places.into_iter().zip(0..).collect();
    found.sort_by_key(|(rule, _)| place.get(rule).copied());
    let mut workshop = Workshop::new(resolved.clone(), &survey);
    let lint = |(rule, finding): (RuleId, Finding)| {
        let (group, _) = resolved.document().rule(&rule)?;
        let fix = workshop.fix(&rule, &finding);
        Some(Lint { group: group.id.clone(), rule, finding, fix })
    };
    found.into_iter().filter_map(lint).collect()
}

impl Finding {
    /// What is found at an idle rule of this action.
    fn of(cause: Cause, action: Action) -> Finding {
        match cause {
            Cause::Disabled => Finding::Disabled,
            Cause::NotAsked => Finding::Unused,
            Cause::EmptyRemote => Finding::NeverMatching,
            Cause::Covered { by } if by.iter().any(|said| said.action != action) => Finding::Shadowed { by },
            Cause::Covered { by } => Finding::Redundant { by },
        }
    }

    /// The stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Finding::Disabled => "disabled",
            Finding::Unused => "unused",
            Finding::NeverMatching => "never-matching",
            Finding::Shadowed { .. } => "shadowed",
            Finding::Redundant { .. } => "redundant",
            Finding::Implied { .. } => "implied",
            Finding::Conflicting { .. } => "conflicting",
            Finding::Correlated { .. } => "correlated",
            Finding::Asymmetric { .. } => "asymmetric",
            Finding::WorldOpen { .. } => "world-open",
            Finding::OneWay { .. } => "one-way",
            Finding::VirtualAddress { .. } => "virtual-address",
        }
    }
}

impl Finding {
    /// Whether all that it costs is a reader's time: what the rule says is what happens.
    pub fn is_harmless(&self) -> bool {
        match self {
            Finding::Disabled
            | Finding::Unused
            | Finding::Redundant { .. }
            | Finding::Implied { .. }
            | Finding::Correlated { .. }
            | Finding::VirtualAddress { .. } => true,
            Finding::NeverMatching
            | Finding::Shadowed { .. }
            | Finding::Conflicting { .. }
            | Finding::Asymmetric { .. }
            | Finding::WorldOpen { .. }
            | Finding::OneWay { .. } => false,
        }
    }

    /// What findings of its kind have in common.
    pub fn meaning(&self) -> &'static str {
        match self {
            Finding::Disabled => "A rule is switched off",
            Finding::Unused => "No vnic asks a rule",
            Finding::NeverMatching => "The remote of a rule has no address",
            Finding::Shadowed { .. } => "All packets of a rule are decided before it, some of them otherwise",
            Finding::Redundant { .. } => "All packets of a rule are decided before it, as it would",
            Finding::Implied { .. } => "Without a rule every packet fares alike",
            Finding::Conflicting { .. } => "Two rules of the same rank say the opposite of some packets",
            Finding::Correlated { .. } => "The order of two rules decides about some packets",
            Finding::Asymmetric { .. } => "The other end lets nothing of a rule pass",
            Finding::WorldOpen { .. } => "A rule lets the world reach services that are attacked",
            Finding::OneWay { .. } => "No reply to what a rule lets pass may pass",
            Finding::VirtualAddress { .. } => "A member sends from an address that does not count as a member's",
        }
    }
}

impl Lint {
    /// For programs: `rule`, `group`, `finding`, its `level` and `message`, what belongs to it, and `fix` with `edit`, `effect` and
    /// its `text` where there is one.
    pub fn to_value(&self) -> Value {
        let mut value = json!({
            "rule": self.rule.as_str(),
            "group": self.group.as_str(),
            "finding": self.finding.name(),
            "level": if self.finding.is_harmless() { "note" } else { "warning" },
            "message": self.finding.to_string(),
        });
        match &self.finding {
            Finding::Disabled | Finding::Unused | Finding::NeverMatching => {}
            Finding::Shadowed { by } | Finding::Redundant { by } | Finding::Implied { by } => {
                value["by"] = by.iter().map(Said::to_value).collect();
            }
            Finding::Conflicting { with, region } | Finding::Correlated { with, region } => {
                value["with"] = json!(with.as_str());
                value["region"] = region.to_value();
            }
            Finding::Asymmetric { other } => value["other"] = json!(other.as_str()),
            Finding::WorldOpen { services, remote } => {
                value["ports"] = services.iter().map(|(port, _)| json!(port)).collect();
                value["remote"] = remote.prefixes().iter().map(|prefix| json!(prefix.to_string())).collect();
            }
            Finding::OneWay { vnic } => value["vnic"] = json!(vnic.as_str()),
            Finding::VirtualAddress { vnic, address } => {
                value["vnic"] = json!(vnic.as_str());
                value["address"] = json!(address.to_string());
            }
        }
        if let Some(fix) = &self.fix {
            value["fix"] = json!({
                "edit": fix.edit.to_string(),
                "effect": fix.effect.name(),
                "text": fix.effect.to_string(),
            });
        }
        value
    }
}

impl Effect {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Neutral => "neutral",
            Effect::Opens => "opens",
            Effect::Closes => "closes",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Effect::Neutral => "proved: no packet fares otherwise",
            Effect::Opens => "lets more pass",
            Effect::Closes => "lets less pass",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Disabled => Cause::Disabled.fmt(out),
            Finding::Unused => Cause::NotAsked.fmt(out),
            Finding::NeverMatching => Cause::EmptyRemote.fmt(out),
            Finding::Shadowed { by } | Finding::Redundant { by } => {
                write!(out, "all its packets are {} before", Said::words(by))
            }
            Finding::Implied { by } => write!(out, "without it all its packets would be {}", Said::words(by)),
            Finding::Conflicting { with, region } => {
                write!(out, "rule {with} has the same rank and says the opposite of {region}: deny wins")
            }
            Finding::Correlated { with, region } => {
                write!(out, "rule {with} behind it says the opposite of {region}: the order of the two decides")
            }
            Finding::Asymmetric { other } => {
                write!(out, "nothing of it passes at the other end: no rule of a member of `{other}` lets it")
            }
            Finding::WorldOpen { services, remote } => {
                let services: Vec<String> =
                    services.iter().map(|(port, service)| format!("{port} ({service})")).collect();
                write!(out, "{} open to {}", services.join(", "), remote)
            }
            Finding::OneWay { vnic } => {
                write!(out, "nothing is tracked at `{vnic}`, and no reply to what it lets pass may pass")
            }
            Finding::VirtualAddress { vnic, address } => write!(
                out,
                "`{vnic}` may send from {address}, which the profile does not count as a member's: such packets do not match"
            ),
        }
    }
}
