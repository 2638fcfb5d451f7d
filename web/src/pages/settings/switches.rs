//! The switches of a profile as rows that people read and set.
//!
//! The words and what they do come from the core's `Profile`; here stands how people call them.

use policy::{
    Bum, Diagnostic, EgressDefault, Evaluation, GroupChanges, Profile, RemoteMembers, Revocation, SameSubnet, Switch,
};
use serde_json::Value;

use crate::text::say;

/// One switch.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// Its field in the text form of a profile.
    pub(super) field: &'static str,
    pub(super) title: &'static str,
    /// Every word that it may be set to.
    pub(super) words: fn() -> Vec<&'static str>,
    /// The word that it is set to.
    pub(super) word: fn(&Profile) -> &'static str,
    /// What that means.
    pub(super) says: fn(&Profile) -> &'static str,
}

/// Every switch.
pub(super) fn rows() -> [Row; 8] {
    [
        Row {
            field: "evaluation",
            title: say("Several matching rules"),
            words: words::<Evaluation>,
            word: |profile| profile.evaluation.word(),
            says: |profile| match profile.evaluation {
                Evaluation::Union => say("Rules only allow, in no order: any match allows."),
                Evaluation::Ordered => say(
                    "Rules allow or deny: groups as attached, then priority, then deny first. The first match decides.",
                ),
            },
        },
        Row {
            field: "egress_default",
            title: say("Egress that no rule names"),
            words: words::<EgressDefault>,
            word: |profile| profile.egress_default.word(),
            says: |profile| match profile.egress_default {
                EgressDefault::Deny => say("It is dropped."),
                EgressDefault::AllowUntilFirstRule => {
                    say("It is allowed until a group of the vnic has an egress rule.")
                }
                EgressDefault::AllowUntilFirstRuleOfFamily => {
                    say("It is allowed until a group of the vnic has an egress rule of the packet's family.")
                }
            },
        },
        Row {
            field: "group_changes",
            title: say("Groups of a vnic change"),
            words: words::<GroupChanges>,
            word: |profile| profile.group_changes.word(),
            says: |profile| match profile.group_changes {
                GroupChanges::Live => say("At any time."),
                GroupChanges::WhileStopped => say("Only while the instance is stopped."),
            },
        },
        Row {
            field: "same_subnet",
            title: say("Traffic within a subnet"),
            words: words::<SameSubnet>,
            word: |profile| profile.same_subnet.word(),
            says: |profile| match profile.same_subnet {
                SameSubnet::Filtered => say("Rules judge it like any other."),
                SameSubnet::Exempt => say("It passes without a rule, and is tracked."),
            },
        },
        Row {
            field: "remote_members",
            title: say("A group as remote stands for"),
            words: words::<RemoteMembers>,
            word: |profile| profile.remote_members.word(),
            says: |profile| match profile.remote_members {
                RemoteMembers::Addresses => say("The addresses of its members."),
                RemoteMembers::AddressesAndPairs => {
                    say("The addresses of its members and their allowed address pairs.")
                }
                RemoteMembers::AddressesPairsAndSources => say(
                    "The addresses of its members, their allowed address pairs, and the extra sources of the group.",
                ),
            },
        },
        Row {
            field: "bum",
            title: say("Broadcast and multicast that instances send"),
            words: words::<Bum>,
            word: |profile| profile.bum.word(),
            says: |profile| match profile.bum {
                Bum::ByRules => say("Rules decide; what every network needs always passes."),
                Bum::Dropped => say("It is dropped whatever the rules say; what every network needs always passes."),
            },
        },
        Row {
            field: "ingress_revocation",
            title: say("Open connections to the instance, no longer allowed"),
            words: words::<Revocation>,
            word: |profile| profile.revocation.ingress.word(),
            says: |profile| kept(profile.revocation.ingress),
        },
        Row {
            field: "egress_revocation",
            title: say("Open connections of the instance, no longer allowed"),
            words: words::<Revocation>,
            word: |profile| profile.revocation.egress.word(),
            says: |profile| kept(profile.revocation.egress),
        },
    ]
}

/// The profile with one field written anew, as documents write it.
///
/// # Errors
/// What the core has against it.
pub(super) fn with_field(profile: &Profile, field: &str, text: &str) -> Result<Profile, Vec<Diagnostic>> {
    let mut value = profile.to_value();
    let place = match field.strip_prefix("limits.") {
        Some(limit) => &mut value["limits"][limit],
        None => &mut value[field],
    };
    *place = Value::String(text.to_owned());
    Profile::read_value(&value)
}

/// Whether the profile is the project's own; those with a known name stay as they are.
pub(super) fn is_own(profile: &Profile) -> bool {
    Profile::named(&profile.name).is_none()
}

fn words<S: Switch>() -> Vec<&'static str> {
    S::WORDS.iter().map(|(word, _)| *word).collect()
}

fn kept(revocation: Revocation) -> &'static str {
    match revocation {
        Revocation::Cut => say("They are cut."),
        Revocation::Keep => say("They go on until they end or expire."),
    }
}
