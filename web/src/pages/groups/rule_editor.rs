//! One rule in the grid, while somebody types.

use leptos::prelude::*;
use policy::template::RULES;
use policy::{Diagnostic, Evaluation, GroupId};

use super::presets::{CUSTOM, titled};
use super::rule_form::{RuleForm, Target};
use super::suggestions::{PROTOCOL_NAMES, REMOTES};
use crate::parts::faults::Message;
use crate::parts::field::{Autofocus, Bare, TextField, fields};
use crate::parts::flow::memo;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// A rule while somebody types. Enter saves, Escape leaves it as it was.
#[component]
pub(super) fn RuleEditor(
    group: GroupId,
    form: RuleForm,
    /// Whether rules have an order, which is asked for then.
    evaluation: Evaluation,
    target: Target,
    done: Callback<()>,
) -> impl IntoView {
    let workspace = Workspace::here();
    let tried = RwSignal::new(false);
    let is_new = target == Target::New;
    let own_group = group.clone();
    let found = {
        let target = target.clone();
        memo(move || form.edit(workspace, &group, &target))
    };
    // What is still empty is no fault before somebody wants to save it.
    let empty = move |fault: &Diagnostic| match fault.path.as_str() {
        "remote" => form.remote.with(|text| text.trim().is_empty()),
        "id" => form.id.with(|text| text.trim().is_empty()),
        _ => false,
    };
    let faults = Signal::derive(move || {
        let mut faults = found.get().err().unwrap_or_default();
        faults.retain(|fault| tried.get() || !empty(fault));
        faults
    });
    let save = move || {
        let Ok(edit) = found.get_untracked() else { return tried.set(true) };
        let id = form.id.with_untracked(|id| id.trim().to_owned());
        let title = match is_new {
            true => say_with("add rule {id}", &[("id", &id)]),
            false => say_with("change rule {id}", &[("id", &id)]),
        };
        workspace.perform_tried(title, vec![edit], || done.run(()));
    };
    let keys = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        // A button in the row does what it says.
        "Enter" if !is_button(&event) => {
            event.prevent_default();
            save();
        }
        "Escape" => done.run(()),
        _ => {}
    };
    let prefix = match &target {
        Target::New => "new".to_owned(),
        Target::Old(_) => "edit".to_owned(),
    };
    let id = move |field: &str| format!("rule-{prefix}-{field}");
    let part_label = Signal::derive(move || {
        (if form.is_icmp() { say("any, 8 or 3/4") } else { say("any, 22 or 80,443") }).to_owned()
    });
    view! {
        <tr class="rule editing" on:keydown=keys>
            <td class="pick"></td>
            <td data-label=say("Type") class="type">
                <select
                    id=id("type")
                    aria-label=say("Type")
                    prop:value=move || form.template().map_or(CUSTOM, |template| template.title)
                    on:change:target=move |event| {
                        if let Some(template) = titled(&event.target().value()) {
                            form.fill(template, &own_group);
                        }
                    }
                >
                    <option value=CUSTOM>{CUSTOM}</option>
                    {RULES.each_ref().map(|template| view! { <option value=template.title>{template.title}</option> })}
                </select>
            </td>
            {(evaluation == Evaluation::Ordered)
                .then(|| view! { <RankFields form=form faults=faults ids=[id("priority"), id("action")] /> })}
            <td data-label=say("Family")>
                <select
                    id=id("family")
                    aria-label=say("Family")
                    prop:value=move || form.family.get()
                    on:change:target=move |event| form.set_family(event.target().value())
                >
                    <option value="ipv4">"IPv4"</option>
                    <option value="ipv6">"IPv6"</option>
                </select>
                <Plain faults=faults path="family" />
            </td>
            <td data-label=say("Protocol")>
                <TextField
                    id=id("protocol")
                    label=say("Protocol")
                    bare=Bare::Yes
                    list=PROTOCOL_NAMES
                    value=form.protocol
                    faults=faults
                    paths=fields(&["protocol"])
                />
            </td>
            <td data-label=say("Ports")>
                <TextField
                    id=id("ports")
                    label=say("Ports, or ICMP type")
                    bare=Bare::Yes
                    placeholder=part_label
                    value=form.part
                    faults=faults
                    paths=fields(&["ports", "icmp"])
                    autofocus=Autofocus::Yes
                />
            </td>
            <td data-label=say("Remote") class="remote">
                <TextField
                    id=id("remote")
                    label=say("Remote")
                    bare=Bare::Yes
                    list=REMOTES
                    placeholder=say("any, prefix, group")
                    value=form.remote
                    faults=faults
                    paths=fields(&["remote"])
                />
            </td>
            <td data-label=say("Description") class="description">
                <TextField
                    id=id("description")
                    label=say("Description")
                    bare=Bare::Yes
                    value=form.description
                    faults=faults
                    paths=fields(&["description"])
                />
            </td>
            <td data-label=say("Id")>
                <TextField id=id("id") label=say("Id") bare=Bare::Yes value=form.id faults=faults paths=fields(&["id"]) />
            </td>
            <td class="actions">
                <button id=id("save") type="button" class="primary" on:click=move |_| save()>
                    {say("Save")}
                </button>
                <button id=id("cancel") type="button" class="quiet" on:click=move |_| done.run(())>
                    {say("Cancel")}
                </button>
                <Plain faults=faults path="" />
            </td>
        </tr>
    }
}

/// How the rule ranks and what it does.
#[component]
fn RankFields(form: RuleForm, faults: Signal<Vec<Diagnostic>>, ids: [String; 2]) -> impl IntoView {
    let [priority, action] = ids;
    view! {
        <td data-label=say("Priority")>
            <TextField
                id=priority
                label=say("Priority")
                bare=Bare::Yes
                placeholder=say("1 to 100")
                value=form.priority
                faults=faults
                paths=fields(&["priority"])
            />
        </td>
        <td data-label=say("Action")>
            <select
                id=action
                aria-label=say("Action")
                prop:value=move || form.action.get()
                on:change:target=move |event| form.action.set(event.target().value())
            >
                <option value="allow">{say("allow")}</option>
                <option value="deny">{say("deny")}</option>
            </select>
            <Plain faults=faults path="action" />
        </td>
    }
}

/// What is said of a thing that is not typed.
#[component]
fn Plain(#[prop(into)] faults: Signal<Vec<Diagnostic>>, path: &'static str) -> impl IntoView {
    move || {
        let mine = faults.get().into_iter().filter(|fault| fault.path == path);
        mine.map(|fault| {
            view! {
                <p class="fault" role="alert">
                    <Message text=fault.message />
                </p>
            }
        })
        .collect_view()
    }
}

fn is_button(event: &leptos::ev::KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
    target.is_some_and(|target| target.tag_name() == "BUTTON")
}
