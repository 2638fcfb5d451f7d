//! What the palette offers.

use leptos::prelude::*;
use policy::Document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::super::shell::Shell;
use crate::browser::address::base_path;
use crate::browser::route::Route;
use crate::browser::theme::Theme;
use crate::parts::link::{group_path, group_tab};
use crate::text::{Language, say, say_with};
use crate::workspace::{Link, Tone, Workspace};

/// One thing to go to or to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) label: String,
    /// What it is, in a word.
    pub(super) kind: &'static str,
    pub(super) act: Act,
}

/// What choosing it does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    Go(String),
    Undo,
    Redo,
    Review,
    /// Opens a path and presses the button there that makes something new.
    New(&'static str),
    Theme(Theme),
    Speak(Language),
    Keys,
    Tour,
}

/// Pages and actions first, then what is in the draft.
pub(super) fn entries(workspace: Workspace) -> Vec<Entry> {
    let mut all = Vec::new();
    let mut add = |label: &str, kind, act| all.push(Entry { label: label.to_owned(), kind, act });
    let has_server = matches!(workspace.link.get_untracked(), Link::Up | Link::Down(_));
    for (path, name) in places() {
        add(&name, say("page"), Act::Go(path));
    }
    add(say("Projects"), say("page"), Act::Go("/projects".to_owned()));
    let action = say("action");
    if let Some(step) = untrack(|| workspace.undoes()) {
        add(&say_with("Undo: {step}", &[("step", &step)]), action, Act::Undo);
    }
    if let Some(step) = untrack(|| workspace.redoes()) {
        add(&say_with("Redo: {step}", &[("step", &step)]), action, Act::Redo);
    }
    if has_server {
        add(say("Review and save"), action, Act::Review);
    }
    add(say("New group"), action, Act::New("/groups"));
    add(say("New instance"), action, Act::New("/instances"));
    for theme in Theme::ALL {
        add(&say_with("Colours: {theme}", &[("theme", &theme.called())]), action, Act::Theme(theme));
    }
    for language in Language::ALL {
        add(&say_with("Language: {language}", &[("language", &language.called())]), action, Act::Speak(language));
    }
    add(say("Keys"), action, Act::Keys);
    add(say("Take the tour"), action, Act::Tour);
    workspace.peek(|draft| all.extend(things(draft)));
    all
}

/// The places of the navigation, as they stand in the page.
fn places() -> Vec<(String, String)> {
    let Ok(links) = document().query_selector_all("#navigation a") else { return Vec::new() };
    let place = |at: u32| {
        let link: Element = links.get(at)?.dyn_into().ok()?;
        let path = link.get_attribute("href")?;
        Some((path.strip_prefix(&base_path())?.to_owned(), link.text_content()?))
    };
    (0..links.length()).filter_map(place).collect()
}

fn things(document: &Document) -> Vec<Entry> {
    let mut all = Vec::new();
    let called = |name: &str, id: &str| if name == id { id.to_owned() } else { format!("{name} ({id})") };
    for group in &document.groups {
        let id = group.id.as_str();
        all.push(Entry { label: called(&group.name, id), kind: say("group"), act: Act::Go(group_path(id)) });
    }
    for instance in &document.instances {
        let label = called(&instance.name, instance.id.as_str());
        all.push(Entry { label, kind: say("instance"), act: Act::Go("/instances".to_owned()) });
    }
    for group in &document.address_groups {
        let label = called(&group.name, group.id.as_str());
        all.push(Entry { label, kind: say("address group"), act: Act::Go("/address-groups".to_owned()) });
    }
    for (group, rule) in document.rules() {
        let path = group_tab(group.id.as_str(), &rule.spec.direction.to_string());
        let label = format!("{}: {}", rule.id, rule.spec);
        all.push(Entry { label, kind: say("rule"), act: Act::Go(path) });
    }
    all
}

impl Act {
    /// Does it.
    pub(super) fn carry_out(self, workspace: Workspace, shell: Shell, route: Route) {
        match self {
            Act::Go(path) => route.go(&path),
            Act::Undo => workspace.undo(),
            Act::Redo => workspace.redo(),
            Act::Review => workspace.reviewing.set(true),
            Act::New(path) => {
                route.go(path);
                // The page is drawn first.
                request_animation_frame(|| press("[data-new]"));
            }
            Act::Theme(theme) => theme.apply(),
            Act::Speak(language) => {
                if let Err(error) = language.choose() {
                    workspace.notices.show(Tone::Failed, error);
                }
            }
            Act::Keys => shell.keys.set(true),
            Act::Tour => shell.tour.set(Some(0)),
        }
    }
}

fn press(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(button) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        button.click();
    }
}
