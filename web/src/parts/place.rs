//! Where in the console something of the document is edited.

use policy::{Document, RuleId};

use super::link::{address_group_path, group_path, group_tab};

/// The path of the page on which what a diagnostic is about is edited.
pub(crate) fn diagnostic_path(document: &Document, path: &str) -> String {
    let index = |rest: &str| rest.split(']').next().and_then(|number| number.parse::<usize>().ok());
    if let Some(group) = path.strip_prefix("groups[").and_then(index).and_then(|at| document.groups.get(at)) {
        let rule = path.split_once(".rules[").and_then(|(_, rest)| group.rules.get(index(rest)?));
        return match rule {
            Some(rule) => group_tab(group.id.as_str(), &rule.spec.direction.to_string()),
            None => group_path(group.id.as_str()),
        };
    }
    let found = path.strip_prefix("address_groups[").and_then(index);
    match found.and_then(|at| document.address_groups.get(at)) {
        Some(group) => address_group_path(group.id.as_str()),
        None => match path.split(['[', '.']).next() {
            Some("instances" | "networks") => "/instances".to_owned(),
            Some("address_groups") => "/address-groups".to_owned(),
            Some(_) | None => "/groups".to_owned(),
        },
    }
}

/// The path of the page that lists a rule.
pub(crate) fn rule_path(document: &Document, rule: &RuleId) -> Option<String> {
    let (group, rule) = document.rule(rule)?;
    Some(group_tab(group.id.as_str(), &rule.spec.direction.to_string()))
}
