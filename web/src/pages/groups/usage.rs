//! Who uses a group.

use std::fmt;

use leptos::prelude::*;
use policy::{Document, GroupId, User};

use crate::parts::flow::When;
use crate::parts::link::{Go, group_path};
use crate::workspace::Workspace;

/// How many use a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    /// Vnics that it is attached to.
    pub(super) vnics: usize,
    /// Rules of other groups that have it as remote.
    pub(super) rules: usize,
}

impl Usage {
    pub(super) fn of(document: &Document, group: &GroupId) -> Usage {
        let users = document.users_of_group(group);
        let vnics = users.iter().filter(|user| matches!(user, User::Vnic(_))).count();
        let rules = users.iter().filter(|user| matches!(user, User::Rule(_))).count();
        Usage { vnics, rules }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.vnics, self.rules) {
            (0, 0) => out.write_str("nobody"),
            (vnics, 0) => write!(out, "{}", counted(vnics, "vnic")),
            (0, rules) => write!(out, "{}", counted(rules, "rule")),
            (vnics, rules) => write!(out, "{}, {}", counted(vnics, "vnic"), counted(rules, "rule")),
        }
    }
}

/// `1 rule`, `2 rules`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// How many groups and rules there are, and how many there may be.
pub(super) fn quota(document: &Document) -> String {
    let rules = document.groups.iter().map(|group| group.rules.len()).sum();
    let of = |count: usize, what: &str, limit: Option<usize>| match limit {
        Some(limit) => format!("{count} of {limit} {what}s"),
        None => counted(count, what),
    };
    let limits = document.profile.limits;
    format!("{}, {}", of(document.groups.len(), "group", limits.groups), of(rules, "rule", limits.rules))
}

/// The vnics that a group is attached to, and the rules that have it as remote.
#[component]
pub(super) fn UsageList(group: GroupId) -> impl IntoView {
    let workspace = Workspace::here();
    let users = move || workspace.read(|draft| draft.users_of_group(&group));
    let line = move |user: User| match user {
        User::Vnic(vnic) => {
            let instance = workspace.read(|draft| draft.vnic(vnic.as_str()).map(|(instance, _)| instance.name.clone()));
            view! {
                <tr>
                    <th scope="row">
                        <Go to="/instances">{instance.unwrap_or_default()}</Go>
                    </th>
                    <td>
                        <code>{vnic.to_string()}</code>
                    </td>
                    <td class="muted">"Vnic that it is attached to"</td>
                </tr>
            }
            .into_any()
        }
        User::Project => view! {
            <tr>
                <th scope="row">"Project"</th>
                <td>"primary group"</td>
                <td class="muted">"What new vnics start with"</td>
            </tr>
        }
        .into_any(),
        User::Rule(rule) => {
            let found = workspace.read(|draft| {
                draft.rule(&rule).map(|(group, rule)| (group.id.to_string(), group.name.clone(), rule.spec.to_string()))
            });
            let (id, name, spec) = found.unwrap_or_default();
            view! {
                <tr>
                    <th scope="row">
                        <Go to=group_path(&id)>{name}</Go>
                    </th>
                    <td>
                        <code>{rule.to_string()}</code>
                    </td>
                    <td class="muted">
                        <code>{spec}</code>
                    </td>
                </tr>
            }
            .into_any()
        }
    };
    view! {
        <div class="surface">
            <table id="usage" class="list">
                <thead>
                    <tr>
                        <th scope="col">"Where"</th>
                        <th scope="col">"Vnic or rule"</th>
                        <th scope="col">"How"</th>
                    </tr>
                </thead>
                <tbody>
                    {
                        let users = users.clone();
                        move || users().into_iter().map(line).collect_view()
                    }
                </tbody>
            </table>
            <When case=move || users().is_empty()>
                <p class="nothing">"Nobody uses this group. Attach it to a vnic on the page of the instances."</p>
            </When>
        </div>
    }
}
