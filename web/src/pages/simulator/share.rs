//! The question as a link and as a command.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::ask::Ask;
use crate::browser::address::page_url;
use crate::browser::clipboard;
use crate::parts::icon::{Glyph, Icon};
use crate::workspace::{Tone, Workspace};

#[component]
pub(super) fn Share(ask: RwSignal<Ask>) -> impl IntoView {
    let workspace = Workspace::here();
    let copy = move |what: &'static str, text: String| {
        spawn_local(async move {
            match clipboard::copy(&text).await {
                true => workspace.notices.show(Tone::Done, format!("Copied the {what}")),
                false => {
                    workspace.notices.show(Tone::Failed, format!("this browser does not copy: the {what} is `{text}`"))
                }
            }
        });
    };
    let link = move |_| copy("link", format!("{}#{}", page_url(), ask.get_untracked().to_fragment()));
    let command = move |_| copy("command", ask.with_untracked(command_line));
    view! {
        <div class="page-tools">
            <button id="copy-link" type="button" on:click=link>
                <Icon glyph=Glyph::Link />
                <span>"Copy link"</span>
            </button>
            <button id="copy-command" type="button" on:click=command>
                <Icon glyph=Glyph::Copy />
                <span>"Copy command"</span>
            </button>
        </div>
    }
}

/// The same question to the command line.
fn command_line(ask: &Ask) -> String {
    let mut words = vec!["portcullis simulate".to_owned(), quoted(&ask.packet)];
    for (option, end) in [("--from", &ask.from), ("--to", &ask.to)] {
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
