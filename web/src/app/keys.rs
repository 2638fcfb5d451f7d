//! Keys that work on every page.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::workspace::{Link, Workspace};

/// Ctrl+Z, Ctrl+Shift+Z, Ctrl+S and `/` for as long as the page is open.
pub(crate) fn listen(workspace: Workspace) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| obey(workspace, &event));
    on_cleanup(move || handle.remove());
}

fn obey(workspace: Workspace, event: &KeyboardEvent) {
    let command = event.ctrl_key() || event.meta_key();
    match (command, event.shift_key(), event.key().to_lowercase().as_str()) {
        // In a text field these keys belong to its text.
        (true, false, "z") if !writes(event) => workspace.undo(),
        (true, true, "z") | (true, false, "y") if !writes(event) => workspace.redo(),
        (true, false, "s") if workspace.link.get_untracked() != Link::Alone => {
            workspace.reviewing.set(workspace.changed.get_untracked());
        }
        (false, false, "/") if !writes(event) && focus("[data-search]") => {}
        (false, false, "n") if !writes(event) && press("[data-new]") => {}
        _ => return,
    }
    event.prevent_default();
}

/// Whether the key goes into a text.
fn writes(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    target.is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

fn focus(selector: &str) -> bool {
    find(selector).is_some_and(|element| element.focus().is_ok())
}

fn press(selector: &str) -> bool {
    let found = find(selector);
    found.iter().for_each(HtmlElement::click);
    found.is_some()
}
