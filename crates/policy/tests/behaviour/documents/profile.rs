//! Random profiles: every switch in every setting.

use std::time::Duration;

use policy::{BuiltIn, Limits, Profile, ProtocolWord, Protocols, Revocations, Switch};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use wire::IpProtocol;

use super::{spec, text};

/// A built-in profile, or one of somebody's own.
pub(super) fn profile() -> BoxedStrategy<Profile> {
    let base = || prop::sample::select(&BuiltIn::ALL[..]);
    prop_oneof![base().prop_map(BuiltIn::profile), (base(), text()).prop_flat_map(|(base, name)| own(base, name))]
        .boxed()
}

fn own(base: BuiltIn, name: String) -> impl Strategy<Value = Profile> {
    let decision = (switch(), switch(), switch(), switch());
    let others = (switch(), switch(), switch(), switch());
    let rules = (option::of(vec(spec(), 0..3)), option::of(vec(spec(), 0..3)));
    let numbers = (option::of(0..4_usize), option::of(option::of(0..9_usize)), option::of(1..=432_000_u64));
    let counts = option::of(limits());
    (decision, others, rules, numbers, option::of(protocols()), counts).prop_map(
        move |(decision, others, rules, numbers, protocols, limits)| {
            let base = base.profile();
            Profile {
                name: name.clone(),
                base: base.base,
                evaluation: decision.0.unwrap_or(base.evaluation),
                egress_default: decision.1.unwrap_or(base.egress_default),
                same_subnet: decision.2.unwrap_or(base.same_subnet),
                remote_members: decision.3.unwrap_or(base.remote_members),
                bum: others.0.unwrap_or(base.bum),
                group_changes: others.1.unwrap_or(base.group_changes),
                revocation: Revocations {
                    ingress: others.2.unwrap_or(base.revocation.ingress),
                    egress: others.3.unwrap_or(base.revocation.egress),
                },
                new_group_rules: rules.0.unwrap_or(base.new_group_rules),
                default_group_rules: rules.1.unwrap_or(base.default_group_rules),
                minimum_groups: numbers.0.unwrap_or(base.minimum_groups),
                maximum_groups: numbers.1.unwrap_or(base.maximum_groups),
                udp_stream_timeout: numbers.2.map_or(base.udp_stream_timeout, Duration::from_secs),
                protocols: protocols.unwrap_or(base.protocols),
                limits: limits.unwrap_or(base.limits),
            }
        },
    )
}

fn switch<S: Switch + std::fmt::Debug>() -> impl Strategy<Value = Option<S>> {
    let settings: Vec<S> = S::WORDS.iter().map(|(_, setting)| *setting).collect();
    option::of(prop::sample::select(settings))
}

fn protocols() -> impl Strategy<Value = Protocols> {
    let word = prop_oneof![
        Just(ProtocolWord::Any),
        Just(ProtocolWord::Number),
        any::<u8>().prop_map(|number| ProtocolWord::Named(IpProtocol(number))),
    ];
    prop_oneof![Just(Protocols::All), btree_set(word, 0..5).prop_map(Protocols::Only)]
}

fn limits() -> impl Strategy<Value = Limits> {
    vec(option::of(0..200_usize), 5).prop_map(|counts| Limits {
        groups: counts[0],
        rules: counts[1],
        rules_per_group: counts[2],
        rules_per_direction_and_family: counts[3],
        groups_times_rules_per_vnic: counts[4],
    })
}
