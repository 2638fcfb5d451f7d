//! One rule in the grid, as it stands.

use leptos::prelude::*;
use policy::{Action, Edit, Evaluation, Priority, Rule, RuleSpec};

use super::presets::{CUSTOM, port_names};
use super::rule_form::rule_place;
use super::rule_view::kind;
use super::selection::{Pick, Selection};
use crate::parts::faults::FaultMark;
use crate::parts::flow::memo;
use crate::parts::icon::{Glyph, Icon};
use crate::parts::rule_text::{RemoteText, RuleTexts, family_label};
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// A rule as it stands.
#[component]
pub(super) fn RuleRow(
    rule: Rule,
    /// Whether rules have an order, which is shown then.
    evaluation: Evaluation,
    selection: Selection,
    edit: Callback<()>,
    copy: Callback<()>,
) -> impl IntoView {
    let workspace = Workspace::here();
    let texts = RuleTexts::of(&rule.spec);
    let kind = kind(&texts);
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
    // Where the type does not say it already.
    let names = if kind == CUSTOM { port_names(&texts.protocol, &texts.part) } else { String::new() };
    let part = if texts.part.is_empty() { say("any").to_owned() } else { texts.part };
    view! {
        <tr class="rule" class:off=!enabled data-rule=name.clone() on:dblclick=move |_| edit.run(())>
            <Pick rule=rule.id.clone() selection=selection />
            <td data-label=say("Type") class="type">
                <span class="kind" class:muted=kind == CUSTOM>
                    {kind}
                </span>
                {(!enabled).then(|| view! { <span class="chip">{say("disabled")}</span> })}
            </td>
            {(evaluation == Evaluation::Ordered).then(|| view! { <Rank spec=rule.spec.clone() /> })}
            <td data-label=say("Family")>{family_label(&texts.family)}</td>
            <td data-label=say("Protocol")>
                <code>{texts.protocol}</code>
            </td>
            <td data-label=say("Ports")>
                <code>{part}</code>
                {(!names.is_empty()).then(|| view! { <span class="port-names muted small">{names}</span> })}
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
                {(evaluation == Evaluation::Ordered).then(|| view! { <RankButtons rule=rule.clone() /> })}
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

/// How the rule ranks and what it does.
#[component]
fn Rank(spec: RuleSpec) -> impl IntoView {
    let (class, word) = match spec.action {
        Action::Allow => ("dot accept", say("allow")),
        Action::Deny => ("dot drop", say("deny")),
    };
    view! {
        <td data-label=say("Priority") class="number">
            {spec.priority.to_string()}
        </td>
        <td data-label=say("Action")>
            <span class=class>{word}</span>
        </td>
    }
}

/// Rank the rule one earlier or later: 1 is asked first.
#[component]
fn RankButtons(rule: Rule) -> impl IntoView {
    let workspace = Workspace::here();
    let earlier = rule.spec.priority.before();
    let later = Priority::new(rule.spec.priority.value().saturating_add(1)).ok();
    let said_earlier = say_with("Ask rule {name} earlier", &[("name", &rule.id)]);
    let said_later = say_with("Ask rule {name} later", &[("name", &rule.id)]);
    let button = move |to: Option<Priority>, action: &'static str, label: String, glyph: Glyph| {
        let rule = rule.clone();
        let rank = move |_| {
            let Some(priority) = to else { return };
            let rule = Rule { spec: RuleSpec { priority, ..rule.spec.clone() }, ..rule.clone() };
            let title = say_with("give rule {id} priority {priority}", &[("id", &rule.id), ("priority", &priority)]);
            workspace.perform_aloud(title, vec![Edit::ReplaceRule { rule }]);
        };
        view! {
            <button
                type="button"
                class="quiet icon-only"
                aria-label=label.clone()
                title=label
                data-action=action
                disabled=to.is_none()
                on:click=rank
            >
                <Icon glyph=glyph />
            </button>
        }
    };
    view! {
        {button.clone()(earlier, "earlier", said_earlier, Glyph::Up)}
        {button(later, "later", said_later, Glyph::Down)}
    }
}
