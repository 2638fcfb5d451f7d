//! A short tour of one's own policy: a card beside what it speaks of. Nothing is covered or waits for it.

use std::time::Duration;

use leptos::prelude::*;
use policy::Document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::shell::Shell;
use crate::browser::route::Route;
use crate::browser::storage;
use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::group_tab;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// One step: the page, what it points at, and what it says.
struct Step {
    path: String,
    /// The element that is marked.
    points_at: &'static str,
    title: &'static str,
    text: String,
}

/// The name in the browser's storage of whether the tour was offered.
const OFFERED: &str = "tour";

/// The class of the element that the tour speaks of.
const MARK: &str = "toured";

/// How often the element is looked for.
const LOOKED_AFTER: Duration = Duration::from_millis(60);

#[component]
pub(super) fn Tour() -> impl IntoView {
    let (workspace, route, at) = (Workspace::here(), Route::here(), Shell::here().tour);
    let card = NodeRef::<leptos::html::Div>::new();
    let is_open = memo(move || at.get().is_some());
    Effect::new(move |_| {
        unmark();
        let Some(index) = at.get() else { return };
        let Some(step) = workspace.peek(|draft| steps(draft).into_iter().nth(index)) else { return };
        if route.path.with_untracked(|path| *path != step.path.split('?').next().unwrap_or_default()) {
            route.go(&step.path);
        }
        // The page may have to be fetched first, and may be drawn anew behind the tour.
        if let Ok(looking) = set_interval_with_handle(move || mark(step.points_at), LOOKED_AFTER) {
            on_cleanup(move || looking.clear());
        }
    });
    Effect::new(move |_| {
        if let (true, Some(card)) = (is_open.get(), card.get()) {
            // Where it cannot have the focus the person clicks.
            let _ = card.focus();
        }
    });
    move || {
        let index = at.get()?;
        let mut all = workspace.peek(steps);
        let count = all.len();
        let Step { title, text, .. } = all.drain(..).nth(index)?;
        let is_last = index + 1 == count;
        let keys = move |event: leptos::ev::KeyboardEvent| {
            if event.key() == "Escape" {
                at.set(None);
            }
        };
        Some(view! {
            <div
                id="tour"
                class="tour"
                role="dialog"
                aria-labelledby="tour-title"
                aria-describedby="tour-text"
                tabindex="-1"
                node_ref=card
                on:keydown=keys
            >
                <div class="tour-head">
                    <h2 id="tour-title">{title}</h2>
                    <button
                        id="tour-end"
                        type="button"
                        class="quiet icon-only"
                        aria-label=say("End the tour")
                        on:click=move |_| at.set(None)
                    >
                        <Icon glyph=Glyph::Close />
                    </button>
                </div>
                <p id="tour-text">{text}</p>
                <div class="tour-foot">
                    <span class="muted">{say_with("{n} of {limit}", &[("n", &(index + 1)), ("limit", &count)])}</span>
                    <button
                        id="tour-back"
                        type="button"
                        class="quiet"
                        disabled=index == 0
                        on:click=move |_| at.set(index.checked_sub(1))
                    >
                        {say("Back")}
                    </button>
                    <button
                        id="tour-next"
                        type="button"
                        class="primary"
                        on:click=move |_| at.set((!is_last).then_some(index + 1))
                    >
                        {if is_last { say("Done") } else { say("Next") }}
                    </button>
                </div>
            </div>
        })
    }
}

/// Offers the tour in the empty corner of a first visit.
#[component]
pub(super) fn TourOffer() -> impl IntoView {
    let tour = Shell::here().tour;
    let is_first = RwSignal::new(storage::load(OFFERED).is_none());
    Effect::new(move |_| {
        if tour.get().is_some() {
            is_first.set(false);
        }
        if !is_first.get() {
            // Where nothing is kept it is offered again.
            let _ = storage::store(OFFERED, "yes");
        }
    });
    view! {
        <When case=move || is_first.get()>
            <div class="tour-offer">
                <button id="tour-start" type="button" on:click=move |_| tour.set(Some(0))>
                    {say("Take the tour")}
                </button>
                <button
                    type="button"
                    class="quiet icon-only"
                    aria-label=say("No tour")
                    on:click=move |_| is_first.set(false)
                >
                    <Icon glyph=Glyph::Close />
                </button>
            </div>
        </When>
    }
}

/// The steps, about what is in the document.
fn steps(document: &Document) -> Vec<Step> {
    let group = document.groups.iter().max_by_key(|group| group.rules.len());
    let (id, name) = group.map(|group| (group.id.to_string(), group.name.clone())).unwrap_or_default();
    let step = |path: &str, points_at, title, text: String| Step { path: path.to_owned(), points_at, title, text };
    vec![
        step(
            "/groups",
            "#groups",
            say("Groups say what may pass"),
            say("A security group is a named set of rules. Every vnic has groups, and they judge it together.").to_owned(),
        ),
        step(
            &group_tab(&id, "ingress"),
            "table.grid",
            say("Rules are edited where they stand"),
            say_with("This is what may come in at members of {group}. Double click a rule, write, press Enter; undo takes any step back.", &[("group", &name)]),
        ),
        step(
            "/instances",
            "#instances",
            say("Instances have the groups"),
            say("Attach and detach groups here. Remarks stand at the vnic that they are about.").to_owned(),
        ),
        step(
            "/matrix",
            "#matrix",
            say("Who reaches whom"),
            say("Every cell is proved over every packet, and shows what your draft changes.").to_owned(),
        ),
        step(
            "/simulator",
            "main form, main .page",
            say("Ask what happens to a packet"),
            say("The simulator judges a packet at both ends and names the rule that decides, and why the others do not.").to_owned(),
        ),
        step(
            "/transfer",
            "#export-text",
            say("It is one document"),
            say("Take it with you as a file. Ctrl+K finds everything else; ? shows the keys.").to_owned(),
        ),
    ]
}

/// Marks the element, unless one is marked.
fn mark(selector: &str) {
    if matches!(document().query_selector(&format!(".{MARK}")), Ok(Some(_))) {
        return;
    }
    let Some(element) = document().query_selector(selector).ok().flatten() else { return };
    // An element takes any class.
    let _ = element.class_list().add_1(MARK);
    element.unchecked_ref::<HtmlElement>().scroll_into_view_with_bool(false);
}

fn unmark() {
    let Ok(found) = document().query_selector_all(".toured") else { return };
    for at in 0..found.length() {
        if let Some(element) = found.get(at) {
            let _ = element.unchecked_ref::<HtmlElement>().class_list().remove_1(MARK);
        }
    }
}
