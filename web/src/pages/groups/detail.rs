//! One group: what it is, its rules by direction, and who uses it.

use leptos::prelude::*;
use policy::{Direction, Document, Edit, GroupId, SecurityGroup, Tracking};

use super::describe::DescribeDialog;
use super::list::count;
use super::remove::RemoveDialog;
use super::rule_grid::RuleGrid;
use super::usage::UsageList;
use crate::browser::address::{href, name_page};
use crate::browser::route::Route;
use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::{Go, group_tab};
use crate::parts::what_changes::WhatChanges;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// What a tab shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Rules(Direction),
    Usage,
}

/// The page of the group that has this id, if one has.
#[component]
pub(crate) fn Group(id: String) -> impl IntoView {
    let workspace = Workspace::here();
    let route = Route::here();
    let id = StoredValue::new(id);
    let there = memo(move || workspace.read(|draft| id.with_value(|id| draft.group(id).is_some())));
    let tab = memo(move || Tab::read(route.query("tab").as_deref()));
    move || match there.get() {
        true => view! { <Present id=id.get_value() tab=tab /> }.into_any(),
        false => view! { <Absent id=id.get_value() /> }.into_any(),
    }
}

#[component]
fn Present(id: String, tab: Memo<Tab>) -> impl IntoView {
    let workspace = Workspace::here();
    let of_group = {
        let id = id.clone();
        memo(move || workspace.read(|draft| draft.group(&id).map(Heading::of)).unwrap_or_default())
    };
    let Some(group) = workspace.peek(|draft| draft.group(&id).map(|group| group.id.clone())) else {
        return ().into_any();
    };
    Effect::new(move |_| name_page(&of_group.get().name));
    let describing = RwSignal::new(false);
    let removing = RwSignal::new(false);
    let is_default = id == Document::DEFAULT_GROUP;
    let shown = group.clone();
    let primary = StoredValue::new(group.clone());
    let is_primary = move || workspace.read(|draft| primary.with_value(|group| draft.primary_group == *group));
    view! {
        <section class="page" aria-labelledby="group-title">
            <p class="crumbs">
                <Go to="/groups">{say("Security groups")}</Go>
                <span aria-hidden="true">" / "</span>
                <code>{id.clone()}</code>
            </p>
            <header class="page-head">
                <div>
                    <h1 id="group-title">{move || of_group.get().name}</h1>
                    <p class="lead">{move || of_group.get().lead()}</p>
                    <p class="chips">
                        <When case=move || of_group.get().tracking == Tracking::Stateless>
                            <span class="chip">{say("stateless")}</span>
                        </When>
                        <When case=is_primary>
                            <span id="group-primary" class="chip">{say("new vnics start with it")}</span>
                        </When>
                    </p>
                </div>
                <div class="page-tools">
                    <When case=move || !is_primary()>
                        <MakePrimary group=primary.get_value() />
                    </When>
                    <button id="group-describe" type="button" on:click=move |_| describing.set(true)>
                        <Icon glyph=Glyph::Edit />
                        <span>{say("Describe")}</span>
                    </button>
                    <button
                        id="group-delete"
                        type="button"
                        class="danger"
                        disabled=is_default
                        title=is_default.then_some(say("The default group can be edited but not deleted"))
                        on:click=move |_| removing.set(true)
                    >
                        <Icon glyph=Glyph::Delete />
                        <span>{say("Delete")}</span>
                    </button>
                </div>
            </header>
            <nav class="tabs" aria-label=say("Parts of the group")>
                <TabLink
                    id=id.clone()
                    tab=tab
                    to=Tab::Rules(Direction::Ingress)
                    count=Signal::derive(move || of_group.get().ingress)
                />
                <TabLink
                    id=id.clone()
                    tab=tab
                    to=Tab::Rules(Direction::Egress)
                    count=Signal::derive(move || of_group.get().egress)
                />
                <TabLink
                    id=id.clone()
                    tab=tab
                    to=Tab::Usage
                    count=Signal::derive(move || {
                        let group = group.clone();
                        workspace.read(|draft| draft.users_of_group(&group).len())
                    })
                />
            </nav>
            {
                let group = shown.clone();
                move || match tab.get() {
                    Tab::Rules(direction) => view! { <RuleGrid group=group.clone() direction=direction /> }.into_any(),
                    Tab::Usage => view! { <UsageList group=group.clone() /> }.into_any(),
                }
            }
            <WhatChanges />
            <DescribeDialog group=shown.clone() open=describing />
            <RemoveDialog group=shown open=removing />
        </section>
    }
    .into_any()
}

/// Has new vnics start with the group.
#[component]
fn MakePrimary(group: GroupId) -> impl IntoView {
    let workspace = Workspace::here();
    let choose = move |_| {
        let title = say_with("start new vnics with {group}", &[("group", &group)]);
        workspace.perform_aloud(title, vec![Edit::SetPrimaryGroup { group: group.clone() }]);
    };
    view! {
        <button id="make-primary" type="button" title=say("New vnics start with the primary group") on:click=choose>
            <span>{say("Make primary")}</span>
        </button>
    }
}

#[component]
fn TabLink(id: String, tab: Memo<Tab>, to: Tab, count: Signal<usize>) -> impl IntoView {
    view! {
        <a
            id=format!("tab-{}", to.name())
            href=href(&group_tab(&id, to.name()))
            aria-current=move || (tab.get() == to).then_some("true")
        >
            {to.label()}
            <span class="count">{move || count.get()}</span>
        </a>
    }
}

#[component]
fn Absent(id: String) -> impl IntoView {
    view! {
        <section class="empty">
            <h1>{say_with("There is no group {id}", &[("id", &id)])}</h1>
            <p>{say("It may have been deleted; undo brings it back.")}</p>
            <Go to="/groups" class="button">
                {say("Show the groups")}
            </Go>
        </section>
    }
}

impl Tab {
    fn read(text: Option<&str>) -> Tab {
        match text {
            Some("usage") => Tab::Usage,
            Some(text) => Tab::Rules(text.parse().unwrap_or(Direction::Ingress)),
            None => Tab::Rules(Direction::Ingress),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Tab::Rules(Direction::Ingress) => "ingress",
            Tab::Rules(Direction::Egress) => "egress",
            Tab::Usage => "usage",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Tab::Rules(Direction::Ingress) => say("Ingress"),
            Tab::Rules(Direction::Egress) => say("Egress"),
            Tab::Usage => say("Used by"),
        }
    }
}

/// What the head of the page says.
#[derive(Clone, Debug, Default, PartialEq)]
struct Heading {
    name: String,
    description: String,
    tracking: Tracking,
    ingress: usize,
    egress: usize,
}

impl Heading {
    fn of(group: &SecurityGroup) -> Heading {
        Heading {
            name: group.name.clone(),
            description: group.description.clone(),
            tracking: group.tracking,
            ingress: count(group, Direction::Ingress),
            egress: count(group, Direction::Egress),
        }
    }

    fn lead(&self) -> String {
        if self.description.is_empty() { say("No description").to_owned() } else { self.description.clone() }
    }
}
