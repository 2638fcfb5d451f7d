//! One rule in the grid: as it stands, and while it is edited.

use leptos::prelude::*;
use policy::template::RULES;
use policy::{Diagnostic, Edit, GroupId, Rule};

use super::presets::{CUSTOM, fitting, titled};
use super::rule_form::{RuleForm, Target, rule_place};
use super::suggestions::{PROTOCOL_NAMES, REMOTES};
use crate::parts::faults::{FaultMark, Message};
use crate::parts::field::{Autofocus, Bare, TextField, fields};
use crate::parts::flow::memo;
use crate::parts::icon::{Glyph, Icon};
use crate::parts::rule_text::{RemoteText, RuleTexts, family_label};
use crate::workspace::Workspace;

/// A rule as it stands.
#[component]
pub(super) fn RuleRow(rule: Rule, edit: Callback<()>) -> impl IntoView {
    let workspace = Workspace::here();
    let texts = RuleTexts::of(&rule.spec);
    let kind = fitting(&texts.family, &texts.protocol, &texts.part).map_or(CUSTOM, |template| template.title);
    let remarks = {
        let rule = rule.clone();
        memo(move || {
            let place = workspace.read(|draft| rule_place(draft, &rule));
            workspace.checked.with(|checked| place.map_or_else(Vec::new, |place| checked.at(&place)))
        })
    };
    let id = rule.id.clone();
    let delete = move |_| {
        let edit = Edit::RemoveRule { rule: id.clone() };
        workspace.perform_aloud(format!("delete rule {id}"), vec![edit]);
    };
    let (id, enabled) = (rule.id.clone(), rule.enabled);
    let toggle = move |_| {
        let (word, edit) = match enabled {
            true => ("disable", Edit::DisableRule { rule: id.clone() }),
            false => ("enable", Edit::EnableRule { rule: id.clone() }),
        };
        workspace.perform_aloud(format!("{word} rule {id}"), vec![edit]);
    };
    let name = rule.id.to_string();
    let (toggle_label, toggle_glyph) = match enabled {
        true => (format!("Disable rule {name}"), Glyph::Enable),
        false => (format!("Enable rule {name}"), Glyph::Disable),
    };
    let part = if texts.part.is_empty() { "any".to_owned() } else { texts.part };
    view! {
        <tr class="rule" class:off=!enabled data-rule=name.clone() on:dblclick=move |_| edit.run(())>
            <td data-label="Type">
                <span class="kind" class:muted=kind == CUSTOM>
                    {kind}
                </span>
                {(!enabled).then(|| view! { <span class="chip">"disabled"</span> })}
            </td>
            <td data-label="Family">{family_label(&texts.family)}</td>
            <td data-label="Protocol">
                <code>{texts.protocol}</code>
            </td>
            <td data-label="Ports">
                <code>{part}</code>
            </td>
            <td data-label="Remote">
                <RemoteText remote=rule.spec.remote.clone() />
            </td>
            <td data-label="Description" class="description">
                {rule.description.clone()}
                <FaultMark faults=remarks />
            </td>
            <td data-label="Id">
                <code class="muted">{name.clone()}</code>
            </td>
            <td class="actions">
                <button
                    type="button"
                    class="quiet icon-only"
                    aria-label=format!("Edit rule {name}")
                    title="Edit"
                    data-action="edit"
                    on:click=move |_| edit.run(())
                >
                    <Icon glyph=Glyph::Edit />
                </button>
                <button
                    type="button"
                    class="quiet icon-only"
                    aria-label=toggle_label.clone()
                    title=toggle_label
                    data-action="toggle"
                    aria-pressed=(!enabled).to_string()
                    on:click=toggle
                >
                    <Icon glyph=toggle_glyph />
                </button>
                <button
                    type="button"
                    class="quiet icon-only danger"
                    aria-label=format!("Delete rule {name}")
                    title="Delete"
                    data-action="delete"
                    on:click=delete
                >
                    <Icon glyph=Glyph::Delete />
                </button>
            </td>
        </tr>
    }
}

/// A rule while somebody types. Enter saves, Escape leaves it as it was.
#[component]
pub(super) fn RuleEditor(group: GroupId, form: RuleForm, target: Target, done: Callback<()>) -> impl IntoView {
    let workspace = Workspace::here();
    let tried = RwSignal::new(false);
    let title = match &target {
        Target::New => "add rule",
        Target::Old(_) => "change rule",
    };
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
        tried.set(true);
        let Ok(edit) = found.get_untracked() else { return };
        let id = form.id.get_untracked();
        // The trial found nothing against it.
        if workspace.perform(format!("{title} {}", id.trim()), vec![edit]).is_ok() {
            done.run(());
        }
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
    let part_label =
        Signal::derive(move || (if form.is_icmp() { "any, 8 or 3/4" } else { "any, 22 or 80,443" }).to_owned());
    view! {
        <tr class="rule editing" on:keydown=keys>
            <td data-label="Type">
                <select
                    id=id("type")
                    aria-label="Type"
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
            <td data-label="Family">
                <select
                    id=id("family")
                    aria-label="Family"
                    prop:value=move || form.family.get()
                    on:change:target=move |event| form.set_family(event.target().value())
                >
                    <option value="ipv4">"IPv4"</option>
                    <option value="ipv6">"IPv6"</option>
                </select>
                <Plain faults=faults path="family" />
            </td>
            <td data-label="Protocol">
                <TextField
                    id=id("protocol")
                    label="Protocol"
                    bare=Bare::Yes
                    list=PROTOCOL_NAMES
                    value=form.protocol
                    faults=faults
                    paths=fields(&["protocol"])
                />
            </td>
            <td data-label="Ports">
                <TextField
                    id=id("ports")
                    label="Ports, or ICMP type"
                    bare=Bare::Yes
                    placeholder=part_label
                    value=form.part
                    faults=faults
                    paths=fields(&["ports", "icmp"])
                    autofocus=Autofocus::Yes
                />
            </td>
            <td data-label="Remote">
                <TextField
                    id=id("remote")
                    label="Remote"
                    bare=Bare::Yes
                    list=REMOTES
                    placeholder="any, prefix, group"
                    value=form.remote
                    faults=faults
                    paths=fields(&["remote"])
                />
            </td>
            <td data-label="Description">
                <TextField
                    id=id("description")
                    label="Description"
                    bare=Bare::Yes
                    value=form.description
                    faults=faults
                    paths=fields(&["description"])
                />
            </td>
            <td data-label="Id">
                <TextField id=id("id") label="Id" bare=Bare::Yes value=form.id faults=faults paths=fields(&["id"]) />
            </td>
            <td class="actions">
                <button id=id("save") type="button" class="primary" on:click=move |_| save()>
                    "Save"
                </button>
                <button id=id("cancel") type="button" class="quiet" on:click=move |_| done.run(())>
                    "Cancel"
                </button>
                <Plain faults=faults path="" />
            </td>
        </tr>
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
