//! The list of instances, a row for each vnic.

use std::fmt::Display;
use std::sync::Arc;

use leptos::prelude::*;
use policy::{Document, Edit, GroupChanges, Instance, InstanceId, InstanceState, Vnic};

use super::form::{InstanceDialog, Target};
use super::groups::AttachedGroups;
use super::networks::Networks;
use crate::browser::address::name_page;
use crate::parts::faults::FaultMark;
use crate::parts::flow::{When, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::Go;
use crate::parts::rows::Rows;
use crate::parts::search::SearchField;
use crate::parts::what_changes::WhatChanges;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// One row: a vnic and what it needs of its instance.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    instance: InstanceId,
    name: String,
    state: InstanceState,
    vnic: Vnic,
    /// Where the vnic stands, as diagnostics write it.
    place: String,
    /// The first row of an instance has its name and its buttons.
    first: bool,
    /// What a search looks at, in lowercase.
    text: String,
}

#[component]
pub(crate) fn Instances() -> impl IntoView {
    name_page(say("Instances"));
    let workspace = Workspace::here();
    let search = RwSignal::new(String::new());
    let target = RwSignal::new(None::<Target>);
    let lines = memo(move || workspace.read(lines));
    let shown = memo(move || {
        let words = search.get().to_lowercase();
        lines.with(|lines| lines.iter().filter(|line| line.is_about(&words)).cloned().collect::<Vec<_>>())
    });
    let row = move |line: Arc<Line>| view! { <Row line=Line::clone(&line) target=target /> }.into_any();
    view! {
        <section class="page" aria-labelledby="instances-title">
            <header class="page-head">
                <div>
                    <h1 id="instances-title">{say("Instances")}</h1>
                    <p class="lead">
                        {say("Virtual machines, their vnics, and the security groups that judge each vnic together.")}
                    </p>
                </div>
                <button
                    id="new-instance"
                    type="button"
                    class="primary"
                    data-new=""
                    on:click=move |_| target.set(Some(Target::New))
                >
                    <Icon glyph=Glyph::Add />
                    <span>{say("New instance")}</span>
                </button>
            </header>
            <SearchField id="instance-search" label=say("Search instances") placeholder=say("Search by name, address, MAC or group") value=search />
            <div class="surface">
                <table id="instances" class="list">
                    <thead>
                        <tr>
                            <th scope="col">{say("Instance")}</th>
                            <th scope="col">{say("Addresses")}</th>
                            <th scope="col">{say("MAC")}</th>
                            <th scope="col" class="wide">
                                {say("Security groups")}
                            </th>
                            <th scope="col">
                                <span class="visually-hidden">{say("Actions")}</span>
                            </th>
                        </tr>
                    </thead>
                    <Rows items=Signal::derive(move || items(shown.get(), key, row)) columns=5 />
                </table>
                <When case=move || shown.with(Vec::is_empty)>
                    <p class="nothing">{say("No instance to show. Add one, or clear the search.")}</p>
                </When>
            </div>
            <Networks />
            <WhatChanges />
            <InstanceDialog target=target />
        </section>
    }
}

#[component]
fn Row(line: Line, target: RwSignal<Option<Target>>) -> impl IntoView {
    let workspace = Workspace::here();
    let Line { instance, name, state, vnic, place, first, .. } = line;
    let remarks = Signal::derive(move || workspace.checked.with(|checked| checked.at(&place)));
    let addresses = vnic.addresses.iter().map(|address| view! { <code>{address.to_string()}</code> }).collect_view();
    let pairs = vnic
        .allowed_pairs
        .iter()
        .map(|pair| {
            view! {
                <code class="muted" title=say("allowed address pair")>
                    {pair.to_string()}
                </code>
            }
        })
        .collect_view();
    let label = if vnic.id.as_str() == instance.as_str() { String::new() } else { vnic.id.to_string() };
    let (id, asked) = (vnic.id.to_string(), name.clone());
    let ask = format!("/simulator#from=outside&to={}", vnic.id);
    view! {
        <tr data-vnic=id class:again=!first>
            <th scope="row">
                {first.then(|| view! { <span>{name.clone()}</span> })}
                {(first && name != instance.as_str())
                    .then(|| view! { <code class="muted">{instance.to_string()}</code> })}
                {(!label.is_empty()).then(|| view! { <code class="muted">{label}</code> })}
                {(first && state == InstanceState::Stopped).then(|| view! { <span class="muted small">{say("stopped")}</span> })}
                {vnic
                    .interface
                    .clone()
                    .map(|link| view! { <span class="muted small">{say("on")} " " <code>{link}</code></span> })}
            </th>
            <td data-label=say("Addresses")>
                <div class="stack">{addresses}{pairs}</div>
            </td>
            <td data-label=say("MAC")>
                <code>{vnic.mac.to_string()}</code>
            </td>
            <td data-label=say("Groups") class="wide">
                <AttachedGroups vnic=vnic />
                <FaultMark faults=remarks />
            </td>
            <td class="actions">
                <Go to=ask class="button quiet icon-only" title=say("Ask what reaches it")>
                    <Icon glyph=Glyph::Simulator />
                    <span class="visually-hidden">{say_with("Simulate traffic to {asked}", &[("asked", &asked)])}</span>
                </Go>
                {first.then(|| view! { <Power instance=instance.clone() name=name.clone() state=state /> })}
                {first.then(|| view! { <Tools instance=instance name=name target=target /> })}
            </td>
        </tr>
    }
}

/// Starts or stops an instance; there where it makes a difference to the profile, or the instance is stopped.
#[component]
fn Power(instance: InstanceId, name: String, state: InstanceState) -> impl IntoView {
    let workspace = Workspace::here();
    let matters = move || {
        let profile = workspace.read(|draft| draft.profile.group_changes);
        state == InstanceState::Stopped || profile == GroupChanges::WhileStopped
    };
    let called: [(&str, &dyn Display); 2] = [("id", &instance), ("name", &name)];
    let (word, label, title) = match state {
        InstanceState::Running => {
            (say("Stop"), say_with("Stop instance {name}", &called), say_with("stop instance {id}", &called))
        }
        InstanceState::Stopped => {
            (say("Start"), say_with("Start instance {name}", &called), say_with("start instance {id}", &called))
        }
    };
    let (glyph, edit) = match state {
        InstanceState::Running => (Glyph::Disable, Edit::StopInstance { instance }),
        InstanceState::Stopped => (Glyph::Enable, Edit::StartInstance { instance }),
    };
    let turn = Callback::new(move |()| workspace.perform_aloud(title.clone(), vec![edit.clone()]));
    view! {
        <When case=matters>
            <button
                type="button"
                class="quiet icon-only"
                aria-label=label.clone()
                title=word
                data-action="power"
                on:click=move |_| turn.run(())
            >
                <Icon glyph=glyph />
            </button>
        </When>
    }
}

#[component]
fn Tools(instance: InstanceId, name: String, target: RwSignal<Option<Target>>) -> impl IntoView {
    let workspace = Workspace::here();
    let edited = instance.clone();
    let edit = move |_| {
        let found = workspace.peek(|draft| draft.instances.iter().find(|found| found.id == edited).cloned());
        target.set(found.map(Target::Old));
    };
    let delete = move |_| {
        let edit = Edit::RemoveInstance { instance: instance.clone() };
        workspace.perform_aloud(say_with("delete instance {instance}", &[("instance", &instance)]), vec![edit]);
    };
    view! {
        <button
            type="button"
            class="quiet icon-only"
            aria-label=say_with("Edit instance {name}", &[("name", &name)])
            title=say("Edit")
            data-action="edit"
            on:click=edit
        >
            <Icon glyph=Glyph::Edit />
        </button>
        <button
            type="button"
            class="quiet icon-only danger"
            aria-label=say_with("Delete instance {name}", &[("name", &name)])
            title=say("Delete")
            data-action="delete"
            on:click=delete
        >
            <Icon glyph=Glyph::Delete />
        </button>
    }
}

fn lines(document: &Document) -> Vec<Arc<Line>> {
    let of_instance = |(outer, instance): (usize, &Instance)| {
        let line = |(inner, vnic): (usize, &Vnic)| {
            Arc::new(Line {
                instance: instance.id.clone(),
                name: instance.name.clone(),
                state: instance.state,
                vnic: vnic.clone(),
                place: format!("instances[{outer}].vnics[{inner}]"),
                first: inner == 0,
                text: search_text(instance, vnic),
            })
        };
        instance.vnics.iter().enumerate().map(line).collect::<Vec<_>>()
    };
    document.instances.iter().enumerate().flat_map(of_instance).collect()
}

fn search_text(instance: &Instance, vnic: &Vnic) -> String {
    let Vnic { id, network, mac, addresses, groups, .. } = vnic;
    format!("{} {} {id} {network} {mac} {addresses:?} {groups:?}", instance.id, instance.name).to_lowercase()
}

impl Line {
    /// Whether every word of a search stands somewhere in the row.
    fn is_about(&self, words: &str) -> bool {
        words.split_whitespace().all(|word| self.text.contains(word))
    }
}

/// A row is made anew when anything in it changes.
fn key(line: &Arc<Line>) -> String {
    format!("{line:?}")
}
