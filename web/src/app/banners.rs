//! What a person must know before going on.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::shell::Shell;
use crate::browser::offline;
use crate::parts::flow::When;
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::Go;
use crate::text::{say, say_with};
use crate::workspace::{Link, Saving, Workspace};

#[component]
pub(crate) fn Banners() -> impl IntoView {
    let (workspace, shell) = (Workspace::here(), Shell::here());
    let down = move || match workspace.link.get() {
        Link::Down(why) => Some(why),
        Link::Looking | Link::Alone | Link::Up => None,
    };
    let failed = move || match workspace.saving.get() {
        Saving::Failed(why) => Some(why),
        Saving::Idle | Saving::Busy | Saving::Conflict(_) | Saving::Refused(_) => None,
    };
    let unusable = move || workspace.checked.with(|checked| !checked.is_sound());
    view! {
        <div class="banners" role="status">
            <When case=move || shell.newer.get()>
                <div id="newer-console" class="banner">
                    <Icon glyph=Glyph::Warning />
                    <p>{say("A new version of the console is there.")}</p>
                    <button id="newer-console-load" type="button" on:click=move |_| spawn_local(offline::take_over())>
                        {say("Reload")}
                    </button>
                </div>
            </When>
            <When case=move || workspace.newer.get().is_some()>
                <div id="newer" class="banner">
                    <Icon glyph=Glyph::Warning />
                    <p>
                        {move || {
                            workspace
                                .newer
                                .get()
                                .map(|revision| {
                                    say_with(
                                        "Revision {revision} was saved by somebody else. Your unsaved changes are still here.",
                                        &[("revision", &revision)],
                                    )
                                })
                        }}
                    </p>
                    <Go to="/changes?tab=merge" class="button">
                        {say("Merge")}
                    </Go>
                    <button id="newer-load" type="button" on:click=move |_| workspace.take_theirs()>
                        {say("Load theirs")}
                    </button>
                </div>
            </When>
            <When case=move || workspace.elsewhere().is_some()>
                <div id="elsewhere" class="banner">
                    <Icon glyph=Glyph::Warning />
                    <p>
                        {say("Another tab changed this project. Nothing is kept here until you choose which one shall stand.")}
                    </p>
                    <button id="elsewhere-theirs" type="button" on:click=move |_| spawn_local(workspace.take_other_tab())>
                        {say("Load the other tab's")}
                    </button>
                    <button id="elsewhere-mine" type="button" on:click=move |_| workspace.keep_over_other_tab()>
                        {say("Keep this one")}
                    </button>
                </div>
            </When>
            {move || {
                down()
                    .map(|why| {
                        view! {
                            <div id="server-away" class="banner">
                                <Icon glyph=Glyph::Warning />
                                <p>{why}</p>
                                <button type="button" on:click=move |_| workspace.look_again()>
                                    {say("Try again")}
                                </button>
                            </div>
                        }
                    })
            }}
            {move || {
                failed()
                    .map(|why| {
                        view! {
                            <div id="save-failed" class="banner severe">
                                <Icon glyph=Glyph::Warning />
                                <p>{say_with("Not saved: {why}", &[("why", &why)])}</p>
                                <button type="button" on:click=move |_| workspace.saving.set(Saving::Idle)>
                                    {say("Dismiss")}
                                </button>
                            </div>
                        }
                    })
            }}
            <When case=unusable>
                <div id="unusable" class="banner severe">
                    <Icon glyph=Glyph::Warning />
                    <p>
                        {say("This draft cannot be enforced as it is. The errors are listed at their places and in the bar.")}
                    </p>
                </div>
            </When>
        </div>
    }
}
