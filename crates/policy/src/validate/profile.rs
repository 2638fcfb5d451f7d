//! The profile: by itself, and what it lets rules say.

use std::collections::BTreeSet;

use super::path::Path;
use super::{LONGEST_NAME, too_long};
use crate::Diagnostic;
use crate::model::{Action, Document, Priority, RuleSpec};
use crate::profile::{Evaluation, Profile, ProtocolWord, Protocols};

pub(super) fn check(document: &Document, found: &mut Vec<Diagnostic>) {
    let profile = &document.profile;
    name(profile, found);
    if let Some(maximum) = profile.maximum_groups.filter(|maximum| *maximum < profile.minimum_groups.max(1)) {
        let message = match profile.minimum_groups {
            0 | 1 => format!("a vnic that may have {maximum} groups has no use for them: write at least 1"),
            minimum => format!("`{maximum}` is less than `minimum_groups`, which is {minimum}: change one of them"),
        };
        found.push(Diagnostic::error("profile.maximum_groups", message));
    }
    if profile.protocols == Protocols::Only(BTreeSet::new()) {
        let message = "no rule could name a protocol: list one, or write `all`";
        found.push(Diagnostic::error("profile.protocols", message));
    }
    for (list, specs) in [
        (Path::Top("profile.new_group_rules"), &profile.new_group_rules),
        (Path::Top("profile.default_group_rules"), &profile.default_group_rules),
    ] {
        for (path, spec) in list.items(specs) {
            for fault in spec_faults(profile, spec, &path) {
                found.push(Diagnostic { path: path.into(), fix: None, ..fault });
            }
        }
    }
}

fn name(profile: &Profile, found: &mut Vec<Diagnostic>) {
    let name = &profile.name;
    let fault = match too_long(name) {
        Some(length) => format!("the name has {length} characters: shorten it to {LONGEST_NAME}"),
        None if name.is_empty() => "the name is empty: write one".to_owned(),
        None if Profile::named(name).is_none_or(|built_in| built_in == *profile) => return,
        None => format!("`{name}` is a built-in profile, and this one is another: choose another name"),
    };
    found.push(Diagnostic::error("profile.name", fault));
}

/// What a profile does not let a rule say.
pub(super) fn spec_faults(profile: &Profile, spec: &RuleSpec, path: &Path<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let name = &profile.name;
    if profile.evaluation == Evaluation::Union {
        if spec.action == Action::Deny {
            let message = format!("the profile `{name}` has no deny: remove the rule; what no rule allows is denied");
            found.push(Diagnostic::error(path.field("action"), message));
        }
        if spec.priority != Priority::FIRST {
            let message = format!("the profile `{name}` has no priorities: leave the field out");
            found.push(Diagnostic::error(path.field("priority"), message).with_fix(Priority::FIRST));
        }
    }
    if let Protocols::Only(words) = &profile.protocols
        && !profile.protocols.permit(spec.family, &spec.protocol)
    {
        found.push(protocol_fault(profile, words.iter(), spec, path));
    }
    found
}

fn protocol_fault<'w>(
    profile: &Profile,
    words: impl Iterator<Item = &'w ProtocolWord> + Clone,
    spec: &RuleSpec,
    path: &Path<'_>,
) -> Diagnostic {
    let (name, protocol) = (&profile.name, spec.protocol.name(spec.family));
    let by_number =
        words.clone().any(|word| *word == ProtocolWord::Number) && spec.protocol.number(spec.family).is_some();
    if by_number {
        let message = format!("the profile `{name}` takes no ports with `{protocol}`: leave them out");
        return Diagnostic::error(path.field("ports"), message);
    }
    let known: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    let message = format!(
        "the profile `{name}` has no {} rules for `{protocol}`: write rules for what it has, {}",
        spec.family,
        known.join(", ")
    );
    Diagnostic::error(path.field("protocol"), message)
}
