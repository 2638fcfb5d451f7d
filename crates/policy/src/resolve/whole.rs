//! A document compiled as a whole, in time about linear in its length.

use std::collections::HashMap;
use std::sync::Arc;

use super::group;
use super::vnic::{Surroundings, member_blocks, networks, source_blocks};
use crate::cow::{Age, Paged, Sharded};
use crate::lists::Lists;
use crate::model::{AddressBlock, AddressGroup, AddressGroupId, Document, GroupId, Remote, VnicId};
use crate::policy::{
    GroupIndex, Neighbourhood, Policy, PolicyGroup, PolicyRule, PolicyVnic, Revision, RuleIndex, VnicIndex,
};
use crate::remote::{Blocks, Remotes};

/// The policy of a document without faults.
pub(super) fn compile(document: &Document, revision: Revision) -> Policy {
    let remotes = remotes(document);
    let rules: Paged<PolicyRule> = document
        .rules()
        .map(|(group, rule)| PolicyRule {
            rule: rule.clone(),
            group: group.id.clone(),
            selector: remotes.selector(&rule.spec.remote),
        })
        .collect();
    let survey = Arc::new(remotes.survey());
    let mut indices = (0..).map(RuleIndex);
    let groups: Paged<Arc<PolicyGroup>> = document
        .groups
        .iter()
        .map(|group| {
            let own = indices.by_ref().take(group.rules.len()).collect();
            Arc::new(group::compile(document.profile.evaluation, group, own, &rules, &survey))
        })
        .collect();
    let group_by_id: Sharded<GroupId, GroupIndex> =
        document.groups.iter().map(|group| group.id.clone()).zip((0..).map(GroupIndex)).collect();
    let networks = networks(document, &HashMap::new());
    let surroundings = Surroundings { networks: &networks, groups: &groups, group_by_id: &group_by_id };
    let mut lists = Lists::default();
    let mut fresh = Vec::new();
    let vnics: Paged<Arc<PolicyVnic>> = document
        .vnics()
        .map(|(instance, vnic)| {
            let (list, age) = lists.find_or_add(&surroundings.groups(vnic));
            match age {
                Age::New => fresh.push(list),
                Age::Known => {}
            }
            Arc::new(surroundings.vnic(instance, vnic, list))
        })
        .collect();
    // Only now it is known how many lists each group is in.
    fresh.iter().for_each(|list| lists.compile(*list, &groups, &rules, &survey));
    Policy {
        revision,
        profile: Arc::new(document.profile.clone()),
        rules,
        groups,
        group_by_id,
        lists,
        networks: Arc::new(networks),
        seats: vnics.iter().map(|vnic| vnic.list).collect(),
        vnic_by_id: index_vnics(&vnics),
        vnics,
        neighbourhood: Arc::new(Neighbourhood::of(document.vnics().map(|(_, vnic)| vnic))),
        remotes,
        survey,
    }
}

pub(super) fn index_vnics(vnics: &Paged<Arc<PolicyVnic>>) -> Sharded<VnicId, VnicIndex> {
    vnics.iter().map(|vnic| vnic.id.clone()).zip((0..).map(VnicIndex)).collect()
}

/// The remotes that rules name, in the order in which they name them first.
fn remotes(document: &Document) -> Remotes {
    let mut uses: HashMap<&Remote, usize> = HashMap::new();
    let mut named: Vec<&Remote> = Vec::new();
    for (_, rule) in document.rules().filter(|(_, rule)| rule.spec.remote != Remote::Any) {
        let remote = &rule.spec.remote;
        *uses.entry(remote).or_insert_with(|| {
            named.push(remote);
            0
        }) += 1;
    }
    let mut blocks = blocks_of(document, &named).into_iter();
    Remotes::of(named.into_iter().map(|remote| (remote.clone(), uses[remote], blocks.next().unwrap_or_default())))
}

/// The addresses of each of these remotes. One that names nothing is a fault that validation reports; should it ever come here, it
/// matches nothing.
pub(super) fn blocks_of(document: &Document, remotes: &[&Remote]) -> Vec<Blocks> {
    let counted = document.profile.remote_members;
    let mut members: HashMap<&GroupId, Vec<AddressBlock>> = HashMap::new();
    for remote in remotes {
        if let Remote::Group(id) = remote {
            members.insert(id, Vec::new());
        }
    }
    if !members.is_empty() {
        for (_, vnic) in document.vnics() {
            for group in &vnic.groups {
                if let Some(known) = members.get_mut(group) {
                    known.extend(member_blocks(counted, &vnic.addresses, &vnic.allowed_pairs));
                }
            }
        }
        for group in &document.groups {
            if let Some(known) = members.get_mut(&group.id) {
                known.extend(source_blocks(counted, &group.sources));
            }
        }
    }
    let address_groups: HashMap<&AddressGroupId, &AddressGroup> =
        document.address_groups.iter().map(|group| (&group.id, group)).collect();
    let blocks = |remote: &&Remote| match remote {
        Remote::Any => Blocks::default(),
        Remote::Prefix(prefix) => Blocks::of([*prefix]),
        Remote::Group(id) => Blocks::of(members.get(id).into_iter().flatten().copied()),
        Remote::AddressGroup(id) => {
            Blocks::of(address_groups.get(id).into_iter().flat_map(|group| group.prefixes.iter().copied()))
        }
    };
    remotes.iter().map(blocks).collect()
}
