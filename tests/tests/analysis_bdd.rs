//! Answers about every packet at once, held against binary decision diagrams that are made of the rules themselves.
//!
//! The diagrams know neither policies nor surfaces, so what is wrong in those is seen here too. `PROPTEST_CASES` says how many
//! documents are looked at, a third of it.

use std::collections::{BTreeMap, BTreeSet};

use analysis::{Addresses, By, Cause, Keys, Protocols, Region, Said, diff, idle_rules, matrix, vicinity};
use diagrams::{Decider, Packets, Reading, Universe};
use e2e::worlds::{document_pairs, documents, packets};
use engine::complete;
use policy::{
    Action, Direction, Document, EgressDefault, Family, Policy, PortSecurity, Revision, Rule, Subject, Tracking,
    VnicId, resolve,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const DIRECTIONS: [Direction; 2] = [Direction::Ingress, Direction::Egress];
const FAMILIES: [Family; 2] = [Family::Ipv4, Family::Ipv6];

/// Diagrams are slow, and say more of a document than many packets do.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.div_ceil(3), ..usual }
}

fn policy_of(document: &Document) -> Policy {
    resolve(document, Revision(1)).expect("generated documents resolve")
}

fn vnics<'d>(documents: &[&'d Document]) -> BTreeSet<&'d VnicId> {
    documents.iter().flat_map(|document| document.vnics()).map(|(_, vnic)| &vnic.id).collect()
}

/// What a decider says, in the words of an answer.
fn said(decider: &Decider) -> Said {
    let by = match decider {
        Decider::UnknownVnic => By::UnknownVnic,
        Decider::PortSecurityOff => By::PortSecurityOff,
        Decider::SameSubnet => By::SameSubnet,
        Decider::NoGroups => By::NoGroups,
        Decider::Rule(rule, _) => By::Rule(rule.clone()),
        Decider::Default(_) => By::Default,
    };
    Said { action: decider.action(), by }
}

/// The packets of which each thing is said.
fn sayings(deciders: BTreeMap<Decider, Packets>) -> BTreeMap<Said, Packets> {
    deciders.into_iter().map(|(decider, packets)| (said(&decider), packets)).collect()
}

fn allowed(universe: &Universe, deciders: &BTreeMap<Decider, Packets>) -> Packets {
    let allowing = deciders.iter().filter(|(decider, _)| decider.action() == Action::Allow);
    allowing.fold(universe.nothing(), |set, (_, packets)| set.union(packets))
}

/// The packets of a region, whatever its direction.
fn within(universe: &Universe, region: &Region) -> Packets {
    named(universe, &region.protocols, &region.keys).intersection(&of_addresses(universe, &region.remote))
}

fn of_addresses(universe: &Universe, addresses: &Addresses) -> Packets {
    addresses.ranges().fold(universe.nothing(), |set, (first, last)| set.union(&universe.remotes(first, last)))
}

fn named(universe: &Universe, protocols: &Protocols, keys: &Keys) -> Packets {
    let keys = match keys {
        Keys::All => universe.all().clone(),
        Keys::Ports(ranges) | Keys::Icmp(ranges) => {
            ranges.iter().fold(universe.nothing(), |set, (first, last)| set.union(&universe.keys(*first, *last)))
        }
        Keys::Missing => universe.keyless(),
    };
    universe.protocols(protocols.iter()).intersection(&keys).intersection(universe.all())
}

/// Whether a vnic judges fragments by themselves: its groups are stateless.
fn is_stateless(document: &Document, vnic: &VnicId) -> bool {
    let groups = document.vnic(vnic.as_str()).into_iter().flat_map(|(_, vnic)| &vnic.groups);
    groups.filter_map(|id| document.group(id.as_str())).any(|group| group.tracking == Tracking::Stateless)
}

fn same(universe: &Universe, found: &Packets, expect: &Packets, what: &str) -> Result<(), TestCaseError> {
    let too_many = universe.example(&found.without(expect));
    let missing = universe.example(&expect.without(found));
    prop_assert_eq!((too_many, missing), (None, None), "{}: what is there and should not, and the other way", what);
    Ok(())
}

/// Few rules, in clouds where the first egress rule closes what was open: so the rules that do no more than that are seen.
fn sparse_documents() -> impl Strategy<Value = Document> {
    let defaults = select(&[EgressDefault::AllowUntilFirstRule, EgressDefault::AllowUntilFirstRuleOfFamily][..]);
    (documents(), defaults, vec(any::<Index>(), 1..4)).prop_map(|(mut document, egress_default, kept)| {
        document.profile.name = "sparse".to_owned();
        document.profile.egress_default = egress_default;
        for group in &mut document.groups {
            let kept: BTreeSet<usize> = kept.iter().map(|index| index.index(12)).collect();
            let rules = std::mem::take(&mut group.rules).into_iter().enumerate();
            group.rules = rules.filter(|(place, _)| kept.contains(place)).map(|(_, rule)| rule).collect();
        }
        document
    })
}

proptest! {
    #![proptest_config(config())]

    /// And each packet is in one region, which tells the right deciders.
    #[test]
    fn a_diff_is_the_symmetric_difference((before, after) in document_pairs()) {
        let diff = diff(&policy_of(&before), &policy_of(&after));
        for universe in FAMILIES.map(Universe::of) {
            let readings = (Reading::of(&before, &universe), Reading::of(&after, &universe));
            for vnic in vnics(&[&before, &after]) {
                let is_alone = is_stateless(&before, vnic) || is_stateless(&after, vnic);
                let judged = if is_alone { universe.all() } else { universe.whole() };
                for direction in DIRECTIONS {
                    let was = readings.0.deciders(vnic, direction);
                    let is = readings.1.deciders(vnic, direction);
                    let (passed, passes) = (allowed(&universe, &was), allowed(&universe, &is));
                    let differ = passed.without(&passes).union(&passes.without(&passed)).intersection(judged);
                    let (was, is) = (sayings(was), sayings(is));
                    let mut found = universe.nothing();
                    for change in &diff.changes {
                        let region = &change.region;
                        if region.direction != direction || region.family() != universe.family() || !change.vnics.contains(vnic) {
                            continue;
                        }
                        let packets = within(&universe, region).intersection(judged);
                        prop_assert!(!packets.is_empty(), "{} is empty", region);
                        prop_assert!(packets.intersection(&found).is_empty(), "{} at {} is listed twice", region, vnic);
                        for (said, before_or_after) in [(&change.before, &was), (&change.after, &is)] {
                            let said_of = before_or_after.get(said);
                            prop_assert!(said_of.is_some_and(|set| packets.is_within(set)), "{} is not all {}", region, said);
                        }
                        found = found.union(&packets);
                    }
                    same(&universe, &found, &differ, &format!("{direction} {:?} at {vnic}", universe.family()))?;
                }
            }
        }
    }

    /// A rule is idle exactly if at no vnic anything changes of who decides what without it.
    #[test]
    fn idle_rules_are_those_without_which_the_same_decides(
        document in prop_oneof![documents().boxed(), sparse_documents().boxed()],
    ) {
        let idle = idle_rules(&policy_of(&document));
        let universes = FAMILIES.map(Universe::of);
        let readings = universes.each_ref().map(|universe| Reading::of(&document, universe));
        let asking = || document.vnics().map(|(_, vnic)| vnic).filter(|vnic| vnic.port_security == PortSecurity::On);
        for rule in document.groups.iter().flat_map(|group| &group.rules) {
            let direction = rule.spec.direction;
            let changes = asking().any(|vnic| {
                readings.iter().any(|reading| {
                    let asked = reading.rules_at(&vnic.id, direction);
                    let rest: Vec<&Rule> = asked.iter().copied().filter(|other| other.id != rule.id).collect();
                    rest.len() < asked.len()
                        && reading.deciders_of(&vnic.id, direction, &asked)
                            != reading.deciders_of(&vnic.id, direction, &rest)
                })
            });
            let found = idle.iter().find(|idle| idle.rule == rule.id);
            prop_assert_eq!(found.is_none(), changes, "{} {:?}", rule.id, found);
            let Some(Cause::Covered { by }) = found.map(|idle| &idle.cause) else { continue };
            let covering: BTreeSet<Said> = asking()
                .flat_map(|vnic| readings.iter().map(move |reading| (vnic, reading)))
                .filter(|(vnic, reading)| reading.rules_at(&vnic.id, direction).iter().any(|asked| asked.id == rule.id))
                .flat_map(|(vnic, reading)| {
                    let deciders = sayings(reading.deciders(&vnic.id, direction)).into_iter();
                    deciders.filter(|(_, set)| !set.intersection(reading.matching(&rule.id)).is_empty())
                })
                .map(|(said, _)| said)
                .collect();
            prop_assert_eq!(by, &covering, "{}", rule.id);
        }
    }

    /// Its addresses are all with which the packet itself is decided alike, its keys all that these have in common, and its
    /// protocols, where that is every key, likewise.
    #[test]
    fn a_vicinity_is_decided_alike_and_could_not_be_larger(document in documents(), arrivals in vec(packets(), 1..12)) {
        let policy = policy_of(&document);
        let universes = FAMILIES.map(Universe::of);
        let readings = universes.each_ref().map(|universe| Reading::of(&document, universe));
        for arrival in &arrivals {
            let Some(index) = policy.vnic_index(&arrival.vnic) else { continue };
            // Of a vnic that filters nothing, the rules say nothing.
            if policy.vnic(index).port_security == PortSecurity::Off {
                continue;
            }
            let packet = complete(&policy, index, arrival.direction, &arrival.sketch);
            let Some(subject) = packet.datagram().map(Subject::of) else { continue };
            let family = subject.endpoints.family();
            let (universe, reading) = match family {
                Family::Ipv4 => (&universes[0], &readings[0]),
                Family::Ipv6 => (&universes[1], &readings[1]),
            };
            let deciders = sayings(reading.deciders(&arrival.vnic, arrival.direction));
            let (region, said) = vicinity(&policy, index, arrival.direction, &subject);
            let decided = &deciders[&said];
            let own = universe.packet(arrival.direction, &subject);
            let found = within(universe, &region);
            prop_assert!(own.is_within(decided) && own.is_within(&found) && found.is_within(decided), "{}", region);

            let who = of_addresses(universe, &region.remote);
            let like_it = universe.from_anyone(&own);
            let expect = decided.intersection(&like_it);
            same(universe, &who.intersection(&like_it), &expect, "addresses")?;

            let others = universe.from_anyone(&who.intersection(universe.all()).without(decided));
            let in_common = universe.all().without(&others);
            let of_own = universe.protocols([subject.protocol]);
            let keys = named(universe, &region.protocols, &region.keys);
            let every = of_own.intersection(universe.all());
            prop_assert_eq!(region.keys == Keys::All, every.is_within(&in_common), "{}", region);
            match region.keys {
                Keys::Ports(_) | Keys::Icmp(_) => {
                    let keys_in_common = in_common.intersection(&of_own).without(&universe.keyless());
                    same(universe, &keys.intersection(&of_own), &keys_in_common, "keys")?;
                }
                Keys::Missing => same(universe, &keys, &like_it, "a header that is missing")?,
                Keys::All => {
                    for protocol in (0..=u8::MAX).map(wire::IpProtocol) {
                        let all = universe.protocols([protocol]).intersection(universe.all());
                        prop_assert_eq!(region.protocols.contains(protocol), all.is_within(&in_common), "{:?}", protocol);
                    }
                }
            }
        }
    }

    #[test]
    fn a_matrix_is_what_both_ends_allow(document in documents()) {
        let matrix = matrix(&policy_of(&document));
        for universe in FAMILIES.map(Universe::of) {
            let reading = Reading::of(&document, &universe);
            let passing: BTreeMap<(&VnicId, Direction), Packets> = vnics(&[&document])
                .into_iter()
                .flat_map(|vnic| DIRECTIONS.map(|direction| (vnic, direction)))
                .map(|(vnic, direction)| {
                    let deciders = reading.deciders(vnic, direction);
                    ((vnic, direction), allowed(&universe, &deciders).intersection(universe.whole()))
                })
                .collect();
            let with = |vnic: &VnicId, direction, other: &policy::Vnic| {
                let addresses = other.addresses.iter().map(|address| universe.remotes(*address, *address));
                let passing = &passing[&(vnic, direction)];
                addresses.map(|address| universe.from_anyone(&passing.intersection(&address))).collect::<Vec<Packets>>()
            };
            for (_, from) in document.vnics() {
                for (_, to) in document.vnics().filter(|(_, to)| to.id != from.id) {
                    let mut expect = universe.nothing();
                    for there in with(&from.id, Direction::Egress, to) {
                        for back in with(&to.id, Direction::Ingress, from) {
                            expect = expect.union(&there.intersection(&back));
                        }
                    }
                    let reaches = matrix.within.iter().filter(|reach| reach.from.contains(&from.id) && reach.to.contains(&to.id));
                    let opens = reaches.flat_map(|reach| &reach.opens).filter(|open| open.family == universe.family());
                    let found = opens.fold(universe.nothing(), |set, open| set.union(&named(&universe, &open.protocols, &open.keys)));
                    let found = found.intersection(universe.whole());
                    same(&universe, &found, &expect, &format!("{} to {}", from.id, to.id))?;
                }
            }
            let taken = document.vnics().flat_map(|(_, vnic)| &vnic.addresses);
            let taken = taken.fold(universe.nothing(), |set, address| set.union(&universe.remotes(*address, *address)));
            for ((vnic, direction), passing) in &passing {
                let mut found = universe.nothing();
                for exposure in matrix.outside.iter().filter(|exposure| exposure.vnics.contains(vnic)) {
                    let region = &exposure.region;
                    if region.direction == *direction && region.family() == universe.family() {
                        let packets = within(&universe, region).intersection(universe.whole());
                        prop_assert!(packets.is_within(passing), "{} does not pass at {}", region, vnic);
                        prop_assert!(!packets.is_within(&taken), "{} is not outside", region);
                        found = found.union(&packets);
                    }
                }
                same(&universe, &found.without(&taken), &passing.without(&taken), &format!("{direction} at {vnic}"))?;
            }
        }
    }
}
