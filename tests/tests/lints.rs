//! Findings at rules, held against what their fixes do.

use std::collections::BTreeSet;

use analysis::diff;
use analysis::lint::{Effect, lints};
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

proptest! {
    #[test]
    fn the_rules_that_may_go_are_those_that_nobody_would_miss(document in documents()) {
        let resolved = Resolved::new(document, Revision(1)).expect("generated documents resolve");
        let found = lints(&resolved);
        let offered: BTreeSet<RuleId> = found
            .iter()
            .filter_map(|lint| match &lint.fix.as_ref()?.edit {
                Edit::RemoveRule { rule } => Some(rule.clone()),
                _ => None,
            })
            .collect();
        prop_assert_eq!(offered, dispensable(&resolved));
        for fix in found.iter().filter_map(|lint| lint.fix.as_ref()) {
            let mut mended = resolved.clone();
            prop_assert!(mended.apply(fix.edit.clone(), Revision(2)).is_ok() || fix.effect == Effect::Opens, "{fix:?}");
        }
    }
}
