//! Rules that are selected, and what is done to all of them in one step.

use leptos::prelude::*;
use policy::{Document, Edit, GroupId, Place, Rule, RuleId};

use crate::parts::flow::When;
use crate::parts::icon::{Glyph, Icon};
use crate::text::{say, say_count, say_with};
use crate::workspace::Workspace;

/// The selected rules of a grid. What the grid does not show is not selected, so nothing happens to what nobody sees. Copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Selection {
    /// By id.
    chosen: RwSignal<Vec<RuleId>>,
    /// Where a range begins: the row that was pressed last.
    anchor: StoredValue<Option<RuleId>>,
    shown: Memo<Vec<Rule>>,
}

impl Selection {
    /// Nothing yet, of the rules that are shown.
    pub(super) fn of(shown: Memo<Vec<Rule>>) -> Selection {
        Selection { chosen: RwSignal::new(Vec::new()), anchor: StoredValue::new(None), shown }
    }

    pub(super) fn has(self, rule: &RuleId) -> bool {
        self.chosen.with(|chosen| chosen.binary_search(rule).is_ok())
    }

    /// Selects a rule, or no longer; with `range` all between it and the one that was pressed before, too.
    pub(super) fn press(self, rule: &RuleId, range: bool) {
        let selects = !untrack(|| self.has(rule));
        let from = self.anchor.get_value().filter(|_| range);
        let pressed = self.shown.with_untracked(|shown| between(shown, from.as_ref().unwrap_or(rule), rule));
        self.anchor.set_value(Some(rule.clone()));
        self.chosen.update(|chosen| pressed.into_iter().for_each(|rule| put(chosen, rule, selects)));
    }

    /// Selects every rule that is shown, or none where they all are.
    fn press_all(self) {
        let (here, all) = untrack(|| self.counts());
        let mut ids = Vec::new();
        if here < all {
            self.shown.with_untracked(|shown| shown.iter().for_each(|rule| put(&mut ids, rule.id.clone(), true)));
        }
        self.chosen.set(ids);
    }

    fn clear(self) {
        self.chosen.set(Vec::new());
    }

    /// How many rules are selected, and how many are shown.
    fn counts(self) -> (usize, usize) {
        self.shown.with(|shown| (shown.iter().filter(|rule| self.has(&rule.id)).count(), shown.len()))
    }

    /// The selected rules, in the order of the grid.
    fn rules(self) -> Vec<Rule> {
        self.shown.with(|shown| shown.iter().filter(|rule| self.has(&rule.id)).cloned().collect())
    }
}

/// The head of the column of boxes.
#[component]
pub(super) fn PickAll(selection: Selection) -> impl IntoView {
    let is_all = move || {
        let (here, all) = selection.counts();
        here == all && all > 0
    };
    let is_some = move || {
        let (here, all) = selection.counts();
        here > 0 && here < all
    };
    view! {
        <th scope="col" class="pick">
            <input
                id="pick-all"
                type="checkbox"
                aria-label=say("Select all rules that are shown")
                prop:checked=is_all
                prop:indeterminate=is_some
                on:change=move |_| selection.press_all()
            />
        </th>
    }
}

/// The box of a row.
#[component]
pub(super) fn Pick(rule: RuleId, selection: Selection) -> impl IntoView {
    let (shown, pressed) = (rule.clone(), rule.clone());
    view! {
        <td class="pick" on:dblclick=move |event| event.stop_propagation()>
            <input
                type="checkbox"
                data-action="select"
                aria-label=say_with("Select rule {name}", &[("name", &rule)])
                prop:checked=move || selection.has(&shown)
                on:click=move |event| selection.press(&pressed, event.shift_key())
            />
        </td>
    }
}

/// What is done to the selected rules.
#[component]
pub(super) fn SelectionBar(selection: Selection, group: GroupId) -> impl IntoView {
    let workspace = Workspace::here();
    let count = move || selection.counts().0;
    let all = move |title: fn(usize) -> String, edit: fn(Rule) -> Option<Edit>| {
        move |_| {
            let edits: Vec<Edit> = untrack(|| selection.rules()).into_iter().filter_map(edit).collect();
            if !edits.is_empty() {
                workspace.perform_aloud(title(edits.len()), edits);
            }
        }
    };
    let enable = all(
        |n| say_count(n, "enable {n} rule", "enable {n} rules"),
        |rule| (!rule.enabled).then_some(Edit::EnableRule { rule: rule.id }),
    );
    let disable = all(
        |n| say_count(n, "disable {n} rule", "disable {n} rules"),
        |rule| rule.enabled.then_some(Edit::DisableRule { rule: rule.id }),
    );
    let delete =
        all(|n| say_count(n, "delete {n} rule", "delete {n} rules"), |rule| Some(Edit::RemoveRule { rule: rule.id }));
    let group = StoredValue::new(group);
    view! {
        <When case=move || { count() > 0 }>
            <div id="selection" class="selection" role="group" aria-label=say("Selected rules")>
                <strong role="status">{move || say_count(count(), "{n} rule selected", "{n} rules selected")}</strong>
                <button type="button" data-all="enable" on:click=enable>
                    {say("Enable")}
                </button>
                <button type="button" data-all="disable" on:click=disable>
                    {say("Disable")}
                </button>
                <CopyTo selection=selection group=group.get_value() />
                <button type="button" class="danger" data-all="delete" on:click=delete>
                    <Icon glyph=Glyph::Delete />
                    <span>{say("Delete")}</span>
                </button>
                <button type="button" class="quiet" data-all="clear" on:click=move |_| selection.clear()>
                    {say("Clear selection")}
                </button>
            </div>
        </When>
    }
}

/// Copies the selected rules into another group.
#[component]
fn CopyTo(selection: Selection, group: GroupId) -> impl IntoView {
    let workspace = Workspace::here();
    let others = workspace.read(|draft| {
        let others = draft.groups.iter().filter(|other| other.id != group);
        others.map(|other| (other.id.to_string(), other.name.clone())).collect::<Vec<_>>()
    });
    let copy = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlSelectElement>| {
        let Ok(to) = event.target().value().parse::<GroupId>() else { return };
        event.target().set_value("");
        let rules = untrack(|| selection.rules());
        let edits = workspace.peek(|draft| copies(draft, &to, &rules));
        let parts: [(&str, &dyn std::fmt::Display); 2] = [("n", &rules.len()), ("group", &to)];
        workspace.perform_aloud(say_with("copy {n} rules to {group}", &parts), edits);
    };
    view! {
        <select data-all="copy" aria-label=say("Copy to a group") on:change:target=copy>
            <option value="">{say("Copy to a group")}</option>
            {others.into_iter().map(|(id, name)| view! { <option value=id>{name}</option> }).collect_view()}
        </select>
    }
}

/// The edits that add such rules to a group, each with an id that is free by then.
fn copies(draft: &Document, to: &GroupId, rules: &[Rule]) -> Vec<Edit> {
    let mut with = draft.clone();
    let copy = |rule: &Rule| {
        let rule = Rule { id: with.free_rule_id(to), ..rule.clone() };
        let edit = Edit::AddRule { group: to.clone(), place: Place::Last, rule };
        // Where it does not fit, the step is refused with the reason.
        let _ = edit.clone().apply(&mut with);
        edit
    };
    rules.iter().map(copy).collect()
}

/// Puts a rule among those that are sorted by id, or takes it from there.
fn put(chosen: &mut Vec<RuleId>, rule: RuleId, is_in: bool) {
    match (chosen.binary_search(&rule), is_in) {
        (Err(place), true) => chosen.insert(place, rule),
        (Ok(place), false) => drop(chosen.remove(place)),
        (Ok(_), true) | (Err(_), false) => {}
    }
}

/// The rules from one to the other, whichever comes first; only `to` where the other is not shown.
fn between(shown: &[Rule], from: &RuleId, to: &RuleId) -> Vec<RuleId> {
    let at = |id: &RuleId| shown.iter().position(|rule| rule.id == *id);
    match (at(from), at(to)) {
        (Some(from), Some(to)) => shown[from.min(to)..=from.max(to)].iter().map(|rule| rule.id.clone()).collect(),
        _ => vec![to.clone()],
    }
}
