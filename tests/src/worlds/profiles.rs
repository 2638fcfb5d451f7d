//! All built-in profiles, and profiles that differ from them in any switch.

use std::time::Duration;

use policy::{BuiltIn, Evaluation, Limits, Profile, ProtocolWord, Protocols, Revocations, RuleSpec, Switch};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Profiles under which documents of these worlds can resolve.
pub(super) fn profiles() -> BoxedStrategy<Profile> {
    let built_in = || select(&BuiltIn::ALL[..]);
    let most = prop_oneof![Just(BuiltIn::Portcullis), Just(BuiltIn::OpenStack)];
    prop_oneof![
        2 => most.prop_map(BuiltIn::profile),
        3 => built_in().prop_map(BuiltIn::profile),
        5 => built_in().prop_flat_map(own),
    ]
    .boxed()
}

/// A profile of somebody's own; about a third of the switches differ from the base's.
fn own(base: BuiltIn) -> BoxedStrategy<Profile> {
    let verdicts = (switch::<policy::Evaluation>(), switch::<policy::EgressDefault>(), switch::<policy::SameSubnet>());
    let others = (switch::<policy::RemoteMembers>(), switch::<policy::Bum>(), switch::<policy::GroupChanges>());
    let revocation = (switch::<policy::Revocation>(), switch::<policy::Revocation>());
    let numbers =
        (option::of(0..2_usize), option::of(option::of(3..5_usize)), option::of(select(&[3_u64, 150, 180][..])));
    (verdicts, others, revocation, numbers, option::of(protocols()), option::of(limits()))
        .prop_map(move |(verdicts, others, revocation, numbers, protocols, limits)| {
            let mut own = Profile { name: "own".to_owned(), ..base.profile() };
            own.evaluation = verdicts.0.unwrap_or(own.evaluation);
            own.egress_default = verdicts.1.unwrap_or(own.egress_default);
            own.same_subnet = verdicts.2.unwrap_or(own.same_subnet);
            own.remote_members = others.0.unwrap_or(own.remote_members);
            own.bum = others.1.unwrap_or(own.bum);
            own.group_changes = others.2.unwrap_or(own.group_changes);
            own.revocation = Revocations {
                ingress: revocation.0.unwrap_or(own.revocation.ingress),
                egress: revocation.1.unwrap_or(own.revocation.egress),
            };
            own.minimum_groups = numbers.0.unwrap_or(own.minimum_groups);
            own.maximum_groups = numbers.1.unwrap_or(own.maximum_groups);
            own.udp_stream_timeout = numbers.2.map_or(own.udp_stream_timeout, Duration::from_secs);
            own.protocols = protocols.unwrap_or(own.protocols);
            own.limits = limits.unwrap_or(own.limits);
            let permitted = |spec: &RuleSpec| own.protocols.permit(spec.family, &spec.protocol);
            own.new_group_rules.retain(permitted);
            own.default_group_rules.retain(permitted);
            own
        })
        .boxed()
}

fn switch<S: Switch + std::fmt::Debug>() -> impl Strategy<Value = Option<S>> {
    let settings: Vec<S> = S::WORDS.iter().map(|(_, setting)| *setting).collect();
    prop_oneof![2 => Just(None), 1 => select(settings).prop_map(Some)]
}

fn protocols() -> impl Strategy<Value = Protocols> {
    const WORDS: [&str; 9] = ["any", "number", "tcp", "udp", "icmp", "icmpv6", "esp", "sctp", "200"];
    let words = subsequence(&WORDS[..], 4..=WORDS.len()).prop_map(|words| {
        Protocols::Only(words.iter().map(|word| word.parse::<ProtocolWord>().expect("a word")).collect())
    });
    prop_oneof![2 => Just(Protocols::All), 1 => words]
}

/// Limits that documents of these worlds are near to.
fn limits() -> impl Strategy<Value = Limits> {
    let count = || option::of(4..12_usize);
    (count(), count(), count(), count(), option::of(8..40_usize)).prop_map(|(groups, rules, group, half, product)| {
        Limits {
            groups,
            rules,
            rules_per_group: group,
            rules_per_direction_and_family: half,
            groups_times_rules_per_vnic: product,
        }
    })
}

/// Whether priorities and deny mean something.
pub(super) fn is_ordered(profile: &Profile) -> bool {
    profile.evaluation == Evaluation::Ordered
}
