//! Findings at rules, held against what their fixes do.

use std::collections::BTreeSet;

use analysis::lint::{Effect, Finding, Lint, lints};
use analysis::{Change, Turn, diff};
use e2e::worlds::documents;
use policy::{Edit, Resolved, Revision, RuleId};
use proptest::prelude::*;

/// The rules without which every packet fares alike, by trying.
fn dispensable(resolved: &Resolved) -> BTreeSet<RuleId> {
    let rules = resolved.document().rules().map(|(_, rule)| rule.id.clone());
    let found = rules.filter(|rule| {
        let mut without = resolved.clone();
        // A profile may count rules.
        let removed = without.apply(Edit::RemoveRule { rule: rule.clone() }, Revision(2));
        removed.is_ok() && diff(resolved.policy(), without.policy()).changes.is_empty()
    });
    found.collect()
}

/// Whether two findings are of the same thing, whichever its packets are.
fn is_same(one: &Lint, other: &Lint) -> bool {
    let what = |lint: &Lint| {
        let value = lint.to_value();
        ["rule", "finding", "with", "vnic", "address"].map(|key| value[key].to_string())
    };
    what(one) == what(other)
}

/// Whether other rules may deny what a fix lets pass, at the other end or on the way back.
fn may_stay(lint: &Lint) -> bool {
    matches!(lint.finding, Finding::Asymmetric { .. } | Finding::OneWay { .. })
}

proptest! {
    #[test]
    fn the_rules_that_may_go_are_those_that_nobody_would_miss(document in documents()) {
        let resolved = Resolved::new(document, Revision(1)).expect("generated documents resolve");
        let found = lints(&resolved);
        let fixes = found.iter().filter_map(|lint| lint.fix.as_ref());
        let offered: BTreeSet<RuleId> = fixes
            .filter_map(|fix| match &fix.edit {
                Edit::RemoveRule { rule } if fix.effect == Effect::Neutral => Some(rule.clone()),
                _ => None,
            })
            .collect();
        prop_assert_eq!(offered, dispensable(&resolved));
    }

    #[test]
    fn fixes_fit_and_change_what_they_say(document in documents()) {
        let resolved = Resolved::new(document, Revision(1)).expect("generated documents resolve");
        for lint in lints(&resolved) {
            let Some(fix) = &lint.fix else { continue };
            let mut mended = resolved.clone();
            prop_assert!(mended.apply(fix.edit.clone(), Revision(2)).is_ok(), "{:?}", lint);
            let turns: BTreeSet<Turn> =
                diff(resolved.policy(), mended.policy()).changes.iter().map(Change::turn).collect();
            let allowed = match fix.effect {
                Effect::Neutral => BTreeSet::new(),
                Effect::Opens => BTreeSet::from([Turn::Allowed]),
                Effect::Closes => BTreeSet::from([Turn::Denied]),
            };
            prop_assert!(turns.is_subset(&allowed), "{:?}", lint);
            prop_assert!(may_stay(&lint) || !lints(&mended).iter().any(|other| is_same(other, &lint)), "{:?}", lint);
        }
    }
}
