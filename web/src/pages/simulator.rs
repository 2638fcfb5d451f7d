//! What happens to a packet, and why.
//!
//! The whole question stands in the fragment of the address, so that a reload, a bookmark and a link ask it again and no
//! server sees it.

mod answer;
mod ask;
mod form;
mod hook;
mod packet_text;
mod picture;
mod share;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::browser::address::{name_page, replace_fragment};
use crate::parts::faults::Message;
use crate::workspace::Workspace;
use answer::{Answer, NoAnswer};
use ask::Ask;
use form::QuestionForm;
use hook::HookView;
use picture::{Conclusion, Picture};
use share::Share;

#[component]
pub(crate) fn Simulator() -> impl IntoView {
    name_page("Simulator");
    let workspace = Workspace::here();
    let location = use_location();
    let asked = move || {
        let (hash, search) = (location.hash.get(), location.search.get());
        let fragment = hash.trim_start_matches('#');
        workspace.peek(|draft| Ask::read(if fragment.is_empty() { &search } else { fragment }, draft))
    };
    let ask = RwSignal::new(untrack(asked));
    // A link to another question, followed while the page is open.
    Effect::new(move |before: Option<()>| {
        let linked = asked();
        if before.is_some() {
            ask.set(linked);
        }
    });
    Effect::new(move |_| replace_fragment(&ask.get().to_fragment()));
    let answer = Memo::new(move |_| {
        let ask = ask.get();
        workspace.checked.with(|checked| Answer::of(checked.policy.as_ref(), &ask))
    });
    view! {
        <section class="page" aria-labelledby="simulator-title">
            <header class="page-head">
                <div>
                    <h1 id="simulator-title">"Simulator"</h1>
                    <p class="lead">
                        "Sends one packet through the policy of this draft and shows every step, on both ends."
                    </p>
                </div>
                <Share ask=ask />
            </header>
            <QuestionForm ask=ask answer=answer />
            <p class="visually-hidden" role="status">
                {move || answer.with(|answer| answer.as_ref().map(Answer::headline).unwrap_or_default())}
            </p>
            {move || match answer.get() {
                Ok(answer) => view! { <Answered answer=answer /> }.into_any(),
                Err(NoAnswer::Policy) => {
                    view! {
                        <p class="surface padded">
                            "The draft has errors, so there is no policy to ask. Mend them first."
                        </p>
                    }
                        .into_any()
                }
                Err(NoAnswer::Packet(_)) => ().into_any(),
                Err(NoAnswer::Question(error)) => {
                    view! {
                        <p id="question-fault" class="surface padded fault" role="alert">
                            <Message text=error.to_string() />
                        </p>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Answered(answer: Answer) -> impl IntoView {
    let hooks = answer.hooks();
    view! {
        <Conclusion answer=answer.clone() />
        <Picture answer=answer.clone() />
        <div class="hooks">
            {hooks.into_iter().map(|hook| view! { <HookView policy=answer.policy.clone() hook=hook /> }).collect_view()}
        </div>
    }
}
