//! Keys that work on every page. What a key does to a row, a button of the row does too.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::shell::Shell;
use crate::workspace::{Link, Workspace};

/// The rows that keys move between.
const ROWS: &str = "main tr:is([data-rule], [data-group], [data-vnic], [data-project], [data-address-group])";

/// Which row a key leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Next,
    Previous,
}

/// Listens for as long as the page is open.
pub(crate) fn listen(workspace: Workspace, shell: Shell) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| obey(workspace, shell, &event));
    on_cleanup(move || handle.remove());
}

fn obey(workspace: Workspace, shell: Shell, event: &KeyboardEvent) {
    let command = event.ctrl_key() || event.meta_key();
    let key = event.key().to_lowercase();
    let obeyed = match (command, key.as_str()) {
        (true, "k") => {
            shell.palette.update(|open| *open = !*open);
            true
        }
        (true, "s") if workspace.link.get_untracked() != Link::Alone => {
            workspace.reviewing.set(workspace.changed.get_untracked());
            true
        }
        // In a text field other keys belong to its text, and in a dialog to the dialog.
        _ if writes(event) || find("dialog[open]").is_some() => false,
        (true, "z") if event.shift_key() => {
            workspace.redo();
            true
        }
        (true, "z") => {
            workspace.undo();
            true
        }
        (true, "y") => {
            workspace.redo();
            true
        }
        (true, _) => false,
        (false, "?") => {
            shell.keys.set(true);
            true
        }
        (false, "/") => find("[data-search]").is_some_and(|field| field.focus().is_ok()),
        (false, "n") => press("[data-new]"),
        (false, "j") => step(Way::Next),
        (false, "k") => step(Way::Previous),
        (false, "arrowup") if event.alt_key() => act("earlier"),
        (false, "arrowdown") if event.alt_key() => act("later"),
        (false, "d") => act("duplicate"),
        (false, "x") => act("select"),
        (false, "delete") => remove(),
        (false, "enter") if is_row(event) => act("edit") || follow(),
        (false, _) => false,
    };
    if obeyed {
        event.prevent_default();
    }
}

/// Whether the key goes into a text. The field of a dialog that was closed just now has the focus until the next frame, and takes
/// nothing any more.
fn writes(event: &KeyboardEvent) -> bool {
    let is_gone = |target: &HtmlElement| target.closest("dialog:not([open])").is_ok_and(|dialog| dialog.is_some());
    let is_box = |target: &HtmlElement| target.get_attribute("type").is_some_and(|kind| kind == "checkbox");
    let takes = |target: &HtmlElement| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT");
    target(event).is_some_and(|target| takes(&target) && !is_box(&target) && !is_gone(&target))
}

fn is_row(event: &KeyboardEvent) -> bool {
    target(event).is_some_and(|target| target.tag_name() == "TR")
}

fn target(event: &KeyboardEvent) -> Option<HtmlElement> {
    event.target()?.dyn_into().ok()
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

fn press(selector: &str) -> bool {
    let found = find(selector);
    found.iter().for_each(HtmlElement::click);
    found.is_some()
}

/// The rows of the page, and the place of the one that has the focus.
fn rows() -> (Vec<HtmlElement>, Option<usize>) {
    let found = document().query_selector_all(ROWS).ok();
    let rows: Vec<HtmlElement> = found
        .into_iter()
        .flat_map(|found| (0..found.length()).filter_map(move |at| found.get(at)?.dyn_into().ok()))
        .collect();
    let active: Option<Element> = document().active_element();
    let here = rows.iter().position(|row| active.as_ref().is_some_and(|active| row.contains(Some(active))));
    (rows, here)
}

fn step(way: Way) -> bool {
    let (rows, here) = rows();
    let to = match (way, here) {
        (Way::Next, None) => 0,
        (Way::Next, Some(at)) => (at + 1).min(rows.len().saturating_sub(1)),
        (Way::Previous, None) => rows.len().saturating_sub(1),
        (Way::Previous, Some(at)) => at.saturating_sub(1),
    };
    rows.get(to).is_some_and(focus)
}

fn focus(row: &HtmlElement) -> bool {
    row.set_tab_index(-1);
    row.focus().is_ok()
}

/// Presses the button of an action in the row that has the focus.
fn act(action: &str) -> bool {
    let (rows, here) = rows();
    here.is_some_and(|at| press_in(&rows[at], &format!("[data-action={action}]")))
}

/// Removes the row that has the focus, which goes to the row that takes its place.
fn remove() -> bool {
    let (rows, here) = rows();
    let Some(at) = here.filter(|at| press_in(&rows[*at], "[data-action=delete]")) else { return false };
    request_animation_frame(move || {
        let (rows, _) = self::rows();
        rows.get(at.min(rows.len().saturating_sub(1))).map(focus);
    });
    true
}

fn follow() -> bool {
    let (rows, here) = rows();
    here.is_some_and(|at| press_in(&rows[at], "a"))
}

fn press_in(row: &HtmlElement, selector: &str) -> bool {
    let found = row.query_selector(selector).ok().flatten().and_then(|found| found.dyn_into::<HtmlElement>().ok());
    found.iter().for_each(HtmlElement::click);
    found.is_some()
}
