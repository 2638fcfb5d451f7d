//! Who uses a group.

use std::fmt;

use leptos::prelude::*;
use policy::{Document, GroupId, User};

use crate::parts::flow::When;
use crate::parts::link::{Go, group_path};
use crate::text::{say, say_count, say_with};
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
        let vnics = || say_count(self.vnics, "{n} vnic", "{n} vnics");
        let rules = || say_count(self.rules, "{n} rule", "{n} rules");
        match (self.vnics, self.rules) {
            (0, 0) => out.write_str(say("nobody")),
            (_, 0) => out.write_str(&vnics()),
            (0, _) => out.write_str(&rules()),
            (_, _) => write!(out, "{}, {}", vnics(), rules()),
        }
    }
}

/// How many groups and rules there are, and how many there may be.
pub(crate) fn quota(document: &Document) -> String {
    let rules = document.groups.iter().map(|group| group.rules.len()).sum();
    let limits = document.profile.limits;
    let groups = document.groups.len();
    let groups = match limits.groups {
        Some(limit) => say_with("{n} of {limit} groups", &[("n", &groups), ("limit", &limit)]),
        None => say_count(groups, "{n} group", "{n} groups"),
    };
    let rules = match limits.rules {
        Some(limit) => say_with("{n} of {limit} rules", &[("n", &rules), ("limit", &limit)]),
        None => say_count(rules, "{n} rule", "{n} rules"),
    };
    format!("{groups}, {rules}")
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
                    <td class="muted">{say("Vnic that it is attached to")}</td>
                </tr>
            }
            .into_any()
        }
        User::Project => view! {
            <tr>
                <th scope="row">{say("Project")}</th>
                <td>{say("primary group")}</td>
                <td class="muted">{say("What new vnics start with")}</td>
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
                        <th scope="col">{say("Where")}</th>
                        <th scope="col">{say("Vnic or rule")}</th>
                        <th scope="col">{say("How")}</th>
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
                <p class="nothing">{say("Nobody uses this group. Attach it to a vnic on the page of the instances.")}</p>
            </When>
        </div>
    }
}
