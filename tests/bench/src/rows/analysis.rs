//! Answers about every packet at once, by the number of rules on the vnic, and of vnics.

use analysis::{Cause, Turn, diff, idle_rules, matrix};
use policy::{Direction, Document, Family, Policy, PortMatch, PortRange, Protocol, Revision, RuleId, Surface, resolve};

use crate::contenders::boxes::Boxes;
#[cfg(not(target_family = "wasm"))]
use crate::contenders::diagram::Diagrams;
use crate::contenders::flat::{FlatRule, flatten};
use crate::contenders::pairwise::{Ends, covered_by_one, open_pairs};
use crate::race::{Clock, Contender, Effort, race};
use crate::sets::grid::Grid;
use crate::sets::{RuleSet, Style};
use crate::table::Row;

/// Some of it takes long.
const ROUNDS: usize = 11;

/// One rule of so many is another one in the draft.
const EDITED: usize = 100;

/// How large the policies are.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Rules on the vnic.
    pub rules: &'static [usize],
    /// Vnics that each have rules of their own.
    pub vnics: &'static [usize],
    /// The most rules of which lists of boxes are made, whose number explodes, and diagrams, which are slow.
    pub peers: usize,
}

/// Who else is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// Nobody.
    Alone,
    /// Decision diagrams of bits, lists of boxes, and comparison of every two rules.
    Peers,
}

impl Sizes {
    /// What the tables in the documentation are made with.
    pub const FULL: Sizes = Sizes { rules: &[10, 100, 1_000, 5_000], vnics: &[20, 200], peers: 1_000 };
    /// Seconds instead of minutes.
    pub const QUICK: Sizes = Sizes { rules: &[10, 100, 1_000], vnics: &[20, 200], peers: 100 };
    /// All that can be measured, as little of it as may be.
    pub const SMOKE: Sizes = Sizes { rules: &[40], vnics: &[8], peers: 40 };
}

/// A policy and a draft of the next one, as each contender has them.
pub struct Pair {
    documents: [Document; 2],
    policies: [Policy; 2],
    flat: [Vec<FlatRule>; 2],
    family: Family,
}

impl Pair {
    /// A rule set, and the same with one of a hundred rules changed.
    ///
    /// # Panics
    /// The rule set has a fault.
    pub fn of(set: RuleSet) -> Pair {
        let mut draft = set.document.clone();
        let rules = draft.groups.iter_mut().filter(|group| group.id.as_str().starts_with("own-"));
        let rules = rules.flat_map(|group| &mut group.rules).step_by(EDITED);
        for (port, rule) in (40_000..).zip(rules) {
            let port = PortRange::new(port, port).expect("a port");
            rule.spec.protocol = Protocol::Tcp(PortMatch::of([port]));
        }
        let (family, documents) = (set.family, [set.document, draft]);
        let policies = documents.each_ref().map(policy_of);
        let flat = documents.each_ref().map(|document| flatten(document, RuleSet::VNIC, (Direction::Ingress, family)));
        Pair { documents, policies, flat, family }
    }

    /// What not all say alike of the pair; nothing if they do.
    pub fn dispute(&self) -> Option<String> {
        let ours = idle_rules(&self.policies[0]).into_iter();
        // A group that no vnic has is nobody else's concern.
        let ours: Vec<RuleId> = ours.filter(|idle| idle.cause != Cause::NotAsked).map(|idle| idle.rule).collect();
        let (boxes, idle) = Boxes::of(&self.flat[0], self.family);
        let places = |places: Vec<usize>| places.into_iter().map(|place| self.flat[0][place].id.clone());
        let by_boxes: Vec<RuleId> = places(idle).collect();
        if ours != by_boxes {
            return Some(format!("idle are {ours:?}, and by boxes {by_boxes:?}"));
        }
        if let Some(rule) = places(covered_by_one(&self.flat[0])).find(|rule| !ours.contains(rule)) {
            return Some(format!("{rule} is covered by another rule and not idle"));
        }
        let after = Boxes::of(&self.flat[1], self.family).0;
        let changes = diff(&self.policies[0], &self.policies[1]).changes;
        let volume = |turn| changes.iter().filter(|one| one.turn() == turn).map(|one| one.region.volume()).sum::<f64>();
        let [allowed, denied] = [Turn::Allowed, Turn::Denied].map(volume);
        let by_boxes = [after.without(&boxes).volume(), boxes.without(&after).volume()];
        let differ = |one: f64, other: f64| (one - other).abs() > 1e-9 * one.max(other);
        if differ(allowed, by_boxes[0]) || differ(denied, by_boxes[1]) {
            return Some(format!("changed are {allowed} and {denied} packets, and by boxes {by_boxes:?}"));
        }
        self.dispute_with_diagrams(&ours, &[allowed, denied])
    }

    #[cfg(target_family = "wasm")]
    fn dispute_with_diagrams(&self, _: &[RuleId], _: &[f64; 2]) -> Option<String> {
        None
    }

    #[cfg(not(target_family = "wasm"))]
    fn dispute_with_diagrams(&self, ours: &[RuleId], changed: &[f64; 2]) -> Option<String> {
        let (diagrams, vnic) = (Diagrams::of(self.family), crate::sets::id(RuleSet::VNIC));
        let theirs = diagrams.idle(&self.documents[0], &vnic, Direction::Ingress);
        if ours != theirs {
            return Some(format!("idle are {ours:?}, and by diagrams {theirs:?}"));
        }
        let allowed = self.documents.each_ref().map(|one| diagrams.allowed(one, &vnic, Direction::Ingress));
        let [denied, added] = Diagrams::difference(&allowed[0], &allowed[1]).map(|packets| packets.is_empty());
        let expect = (changed[0] == 0.0, changed[1] == 0.0);
        ((added, denied) != expect).then(|| format!("changed are {changed:?} packets, and not so by diagrams"))
    }

    fn contenders_to_build(&self, company: Company) -> Vec<Contender<'_>> {
        let mut contenders = vec![
            doing("ours", || self.policies.each_ref().map(surfaces)),
            doing("ours, from documents", || self.documents.each_ref().map(|document| surfaces(&policy_of(document)))),
        ];
        if company == Company::Peers {
            contenders.push(doing("boxes", || self.flat.each_ref().map(|rules| Boxes::of(rules, self.family))));
            #[cfg(not(target_family = "wasm"))]
            contenders.push(doing("BDD", || self.diagrams()));
        }
        contenders
    }

    fn contenders_to_compare(&self, company: Company) -> Vec<Contender<'_>> {
        let mut contenders = vec![doing("ours", || diff(&self.policies[0], &self.policies[1]))];
        if company == Company::Peers {
            contenders.push(doing("boxes", || {
                let [before, after] = self.flat.each_ref().map(|rules| Boxes::of(rules, self.family).0);
                [after.without(&before), before.without(&after)]
            }));
            #[cfg(not(target_family = "wasm"))]
            {
                contenders.push(doing("BDD", || {
                    let [before, after] = self.diagrams();
                    Diagrams::difference(&before, &after)
                }));
                let [before, after] = self.diagrams();
                contenders.push(doing("BDD, built", move || Diagrams::difference(&before, &after)));
            }
        }
        contenders
    }

    fn contenders_to_find_idle(&self, company: Company) -> Vec<Contender<'_>> {
        let mut contenders = vec![doing("ours", || idle_rules(&self.policies[0]))];
        if company == Company::Peers {
            contenders.push(doing("by one alone", || covered_by_one(&self.flat[0])));
            contenders.push(doing("boxes", || Boxes::of(&self.flat[0], self.family).1));
            #[cfg(not(target_family = "wasm"))]
            contenders.push(doing("BDD", || {
                let vnic = crate::sets::id(RuleSet::VNIC);
                Diagrams::of(self.family).idle(&self.documents[0], &vnic, Direction::Ingress)
            }));
        }
        contenders
    }

    #[cfg(not(target_family = "wasm"))]
    fn diagrams(&self) -> [diagrams::Packets; 2] {
        let (diagrams, vnic) = (Diagrams::of(self.family), crate::sets::id(RuleSet::VNIC));
        self.documents.each_ref().map(|document| diagrams.allowed(document, &vnic, Direction::Ingress))
    }
}

/// Rows for so many rules and vnics.
///
/// # Panics
/// A rule set has a fault.
pub fn rows(clock: Clock, effort: Effort, sizes: &Sizes, company: Company, mut each: impl FnMut(Row)) {
    let effort = Effort { rounds: effort.rounds.min(ROUNDS), ..effort };
    for style in Style::ALL {
        for size in sizes.rules {
            let pair = Pair::of(style.rule_set(Family::Ipv4, *size));
            let company = if *size <= sizes.peers { company } else { Company::Alone };
            let case = format!("{} {size} rules", style.name());
            let kinds = [
                ("analysis, surfaces of both", pair.contenders_to_build(company)),
                ("analysis, diff, all in", pair.contenders_to_compare(company)),
                ("analysis, all idle rules", pair.contenders_to_find_idle(company)),
            ];
            for (work, mut contenders) in kinds {
                each(Row::race(work, case.clone(), race(clock, effort, &mut contenders)));
            }
        }
    }
    for vnics in sizes.vnics {
        let document = Grid(*vnics).document();
        let policy = policy_of(&document);
        let ends = Ends::of(&document, Family::Ipv4);
        let mut contenders = vec![doing("ours", || matrix(&policy))];
        if company == Company::Peers {
            contenders.push(doing("rules in pairs, whether", || open_pairs(&ends)));
            #[cfg(not(target_family = "wasm"))]
            contenders.push(doing("BDD, IPv4", || Diagrams::of(Family::Ipv4).open_pairs(&document)));
        }
        each(Row::race("analysis, matrix", format!("{vnics} x {vnics} vnics"), race(clock, effort, &mut contenders)));
    }
}

/// Of how many pairs of vnics of a grid one can open something to the other: by ours and by each peer.
pub fn open_pairs_by_all(vnics: usize) -> Vec<usize> {
    let document = Grid(vnics).document();
    let within = matrix(&policy_of(&document)).within;
    let others = |reach: &analysis::Reach| {
        let to = |from| reach.to.iter().filter(|to| *to != from).count();
        reach.from.iter().map(to).sum::<usize>()
    };
    let counts = [within.iter().map(others).sum(), open_pairs(&Ends::of(&document, Family::Ipv4))].into_iter();
    #[cfg(not(target_family = "wasm"))]
    let counts = counts.chain([Diagrams::of(Family::Ipv4).open_pairs(&document)]);
    counts.collect()
}

/// Who does the same thing again and again.
fn doing<'a, R>(name: &'static str, mut work: impl FnMut() -> R + 'a) -> Contender<'a> {
    Contender::over(name, &[()], move |()| work())
}

/// All that a diff is made of: of vnics that are alike, the surfaces of one.
fn surfaces(policy: &Policy) -> Vec<Surface> {
    let mut known = std::collections::HashSet::new();
    let different = policy.vnics().map(|(index, _)| index).filter(|index| known.insert(policy.likeness(*index)));
    let sides = |index| {
        [Direction::Ingress, Direction::Egress]
            .into_iter()
            .flat_map(|direction| [Family::Ipv4, Family::Ipv6].map(|family| (direction, family)))
            .map(move |(direction, family)| policy.surface(index, direction, family))
    };
    different.flat_map(sides).collect()
}

fn policy_of(document: &Document) -> Policy {
    resolve(document, Revision(1)).expect("it has no fault")
}
