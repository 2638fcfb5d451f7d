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
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// A rule as it stands.
#[component]
pub(super) fn RuleRow(rule: Rule, edit: Callback<()>, copy: Callback<()>) -> impl IntoView {
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
        workspace.perform_aloud(say_with("delete rule {id}", &[("id", &id)]), vec![edit]);
    };
    let (id, enabled) = (rule.id.clone(), rule.enabled);
    let toggle = move |_| {
        let (title, edit) = match enabled {
            true => (say_with("disable rule {id}", &[("id", &id)]), Edit::DisableRule { rule: id.clone() }),
            false => (say_with("enable rule {id}", &[("id", &id)]), Edit::EnableRule { rule: id.clone() }),
        };
        workspace.perform_aloud(title, vec![edit]);
    };
    let name = rule.id.to_string();
    let (toggle_label, toggle_glyph) = match enabled {
        true => (say_with("Disable rule {name}", &[("name", &name)]), Glyph::Enable),
        false => (say_with("Enable rule {name}", &[("name", &name)]), Glyph::Disable),
    };
    let part = if texts.part.is_empty() { say("any").to_owned() } else { texts.part };
    view! {
        <tr class="rule" class:off=!enabled data-rule=name.clone() on:dblclick=move |_| edit.run(())>
            <td data-label=say("Type")>
                <span class="kind" class:muted=kind == CUSTOM>
                    {kind}
                </span>
                {(!enabled).then(|| view! { <span class="chip">{say("disabled")}</span> })}
            </td>
            <td data-label=say("Family")>{family_label(&texts.family)}</td>
            <td data-label=say("Protocol")>
                <code>{texts.protocol}</code>
            </td>
            <td data-label=say("Ports")>
                <code>{part}</code>
            </td>
            <td data-label=say("Remote")>
                <RemoteText remote=rule.spec.remote.clone() />
            </td>
            <td data-label=say("Description") class="description">
                {rule.description.clone()}
                <FaultMark faults=remarks />
            </td>
            <td data-label=say("Id")>
                <code class="muted">{name.clone()}</code>
            </td>
            <td class="actions">
                <button
                    type="button"
                    class="quiet icon-only"
                    aria-label=say_with("Edit rule {name}", &[("name", &name)])
                    title=say("Edit")
                    data-action="edit"
                    on:click=move |_| edit.run(())
                >
                    <Icon glyph=Glyph::Edit />
                </button>
                <button
                    type="button"
                    class="quiet icon-only"
                    aria-label=say_with("Duplicate rule {name}", &[("name", &name)])
                    title=say("Duplicate")
                    data-action="duplicate"
                    on:click=move |_| copy.run(())
                >
                    <Icon glyph=Glyph::Copy />
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
                    aria-label=say_with("Delete rule {name}", &[("name", &name)])
                    title=say("Delete")
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
        tried.set(true);
        let Ok(edit) = found.get_untracked() else { return };
        let id = form.id.with_untracked(|id| id.trim().to_owned());
        let title = match is_new {
            true => say_with("add rule {id}", &[("id", &id)]),
            false => say_with("change rule {id}", &[("id", &id)]),
        };
        // The trial found nothing against it.
        if workspace.perform(title, vec![edit]).is_ok() {
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
    let part_label = Signal::derive(move || {
        (if form.is_icmp() { say("any, 8 or 3/4") } else { say("any, 22 or 80,443") }).to_owned()
    });
    view! {
        <tr class="rule editing" on:keydown=keys>
            <td data-label=say("Type")>
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
            <td data-label=say("Remote")>
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
            <td data-label=say("Description")>
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
