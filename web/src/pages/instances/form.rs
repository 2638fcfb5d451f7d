//! Adds or changes an instance.

use leptos::prelude::*;
use policy::{Diagnostic, Edit, Instance, InstanceState, Place};
use serde_json::{Value, json};

use super::vnic_form::{VnicFields, VnicForm, mend_lists, values};
use crate::parts::dialog::Dialog;
use crate::parts::faults::Message;
use crate::parts::field::{Autofocus, TextField, fields};
use crate::parts::flow::{Each, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// What a form becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// A new instance.
    New,
    /// The new text of this instance.
    Old(Instance),
}

/// Open while there is a target.
#[component]
pub(super) fn InstanceDialog(target: RwSignal<Option<Target>>) -> impl IntoView {
    let open = Signal::derive(move || target.with(Option::is_some));
    let close = Callback::new(move |()| target.set(None));
    let title = Signal::derive(move || match target.get() {
        Some(Target::Old(instance)) => say_with("Instance {id}", &[("id", &instance.id)]),
        Some(Target::New) | None => say("New instance").to_owned(),
    });
    view! {
        <Dialog id="instance-dialog" title=title open=open close=close>
            {move || target.get().map(|target| view! { <Form target=target close=close /> })}
        </Dialog>
    }
}

#[component]
fn Form(target: Target, close: Callback<()>) -> impl IntoView {
    let workspace = Workspace::here();
    let (old_id, old_name, old_vnics) = match &target {
        Target::New => (String::new(), String::new(), Vec::new()),
        Target::Old(instance) => (instance.id.to_string(), instance.name.clone(), instance.vnics.clone()),
    };
    let state = match &target {
        Target::New => InstanceState::Running,
        Target::Old(instance) => instance.state,
    };
    let is_new = target == Target::New;
    let (id, name) = (RwSignal::new(old_id), RwSignal::new(old_name));
    let first = if is_new { vec![workspace.peek(|draft| VnicForm::blank(draft, 0))] } else { Vec::new() };
    let known = old_vnics.iter().enumerate().map(|(number, vnic)| VnicForm::of(number, vnic));
    let vnics = RwSignal::new(known.chain(first).collect::<Vec<_>>());
    let tried = RwSignal::new(false);
    let found = memo(move || {
        let value = json!({
            "id": id.get().trim(),
            "name": name.get().trim(),
            "state": state.to_string(),
            "vnics": vnics.with(|all| values(all)),
        });
        edit(workspace, value, &target)
    });
    let faults = Signal::derive(move || match found.get() {
        Err(faults) if tried.get() || !is_new => vnics.with(|all| mend_lists(faults, all)),
        Ok(_) | Err(_) => Vec::new(),
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Ok(edit) = found.get_untracked() else { return tried.set(true) };
        let id = id.with_untracked(|id| id.trim().to_owned());
        let title = match is_new {
            true => say_with("add instance {id}", &[("id", &id)]),
            false => say_with("change instance {id}", &[("id", &id)]),
        };
        workspace.perform_tried(title, vec![edit], || close.run(()));
    };
    let add = move |_| {
        let number = vnics.with(|all| all.iter().map(|vnic| vnic.number + 1).max().unwrap_or_default());
        vnics.update(|all| all.push(workspace.peek(|draft| VnicForm::blank(draft, number))));
    };
    let vnic_fields = move |vnic| view! { <VnicFields vnic=vnic vnics=vnics faults=faults /> }.into_any();
    view! {
        <form on:submit=save>
            <div class="pair">
                {is_new
                    .then(|| {
                        view! {
                            <TextField
                                id="instance-id"
                                label=say("Id")
                                placeholder="web2"
                                value=id
                                faults=faults
                                paths=fields(&["id"])
                                autofocus=Autofocus::Yes
                            />
                        }
                    })}
                <TextField
                    id="instance-name"
                    label=say("Name")
                    placeholder=say("as the id")
                    value=name
                    faults=faults
                    paths=fields(&["name"])
                />
            </div>
            <Each items=Signal::derive(move || items(vnics.get(), |vnic| vnic.number.to_string(), vnic_fields)) />
            <div>
                <button type="button" on:click=add>
                    <Icon glyph=Glyph::Add />
                    <span>{say("Add vnic")}</span>
                </button>
            </div>
            <Whole faults=faults />
            <footer>
                <button type="button" class="quiet" on:click=move |_| close.run(())>
                    {say("Cancel")}
                </button>
                <button id="instance-save" type="submit" class="primary">
                    {say("Save")}
                </button>
            </footer>
        </form>
    }
}

/// What is said of the instance and of no field.
#[component]
fn Whole(#[prop(into)] faults: Signal<Vec<Diagnostic>>) -> impl IntoView {
    let shown = ["id", "name", "mac", "network", "interface", "addresses", "allowed_pairs"];
    move || {
        let whole = faults.get().into_iter().filter(|fault| {
            let field = fault.path.rsplit('.').next().unwrap_or_default();
            !shown.contains(&field.split('[').next().unwrap_or_default())
        });
        whole
            .map(|fault| {
                view! {
                    <p class="fault" role="alert">
                        <Message text=fault.message />
                    </p>
                }
            })
            .collect_view()
    }
}

/// The edit that saves the form, or every fault with its path within the instance.
fn edit(workspace: Workspace, value: Value, target: &Target) -> Result<Edit, Vec<Diagnostic>> {
    let instance = Instance::read_value(&value)?;
    workspace.read(|draft| {
        let (edit, index) = match target {
            Target::New => (Edit::AddInstance { place: Place::Last, instance }, draft.instances.len()),
            Target::Old(old) => {
                let index = draft.instances.iter().position(|found| found.id == old.id).unwrap_or_default();
                (Edit::ReplaceInstance { instance }, index)
            }
        };
        workspace.trial(draft, vec![edit.clone()], &format!("instances[{index}]"), "id").map(|()| edit)
    })
}
