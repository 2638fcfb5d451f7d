//! What happens to packets between two ends, and why.
//!
//! The whole question stands in the fragment of the address, so that a reload, a bookmark and a link ask it again and no
//! server sees it. A capture is judged packet by packet beside it. The engine answers in a worker; while it does, the answer before stays.

mod alike;
mod ask;
mod capture;
mod event_text;
mod flows;
mod form;
mod hook;
mod linked;
mod packet_text;
mod picture;
mod plans;
mod share;
mod timeline;
mod told;

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::Value;

use crate::browser::address::{href, name_page};
use crate::browser::route::Route;
use crate::browser::worker::Reply;
use crate::parts::drawing::{Drawing, Piece, tag, text};
use crate::parts::flow::{When, memo};
use crate::text::say;
use crate::workspace::Workspace;
use alike::Alike;
use ask::Ask;
use capture::CaptureView;
use form::QuestionForm;
use linked::{Linked, LinkedBanner};
use plans::Plans;
use share::Share;
use timeline::Timeline;

/// Where the question is.
const PATH: &str = "/simulator";

/// Where captures are.
const CAPTURE_PATH: &str = "/simulator/capture";

/// The question, and what is known of its answer. Copies are the same.
#[derive(Clone, Copy)]
struct Asking {
    ask: RwSignal<Ask>,
    /// The answer, or while another is looked for the one before.
    answer: Memo<Option<Arc<Value>>>,
    /// The document that is asked in place of the draft.
    other: Signal<Option<Arc<str>>>,
}

#[component]
pub(crate) fn Simulator() -> impl IntoView {
    name_page(say("Simulator"));
    let workspace = Workspace::here();
    let ask = follow_address();
    let linked = Linked::follow(ask);
    let other = linked.other();
    let reply = workspace.simulate(Signal::derive(move || Some(ask.with(Ask::to_value))), other);
    let answer = memo(move || reply.get().latest());
    let asking = Asking { ask, answer, other };
    let is_single = memo(move || ask.with(Ask::is_single));
    let now = move |read: fn(&Value) -> Option<String>| {
        answer.with(|answer| answer.as_ref().and_then(|answer| read(told::now(answer))))
    };
    let headline = memo(move || now(told::headline));
    let verdict = memo(move || now(|step| told::deciding(step).map(|leg| text(leg, "verdict").to_owned())));
    let draw = |draw: fn(Workspace, &Value, bool) -> Vec<Piece>| -> Arc<dyn Fn() -> Vec<Piece> + Send + Sync> {
        Arc::new(move || {
            let is_single = is_single.get();
            answer.with(|answer| answer.as_ref().map(|answer| draw(workspace, answer, is_single)).unwrap_or_default())
        })
    };
    let (above, below) = (draw(draw_verdict), draw(draw_way));
    let plans = move || {
        let is_draft = other.with(Option::is_none);
        let plans = |verdict: String| {
            view! {
                <div class="answers">
                    <Plans ask=ask is_accepted=verdict == "accept" />
                    <Alike ask=ask />
                </div>
            }
        };
        verdict.get().filter(|_| is_draft).map(plans)
    };
    let route = Route::here();
    let at_capture = memo(move || route.path.get() == CAPTURE_PATH);
    let question_path = move || href(&format!("{PATH}#{}", ask.with(Ask::to_fragment)));
    let current = move |here: bool| here.then_some("page");
    view! {
        <section class="page" aria-labelledby="simulator-title">
            <header class="page-head">
                <div>
                    <h1 id="simulator-title">{say("Simulator")}</h1>
                    <p class="lead">
                        {say("Sends packets through the policy of this draft and shows every step, on both ends.")}
                    </p>
                </div>
                <When case=move || !at_capture.get()>
                    <Share asking=asking />
                </When>
            </header>
            <nav class="tabs" aria-label=say("Kinds of questions")>
                <a href=question_path aria-current=move || current(!at_capture.get())>
                    {say("Packets")}
                </a>
                <a href=href(CAPTURE_PATH) aria-current=move || current(at_capture.get())>
                    {say("Capture file")}
                </a>
            </nav>
            <div class="tab-body" hidden=move || !at_capture.get()>
                <CaptureView />
            </div>
            <div class="tab-body" hidden=move || at_capture.get()>
            <LinkedBanner linked=linked ask=ask />
            <QuestionForm asking=asking />
            <Timeline asking=asking />
            <p class="visually-hidden" role="status">
                {move || headline.get().unwrap_or_default()}
            </p>
            <Waiting reply=reply />
            <Drawing draw=above />
            {plans}
            <Drawing draw=below />
            </div>
        </section>
    }
}

/// The question that the address asks, and the address of the question that is asked.
fn follow_address() -> RwSignal<Ask> {
    let (workspace, route) = (Workspace::here(), Route::here());
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
    ask
}

/// Why there is no answer, where there is none.
#[component]
fn Waiting(reply: Signal<Reply>) -> impl IntoView {
    let workspace = Workspace::here();
    let unusable = move || workspace.checked.with(|checked| !checked.is_sound());
    view! {
        <When case=move || { reply.get() == Reply::Nothing && unusable() }>
            <p class="surface padded">
                {say("The draft has errors, so there is no policy to ask. Mend them first.")}
            </p>
        </When>
        <When case=move || matches!(reply.get(), Reply::Failed | Reply::Stopped)>
            <p class="surface padded fault" role="alert">
                {say("The simulation cannot be loaded, or broke down: check the connection.")}
                <button type="button" class="quiet" on:click=move |_| workspace.simulate_again()>
                    {say("Try again")}
                </button>
            </p>
        </When>
    }
}

fn draw_verdict(_: Workspace, answer: &Value, is_single: bool) -> Vec<Piece> {
    if let Some(error) = told::error(answer) {
        let fault = tag("p").with("id", "question-fault").class("surface padded fault").with("role", "alert");
        return vec![fault.message(error)];
    }
    picture::conclusion(told::now(answer), is_single).into_iter().collect()
}

fn draw_way(workspace: Workspace, answer: &Value, is_single: bool) -> Vec<Piece> {
    let step = told::now(answer);
    if told::fault(answer).is_some() || answer.get("error").is_some() {
        return Vec::new();
    }
    let hooks = told::hooks(step, is_single).into_iter().map(|hook| hook::hook_view(workspace, hook));
    let hooks: Vec<Piece> = hooks.collect();
    let hooks = (!hooks.is_empty()).then(|| tag("div").class("hooks").add_all(hooks));
    picture::picture(step).into_iter().chain([flows::flow_table(step)]).chain(hooks).collect()
}
