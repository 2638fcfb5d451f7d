//! The page around the pages: bar, navigation, banners, messages, and which address shows what.

mod banners;
mod bar;
mod keys;
mod save;

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::path;

use crate::browser::address::{base_path, href};
use crate::browser::theme::Theme;
use crate::pages::{groups, instances, live, simulator, transfer};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::Go;
use crate::parts::toasts::Toasts;
use crate::workspace::{Link, Workspace};

/// The console.
#[component]
pub(crate) fn App() -> impl IntoView {
    Theme::kept().apply();
    let workspace = Workspace::open();
    workspace.look_for_server();
    keys::listen(workspace);
    view! {
        <Router base=base_path()>
            <a class="skip" href="#main">
                "Skip to the content"
            </a>
            <bar::Bar />
            <Navigation />
            <main id="main" tabindex="-1">
                <banners::Banners />
                <Routes fallback=Missing>
                    <Route path=path!("/") view=groups::Groups />
                    <Route path=path!("/index.html") view=groups::Groups />
                    <Route path=path!("/groups") view=groups::Groups />
                    <Route path=path!("/groups/:id") view=groups::Group />
                    <Route path=path!("/instances") view=instances::Instances />
                    <Route path=path!("/simulator") view=simulator::Simulator />
                    <Route path=path!("/live") view=live::LivePage />
                    <Route path=path!("/transfer") view=transfer::Transfer />
                </Routes>
            </main>
            <Toasts />
        </Router>
    }
}

/// The places of the console. Live counters exist only where there is a server.
#[component]
fn Navigation() -> impl IntoView {
    let workspace = Workspace::here();
    let has_server = move || matches!(workspace.link.get(), Link::Up | Link::Down(_));
    view! {
        <nav id="navigation" aria-label="Main">
            <Place path="/groups" glyph=Glyph::Groups>
                "Groups"
            </Place>
            <Place path="/instances" glyph=Glyph::Instances>
                "Instances"
            </Place>
            <Place path="/simulator" glyph=Glyph::Simulator>
                "Simulator"
            </Place>
            <Show when=has_server>
                <Place path="/live" glyph=Glyph::Live>
                    "Live"
                </Place>
            </Show>
            <Place path="/transfer" glyph=Glyph::Transfer>
                "Import, export"
            </Place>
        </nav>
    }
}

#[component]
fn Place(path: &'static str, glyph: Glyph, children: Children) -> impl IntoView {
    let location = use_location();
    let here = move || {
        let full = location.pathname.get();
        let inner = full.strip_prefix(&base_path()).unwrap_or(&full).to_owned();
        let current =
            if inner.is_empty() || inner == "/" || inner == "/index.html" { "/groups" } else { inner.as_str() };
        let inside = current.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        inside.then_some("page")
    };
    view! {
        <a href=href(path) aria-current=here>
            <Icon glyph=glyph />
            <span>{children()}</span>
        </a>
    }
}

#[component]
fn Missing() -> impl IntoView {
    view! {
        <section class="empty">
            <h1>"There is no such page"</h1>
            <p>"The address names nothing in this console."</p>
            <Go to="/groups" class="button">
                "Show the groups"
            </Go>
        </section>
    }
}
