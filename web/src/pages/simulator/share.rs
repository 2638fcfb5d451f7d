//! The question as a link, as a command and as a scenario.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::json;

use super::Asking;
use super::ask::Ask;
use super::linked::pack;
use crate::browser::address::page_url;
use crate::browser::clipboard;
use crate::browser::worker::Reply;
use crate::parts::drawing::text;
use crate::parts::icon::{Glyph, Icon};
use crate::text::{say, say_with};
use crate::workspace::{Tone, Workspace, capital};

#[component]
pub(super) fn Share(asking: Asking) -> impl IntoView {
    let Asking { ask, other, .. } = asking;
    let workspace = Workspace::here();
    let copy = move |what: &'static str, text: String| {
        spawn_local(async move { tell_copy(workspace, what, &text, clipboard::copy(&text).await) });
    };
    let link = move |_| copy(say("link"), format!("{}#{}", page_url(), ask.get_untracked().to_fragment()));
    let with_policy = move |_| {
        let document =
            other.get_untracked().map_or_else(|| workspace.peek(|draft| draft.to_json()), |text| text.to_string());
        spawn_local(async move {
            let Some(policy) = pack(&document).await else {
                return workspace.notices.show(Tone::Failed, say("this browser cannot pack a policy into a link"));
            };
            let link = format!("{}#{}", page_url(), Ask { policy, ..ask.get_untracked() }.to_fragment());
            tell_copy(workspace, say("link with the policy"), &link, clipboard::copy(&link).await);
        });
    };
    let wanted = RwSignal::new(false);
    let question = move || {
        let question = |ask: &Ask| {
            let mut question = ask.to_value();
            question["ask"] = json!("scenario");
            question["name"] = json!(ask.first_packet());
            question
        };
        wanted.get().then(|| ask.with_untracked(question))
    };
    let reply = workspace.simulate(Signal::derive(question), other);
    Effect::new(move |_| {
        let Reply::Said(answer) = reply.get() else { return };
        match text(&answer, "text") {
            "" => workspace.notices.show(Tone::Failed, capital(text(&answer, "error"))),
            scenario => copy(say("scenario: `portcullis test FILE` runs it"), scenario.to_owned()),
        }
        wanted.set(false);
    });
    let command = move |_| copy(say("command"), ask.with_untracked(command_line));
    view! {
        <div class="page-tools">
            <button id="copy-link" type="button" on:click=link>
                <Icon glyph=Glyph::Link />
                <span>{say("Copy link")}</span>
            </button>
            <button id="copy-policy-link" type="button" on:click=with_policy>
                <Icon glyph=Glyph::Link />
                <span>{say("Copy link with policy")}</span>
            </button>
            <button id="copy-scenario" type="button" on:click=move |_| wanted.set(true)>
                <Icon glyph=Glyph::Copy />
                <span>{say("Copy scenario")}</span>
            </button>
            <button
                id="copy-command"
                type="button"
                disabled=move || ask.with(|ask| ask.packet().is_none())
                on:click=command
            >
                <Icon glyph=Glyph::Copy />
                <span>{say("Copy command")}</span>
            </button>
        </div>
    }
}

fn tell_copy(workspace: Workspace, what: &str, text: &str, copied: bool) {
    match copied {
        true => workspace.notices.show(Tone::Done, say_with("Copied the {what}", &[("what", &what)])),
        false => workspace.notices.show(
            Tone::Failed,
            say_with("this browser does not copy: the {what} is `{text}`", &[("what", &what), ("text", &text)]),
        ),
    }
}

/// The packet that is looked at, asked of the command line.
fn command_line(ask: &Ask) -> String {
    let Some((packet, from, to)) = ask.packet() else { return String::new() };
    let mut words = vec!["portcullis simulate".to_owned(), quoted(packet)];
    for (option, end) in [("--from", from), ("--to", to)] {
        if !end.is_empty() {
            words.push(format!("{option} {}", quoted(end)));
        }
    }
    words.join(" ")
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/:".contains(letter);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}
