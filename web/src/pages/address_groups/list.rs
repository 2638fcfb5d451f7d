//! The list of address groups.

use leptos::prelude::*;
use policy::{AddressGroup, Document};

use super::form::{FormDialog, Target};
use crate::browser::address::name_page;
use crate::parts::flow::{When, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::{Go, address_group_path};
use crate::parts::rows::Rows;
use crate::parts::search::SearchField;
use crate::parts::what_changes::WhatChanges;
use crate::text::{say, say_count};
use crate::workspace::Workspace;

/// One line of the list.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    id: String,
    name: String,
    description: String,
    entries: usize,
    /// The first few, for people and for the search.
    sample: String,
    users: usize,
    remarks: usize,
}

/// How many entries stand in a line.
const FEW: usize = 3;

#[component]
pub(crate) fn AddressGroups() -> impl IntoView {
    name_page(say("Address groups"));
    let workspace = Workspace::here();
    let search = RwSignal::new(String::new());
    let target = RwSignal::new(None::<Target>);
    let lines = memo(move || {
        let remarks =
            |index: usize| workspace.checked.with(|checked| checked.at(&format!("address_groups[{index}]")).len());
        workspace.read(|draft| {
            let lines = draft.address_groups.iter().enumerate();
            lines.map(|(index, group)| Line::of(draft, group, remarks(index))).collect::<Vec<_>>()
        })
    });
    let shown = memo(move || {
        let words = search.get().to_lowercase();
        lines.with(|lines| lines.iter().filter(|line| line.is_about(&words)).cloned().collect::<Vec<_>>())
    });
    let none_at_all = move || lines.with(Vec::is_empty);
    let row = |line| view! { <Row line=line /> }.into_any();
    view! {
        <section class="page" aria-labelledby="address-groups-title">
            <header class="page-head">
                <div>
                    <h1 id="address-groups-title">{say("Address groups")}</h1>
                    <p class="lead">{say("Named sets of addresses that rules can have as their remote.")}</p>
                </div>
                <button
                    id="new-address-group"
                    type="button"
                    class="primary"
                    data-new=""
                    on:click=move |_| target.set(Some(Target::New))
                >
                    <Icon glyph=Glyph::Add />
                    <span>{say("New address group")}</span>
                </button>
            </header>
            <SearchField id="address-group-search" label=say("Search address groups") placeholder=say("Search by name, id or description") value=search />
            <div class="surface">
                <table id="address-groups" class="list">
                    <thead>
                        <tr>
                            <th scope="col">{say("Address group")}</th>
                            <th scope="col">{say("Description")}</th>
                            <th scope="col" class="wide">
                                {say("Entries")}
                            </th>
                            <th scope="col" class="number">
                                {say("Used by")}
                            </th>
                        </tr>
                    </thead>
                    <Rows items=Signal::derive(move || items(shown.get(), |line| format!("{line:?}"), row)) columns=4 />
                </table>
                <When case=move || none_at_all()>
                    <p class="nothing">
                        {say("There is none yet. Name the addresses of an office or a partner once, and let rules name the group.")}
                    </p>
                </When>
                <When case=move || shown.with(Vec::is_empty) && !none_at_all()>
                    <p class="nothing">{say("None is called so. Clear the search to see all of them.")}</p>
                </When>
            </div>
            <WhatChanges />
            <FormDialog target=target />
        </section>
    }
}

#[component]
fn Row(line: Line) -> impl IntoView {
    let Line { id, name, description, entries, sample, users, remarks } = line;
    let more = entries.saturating_sub(FEW);
    view! {
        <tr data-address-group=id.clone()>
            <th scope="row">
                <Go to=address_group_path(&id) class="row-link">
                    {name}
                </Go>
                <code class="muted">{id.clone()}</code>
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
            <td class="muted">{description}</td>
            <td class="wide">
                <code>{sample}</code>
                {(more > 0)
                    .then(|| view! { <span class="muted">" " {say_count(more, "and {n} more", "and {n} more")}</span> })}
            </td>
            <td class="number" data-label=say("Used by")>
                {say_count(users, "{n} rule", "{n} rules")}
            </td>
        </tr>
    }
}

impl Line {
    fn of(document: &Document, group: &AddressGroup, remarks: usize) -> Line {
        let few: Vec<String> = group.prefixes.iter().take(FEW).map(ToString::to_string).collect();
        Line {
            id: group.id.to_string(),
            name: group.name.clone(),
            description: group.description.clone(),
            entries: group.prefixes.len(),
            sample: few.join(", "),
            users: document.users_of_address_group(&group.id).len(),
            remarks,
        }
    }

    /// Whether every word of a search stands somewhere in the line.
    fn is_about(&self, words: &str) -> bool {
        let text = format!("{} {} {} {}", self.id, self.name, self.description, self.sample).to_lowercase();
        words.split_whitespace().all(|word| text.contains(word))
    }
}
