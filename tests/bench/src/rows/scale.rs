//! A whole hypervisor: 1,000 vnics, 200 groups, 100,000 effective rules, one group with 10,000 members.
//!
//! *Effective* counts each rule once for each vnic that it judges packets of.

use policy::{
    Document, Family, IcmpMatch, Policy, PortMatch, PortRange, Prefix, Protocol, Remote, Revision, RuleSpec, resolve,
};

use crate::chance::Chance;
use crate::race::{Clock, Effort, Spread};
use crate::sets::{address, group, id, ingress, instance, network};
use crate::table::{Counted, Row};

/// Each of them takes long.
const ROUNDS: usize = 5;

/// How large it is.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Vnics with rules of their own.
    pub vnics: usize,
    /// Groups that they are attached to.
    pub groups: usize,
    /// Groups of each vnic.
    pub groups_per_vnic: usize,
    /// Rules of each group.
    pub rules_per_group: usize,
    /// Members of the group that all groups let in; they are on other hypervisors.
    pub members: usize,
}

impl Scale {
    /// What a hypervisor should bear.
    pub const FULL: Scale =
        Scale { vnics: 1_000, groups: 200, groups_per_vnic: 4, rules_per_group: 25, members: 10_000 };

    /// The same in small.
    pub const SMALL: Scale = Scale { vnics: 20, groups: 10, groups_per_vnic: 2, rules_per_group: 5, members: 50 };

    /// The document.
    pub fn document(&self) -> Document {
        let mut chance = Chance::new(5);
        let mut document = Document::new(policy::Profile::default());
        document.networks.push(network());
        document.groups.extend((0..self.groups).map(|number| group(&own(number), self.specs(&mut chance))));
        document.groups.push(group("everyone", Vec::new()));
        for number in 0..self.vnics {
            let groups = (0..self.groups_per_vnic).map(|at| id(&own((number + at * 37) % self.groups))).collect();
            document.instances.push(instance(&format!("own-{number}"), number, groups));
        }
        for number in self.vnics..self.vnics + self.members {
            document.instances.push(instance(&format!("far-{number}"), number, vec![id("everyone")]));
        }
        document
    }

    /// Rules of a group, half of them for each family, the first of each from the large group.
    fn specs(&self, chance: &mut Chance) -> Vec<RuleSpec> {
        let rule = |at: usize| {
            let family = if at.is_multiple_of(2) { Family::Ipv4 } else { Family::Ipv6 };
            let remote = match at {
                0 | 1 => Remote::Group(id("everyone")),
                2 | 3 => Remote::Any,
                _ => Remote::Prefix(somewhere(chance, family)),
            };
            let protocol = match at {
                2 | 3 => Protocol::Icmp(IcmpMatch::Any),
                at => {
                    let port = 1000 + at as u16;
                    Protocol::Tcp(PortMatch::of([PortRange::new(port, port + 10).expect("a range")]))
                }
            };
            ingress(family, protocol, remote)
        };
        (0..self.rules_per_group).map(rule).collect()
    }

    fn case(&self) -> String {
        let Scale { vnics, groups, groups_per_vnic, rules_per_group, members } = self;
        let rules = vnics * groups_per_vnic * rules_per_group;
        format!("{vnics} vnics, {groups} groups, {rules} rules, {members} members")
    }
}

fn own(number: usize) -> String {
    format!("group-{number}")
}

fn somewhere(chance: &mut Chance, family: Family) -> Prefix {
    let (bits, length) = match family {
        Family::Ipv4 => (chance.address(0x4000_0000, 0x5fff_ffff), 24),
        Family::Ipv6 => (chance.address(0x2600 << 112, (0x2610 << 112) - 1), 56),
    };
    Prefix::masked(address(family, bits), length).expect("the family has this length")
}

/// Changes of the document, each another one every time.
#[derive(Clone, Copy)]
enum Change {
    /// None: the whole is compiled.
    Nothing,
    /// An instance elsewhere becomes a member of the large group.
    Join,
    /// The port of a rule changes.
    EditRule,
    /// An instance with groups of its own is plugged.
    Plug,
}

impl Change {
    const ALL: [Change; 4] = [Change::Nothing, Change::Join, Change::EditRule, Change::Plug];

    fn name(self) -> &'static str {
        match self {
            Change::Nothing => "scale, compile",
            Change::Join => "scale, a member joins",
            Change::EditRule => "scale, a rule is edited",
            Change::Plug => "scale, a vnic is plugged",
        }
    }

    fn apply(self, scale: &Scale, document: &mut Document, round: usize) {
        let number = scale.vnics + scale.members + round;
        match self {
            Change::Nothing => {}
            Change::Join => {
                document.instances.push(instance(&format!("far-{number}"), number, vec![id("everyone")]));
            }
            Change::EditRule => {
                let groups = document.groups.iter_mut().filter(|group| group.id.as_str() == own(0));
                let port = 2_000 + round as u16;
                let ports = PortMatch::of([PortRange::new(port, port).expect("a port")]);
                groups.flat_map(|group| group.rules.last_mut()).for_each(|rule| {
                    rule.spec.protocol = Protocol::Tcp(ports.clone());
                });
            }
            Change::Plug => {
                let groups = vec![id(&own(round % scale.groups)), id(&own((round + 1) % scale.groups))];
                document.instances.push(instance(&format!("own-{number}"), number, groups));
            }
        }
    }
}

/// Rows for compilation, memory and changes.
///
/// # Panics
/// The document has a fault.
pub fn rows(clock: Clock, effort: Effort, scale: Scale, mut each: impl FnMut(Row)) {
    let document = scale.document();
    let mut policy = None;
    let used = allocation_counter::measure(|| policy = Some(compile(&document, 1)));
    let megabytes = used.bytes_current as f64 / 1e6;
    each(Row::count("scale, memory", scale.case(), vec![Counted { name: "ours", value: megabytes, unit: "MB" }]));
    for change in Change::ALL {
        let lap = |round| {
            let mut changed = document.clone();
            change.apply(&scale, &mut changed, round);
            let start = clock();
            let policy = compile(&changed, round as u64 + 2);
            let spent = clock() - start;
            drop(policy);
            spent
        };
        let rounds = effort.rounds.min(ROUNDS);
        each(Row::time(change.name(), scale.case(), Spread::of((0..rounds).map(lap))));
    }
}

fn compile(document: &Document, revision: u64) -> Policy {
    resolve(document, Revision(revision)).expect("it has no fault")
}
