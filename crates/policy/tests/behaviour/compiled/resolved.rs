//! Following edits gives the policy that the document resolves to.

use crate::compiled::listing::named as named_remotes;
use crate::compiled::projects::linear::said;
use crate::compiled::projects::{
    address_group, any_instance, document, fit, group_id, instance_id, profile, rule, rule_id, sources, subject,
};
use policy::{
    Diagnostic, Document, Edit, EditError, Explained, Family, Place, Policy, References, Refusal, Resolved, Revision,
    RuleId, Severity, Tracking, resolve, resolve_after,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![Just(Place::Last), (0..4_usize).prop_map(Place::At)]
}

fn edit() -> BoxedStrategy<Edit> {
    let rules = prop_oneof![
        3 => (group_id(), place(), rule()).prop_map(|(group, place, rule)| Edit::AddRule { group, place, rule }),
        2 => rule_id().prop_map(|rule| Edit::RemoveRule { rule }),
        2 => rule().prop_map(|rule| Edit::ReplaceRule { rule }),
        1 => rule_id().prop_map(|rule| Edit::EnableRule { rule }),
        1 => rule_id().prop_map(|rule| Edit::DisableRule { rule }),
    ];
    let members = prop_oneof![
        4 => (instance_id(), place(), group_id()).prop_map(|(vnic, place, group)| Edit::Attach { vnic, place, group }),
        4 => (instance_id(), group_id()).prop_map(|(vnic, group)| Edit::Detach { vnic, group }),
        2 => (place(), any_instance()).prop_map(|(place, instance)| Edit::AddInstance { place, instance }),
        2 => instance_id().prop_map(|instance| Edit::RemoveInstance { instance }),
        2 => any_instance().prop_map(|instance| Edit::ReplaceInstance { instance }),
    ];
    let others = prop_oneof![
        4 => address_group().prop_map(|address_group| Edit::ReplaceAddressGroup { address_group }),
        2 => (group_id(), sources()).prop_map(|(group, sources)| Edit::SetSources { group, sources }),
        2 => (group_id(), select_references())
            .prop_map(|(group, references)| Edit::RemoveGroup { group, references }),
        2 => group_id().prop_map(|group| Edit::CreateGroup { group }),
        1 => profile().prop_map(|profile| Edit::SetProfile { profile }),
    ];
    prop_oneof![4 => rules, 4 => members, 2 => others].boxed()
}

fn select_references() -> impl Strategy<Value = References> {
    prop_oneof![Just(References::Refuse), Just(References::Leave)]
}

/// Rules of edits as the profile of the document may have them.
fn fitted(edit: Edit, document: &Document) -> Edit {
    match edit {
        Edit::AddRule { group, place, rule } => Edit::AddRule { group, place, rule: fit(rule, &document.profile) },
        Edit::ReplaceRule { rule } => Edit::ReplaceRule { rule: fit(rule, &document.profile) },
        other => other,
    }
}

/// What is explained, by rule id.
fn named(policy: &Policy, explained: Vec<Explained>) -> Vec<(RuleId, Vec<policy::Mismatch>)> {
    explained.into_iter().map(|one| (policy.rule_id(one.rule).clone(), one.mismatches)).collect()
}

/// What a trial should say.
fn new_errors<T>(
    before: &[Diagnostic],
    after: &Document,
    outcome: &Result<T, Refusal>,
) -> Result<Vec<Diagnostic>, EditError> {
    match outcome {
        Err(Refusal::Edit(error)) => Err(error.clone()),
        Ok(_) | Err(Refusal::Faults(_)) => {
            let is_new = |found: &Diagnostic| found.severity == Severity::Error && !before.contains(found);
            Ok(after.validate().into_iter().filter(is_new).collect())
        }
    }
}

#[test]
fn a_vnic_is_tracked_as_its_groups_are() {
    let text = "{version: 1, networks: [{id: net}], groups: [{id: web}, {id: fast, stateful: false}], instances: [
        {id: a, vnics: [{network: net, mac: '52:54:00:00:00:0a', groups: [web]}]},
        {id: b, vnics: [{network: net, mac: '52:54:00:00:00:0b', groups: [fast]}]}]}";
    let document: Document = text.parse().expect("a document without faults");
    let mut resolved = Resolved::new(document, Revision(1)).expect("it resolves");
    let tracking = |policy: &Policy| policy.vnics().map(|(_, vnic)| vnic.tracking).collect::<Vec<Tracking>>();
    let (stateful, stateless) = (Tracking::Stateful, Tracking::Stateless);
    assert_eq!(tracking(resolved.policy()), [stateful, stateless]);
    for (edit, expect) in [
        ("set group web stateless", [stateless, stateless]),
        ("set group fast stateful", [stateless, stateful]),
        (
            "replace instance: {\"id\":\"a\",\"vnics\":[{\"network\":\"net\",\"mac\":\"52:54:00:00:00:0a\",\"groups\":[\"fast\"]}]}",
            [stateful, stateful],
        ),
    ] {
        resolved.apply(edit.parse::<Edit>().expect(edit), Revision(2)).expect(edit);
        let anew = resolve(resolved.document(), Revision(2)).expect("it resolves");
        assert_eq!((tracking(resolved.policy()), tracking(&anew)), (expect.to_vec(), expect.to_vec()), "{edit}");
    }
}

#[test]
fn an_instance_with_what_another_one_has_is_refused() {
    let text = "{version: 1, networks: [{id: net, subnets: [{prefix: 10.0.0.0/24}]}, {id: other, subnets: [{prefix: 10.0.0.0/24}]}],
        instances: [{id: a, vnics: [{network: net, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10], interface: tap0}]}]}";
    let document: Document = text.parse().expect("a document without faults");
    let check = |network: &str, mac: &str, address: &str, interface: &str, expect: &str| {
        let mut resolved = Resolved::new(document.clone(), Revision(1)).expect("it resolves");
        let edit = format!(
            "add instance: {{\"id\":\"b\",\"vnics\":[{{\"network\":\"{network}\",\"mac\":\"52:54:00:00:00:{mac}\",\
             \"addresses\":[\"10.0.0.{address}\"],\"interface\":\"{interface}\"}}]}}"
        );
        let refused = resolved.apply(edit.parse::<Edit>().expect("an edit"), Revision(2)).err();
        assert_eq!(refused.map(|refusal| refusal.to_string()).unwrap_or_default(), expect, "{edit}");
    };
    let taken = |field: &str, what: &str| format!("error: instances[1].vnics[0].{field}: the vnic `a` has {what}");
    check("net", "0b", "11", "tap1", "");
    check("other", "0a", "10", "tap1", "");
    let interface = taken("interface", "the interface `tap0`: choose another one");
    check("net", "0b", "11", "tap0", &interface);
    check("other", "0b", "11", "tap0", &interface);
    let mac = taken("mac", "`52:54:00:00:00:0a` in the same network: choose another MAC address");
    check("net", "0a", "11", "tap1", &mac);
    let address = taken("addresses[0]", "`10.0.0.10` in the same network: choose another address");
    check("net", "0b", "10", "tap1", &address);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn followed_and_resolved_agree(
        start in document(),
        edits in vec(edit(), 1..25),
        subjects in vec(subject(), 1..25),
    ) {
        let mut resolved = Resolved::new(start, Revision(1)).expect("generated documents resolve");
        let mut compared = (**resolved.policy()).clone();
        for (number, edit) in (2..).zip(edits) {
            let revision = Revision(number);
            let edit = fitted(edit, resolved.document());
            let mut after = resolved.document().clone();
            let said_before = after.validate();
            let tried = resolved.document().errors_after(vec![edit.clone()], &said_before);
            let expect = match edit.clone().apply(&mut after) {
                Ok(inverse) => resolve(&after, revision).map(|policy| (policy, inverse)).map_err(Refusal::Faults),
                Err(error) => Err(Refusal::Edit(error)),
            };
            prop_assert_eq!(tried, new_errors(&said_before, &after, &expect), "{}", edit);
            let (policy, inverse) = match expect {
                Ok(expect) => expect,
                Err(refusal) => {
                    let before = resolved.document().clone();
                    prop_assert_eq!(resolved.apply(edit.clone(), revision), Err(refusal), "{}", edit);
                    prop_assert_eq!(resolved.document(), &before);
                    continue;
                }
            };
            prop_assert_eq!(resolved.apply(edit.clone(), revision), Ok(inverse), "{}", edit);
            prop_assert_eq!(resolved.document(), &after);
            compared = resolve_after(&compared, &after, revision).expect("it resolves");
            for followed in [&**resolved.policy(), &compared] {
                prop_assert_eq!(followed.revision(), revision);
                prop_assert_eq!(followed.profile(), policy.profile());
                prop_assert_eq!(followed.vnics().count(), policy.vnics().count());
                let rules = |policy: &Policy| policy.rules().map(|rule| policy.rule(rule).rule.clone()).collect::<Vec<_>>();
                prop_assert_eq!(rules(followed), rules(&policy), "{}", edit);
                for family in Family::ALL {
                    prop_assert_eq!(named_remotes(followed, family), named_remotes(&policy, family), "{}", edit);
                }
                for (index, vnic) in policy.vnics() {
                    prop_assert_eq!(followed.vnic_index(&vnic.id), Some(index));
                    prop_assert_eq!(&followed.vnic(index).groups, &vnic.groups);
                    for (direction, subject) in &subjects {
                        let expect = said(&policy, index, *direction, subject);
                        prop_assert_eq!(said(followed, index, *direction, subject), expect, "{} {:?}", edit, subject);
                        let expect = named(&policy, policy.explain(index, *direction, subject));
                        let found = named(followed, followed.explain(index, *direction, subject));
                        prop_assert_eq!(found, expect, "{} {:?}", edit, subject);
                    }
                }
            }
        }
    }
}
