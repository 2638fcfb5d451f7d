//! How this browser shows the console, and what it keeps.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::theme::Theme;
use crate::parts::dialog::{Dialog, closer};
use crate::parts::my_address::MyAddressField;
use crate::text::{Language, say};
use crate::workspace::{Tone, Workspace};

#[component]
pub(super) fn BrowserSettings() -> impl IntoView {
    let workspace = Workspace::here();
    let forgetting = RwSignal::new(false);
    let speak = move |code: String| {
        let Some(language) = Language::read(&code) else { return };
        if let Err(error) = language.choose() {
            workspace.notices.show(Tone::Failed, error);
        }
    };
    let language = |language: Language| {
        view! {
            <option value=language.code() lang=language.code() selected=language == Language::chosen()>
                {language.called()}
            </option>
        }
    };
    view! {
        <section class="surface padded settings" aria-labelledby="browser-title">
            <h2 id="browser-title">{say("This browser")}</h2>
            <fieldset class="settings-choice">
                <legend>{say("Colours")}</legend>
                {Theme::ALL.map(|theme| view! { <ThemeChoice theme=theme /> })}
            </fieldset>
            <div class="field settings-language">
                <label for="language">{say("Language")}</label>
                <select id="language" on:change:target=move |event| speak(event.target().value())>
                    {Language::ALL.map(language)}
                </select>
                <p class="hint">{say("The page is loaded anew. What the core says stays English.")}</p>
            </div>
            <MyAddressField />
            <p class="hint">{say("Motion is reduced where the system asks for it.")}</p>
            <div>
                <button id="forget" type="button" class="danger" on:click=move |_| forgetting.set(true)>
                    {say("Forget everything in this browser")}
                </button>
            </div>
            <ForgetDialog open=forgetting />
        </section>
    }
}

#[component]
fn ThemeChoice(theme: Theme) -> impl IntoView {
    view! {
        <label>
            <input
                type="radio"
                name="theme"
                value=theme.name()
                checked=Theme::kept() == theme
                on:change=move |_| theme.apply()
            />
            <span>{theme.called()}</span>
        </label>
    }
}

#[component]
fn ForgetDialog(open: RwSignal<bool>) -> impl IntoView {
    let workspace = Workspace::here();
    let forget = move |_| {
        spawn_local(async move {
            if let Err(error) = workspace.forget_everything().await {
                open.set(false);
                workspace.notices.show(Tone::Failed, error);
            }
        });
    };
    view! {
        <Dialog id="forget-dialog" title=say("Forget everything in this browser?") open=open close=closer(open)>
            <p>
                {say("Every project that is kept here goes, with its history, and so do the theme and the language. What a server has saved stays there. This cannot be undone.")}
            </p>
            <footer>
                <button type="button" class="quiet" on:click=move |_| open.set(false)>
                    {say("Cancel")}
                </button>
                <button id="forget-yes" type="button" class="destructive" on:click=forget>
                    {say("Forget everything")}
                </button>
            </footer>
        </Dialog>
    }
}
