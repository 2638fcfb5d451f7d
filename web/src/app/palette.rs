//! The command palette: everything that has a place or does something, found by a few letters.

mod entries;
mod fuzzy;

use leptos::prelude::*;

use super::shell::Shell;
use crate::browser::route::Route;
use crate::parts::dialog::{Dialog, closer};
use crate::parts::flow::memo;
use crate::text::say;
use crate::workspace::Workspace;
use entries::{Entry, entries};

/// How many are shown; more letters narrow.
const SHOWN: usize = 40;

#[component]
pub(super) fn Palette() -> impl IntoView {
    let open = Shell::here().palette;
    view! {
        <Dialog id="palette" title=say("Go anywhere, do anything") open=open close=closer(open)>
            <Finder />
        </Dialog>
    }
}

#[component]
fn Finder() -> impl IntoView {
    let (workspace, shell, route) = (Workspace::here(), Shell::here(), Route::here());
    let query = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let all = StoredValue::new(entries(workspace));
    let found = memo(move || {
        at.set(0);
        query.with(|query| all.with_value(|all| best(query, all)))
    });
    let input = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            // Where it cannot have the focus the person clicks.
            let _ = input.focus();
        }
    });
    let choose = Callback::new(move |index: usize| {
        let Some(entry) = found.with_untracked(|found| found.get(index).cloned()) else { return };
        shell.palette.set(false);
        entry.act.carry_out(workspace, shell, route);
    });
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = if *at >= last { 0 } else { *at + 1 }),
            "ArrowUp" => at.update(|at| *at = at.checked_sub(1).unwrap_or(last)),
            "Home" => at.set(0),
            "End" => at.set(last),
            "Enter" => choose.run(at.get_untracked()),
            _ => return,
        }
        event.prevent_default();
        reveal(at.get_untracked());
    };
    let option = move |(index, entry): (usize, Entry)| {
        view! {
            <li
                id=option_id(index)
                role="option"
                aria-selected=move || (at.get() == index).to_string()
                on:click=move |_| choose.run(index)
            >
                <span>{entry.label}</span>
                <span class="muted">{entry.kind}</span>
            </li>
        }
    };
    view! {
        <div class="finder">
            <input
                id="palette-input"
                type="text"
                role="combobox"
                autocomplete="off"
                spellcheck="false"
                aria-label=say("Find a page, group, rule, instance or action")
                placeholder=say("Find a page, group, rule, instance or action")
                aria-expanded="true"
                aria-controls="palette-list"
                aria-activedescendant=move || option_id(at.get())
                node_ref=input
                bind:value=query
                on:keydown=keys
            />
            <ul id="palette-list" role="listbox" aria-label=say("Found")>
                {move || found.get().into_iter().enumerate().map(option).collect_view()}
            </ul>
            <p class="hint" role="status">
                {move || if found.with(Vec::is_empty) { say("Nothing is called so.") } else { "" }}
            </p>
        </div>
    }
}

/// The entries that fit best, the best first.
fn best(query: &str, all: &[Entry]) -> Vec<Entry> {
    let fit =
        |entry: &Entry| Some((fuzzy::distance(query, &format!("{} {}", entry.label, entry.kind))?, entry.clone()));
    let mut found: Vec<(usize, Entry)> = all.iter().filter_map(fit).collect();
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().take(SHOWN).map(|(_, entry)| entry).collect()
}

fn option_id(index: usize) -> String {
    format!("palette-option-{index}")
}

fn reveal(index: usize) {
    request_animation_frame(move || {
        if let Some(option) = document().get_element_by_id(&option_id(index)) {
            option.scroll_into_view_with_bool(false);
        }
    });
}
