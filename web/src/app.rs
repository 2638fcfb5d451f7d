//! The page around the pages: bar, navigation, banners, messages, and which address shows what.

mod banners;
mod bar;
mod keys;
mod later;
mod palette;
mod review;
mod save;
pub(crate) mod shell;
mod shortcuts;
mod slot;
mod tour;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::address::{decode, href};
use crate::browser::offline;
use crate::browser::route::Route;
use crate::browser::theme::Theme;
use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::Go;
use crate::parts::toasts::Toasts;
use crate::text::say;
use crate::workspace::{Link, Opened, Workspace};
use shell::Shell;

/// What an address shows.
#[derive(Clone, Debug, PartialEq)]
enum Page {
    Overview,
    Groups,
    /// The group of this id.
    Group(String),
    AddressGroups,
    /// The address group of this id.
    AddressGroup(String),
    Instances,
    Matrix,
    Assertions,
    Simulator,
    Changes,
    Live,
    Transfer,
    Settings,
    Projects,
    Missing,
}

impl Page {
    /// The page of a path.
    fn of(path: &str) -> Page {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] | ["index.html"] => Page::Overview,
            ["groups"] => Page::Groups,
            ["groups", id] => Page::Group(decode(id)),
            ["address-groups"] => Page::AddressGroups,
            ["address-groups", id] => Page::AddressGroup(decode(id)),
            ["instances"] => Page::Instances,
            ["matrix"] => Page::Matrix,
            ["assertions"] => Page::Assertions,
            ["changes"] => Page::Changes,
            ["simulator"] | ["simulator", "capture"] => Page::Simulator,
            ["live"] => Page::Live,
            ["transfer"] => Page::Transfer,
            ["settings"] => Page::Settings,
            ["projects"] => Page::Projects,
            _ => Page::Missing,
        }
    }
}

/// The console.
#[component]
pub(crate) fn App(opened: Opened) -> impl IntoView {
    Theme::follow();
    let workspace = Workspace::open(opened);
    workspace.look_for_server();
    let shell = Shell::open();
    keys::listen(workspace, shell);
    spawn_local(offline::keep(move || shell.newer.set(true)));
    let route = Route::open();
    let page = memo(move || route.path.with(|path| Page::of(path)));
    view! {
        <a class="skip" href="#main">
            {say("Skip to the content")}
        </a>
        <bar::Bar />
        <Navigation page=page />
        <main id="main" tabindex="-1">
            <banners::Banners />
            <slot::Slot page=page />
        </main>
        <Toasts />
        <later::Palette />
        <later::ShortcutSheet />
        <later::Tour />
    }
}

/// The places of the console. Live counters exist only where there is a server.
#[component]
fn Navigation(page: Memo<Page>) -> impl IntoView {
    let workspace = Workspace::here();
    let has_server = move || matches!(workspace.link.get(), Link::Up | Link::Down(_));
    let in_groups = move || page.with(|page| matches!(page, Page::Groups | Page::Group(_)));
    let in_addresses = move || page.with(|page| matches!(page, Page::AddressGroups | Page::AddressGroup(_)));
    let at = move |place: Page| Signal::derive(move || page.with(|page| *page == place));
    view! {
        <nav id="navigation" aria-label=say("Main")>
            <Place path="/" glyph=Glyph::Overview name=say("Overview") here=at(Page::Overview) />
            <Place path="/groups" glyph=Glyph::Groups name=say("Groups") here=Signal::derive(in_groups) />
            <Place
                path="/address-groups"
                glyph=Glyph::Addresses
                name=say("Address groups")
                here=Signal::derive(in_addresses)
            />
            <Place path="/instances" glyph=Glyph::Instances name=say("Instances") here=at(Page::Instances) />
            <Place path="/matrix" glyph=Glyph::Matrix name=say("Matrix") here=at(Page::Matrix) />
            <Place
                path="/assertions"
                glyph=Glyph::Assertions
                name=say("Assertions")
                here=at(Page::Assertions)
            />
            <Place path="/simulator" glyph=Glyph::Simulator name=say("Simulator") here=at(Page::Simulator) />
            <Place path="/changes" glyph=Glyph::Changes name=say("Changes") here=at(Page::Changes) />
            <When case=has_server>
                <Place path="/live" glyph=Glyph::Live name=say("Live") here=at(Page::Live) />
            </When>
            <Place path="/transfer" glyph=Glyph::Transfer name=say("Import, export") here=at(Page::Transfer) />
            <Place path="/settings" glyph=Glyph::Settings name=say("Settings") here=at(Page::Settings) />
            <tour::TourOffer />
        </nav>
    }
}

#[component]
fn Place(path: &'static str, glyph: Glyph, name: &'static str, here: Signal<bool>) -> impl IntoView {
    view! {
        <a href=href(path) aria-current=move || here.get().then_some("page")>
            <Icon glyph=glyph />
            <span>{name}</span>
        </a>
    }
}

#[component]
fn Missing() -> impl IntoView {
    view! {
        <section class="empty">
            <h1>{say("There is no such page")}</h1>
            <p>{say("The address names nothing in this console.")}</p>
            <Go to="/groups" class="button">
                {say("Show the groups")}
            </Go>
        </section>
    }
}
