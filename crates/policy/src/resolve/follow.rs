//! The policy of a document that differs little from one that is compiled.
//!
//! What is equal is shared. What is different touches: a group's rules that group's program; who is a member the table of remotes
//! alone, because programs are right for every class; a remote that no rule named before its own intervals. Rules keep
//! their index as long as they are there, and what is gone leaves a gap; when most is gaps, the document is compiled anew.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::group;
use super::vnic::{Surroundings, member_blocks, networks, source_blocks};
use super::whole::{blocks_of, compile, index_vnics};
use crate::cow::Age;
use crate::lists::ListIndex;
use crate::model::{
    AddressBlock, AddressGroup, AddressGroupId, Document, GroupId, Instance, InstanceId, Prefix, Remote, Rule, RuleId,
    SecurityGroup, Vnic, VnicId,
};
use crate::policy::{
    GroupIndex, Neighbourhood, Policy, PolicyGroup, PolicyRule, PolicyVnic, Revision, RuleIndex, VnicIndex,
};
use crate::remote::{Blocks, RemotesDraft, SelectorIndex};

/// Where a document may differ from a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Anywhere.
    All,
    /// In what a group says, other than whether its members are tracked.
    Group(GroupId),
    /// In the groups of a vnic.
    Vnic(VnicId),
    /// In what an address group lists.
    AddressGroup(AddressGroupId),
    /// In whether an instance is there, and in all that it has.
    Instance(InstanceId),
}

/// The policy of a document without faults, which differs from that of `previous` within the scope only.
pub(crate) fn follow(previous: &Policy, document: &Document, scope: &Scope, revision: Revision) -> Policy {
    if *previous.profile != document.profile || previous.is_littered() {
        return compile(document, revision);
    }
    let mut next = Following::of(previous, document, revision);
    match scope {
        Scope::All => {
            next.follow_groups();
            next.follow_networks();
            next.follow_vnics();
            document.address_groups.iter().for_each(|group| next.follow_address_group(group));
        }
        Scope::Group(id) => document.group(id.as_str()).into_iter().for_each(|group| next.follow_group(group)),
        Scope::Vnic(id) => {
            document.vnic(id.as_str()).into_iter().for_each(|(instance, vnic)| next.follow_vnic(instance, vnic));
        }
        Scope::AddressGroup(id) => {
            let found = document.address_groups.iter().find(|group| group.id == *id);
            found.into_iter().for_each(|group| next.follow_address_group(group));
        }
        // Others may have moved to other places.
        Scope::Instance(_) => next.follow_vnics(),
    }
    next.finish()
}

/// A policy that is on the way from one document to another.
struct Following<'d> {
    document: &'d Document,
    /// Complete but for `remotes`, and for the programs of groups and lists.
    policy: Policy,
    remotes: RemotesDraft,
    /// Remotes that no rule named before.
    fresh: Vec<&'d Remote>,
    /// Groups whose rules are different.
    stale: Vec<(GroupIndex, &'d SecurityGroup)>,
    /// Lists that no vnic had before.
    fresh_lists: Vec<ListIndex>,
    members: HashMap<GroupId, Moves>,
    neighbours: Neighbours,
}

/// Addresses that a group lost and got.
#[derive(Default)]
struct Moves {
    gone: Vec<AddressBlock>,
    come: Vec<AddressBlock>,
}

/// Whether instances own other addresses than before.
#[derive(PartialEq, Eq)]
enum Neighbours {
    Same,
    Others,
}

impl<'d> Following<'d> {
    fn of(previous: &Policy, document: &'d Document, revision: Revision) -> Following<'d> {
        Following {
            document,
            policy: Policy { revision, ..previous.clone() },
            remotes: previous.remotes.draft(),
            fresh: Vec::new(),
            stale: Vec::new(),
            fresh_lists: Vec::new(),
            members: HashMap::new(),
            neighbours: Neighbours::Same,
        }
    }

    fn follow_groups(&mut self) {
        let kept: HashSet<&GroupId> = self.document.groups.iter().map(|group| &group.id).collect();
        let gone = self.policy.group_by_id.iter().filter(|(id, _)| !kept.contains(id));
        let gone: Vec<(GroupId, GroupIndex)> = gone.map(|(id, index)| (id.clone(), *index)).collect();
        self.document.groups.iter().for_each(|group| self.follow_group(group));
        for (id, index) in gone {
            let group = self.policy.groups.at(index.0).clone();
            group.rules.iter().for_each(|rule| self.forget(*rule));
            self.move_sources(&group.id, &group.sources, &[]);
            self.policy.group_by_id.remove(&id);
        }
    }

    fn follow_group(&mut self, group: &'d SecurityGroup) {
        let Some(index) = self.policy.group_by_id.get(&group.id).copied() else {
            let rules = group.rules.iter().map(|rule| self.add_rule(group, rule)).collect();
            let index = self.policy.groups.push(Arc::new(group::with_program(group, rules, Arc::default())));
            self.policy.group_by_id.insert(group.id.clone(), GroupIndex(index));
            self.stale.push((GroupIndex(index), group));
            self.move_sources(&group.id, &[], &group.sources);
            return;
        };
        let old = self.policy.groups.at(index.0).clone();
        let is_same = |(known, rule): (&RuleIndex, &Rule)| self.policy.rule(*known).rule == *rule;
        let same_rules = old.rules.len() == group.rules.len() && old.rules.iter().zip(&group.rules).all(is_same);
        if same_rules && old.tracking == group.tracking && old.sources == group.sources {
            return;
        }
        self.move_sources(&group.id, &old.sources, &group.sources);
        let rules = if same_rules { old.rules.clone() } else { self.follow_rules(&old, group) };
        if !same_rules {
            self.stale.push((index, group));
        }
        *self.policy.groups.at_mut(index.0) = Arc::new(group::with_program(group, rules, old.program.clone()));
    }

    /// The indices of a group's rules, when the rules are in place.
    fn follow_rules(&mut self, old: &PolicyGroup, group: &'d SecurityGroup) -> Vec<RuleIndex> {
        let mut left: HashMap<RuleId, RuleIndex> =
            old.rules.iter().map(|index| (self.policy.rule_id(*index).clone(), *index)).collect();
        let mut replaced = Vec::new();
        let mut rules = Vec::with_capacity(group.rules.len());
        for rule in &group.rules {
            rules.push(match left.remove(&rule.id) {
                Some(index) if self.policy.rule(index).rule == *rule => index,
                Some(index) => {
                    replaced.push(self.policy.rule(index).rule.spec.remote.clone());
                    let selector = self.name(&rule.spec.remote);
                    *self.policy.rules.at_mut(index.0) =
                        PolicyRule { rule: rule.clone(), group: group.id.clone(), selector };
                    index
                }
                None => self.add_rule(group, rule),
            });
        }
        // Only now, so that a remote that is named on keeps its selector.
        replaced.iter().for_each(|remote| self.remotes.forget(remote));
        left.into_values().for_each(|rule| self.forget(rule));
        rules
    }

    fn add_rule(&mut self, group: &SecurityGroup, rule: &'d Rule) -> RuleIndex {
        let selector = self.name(&rule.spec.remote);
        RuleIndex(self.policy.rules.push(PolicyRule { rule: rule.clone(), group: group.id.clone(), selector }))
    }

    fn name(&mut self, remote: &'d Remote) -> Option<SelectorIndex> {
        if *remote == Remote::Any {
            return None;
        }
        let (selector, age) = self.remotes.name(remote);
        match age {
            Age::New => self.fresh.push(remote),
            Age::Known => {}
        }
        Some(selector)
    }

    fn forget(&mut self, rule: RuleIndex) {
        self.remotes.forget(&self.policy.rule(rule).rule.spec.remote);
    }

    fn move_sources(&mut self, group: &GroupId, gone: &[Prefix], come: &[Prefix]) {
        let counted = self.document.profile.remote_members;
        let moves = self.members.entry(group.clone()).or_default();
        moves.gone.extend(source_blocks(counted, gone));
        moves.come.extend(source_blocks(counted, come));
    }

    fn follow_networks(&mut self) {
        self.policy.networks = Arc::new(networks(self.document, &self.policy.networks));
    }

    fn follow_vnics(&mut self) {
        let mut seen = vec![false; self.policy.vnics.len()];
        let mut placed: Vec<Arc<PolicyVnic>> = Vec::with_capacity(seen.len());
        let mut changed: Vec<VnicIndex> = Vec::new();
        let mut in_place = true;
        for (at, (instance, vnic)) in (0_u32..).zip(self.document.vnics()) {
            let here = (at as usize) < seen.len() && self.policy.vnics.at(at).id == vnic.id;
            in_place &= here;
            let old = if here { Some(VnicIndex(at)) } else { self.policy.vnic_index(&vnic.id) };
            let old = old.map(|old| {
                seen[old.0 as usize] = true;
                self.policy.vnics.at(old.0).clone()
            });
            let new = match &old {
                Some(old) if self.surroundings().is_same(old, instance, vnic) => old.clone(),
                Some(_) | None => {
                    let new = self.resolve_vnic(instance, vnic);
                    self.move_vnic(old.as_deref(), Some(&new));
                    changed.push(VnicIndex(at));
                    new
                }
            };
            placed.push(new);
        }
        for at in (0_u32..).zip(&seen).filter(|(_, seen)| !**seen).map(|(at, _)| at) {
            let old = self.policy.vnics.at(at).clone();
            self.move_vnic(Some(&old), None);
        }
        if in_place && placed.len() == seen.len() {
            for index in changed {
                *self.policy.vnics.at_mut(index.0) = placed[index.0 as usize].clone();
            }
        } else {
            self.policy.vnics = placed.into_iter().collect();
            self.policy.vnic_by_id = index_vnics(&self.policy.vnics);
        }
        self.policy.seats = self.policy.vnics.iter().map(|vnic| vnic.list).collect();
    }

    fn follow_vnic(&mut self, instance: &Instance, vnic: &Vnic) {
        let Some(index) = self.policy.vnic_index(&vnic.id) else { return };
        let new = self.resolve_vnic(instance, vnic);
        let old = self.policy.vnics.at(index.0).clone();
        self.move_vnic(Some(&old), Some(&new));
        self.policy.seats[index.0 as usize] = new.list;
        *self.policy.vnics.at_mut(index.0) = new;
    }

    fn resolve_vnic(&mut self, instance: &Instance, vnic: &Vnic) -> Arc<PolicyVnic> {
        let groups = self.surroundings().groups(vnic);
        let (list, age) = self.policy.lists.find_or_add(&groups);
        match age {
            Age::New => self.fresh_lists.push(list),
            Age::Known => {}
        }
        Arc::new(self.surroundings().vnic(instance, vnic, list))
    }

    fn surroundings(&self) -> Surroundings<'_> {
        let Policy { networks, groups, group_by_id, .. } = &self.policy;
        Surroundings { networks, groups, group_by_id }
    }

    /// Notes what a vnic takes from its old groups and brings to its new ones.
    fn move_vnic(&mut self, old: Option<&PolicyVnic>, new: Option<&PolicyVnic>) {
        let counted = self.document.profile.remote_members;
        let blocks = |vnic: &PolicyVnic| -> Vec<AddressBlock> {
            member_blocks(counted, &vnic.addresses, &vnic.allowed_pairs).collect()
        };
        let (gone, come) = (old.map(blocks).unwrap_or_default(), new.map(blocks).unwrap_or_default());
        let stays = |group: &GroupId, other: Option<&PolicyVnic>| {
            gone == come && other.is_some_and(|other| other.groups.contains(group))
        };
        for group in old.into_iter().flat_map(|old| &old.groups).filter(|group| !stays(group, new)) {
            self.members.entry(group.clone()).or_default().gone.extend(&gone);
        }
        for group in new.into_iter().flat_map(|new| &new.groups).filter(|group| !stays(group, old)) {
            self.members.entry(group.clone()).or_default().come.extend(&come);
        }
        let owned = |vnic: &PolicyVnic| {
            let pair_macs: Vec<_> = vnic.allowed_pairs.iter().filter_map(|pair| pair.mac).collect();
            (vnic.mac, vnic.addresses.clone(), pair_macs)
        };
        if old.map(owned) != new.map(owned) {
            self.neighbours = Neighbours::Others;
        }
    }

    fn follow_address_group(&mut self, group: &AddressGroup) {
        let Some(selector) = self.remotes.selector(&Remote::AddressGroup(group.id.clone())) else { return };
        let blocks = Blocks::of(group.prefixes.iter().copied());
        if *self.remotes.blocks(selector) != blocks {
            self.remotes.set(selector, blocks);
        }
    }

    fn finish(mut self) -> Policy {
        let document = self.document;
        // The addresses of fresh ones are read from the document, which has all that moved.
        let fresh: HashSet<&Remote> = self.fresh.iter().copied().collect();
        for (group, Moves { gone, come }) in self.members {
            let remote = Remote::Group(group);
            let Some(selector) = self.remotes.selector(&remote).filter(|_| !fresh.contains(&remote)) else { continue };
            let blocks = self.remotes.blocks(selector).changed(&Blocks::of(gone), &Blocks::of(come));
            self.remotes.set(selector, blocks);
        }
        for (remote, blocks) in self.fresh.iter().zip(blocks_of(document, &self.fresh)) {
            if let Some(selector) = self.remotes.selector(remote) {
                self.remotes.set(selector, blocks);
            }
        }
        let mut policy = Policy { remotes: self.remotes.finish(), ..self.policy };
        if policy.survey.lags_behind(&policy.remotes) {
            policy.survey = Arc::new(policy.remotes.survey());
        }
        for (index, group) in &self.stale {
            let own = policy.groups.at(index.0).rules.clone();
            let compiled = group::compile(document.profile.evaluation, group, own, &policy.rules, &policy.survey);
            *policy.groups.at_mut(index.0) = Arc::new(compiled);
        }
        let stale = self.stale.iter().map(|(index, _)| *index).collect();
        let lists: HashSet<ListIndex> = policy.lists.with_any(&stale).into_iter().chain(self.fresh_lists).collect();
        for list in lists {
            policy.lists.compile(list, &policy.groups, &policy.rules, &policy.survey);
        }
        match self.neighbours {
            Neighbours::Same => policy,
            Neighbours::Others => {
                let neighbourhood = Neighbourhood::of(document.vnics().map(|(_, vnic)| vnic));
                Policy { neighbourhood: Arc::new(neighbourhood), ..policy }
            }
        }
    }
}

impl Policy {
    /// Whether most of the rules, groups or remotes are left over from former revisions.
    fn is_littered(&self) -> bool {
        /// So much is never worth a new start.
        const FEW: usize = 1024;
        let rules: usize = self.group_by_id.iter().map(|(_, group)| self.groups.at(group.0).rules.len()).sum();
        self.rules.len() > 2 * rules + FEW
            || self.groups.len() > 2 * self.group_by_id.len() + FEW
            || self.lists.len() > 2 * self.vnics.len() + FEW
            || self.remotes.is_littered()
    }
}
