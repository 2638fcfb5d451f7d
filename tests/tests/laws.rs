//! Laws of decisions and of evaluation, for random documents and packets.

use conntrack::{Config, Conntrack, Counters, Flow, FlowId, FlowState, Tuple, Way, Zone};
use e2e::worlds::{Arrival, documents, packets, worlds};
use engine::{Accepted, Dropped, Event, Hook, Input, Verdict, adopt, complete, evaluate};
use policy::{
    Action, Decision, Document, Edit, EgressDefault, Evaluation, Policy, PortSecurity, Revision, SameSubnet, Subject,
    Tracking, VnicId, VnicIndex, resolve,
};
use proptest::collection::vec;
use proptest::prelude::*;
use wire::Packet;

fn policy_of(document: &Document) -> Policy {
    resolve(document, Revision(1)).expect("generated documents resolve")
}

/// Where a packet arrives and what rules see of it; `None` where there is no such vnic or nothing for rules.
fn subject_of(policy: &Policy, arrival: &Arrival) -> Option<(VnicIndex, Packet, Subject)> {
    let index = policy.vnic_index(&arrival.vnic)?;
    let packet = complete(policy, index, arrival.direction, &arrival.sketch);
    let subject = Subject::of(packet.datagram()?);
    Some((index, packet, subject))
}

fn allows(document: &Document, arrival: &Arrival) -> bool {
    let policy = policy_of(document);
    subject_of(&policy, arrival).is_some_and(|(index, _, subject)| {
        match policy.decide(index, arrival.direction, &subject) {
            Decision::SameSubnet | Decision::Allow(_) | Decision::DefaultAllow => true,
            Decision::Deny(_) | Decision::DefaultDeny | Decision::NoGroups => false,
        }
    })
}

fn is_union(document: &Document) -> bool {
    document.profile.evaluation == Evaluation::Union
}

/// Documents in which rules alone allow, and no rule takes anything away: a union, whose default a rule cannot close.
fn monotonic() -> impl Strategy<Value = Document> {
    documents().prop_filter("a union that denies by default", |document| {
        let profile = &document.profile;
        is_union(document)
            && profile.egress_default == EgressDefault::Deny
            && profile.same_subnet == SameSubnet::Filtered
    })
}

/// The same document with everything in reverse that has no order.
fn reversed(document: &Document) -> Document {
    let mut reversed = document.clone();
    reversed.groups.reverse();
    reversed.groups.iter_mut().for_each(|group| group.rules.reverse());
    reversed.address_groups.reverse();
    reversed.address_groups.iter_mut().for_each(|group| group.prefixes.reverse());
    reversed.instances.reverse();
    let vnics = reversed.instances.iter_mut().flat_map(|instance| &mut instance.vnics);
    vnics.for_each(|vnic| {
        vnic.groups.reverse();
        vnic.allowed_pairs.reverse();
    });
    reversed
}

/// The same document, in which only the rules of one of its groups are enabled.
fn only_group(document: &Document, kept: &str) -> Document {
    let mut only = document.clone();
    let others = only.groups.iter_mut().filter(|group| group.id.as_str() != kept);
    others.flat_map(|group| &mut group.rules).for_each(|rule| rule.enabled = false);
    only
}

proptest! {
    #[test]
    fn what_decides_is_what_is_explained(document in documents(), arrivals in vec(packets(), 1..20)) {
        let policy = policy_of(&document);
        for arrival in &arrivals {
            let Some((index, _, subject)) = subject_of(&policy, arrival) else { continue };
            let explained = policy.explain(index, arrival.direction, &subject);
            prop_assert_eq!(explained.len(), policy.rules_at(index, arrival.direction).count());
            let first = explained.iter().find(|rule| rule.mismatches.is_empty()).map(|found| found.rule);
            let decision = policy.decide(index, arrival.direction, &subject);
            // What is exempt from rules is not what they say.
            if decision == Decision::SameSubnet {
                continue;
            }
            let decides = match decision {
                Decision::Allow(rule) => Some((rule, Action::Allow)),
                Decision::Deny(rule) => Some((rule, Action::Deny)),
                Decision::SameSubnet | Decision::DefaultAllow | Decision::DefaultDeny | Decision::NoGroups => None,
            };
            prop_assert_eq!(first, decides.map(|(rule, _)| rule), "{}", arrival.sketch);
            if let Some((rule, action)) = decides {
                prop_assert_eq!(policy.rule(rule).rule.spec.action, action);
            }
        }
    }

    #[test]
    fn the_order_of_rules_and_groups_means_nothing_in_a_union(
        document in documents().prop_filter("a union", is_union),
        arrivals in vec(packets(), 1..20),
    ) {
        let reversed = reversed(&document);
        for arrival in &arrivals {
            prop_assert_eq!(allows(&document, arrival), allows(&reversed, arrival), "{}", arrival.sketch);
        }
    }

    #[test]
    fn a_rule_more_takes_nothing_away(document in monotonic(), arrivals in vec(packets(), 1..10)) {
        let rules: Vec<_> = document.groups.iter().flat_map(|group| &group.rules).map(|rule| rule.id.clone()).collect();
        for rule in rules {
            let mut less = document.clone();
            let removed = Edit::RemoveRule { rule }.apply(&mut less);
            prop_assert!(removed.is_ok());
            for arrival in &arrivals {
                prop_assert!(!allows(&less, arrival) || allows(&document, arrival), "{}", arrival.sketch);
            }
        }
    }

    #[test]
    fn a_union_allows_what_any_of_its_groups_allows(document in monotonic(), arrivals in vec(packets(), 1..10)) {
        for arrival in &arrivals {
            let attached = document.vnic(arrival.vnic.as_str()).map(|(_, vnic)| vnic.groups.clone()).unwrap_or_default();
            let any = attached.iter().any(|group| allows(&only_group(&document, group.as_str()), arrival));
            prop_assert_eq!(allows(&document, arrival), any, "{}", arrival.sketch);
        }
    }

    #[test]
    fn a_document_always_resolves_to_the_same(document in documents(), arrivals in vec(packets(), 1..20)) {
        let (first, second) = (policy_of(&document), policy_of(&document.clone()));
        for arrival in &arrivals {
            let Some((index, packet, subject)) = subject_of(&first, arrival) else { continue };
            let direction = arrival.direction;
            prop_assert_eq!(second.vnic_index(&arrival.vnic), Some(index));
            prop_assert_eq!(first.decide(index, direction, &subject), second.decide(index, direction, &subject));
            prop_assert_eq!(first.guard(index, direction, &packet), second.guard(index, direction, &packet));
            prop_assert_eq!(first.explain(index, direction, &subject), second.explain(index, direction, &subject));
        }
    }

    #[test]
    fn a_dropped_packet_leaves_the_flows_as_they_were(world in worlds(40)) {
        let scenario = world.scenario();
        let config = Config { pick_up: scenario.pick_up, ..Config::default() };
        let (mut document, mut conntrack) = (scenario.document.clone(), Conntrack::new(config));
        let mut policy = policy_of(&document);
        adopt(&policy, &mut conntrack);
        for step in &scenario.steps {
            match &step.event {
                Event::Apply(edit) => {
                    prop_assert!(edit.clone().apply(&mut document).is_ok());
                    policy = resolve(&document, Revision(policy.revision().0 + 1)).expect("worlds resolve");
                    adopt(&policy, &mut conntrack);
                }
                Event::Arrival { vnic, direction, input: Input::Packet(sketch), .. } => {
                    let Some(index) = policy.vnic_index(vnic) else { continue };
                    let packet = complete(&policy, index, *direction, sketch);
                    let hook = Hook { vnic: index, zone: zone(vnic), direction: *direction };
                    let before = flows(&conntrack);
                    let verdict = evaluate(&policy, &mut conntrack, hook, &packet, step.at);
                    let after = flows(&conntrack);
                    match verdict {
                        Verdict::Accept(_) => {}
                        Verdict::Drop(Dropped::Revoked) => {
                            prop_assert_eq!(contents(&before), contents(&after), "{}", step);
                        }
                        Verdict::Drop(_) | Verdict::Hold => prop_assert_eq!(before, after, "{}", step),
                    }
                }
                Event::Arrival { input: Input::Frame(_), .. } | Event::Refuse { .. } | Event::Fault { .. } => {}
            }
        }
    }
}

proptest! {
    #[test]
    fn without_tracking_the_past_means_nothing(world in worlds(40)) {
        let scenario = world.scenario();
        let (mut document, mut conntrack) = (scenario.document.clone(), Conntrack::new(Config::default()));
        let mut policy = policy_of(&document);
        for step in &scenario.steps {
            match &step.event {
                Event::Apply(edit) => {
                    prop_assert!(edit.clone().apply(&mut document).is_ok());
                    policy = resolve(&document, Revision(policy.revision().0 + 1)).expect("worlds resolve");
                }
                Event::Arrival { vnic, direction, input: Input::Packet(sketch), .. } => {
                    let Some(index) = policy.vnic_index(vnic) else { continue };
                    let packet = complete(&policy, index, *direction, sketch);
                    let hook = Hook { vnic: index, zone: zone(vnic), direction: *direction };
                    let verdict = evaluate(&policy, &mut conntrack, hook, &packet, step.at);
                    let here = policy.vnic(index);
                    if here.tracking == Tracking::Stateful && here.port_security == PortSecurity::On {
                        continue;
                    }
                    let alone = evaluate(&policy, &mut Conntrack::new(Config::default()), hook, &packet, step.at);
                    prop_assert_eq!(verdict, alone, "{}", step);
                    prop_assert!(!verdict.is_accept() || is_infra(verdict) || conntrack.zone_len(hook.zone) == 0);
                }
                Event::Arrival { input: Input::Frame(_), .. } | Event::Refuse { .. } | Event::Fault { .. } => {}
            }
        }
    }
}

/// Infrastructure passes everywhere and is tracked nowhere.
fn is_infra(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Accept(Accepted::Infra(_)))
}

/// A zone for each vnic, whatever the policy.
fn zone(vnic: &VnicId) -> Zone {
    Zone(vnic.as_str().bytes().map(u32::from).sum())
}

fn flows(conntrack: &Conntrack) -> Vec<(FlowId, Flow)> {
    conntrack.flows().collect()
}

/// What revocation leaves as it is: all but the mark of being revoked, and how long that is remembered.
fn contents(flows: &[(FlowId, Flow)]) -> Vec<(FlowId, Tuple, FlowState, [Counters; 2])> {
    let counters = |flow: &Flow| [Way::Original, Way::Reply].map(|way| flow.counters(way));
    flows.iter().map(|(id, flow)| (*id, flow.original(), flow.state(), counters(flow))).collect()
}
