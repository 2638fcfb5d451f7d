//! How much memory a policy takes.

use std::fmt;

use crate::model::{PortMatch, PortRange};
use crate::policy::{Policy, PolicyGroup, PolicyRule, PolicyVnic};

/// About the bytes that a policy takes by part: all that it reaches, also where other revisions share it.
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
        let group = |group: &PolicyGroup| size_of::<PolicyGroup>() + group.program.bytes() + size_of_val(&*group.rules);
        let rule = |rule: &PolicyRule| {
            let ports = match rule.rule.spec.protocol.ports() {
                Some(PortMatch::Ranges(ranges)) => ranges.capacity() * size_of::<PortRange>(),
                Some(PortMatch::Any) | None => 0,
            };
            rule.rule.description.capacity() + rule.rule.id.as_str().len() + ports
        };
        let vnic = |vnic: &PolicyVnic| {
            let lists = size_of_val(&*vnic.addresses) + size_of_val(&*vnic.allowed_pairs) + size_of_val(&*vnic.groups);
            let ids = vnic.id.as_str().len() + vnic.instance.as_str().len();
            size_of::<PolicyVnic>() + lists + ids
        };
        let groups: usize = self.groups.iter().map(|one| group(one)).sum();
        let vnics: usize = self.vnics.iter().map(|one| vnic(one)).sum();
        Footprint {
            addresses: self.remotes.bytes() + self.survey.bytes(),
            programs: self.groups.bytes() + self.group_by_id.bytes() + self.lists.bytes(&self.groups) + groups,
            rules: self.rules.bytes() + self.rules.iter().map(rule).sum::<usize>(),
            vnics: size_of_val(&*self.seats)
                + self.vnics.bytes()
                + self.vnic_by_id.bytes()
                + vnics
                + self.neighbourhood.bytes(),
        }
    }
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
