//! A whole hypervisor: 1,000 vnics, 200 groups, 100,000 effective rules, one group with 10,000 members.
//!
//! *Effective* counts each rule once for each vnic that it judges packets of.

use policy::{
    Document, Edit, Family, IcmpMatch, Place, Policy, PortMatch, PortRange, Prefix, Protocol, Remote, Resolved,
    Revision, RuleSpec, resolve, resolve_after,
};

use crate::chance::Chance;
use crate::race::{Clock, Contender, Effort, race};
use crate::sets::{address, group, id, ingress, instance, network};
use crate::table::{Counted, Row};

/// Each of them takes long.
const ROUNDS: usize = 11;

/// The large group, and the vnic that is not yet in it.
const EVERYONE: &str = "everyone";
const SPARE: &str = "spare";

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
        document.groups.push(group(EVERYONE, Vec::new()));
        for number in 0..self.vnics {
            let groups = (0..self.groups_per_vnic).map(|at| id(&own((number + at * 37) % self.groups))).collect();
            document.instances.push(instance(&format!("own-{number}"), number, groups));
        }
        for number in self.vnics..self.vnics + self.members {
            document.instances.push(instance(&format!("far-{number}"), number, vec![id(EVERYONE)]));
        }
        let number = self.vnics + self.members;
        document.instances.push(instance(SPARE, number, vec![id(&own(0))]));
        document
    }

    /// Rules of a group, half of them for each family, the first of each from the large group.
    fn specs(&self, chance: &mut Chance) -> Vec<RuleSpec> {
        let rule = |at: usize| {
            let family = if at.is_multiple_of(2) { Family::Ipv4 } else { Family::Ipv6 };
            let remote = match at {
                0 | 1 => Remote::Group(id(EVERYONE)),
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

/// What happens to it while it runs.
#[derive(Clone, Copy)]
enum Change {
    /// A vnic elsewhere becomes a member of the large group.
    Join,
    /// The port of a rule changes.
    EditRule,
    /// An instance with groups of its own is plugged.
    Plug,
}

impl Change {
    const ALL: [Change; 3] = [Change::Join, Change::EditRule, Change::Plug];

    fn name(self) -> &'static str {
        match self {
            Change::Join => "scale, a member joins",
            Change::EditRule => "scale, a rule is edited",
            Change::Plug => "scale, a vnic is plugged",
        }
    }

    /// The edit, each time another one.
    fn edit(self, scale: &Scale, document: &Document, round: usize) -> Edit {
        match self {
            Change::Join => Edit::Attach { vnic: id(SPARE), place: Place::Last, group: id(EVERYONE) },
            Change::EditRule => {
                let group = document.group(&own(round % scale.groups)).expect("the group is there");
                let mut rule = group.rules.last().expect("the group has rules").clone();
                let port = 2_000 + round as u16;
                rule.spec.protocol = Protocol::Tcp(PortMatch::of([PortRange::new(port, port).expect("a port")]));
                Edit::ReplaceRule { rule }
            }
            Change::Plug => {
                let number = scale.vnics + scale.members + 1 + round;
                let groups = vec![id(&own(round % scale.groups)), id(&own((round + 1) % scale.groups))];
                Edit::AddInstance { place: Place::Last, instance: instance(&format!("own-{number}"), number, groups) }
            }
        }
    }
}

/// Rows for compilation, memory and changes.
///
/// # Panics
/// The document has a fault.
pub fn rows(clock: Clock, effort: Effort, scale: Scale, mut each: impl FnMut(Row)) {
    let effort = Effort { rounds: effort.rounds.min(ROUNDS), most: 1, ..effort };
    let document = scale.document();
    each(memory(&scale, &document));
    let figures = race(
        clock,
        effort,
        &mut [
            Contender::new("whole", |watch, _| drop(watch.time(|| compile(&document, 1)))),
            Contender::new("validation alone", |watch, _| drop(watch.time(|| document.validate()))),
        ],
    );
    each(Row::race("scale, compile", scale.case(), figures));
    for change in Change::ALL {
        let mut contenders = [
            by_edit(change, scale, &document),
            by_comparison(change, scale, &document),
            whole(change, scale, &document),
        ];
        each(Row::race(change.name(), scale.case(), race(clock, effort, &mut contenders)));
    }
}

/// What the allocator gave for the policy, and what the policy says that it takes.
fn memory(scale: &Scale, document: &Document) -> Row {
    let mut policy = None;
    let used = allocation_counter::measure(|| policy = Some(compile(document, 1)));
    let told = policy.map_or(0, |policy| policy.footprint().total());
    let counted = |name, bytes: f64| Counted { name, value: bytes / 1e6, unit: "MB" };
    let counts = vec![counted("allocated", used.bytes_current as f64), counted("accounted", told as f64)];
    Row::count("scale, memory", scale.case(), counts)
}

/// Document and policy are changed together, and back.
fn by_edit(change: Change, scale: Scale, document: &Document) -> Contender<'static> {
    let mut resolved = Resolved::new(document.clone(), Revision(1)).expect("it has no fault");
    let mut round = 0;
    Contender::new("by the edit", move |watch, _| {
        round += 1;
        let edit = change.edit(&scale, resolved.document(), round);
        let inverse = watch.time(|| resolved.apply(edit, Revision(2))).expect("the edit fits");
        resolved.apply(inverse, Revision(3)).expect("the edit that undoes it fits");
    })
}

/// A changed document comes, and what is different is found by comparison.
fn by_comparison(change: Change, scale: Scale, document: &Document) -> Contender<'static> {
    let (mut document, mut round) = (document.clone(), 0);
    let policy = compile(&document, 1);
    Contender::new("by comparison", move |watch, _| {
        round += 1;
        let inverse = change.edit(&scale, &document, round).apply(&mut document).expect("the edit fits");
        let changed = watch.time(|| resolve_after(&policy, &document, Revision(2)));
        drop(changed.expect("it has no fault"));
        inverse.apply(&mut document).expect("the edit that undoes it fits");
    })
}

/// A changed document comes, and all of it is compiled.
fn whole(change: Change, scale: Scale, document: &Document) -> Contender<'static> {
    let (mut document, mut round) = (document.clone(), 0);
    Contender::new("whole", move |watch, _| {
        round += 1;
        let inverse = change.edit(&scale, &document, round).apply(&mut document).expect("the edit fits");
        drop(watch.time(|| compile(&document, 2)));
        inverse.apply(&mut document).expect("the edit that undoes it fits");
    })
}

fn compile(document: &Document, revision: u64) -> Policy {
    resolve(document, Revision(revision)).expect("it has no fault")
}
