//! Parts of the console that come when they are first shown: in a release they are files of their own.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::shell::Shell;
use super::{palette, review, shortcuts, tour};
use crate::apart::loaded_when_called;
use crate::text::say;
use crate::workspace::{Tone, Workspace};

type Draw = fn() -> AnyView;

loaded_when_called! {
    Draw:
    more / load_palette: || view! { <palette::Palette /> }.into_any();
    more / load_shortcuts: || view! { <shortcuts::ShortcutSheet /> }.into_any();
    more / load_tour: || view! { <tour::Tour /> }.into_any();
    keep / load_review: || view! { <review::ReviewDialog /> }.into_any();
}

#[component]
pub(super) fn Palette() -> impl IntoView {
    let open = Shell::here().palette;
    later(move || open.get(), load_palette)
}

#[component]
pub(super) fn ShortcutSheet() -> impl IntoView {
    let open = Shell::here().keys;
    later(move || open.get(), load_shortcuts)
}

#[component]
pub(super) fn Tour() -> impl IntoView {
    let at = Shell::here().tour;
    later(move || at.get().is_some(), load_tour)
}

#[component]
pub(super) fn ReviewDialog() -> impl IntoView {
    let open = Workspace::here().reviewing;
    later(move || open.get(), load_review)
}

/// Stands from when it is first wanted.
fn later<F>(wanted: impl Fn() -> bool + 'static, load: fn() -> F) -> impl IntoView
where
    F: Future<Output = Option<Draw>> + 'static,
{
    let workspace = Workspace::here();
    let drawn = RwSignal::new(None::<Draw>);
    Effect::new(move |_| {
        if !wanted() || drawn.get_untracked().is_some() {
            return;
        }
        spawn_local(async move {
            match load().await {
                // Two calls may have been under way.
                Some(draw) if drawn.try_get_untracked() == Some(None) => drawn.set(Some(draw)),
                Some(_) => {}
                None => workspace
                    .notices
                    .show(Tone::Failed, say("The server did not give this part of the console: check the connection.")),
            }
        });
    });
    move || drawn.get().map(|draw| draw())
}
