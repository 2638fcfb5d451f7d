//! The lists of groups that vnics have, each once, with the programs that answer for it.
//!
//! Rules of an earlier group rank before all rules of a later one, in every profile. So the programs of the groups, asked in
//! turn, say what the list says. Quicker is one program for neighbours in the list; but then an edit of a group compiles
//! every list that has it. So a group that is in many lists stays alone, and the others are joined to runs:
//!
//! ```text
//! everyone, web, blue     everyone | web + blue
//! everyone, web, green    everyone | web + green
//! ```
//!
//! Contract: a list keeps its index over all revisions that follow one another.
//!
//! Absent: what rules say.

use std::collections::HashSet;
use std::sync::Arc;

use crate::cow::{Age, Paged, Sharded};
use crate::memory;
use crate::model::Direction;
use crate::policy::{GroupIndex, PolicyGroup, PolicyRule, RuleIndex};
use crate::program::{Program, Source};
use crate::remote::Survey;

/// A list of groups of one policy and of those that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ListIndex(u32);

/// Every list that a vnic has, and some that one had.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    /// By list: its groups, in the order in which a vnic has them.
    groups: Paged<Arc<[GroupIndex]>>,
    /// By list: a program for each run of its groups.
    programs: Paged<Arc<[Arc<Program>]>>,
    by_groups: Sharded<Arc<[GroupIndex]>, ListIndex>,
    /// By group: how many lists of several groups have it.
    popularity: Paged<u32>,
}

/// A group in more lists than so many stays alone: an edit of it compiles so many programs at most.
const POPULAR: u32 = 4;

impl Lists {
    /// The programs to ask in turn.
    pub(crate) fn programs(&self, list: ListIndex) -> &[Arc<Program>] {
        self.programs.at(list.0)
    }

    pub(crate) fn groups(&self, list: ListIndex) -> &[GroupIndex] {
        self.groups.at(list.0)
    }

    pub(crate) fn len(&self) -> usize {
        self.groups.len()
    }

    /// The list of these groups, and whether it is new: then it has no programs yet.
    pub(crate) fn find_or_add(&mut self, groups: &[GroupIndex]) -> (ListIndex, Age) {
        if let Some(list) = self.by_groups.get(groups) {
            return (*list, Age::Known);
        }
        let groups: Arc<[GroupIndex]> = groups.into();
        if let [_, _, ..] = *groups {
            groups.iter().for_each(|group| self.count(*group));
        }
        let list = ListIndex(self.groups.push(groups.clone()));
        self.programs.push(Arc::default());
        self.by_groups.insert(groups, list);
        (list, Age::New)
    }

    fn count(&mut self, group: GroupIndex) {
        while self.popularity.len() <= group.0 as usize {
            self.popularity.push(0);
        }
        *self.popularity.at_mut(group.0) += 1;
    }

    /// The lists that have any of these groups.
    pub(crate) fn with_any(&self, groups: &HashSet<GroupIndex>) -> Vec<ListIndex> {
        if groups.is_empty() {
            return Vec::new();
        }
        let lists = (0..).map(ListIndex).zip(self.groups.iter());
        let concerned = lists.filter(|(_, list)| list.iter().any(|group| groups.contains(group)));
        concerned.map(|(index, _)| index).collect()
    }

    /// Gives a list its programs.
    pub(crate) fn compile(
        &mut self,
        list: ListIndex,
        groups: &Paged<Arc<PolicyGroup>>,
        rules: &Paged<PolicyRule>,
        survey: &Survey,
    ) {
        let members = self.groups.at(list.0).clone();
        let is_popular = |group: &GroupIndex| *self.popularity.at(group.0) > POPULAR;
        let runs = members.chunk_by(|one, other| !is_popular(one) && !is_popular(other));
        let program = |run: &[GroupIndex]| match run {
            [alone] => groups.at(alone.0).program.clone(),
            several => {
                let side = |direction| {
                    let of_group = move |group: &GroupIndex| groups.at(group.0).program.rules(direction);
                    several.iter().flat_map(of_group).map(|rule: &RuleIndex| Source::of(*rule, rules))
                };
                Arc::new(Program::compile(side(Direction::Ingress), side(Direction::Egress), survey))
            }
        };
        *self.programs.at_mut(list.0) = runs.map(program).collect();
    }

    /// About the bytes that it takes, without the programs of single groups.
    pub(crate) fn bytes(&self, groups: &Paged<Arc<PolicyGroup>>) -> usize {
        let list = |(members, programs): (&Arc<[GroupIndex]>, &Arc<[Arc<Program>]>)| {
            let alone =
                |program: &Arc<Program>| members.iter().any(|group| Arc::ptr_eq(&groups.at(group.0).program, program));
            let joined = programs
                .iter()
                .filter(|program| !alone(program))
                .map(|program| memory::of_shared(program) + program.bytes());
            memory::of_shared(members) + memory::of_shared(programs) + joined.sum::<usize>()
        };
        let lists: usize = self.groups.iter().zip(self.programs.iter()).map(list).sum();
        lists + self.groups.bytes() + self.programs.bytes() + self.popularity.bytes() + self.by_groups.bytes()
    }
}
