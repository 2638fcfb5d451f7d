//! How much memory a policy takes.

use std::fmt;
use std::sync::Arc;

use crate::memory;
use crate::model::PortMatch;
use crate::policy::{Policy, PolicyGroup, PolicyRule, PolicyVnic};

/// About the bytes that a policy takes by part: all that it reaches, also where other revisions share it, but for the names
/// that it has in common with its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Whose addresses are where: remotes, their classes, and the tables that are searched.
    pub addresses: usize,
    /// The compiled rules of every group.
    pub programs: usize,
    /// The rules as edited.
    pub rules: usize,
    /// Vnics and who owns what.
    pub vnics: usize,
}

impl Footprint {
    /// All of it.
    pub fn total(&self) -> usize {
        self.addresses + self.programs + self.rules + self.vnics
    }
}

impl Policy {
    /// About the bytes that it takes.
    pub fn footprint(&self) -> Footprint {
        let groups: usize = self.groups.iter().map(of_group).sum();
        let vnics: usize = self.vnics.iter().map(of_vnic).sum();
        Footprint {
            addresses: self.remotes.bytes() + memory::of_shared(&self.survey) + self.survey.bytes(),
            programs: self.groups.bytes() + self.group_by_id.bytes() + self.lists.bytes(&self.groups) + groups,
            rules: self.rules.bytes() + self.rules.iter().map(of_rule).sum::<usize>(),
            vnics: memory::of_list(&self.seats)
                + self.vnics.bytes()
                + self.vnic_by_id.bytes()
                + vnics
                + memory::of_shared(&self.neighbourhood)
                + self.neighbourhood.bytes(),
        }
    }
}

fn of_group(group: &Arc<PolicyGroup>) -> usize {
    let lists = memory::of_list(&group.rules) + memory::of_list(&group.sources) + memory::of_list(&group.egress);
    memory::of_shared(group) + memory::of_shared(&group.program) + group.program.bytes() + lists
}

/// Ids are the document's.
fn of_rule(rule: &PolicyRule) -> usize {
    let ports = match rule.rule.spec.protocol.ports() {
        Some(PortMatch::Ranges(ranges)) => memory::of_list(ranges),
        Some(PortMatch::Any) | None => 0,
    };
    rule.rule.description.capacity() + ports
}

fn of_vnic(vnic: &Arc<PolicyVnic>) -> usize {
    let lists = memory::of_list(&vnic.addresses) + memory::of_list(&vnic.allowed_pairs) + memory::of_list(&vnic.groups);
    memory::of_shared(vnic) + lists + vnic.interface.as_ref().map_or(0, String::capacity)
}

impl fmt::Display for Footprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = |bytes: usize| bytes.div_ceil(1024);
        let Footprint { addresses, programs, rules, vnics } = *self;
        write!(
            out,
            "{} KiB: addresses {}, programs {}, rules {}, vnics {}",
            kib(self.total()),
            kib(addresses),
            kib(programs),
            kib(rules),
            kib(vnics)
        )
    }
}
