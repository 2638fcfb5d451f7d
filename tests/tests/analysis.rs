//! Answers about every packet at once, held against packets one by one.

use std::net::IpAddr;

use analysis::{By, Change, Diff, Opening, Reach, Said, diff, idle_rules, matrix, vicinity};
use conntrack::{Config, Conntrack, Instant, Zone};
use e2e::answers::said;
use e2e::worlds::{document_pairs, documents, packets};
use engine::{Dropped, Hook, Verdict, complete, evaluate};
use policy::{
    Action, Direction, Document, Edit, Family, Policy, PolicyVnic, Revision, Subject, Tracking, VnicId, VnicIndex,
    resolve, resolve_after,
};
use proptest::collection::vec;
use proptest::prelude::*;
use wire::{Endpoints, Transport};

fn policy_of(document: &Document) -> Policy {
    resolve(document, Revision(1)).expect("generated documents resolve")
}

/// Two policies, as [`document_pairs`] has them: of nothing in common, or sharing what they have in common.
fn pairs() -> impl Strategy<Value = (Policy, Policy)> {
    (document_pairs(), any::<bool>()).prop_map(|((before, after), follows)| {
        let before = policy_of(&before);
        let after = match follows {
            true => resolve_after(&before, &after, Revision(2)).expect("generated documents resolve"),
            false => policy_of(&after),
        };
        (before, after)
    })
}

/// The changes that a packet at a vnic is in.
fn around<'d>(diff: &'d Diff, vnic: &VnicId, direction: Direction, subject: &Subject) -> Vec<&'d Change> {
    let concerns = |change: &&Change| change.vnics.contains(vnic) && change.region.contains(direction, subject);
    diff.changes.iter().filter(concerns).collect()
}

/// Headers are missing only where nothing is tracked.
fn is_judged_alone(policy: &Policy, id: &VnicId) -> bool {
    policy.vnic_index(id).is_some_and(|index| policy.vnic(index).tracking == Tracking::Stateless)
}

proptest! {
    #[test]
    fn a_diff_has_every_packet_whose_fate_changes_and_no_other(
        (before, after) in pairs(),
        arrivals in vec(packets(), 1..60),
    ) {
        let diff = diff(&before, &after);
        for arrival in &arrivals {
            let Some(index) = before.vnic_index(&arrival.vnic).or(after.vnic_index(&arrival.vnic)) else { continue };
            let known = if before.vnic_index(&arrival.vnic).is_some() { &before } else { &after };
            let packet = complete(known, index, arrival.direction, &arrival.sketch);
            let Some(datagram) = packet.datagram() else { continue };
            let subject = Subject::of(datagram);
            let has_header = !matches!(datagram.transport, Transport::Missing(_));
            if !has_header && ![&before, &after].iter().any(|policy| is_judged_alone(policy, &arrival.vnic)) {
                continue;
            }
            let (was, is) = (
                said(&before, &arrival.vnic, arrival.direction, &subject),
                said(&after, &arrival.vnic, arrival.direction, &subject),
            );
            let found: Vec<(Said, Said)> = around(&diff, &arrival.vnic, arrival.direction, &subject)
                .into_iter()
                .map(|change| (change.before.clone(), change.after.clone()))
                .collect();
            let expect = if was.action == is.action { vec![] } else { vec![(was, is)] };
            prop_assert_eq!(found, expect, "{} at {}", arrival.sketch, arrival.vnic);
        }
    }

    #[test]
    fn witnesses_show_what_changes((before, after) in pairs()) {
        for change in diff(&before, &after).changes {
            let Some(witness) = &change.witness else { continue };
            prop_assert!(change.vnics.contains(&witness.vnic));
            for (policy, expect) in [(&before, &change.before), (&after, &change.after)] {
                let Some(index) = policy.vnic_index(&witness.vnic) else {
                    prop_assert_eq!(&expect.by, &By::UnknownVnic);
                    continue;
                };
                let packet = complete(policy, index, witness.direction, &witness.packet);
                let datagram = packet.datagram().expect("a witness is a datagram");
                let subject = Subject::of(datagram);
                prop_assert!(change.region.contains(witness.direction, &subject), "{} in {}", witness.packet, change.region);
                prop_assert_eq!(&said(policy, &witness.vnic, witness.direction, &subject), expect);
                if let Some(passes) = passes(policy, index, witness.direction, &packet) {
                    prop_assert_eq!(passes, expect.action == Action::Allow, "{} by {}", witness.packet, expect);
                }
            }
        }
    }

    /// And all of them at once may go, but for those that cover each other.
    #[test]
    fn without_an_idle_rule_nothing_changes(document in documents()) {
        let policy = policy_of(&document);
        for idle in idle_rules(&policy) {
            let mut without = document.clone();
            let removed = Edit::RemoveRule { rule: idle.rule.clone() }.apply(&mut without);
            prop_assert!(removed.is_ok(), "{:?}", removed);
            // Of a profile that counts rules a document may be too small.
            let Ok(without) = resolve(&without, Revision(2)) else { continue };
            prop_assert_eq!(diff(&policy, &without).changes, [], "{:?}", idle);
        }
    }

    /// What decides a packet is not idle, and neither is any rule that is on a vnic and decides something.
    #[test]
    fn rules_that_decide_are_not_idle(document in documents(), arrivals in vec(packets(), 1..60)) {
        let policy = policy_of(&document);
        let idle = idle_rules(&policy);
        for arrival in &arrivals {
            let Some(index) = policy.vnic_index(&arrival.vnic) else { continue };
            let packet = complete(&policy, index, arrival.direction, &arrival.sketch);
            let Some(datagram) = packet.datagram() else { continue };
            let said = said(&policy, &arrival.vnic, arrival.direction, &Subject::of(datagram));
            let By::Rule(rule) = said.by else { continue };
            prop_assert!(!idle.iter().any(|idle| idle.rule == rule), "{} decides {}", rule, arrival.sketch);
        }
    }

    #[test]
    fn all_around_a_packet_the_same_is_said(document in documents(), arrivals in vec(packets(), 2..60)) {
        let policy = policy_of(&document);
        let subjects: Vec<(VnicIndex, Direction, Subject)> = arrivals
            .iter()
            .filter_map(|arrival| {
                let index = policy.vnic_index(&arrival.vnic)?;
                let packet = complete(&policy, index, arrival.direction, &arrival.sketch);
                Some((index, arrival.direction, Subject::of(packet.datagram()?)))
            })
            .collect();
        for (index, direction, subject) in &subjects {
            let (region, said) = vicinity(&policy, *index, *direction, subject);
            prop_assert!(region.contains(*direction, subject), "{:?} in {}", subject, region);
            for (_, other_direction, other) in &subjects {
                if region.contains(*other_direction, other) {
                    let decision = policy.decide(*index, *direction, other);
                    prop_assert_eq!(decision, policy.decide(*index, *direction, subject), "{} {}: {:?}", said, region, other);
                }
            }
        }
    }

    #[test]
    fn a_matrix_has_what_both_ends_allow_and_nothing_else(document in documents(), arrivals in vec(packets(), 1..20)) {
        let policy = policy_of(&document);
        let matrix = matrix(&policy);
        let headers: Vec<Subject> = arrivals
            .iter()
            .filter_map(|arrival| {
                let index = policy.vnic_index(&arrival.vnic)?;
                let packet = complete(&policy, index, arrival.direction, &arrival.sketch);
                let datagram = packet.datagram().filter(|datagram| !matches!(datagram.transport, Transport::Missing(_)))?;
                Some(Subject::of(datagram))
            })
            .collect();
        for (_, from) in policy.vnics() {
            for (_, to) in policy.vnics().filter(|(_, to)| to.id != from.id) {
                let listed = |reach: &&Reach| reach.from.contains(&from.id) && reach.to.contains(&to.id);
                let opens: Vec<&Opening> = matrix.within.iter().filter(listed).flat_map(|reach| &reach.opens).collect();
                for header in &headers {
                    let family = header.endpoints.family();
                    let address = |vnic: &PolicyVnic| vnic.addresses.iter().copied().filter(|one| Family::of(*one) == family).collect();
                    let (own, other): (Vec<IpAddr>, Vec<IpAddr>) = (address(from), address(to));
                    let passes = own.iter().any(|own| other.iter().any(|other| {
                        let endpoints = Endpoints::new(*own, *other).expect("one family");
                        let subject = Subject { endpoints, ..*header };
                        [(from, Direction::Egress), (to, Direction::Ingress)]
                            .iter()
                            .all(|(vnic, direction)| said(&policy, &vnic.id, *direction, &subject).action == Action::Allow)
                    }));
                    let listed = opens.iter().any(|opening| opening.contains(header));
                    prop_assert_eq!(listed, passes, "{} to {}: {:?}", from.id, to.id, header);
                }
            }
        }
    }

    #[test]
    fn exposures_are_what_passes_from_and_to_the_outside(document in documents(), arrivals in vec(packets(), 1..60)) {
        let policy = policy_of(&document);
        let matrix = matrix(&policy);
        for arrival in &arrivals {
            let Some(index) = policy.vnic_index(&arrival.vnic) else { continue };
            let packet = complete(&policy, index, arrival.direction, &arrival.sketch);
            let Some(datagram) = packet.datagram() else { continue };
            let subject = Subject::of(datagram);
            let remote = subject.remote(arrival.direction);
            let is_inside = policy.vnics().any(|(_, vnic)| vnic.addresses.contains(&remote));
            if is_inside || matches!(datagram.transport, Transport::Missing(_)) {
                continue;
            }
            let listed = matrix
                .outside
                .iter()
                .any(|one| one.vnics.contains(&arrival.vnic) && one.region.contains(arrival.direction, &subject));
            let passes = said(&policy, &arrival.vnic, arrival.direction, &subject).action == Action::Allow;
            prop_assert_eq!(listed, passes, "{} at {}", arrival.sketch, arrival.vnic);
        }
    }

    #[test]
    fn nothing_changes_from_a_policy_to_itself(document in documents()) {
        prop_assert_eq!(diff(&policy_of(&document), &policy_of(&document)).changes, []);
    }

    #[test]
    fn the_way_back_is_the_way_there_reversed((before, after) in pairs()) {
        let reverse = |change: Change| (change.region, change.vnics, change.after, change.before);
        let mut there: Vec<_> = diff(&before, &after).changes.into_iter().map(reverse).collect();
        let mut back: Vec<_> = diff(&after, &before)
            .changes
            .into_iter()
            .map(|change| (change.region, change.vnics, change.before, change.after))
            .collect();
        there.sort();
        back.sort();
        prop_assert_eq!(there, back);
    }
}

/// Whether the engine lets a packet pass to which nothing came before; `None` where the source guard or tracking decides.
fn passes(policy: &Policy, vnic: VnicIndex, direction: Direction, packet: &wire::Packet) -> Option<bool> {
    let mut conntrack = Conntrack::new(Config::default());
    let hook = Hook { vnic, zone: Zone(0), direction };
    match evaluate(policy, &mut conntrack, hook, packet, Instant::default()) {
        Verdict::Drop(Dropped::Spoofed(_) | Dropped::Invalid(_)) | Verdict::Hold => None,
        Verdict::Accept(engine::Accepted::Infra(_)) => None,
        verdict => Some(verdict.is_accept()),
    }
}
