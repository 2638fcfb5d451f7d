//! A policy that came with a link: it is asked in place of the draft where a person wants that, and the draft stays as it is.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use policy::{Document, Severity};
use serde_json::Value;

use super::ask::Ask;
use crate::browser::pack::unpack;
use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::text::{say, say_count, say_with};
use crate::workspace::{Tone, Workspace};

pub(super) use crate::browser::pack::pack;

/// The policy of the link that the page was opened with. Copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Linked {
    /// The document, where it can be read and is not the draft.
    document: RwSignal<Option<Arc<Document>>>,
    /// Whether it is asked now.
    tried: RwSignal<bool>,
}

impl Linked {
    /// Follows what the question brings.
    pub(super) fn follow(ask: RwSignal<Ask>) -> Linked {
        let workspace = Workspace::here();
        let linked = Linked { document: RwSignal::new(None), tried: RwSignal::new(false) };
        let packed = memo(move || ask.with(|ask| ask.policy.clone()));
        Effect::new(move |_| {
            let packed = packed.get();
            linked.forget();
            if packed.is_empty() {
                return;
            }
            spawn_local(async move {
                match unpack(&packed).await.as_deref().and_then(read) {
                    Some(document) if workspace.peek(|draft| *draft != document) => {
                        // The page may be gone by then.
                        let _ = linked.document.try_set(Some(Arc::new(document)));
                    }
                    Some(_) => {}
                    None => workspace
                        .notices
                        .show(Tone::Failed, say("the policy in the link cannot be read: ask for the link again")),
                }
            });
        });
        linked
    }

    /// What is asked in place of the draft.
    pub(super) fn other(self) -> Signal<Option<Arc<str>>> {
        let written = move || self.tried.get().then(|| self.document.get()).flatten();
        memo(move || written().map(|document| Arc::from(document.to_json()))).into()
    }

    fn forget(self) {
        self.document.set(None);
        self.tried.set(false);
    }
}

/// Offers the policy of the link, or says that it is the one that answers.
#[component]
pub(super) fn LinkedBanner(linked: Linked, ask: RwSignal<Ask>) -> impl IntoView {
    let workspace = Workspace::here();
    let Linked { document, tried } = linked;
    let size = move || {
        let document = document.get()?;
        let rules = document.groups.iter().map(|group| group.rules.len()).sum();
        let groups = say_count(document.groups.len(), "{n} group", "{n} groups");
        Some((groups, say_count(rules, "{n} rule", "{n} rules")))
    };
    let said = move || {
        let (groups, rules) = size().unwrap_or_default();
        let parts: [(&str, &dyn std::fmt::Display); 2] = [("groups", &groups), ("rules", &rules)];
        match tried.get() {
            true => say_with(
                "You see answers of the policy in the link: {groups}, {rules}. Your draft is untouched.",
                &parts,
            ),
            false => say_with(
                "This link brings a policy of its own: {groups}, {rules}. Your draft answers as long as you do not open it.",
                &parts,
            ),
        }
    };
    let leave = move || {
        linked.forget();
        ask.update(|ask| ask.policy.clear());
    };
    let take = move |_| {
        if let Some(document) = document.get_untracked() {
            workspace.replace(say("take the policy of a link"), (*document).clone());
            workspace.notices.show(Tone::Undoable, say("The policy of the link is your draft now"));
            leave();
        }
    };
    view! {
        <When case=move || document.with(Option::is_some)>
            <div id="linked" class="banner" role="status">
                <Icon glyph=Glyph::Note />
                <p>{said}</p>
                <button id="linked-try" type="button" on:click=move |_| tried.update(|tried| *tried = !*tried)>
                    {move || if tried.get() { say("Back to my draft") } else { say("Open it as a trial") }}
                </button>
                <button id="linked-take" type="button" class="quiet" on:click=take>
                    {say("Make it my draft")}
                </button>
                <button id="linked-leave" type="button" class="quiet" on:click=move |_| leave()>
                    {say("Leave it out")}
                </button>
            </div>
        </When>
    }
}

/// A document without faults that keep it from being one.
fn read(text: &str) -> Option<Document> {
    let value: Value = serde_json::from_str(text).ok()?;
    let (document, faults) = Document::read_value(&value);
    faults.iter().all(|fault| fault.severity == Severity::Warning).then_some(document)
}
