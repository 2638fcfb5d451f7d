//! Where a page stands.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Missing, Page};
use crate::apart::loaded_when_called;
use crate::pages::{
    address_groups, assertions, changes, groups, instances, live, matrix, overview, projects, settings, simulator,
    transfer,
};
use crate::text::say;

/// Makes what stands at an address.
type Build = fn(Page) -> AnyView;

loaded_when_called! {
    Build:
    edit / groups: |page| match page {
        Page::Group(id) => view! { <groups::Group id=id /> }.into_any(),
        _ => view! { <groups::Groups /> }.into_any(),
    };
    edit / address_groups: |page| match page {
        Page::AddressGroup(id) => view! { <address_groups::AddressGroupPage id=id /> }.into_any(),
        _ => view! { <address_groups::AddressGroups /> }.into_any(),
    };
    edit / instances: |_| view! { <instances::Instances /> }.into_any();
    ask / matrix: |_| view! { <matrix::MatrixPage /> }.into_any();
    ask / assertions: |_| view! { <assertions::AssertionsPage /> }.into_any();
    ask / simulator: |_| view! { <simulator::Simulator /> }.into_any();
    keep / changes: |_| view! { <changes::Changes /> }.into_any();
    keep / live: |_| view! { <live::LivePage /> }.into_any();
    keep / transfer: |_| view! { <transfer::Transfer /> }.into_any();
    keep / settings: |_| view! { <settings::Settings /> }.into_any();
    keep / projects: |_| view! { <projects::Projects /> }.into_any();
}

/// What makes a page; `None` where it could not be fetched.
async fn load(page: &Page) -> Option<Build> {
    match page {
        Page::Overview => Some(|_| view! { <overview::Overview /> }.into_any()),
        Page::Groups | Page::Group(_) => groups().await,
        Page::AddressGroups | Page::AddressGroup(_) => address_groups().await,
        Page::Instances => instances().await,
        Page::Matrix => matrix().await,
        Page::Assertions => assertions().await,
        Page::Simulator => simulator().await,
        Page::Changes => changes().await,
        Page::Live => live().await,
        Page::Transfer => transfer().await,
        Page::Settings => settings().await,
        Page::Projects => projects().await,
        Page::Missing => Some(|_| view! { <Missing /> }.into_any()),
    }
}

/// Shows a page. While another one is fetched, the one before stays.
#[component]
pub(super) fn Slot(page: Memo<Page>) -> impl IntoView {
    let shown = RwSignal::new(None::<(Page, Option<Build>)>);
    let fetch = move |wanted: Page| {
        spawn_local(async move {
            let build = load(&wanted).await;
            // Somebody may have gone elsewhere meanwhile, or left the console.
            if page.try_get_untracked().as_ref() == Some(&wanted) {
                shown.set(Some((wanted, build)));
            }
        });
    };
    Effect::new(move |_| fetch(page.get()));
    move || {
        shown.get().map(|(page, build)| match build {
            Some(build) => build(page),
            None => view! { <NotLoaded again=move || fetch(page.clone()) /> }.into_any(),
        })
    }
}

#[component]
fn NotLoaded(again: impl Fn() + Send + 'static) -> impl IntoView {
    view! {
        <section class="empty" role="alert">
            <h1>{say("The page cannot be loaded")}</h1>
            <p>{say("The server did not give it: check the connection. Your draft is kept in this browser.")}</p>
            <button type="button" class="primary" on:click=move |_| again()>
                {say("Try again")}
            </button>
        </section>
    }
}
