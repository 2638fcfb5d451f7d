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
mod plans;
mod share;

use leptos::prelude::*;

use crate::browser::address::name_page;
use crate::browser::route::Route;
use crate::parts::faults::Message;
use crate::parts::flow::memo;
use crate::workspace::Workspace;
use answer::{Answer, NoAnswer};
use ask::Ask;
use form::QuestionForm;
use hook::HookView;
use picture::{Conclusion, Picture};
use plans::Plans;
use share::Share;

/// Where the page is.
const PATH: &str = "/simulator";

#[component]
pub(crate) fn Simulator() -> impl IntoView {
    name_page("Simulator");
    let workspace = Workspace::here();
    let route = Route::here();
    let asked = move || {
        let (fragment, query) = (route.fragment.get(), route.query.get());
        workspace.peek(|draft| Ask::read(if fragment.is_empty() { &query } else { &fragment }, draft))
    };
    let ask = RwSignal::new(untrack(asked));
    // A link to another question, followed while the page is open.
    Effect::new(move |_| {
        let linked = asked();
        if route.path.get() == PATH && ask.with_untracked(|ask| *ask != linked) {
            ask.set(linked);
        }
    });
    Effect::new(move |_| {
        let fragment = ask.with(Ask::to_fragment);
        // On the way to another page the address is no longer this page's.
        if route.path.get_untracked() == PATH {
            route.replace_fragment(&fragment);
        }
    });
    let answer = memo(move || {
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
                Ok(answer) => view! { <Answered ask=ask answer=answer /> }.into_any(),
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
fn Answered(ask: RwSignal<Ask>, answer: Answer) -> impl IntoView {
    let hooks = answer.hooks();
    view! {
        <Conclusion answer=answer.clone() />
        <Plans ask=ask outcome=answer.outcome() />
        <Picture answer=answer.clone() />
        <div class="hooks">
            {hooks.into_iter().map(|hook| view! { <HookView policy=answer.policy.clone() hook=hook /> }).collect_view()}
        </div>
    }
}
