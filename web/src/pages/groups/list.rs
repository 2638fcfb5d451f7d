//! The list of groups.

use leptos::prelude::*;
use policy::{Direction, Document, GroupId, SecurityGroup};

use super::create::CreateDialog;
use super::usage::{Usage, quota};
use crate::browser::address::name_page;
use crate::parts::flow::{When, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::{Go, group_path, group_tab};
use crate::parts::rows::Rows;
use crate::parts::search::SearchField;
use crate::parts::what_changes::WhatChanges;
use crate::text::say;
use crate::workspace::Workspace;

/// One line of the list.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    id: GroupId,
    name: String,
    description: String,
    ingress: usize,
    egress: usize,
    vnics: usize,
    rules: usize,
    remarks: usize,
}

#[component]
pub(crate) fn Groups() -> impl IntoView {
    name_page(say("Security groups"));
    let workspace = Workspace::here();
    let search = RwSignal::new(String::new());
    let creating = RwSignal::new(false);
    let lines = memo(move || {
        let remarks = |index: usize| workspace.checked.with(|checked| checked.at(&format!("groups[{index}]")).len());
        workspace.read(|draft| {
            let lines = draft.groups.iter().enumerate().map(|(index, group)| Line::of(draft, group, remarks(index)));
            lines.collect::<Vec<_>>()
        })
    });
    let shown = memo(move || {
        let words = search.get().to_lowercase();
        lines.with(|lines| lines.iter().filter(|line| line.is_about(&words)).cloned().collect::<Vec<_>>())
    });
    let row = |line| view! { <Row line=line /> }.into_any();
    view! {
        <section class="page" aria-labelledby="groups-title">
            <header class="page-head">
                <div>
                    <h1 id="groups-title">{say("Security groups")}</h1>
                    <p class="lead">{move || workspace.read(quota)}</p>
                </div>
                <button id="new-group" type="button" class="primary" data-new="" on:click=move |_| creating.set(true)>
                    <Icon glyph=Glyph::Add />
                    <span>{say("New group")}</span>
                </button>
            </header>
            <SearchField id="group-search" label=say("Search groups") placeholder=say("Search by name, id or description") value=search />
            <div class="surface">
                <table id="groups" class="list">
                    <thead>
                        <tr>
                            <th scope="col">{say("Group")}</th>
                            <th scope="col" class="wide">
                                {say("Description")}
                            </th>
                            <th scope="col" class="number">
                                {say("Ingress")}
                            </th>
                            <th scope="col" class="number">
                                {say("Egress")}
                            </th>
                            <th scope="col" class="number">
                                {say("Used by")}
                            </th>
                        </tr>
                    </thead>
                    <Rows items=Signal::derive(move || items(shown.get(), |line| format!("{line:?}"), row)) columns=5 />
                </table>
                <When case=move || shown.with(Vec::is_empty)>
                    <p class="nothing">{say("No group is called so. Clear the search to see all of them.")}</p>
                </When>
            </div>
            <WhatChanges />
            <CreateDialog open=creating />
        </section>
    }
}

#[component]
fn Row(line: Line) -> impl IntoView {
    let Line { id, name, description, ingress, egress, vnics, rules, remarks } = line;
    let usage = Usage { vnics, rules }.to_string();
    view! {
        <tr data-group=id.to_string()>
            <th scope="row">
                <Go to=group_path(id.as_str()) class="row-link">
                    {name}
                </Go>
                <code class="muted">{id.to_string()}</code>
                {(remarks > 0)
                    .then(|| {
                        view! {
                            <span class="remarks" title=say("The core has remarks")>
                                <Icon glyph=Glyph::Warning />
                                {remarks}
                            </span>
                        }
                    })}
            </th>
            <td class="wide muted">{description}</td>
            <td class="number" data-label=say("Ingress")>
                <Go to=group_tab(id.as_str(), "ingress")>{ingress}</Go>
            </td>
            <td class="number" data-label=say("Egress")>
                <Go to=group_tab(id.as_str(), "egress")>{egress}</Go>
            </td>
            <td class="number" data-label=say("Used by")>
                <Go to=group_tab(id.as_str(), "usage")>{usage}</Go>
            </td>
        </tr>
    }
}

impl Line {
    fn of(document: &Document, group: &SecurityGroup, remarks: usize) -> Line {
        let Usage { vnics, rules } = Usage::of(document, &group.id);
        Line {
            id: group.id.clone(),
            name: group.name.clone(),
            description: group.description.clone(),
            ingress: count(group, Direction::Ingress),
            egress: count(group, Direction::Egress),
            vnics,
            rules,
            remarks,
        }
    }

    /// Whether every word of a search stands somewhere in the line.
    fn is_about(&self, words: &str) -> bool {
        let text = format!("{} {} {}", self.id, self.name, self.description).to_lowercase();
        words.split_whitespace().all(|word| text.contains(word))
    }
}

/// The rules of a group in one direction.
pub(super) fn count(group: &SecurityGroup, direction: Direction) -> usize {
    group.rules.iter().filter(|rule| rule.spec.direction == direction).count()
}
