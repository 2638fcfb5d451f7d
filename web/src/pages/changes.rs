//! The draft against what is live, what was saved before, and the way to bring two drafts together.

mod draft;
mod history;
mod merge;

use leptos::prelude::*;

use crate::browser::address::{href, name_page};
use crate::browser::route::Route;
use crate::parts::flow::{When, memo};
use crate::text::say;
use crate::workspace::{Link, Workspace};

/// What a tab shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Draft,
    History,
    Merge,
}

#[component]
pub(crate) fn Changes() -> impl IntoView {
    name_page(say("Changes"));
    let workspace = Workspace::here();
    let route = Route::here();
    let tab = memo(move || Tab::read(route.query("tab").as_deref()));
    let can_merge = move || workspace.newer.get().is_some() || workspace.merging.with(Option::is_some);
    let has_server = move || matches!(workspace.link.get(), Link::Up | Link::Down(_));
    view! {
        <section class="page" aria-labelledby="changes-title">
            <header class="page-head">
                <div>
                    <h1 id="changes-title">{say("Changes")}</h1>
                    <p class="lead">{say("What the draft changes, what was saved before, and the way back to it.")}</p>
                </div>
            </header>
            <nav class="tabs" aria-label=say("Parts of the changes")>
                <TabLink to=Tab::Draft tab=tab />
                <When case=has_server>
                    <TabLink to=Tab::History tab=tab />
                </When>
                <When case=can_merge>
                    <TabLink to=Tab::Merge tab=tab />
                </When>
            </nav>
            {move || match tab.get() {
                Tab::Draft => view! { <draft::Draft /> }.into_any(),
                Tab::History => view! { <history::HistoryList /> }.into_any(),
                Tab::Merge => view! { <merge::MergeView /> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn TabLink(to: Tab, tab: Memo<Tab>) -> impl IntoView {
    view! {
        <a
            id=format!("tab-{}", to.name())
            href=href(&format!("/changes?tab={}", to.name()))
            aria-current=move || (tab.get() == to).then_some("true")
        >
            {to.label()}
        </a>
    }
}

impl Tab {
    fn read(text: Option<&str>) -> Tab {
        match text {
            Some("history") => Tab::History,
            Some("merge") => Tab::Merge,
            Some(_) | None => Tab::Draft,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Tab::Draft => "draft",
            Tab::History => "history",
            Tab::Merge => "merge",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Tab::Draft => say("Draft"),
            Tab::History => say("History"),
            Tab::Merge => say("Merge"),
        }
    }
}
