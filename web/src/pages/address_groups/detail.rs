//! One address group: what it is, its entries, and which rules name it.

use leptos::prelude::*;
use policy::{AddressGroup, AddressGroupId, Document, User};

use super::entries::Entries;
use super::form::{FormDialog, Target};
use super::remove::{RemoveDialog, remove};
use crate::browser::address::name_page;
use crate::browser::route::Route;
use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::{Go, group_path};
use crate::parts::what_changes::WhatChanges;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// The page of the address group that has this id, if one has.
#[component]
pub(crate) fn AddressGroupPage(id: String) -> impl IntoView {
    let workspace = Workspace::here();
    let id = StoredValue::new(id);
    let found = memo(move || workspace.read(|draft| id.with_value(|id| find(draft, id).map(|group| group.id.clone()))));
    move || match found.get() {
        Some(group) => view! { <Present group=group /> }.into_any(),
        None => view! { <Absent id=id.get_value() /> }.into_any(),
    }
}

#[component]
fn Present(group: AddressGroupId) -> impl IntoView {
    let workspace = Workspace::here();
    let route = Route::here();
    let target = RwSignal::new(None::<Target>);
    let removing = RwSignal::new(false);
    let id = StoredValue::new(group.clone());
    let now = memo(move || workspace.read(|draft| id.with_value(|id| find(draft, id.as_str()).cloned())));
    let name = move || now.get().map(|group| group.name).unwrap_or_default();
    let lead = move || match now.get().map(|group| group.description) {
        Some(text) if !text.is_empty() => text,
        Some(_) | None => say("No description").to_owned(),
    };
    let users = memo(move || workspace.read(|draft| id.with_value(|id| users(draft, id))));
    Effect::new(move |_| name_page(&name()));
    let open = move |of: fn(AddressGroup) -> Target| target.set(now.get_untracked().map(of));
    let ask = move |_| match users.with_untracked(Vec::is_empty) {
        true => remove(workspace, route, &id.get_value()),
        false => removing.set(true),
    };
    view! {
        <section class="page" aria-labelledby="address-group-title">
            <p class="crumbs">
                <Go to="/address-groups">{say("Address groups")}</Go>
                <span aria-hidden="true">" / "</span>
                <code>{group.to_string()}</code>
            </p>
            <header class="page-head">
                <div>
                    <h1 id="address-group-title">{name}</h1>
                    <p class="lead">{lead}</p>
                </div>
                <div class="page-tools">
                    <button id="address-group-describe" type="button" on:click=move |_| open(Target::Old)>
                        <Icon glyph=Glyph::Edit />
                        <span>{say("Describe")}</span>
                    </button>
                    <button id="address-group-copy" type="button" on:click=move |_| open(Target::Copy)>
                        <Icon glyph=Glyph::Copy />
                        <span>{say("Duplicate")}</span>
                    </button>
                    <button id="address-group-delete" type="button" class="danger" on:click=ask>
                        <Icon glyph=Glyph::Delete />
                        <span>{say("Delete")}</span>
                    </button>
                </div>
            </header>
            <Entries group=group.clone() />
            <section class="surface padded part" aria-labelledby="address-group-users">
                <h2 id="address-group-users">{say("Used by")}</h2>
                <When case=move || users.with(Vec::is_empty)>
                    <p class="hint">
                        {move || {
                            say_with(
                                "No rule names it. Write {remote} as the remote of a rule.",
                                &[("remote", &format!("address-group:{}", id.get_value()))],
                            )
                        }}
                    </p>
                </When>
                <ul id="users" class="using">
                    {move || users.get().into_iter().map(|using| view! { <UsingRule using=using /> }).collect_view()}
                </ul>
            </section>
            <WhatChanges />
            <FormDialog target=target />
            <RemoveDialog group=group open=removing />
        </section>
    }
}

/// A rule that names the address group: its id, its text, and the id and the name of its group.
#[derive(Clone, Debug, PartialEq)]
struct Using {
    rule: String,
    spec: String,
    group: String,
    name: String,
}

#[component]
fn UsingRule(using: Using) -> impl IntoView {
    let Using { rule, spec, group, name } = using;
    view! {
        <li>
            <Go to=group_path(&group) class="chip link">
                <Icon glyph=Glyph::Groups />
                {name}
            </Go>
            <code>{rule}</code>
            <code class="muted">{spec}</code>
        </li>
    }
}

#[component]
fn Absent(id: String) -> impl IntoView {
    view! {
        <section class="empty">
            <h1>{say_with("There is no address group {id}", &[("id", &id)])}</h1>
            <p>{say("It may have been deleted; undo brings it back.")}</p>
            <Go to="/address-groups" class="button">
                {say("Show the address groups")}
            </Go>
        </section>
    }
}

fn find<'d>(document: &'d Document, id: &str) -> Option<&'d AddressGroup> {
    document.address_groups.iter().find(|group| group.id.as_str() == id)
}

fn users(document: &Document, id: &AddressGroupId) -> Vec<Using> {
    let rules = document.users_of_address_group(id).into_iter().filter_map(|user| match user {
        User::Rule(rule) => Some(rule),
        User::Vnic(_) | User::Project => None,
    });
    rules
        .filter_map(|id| {
            let (group, rule) = document.rule(&id)?;
            let (rule, spec) = (rule.id.to_string(), rule.spec.to_string());
            Some(Using { rule, spec, group: group.id.to_string(), name: group.name.clone() })
        })
        .collect()
}
