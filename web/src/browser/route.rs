//! Which page the address names. Links within the console change the address without loading anything.

use leptos::prelude::*;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement, HtmlElement, MouseEvent};

use super::address::{base_path, decode, encode, href, page_url};

/// The address of the page, as it is now. Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    /// The path below the one that the console is served from: `/groups/web`.
    pub(crate) path: Signal<String>,
    /// What stands behind the question mark.
    pub(crate) query: Signal<String>,
    /// What stands behind the hash.
    pub(crate) fragment: Signal<String>,
    here: RwSignal<[String; 3]>,
}

impl Route {
    /// Follows the address from now on, and lets every component below find it.
    pub(crate) fn open() -> Route {
        let here = RwSignal::new(read());
        let part = |index: usize| Signal::from(Memo::new(move |_| here.with(|parts| parts[index].clone())));
        let route = Route { path: part(0), query: part(1), fragment: part(2), here };
        let back = window_event_listener(leptos::ev::popstate, move |_| here.set(read()));
        let click = window_event_listener(leptos::ev::click, move |event| route.follow(&event));
        on_cleanup(move || {
            back.remove();
            click.remove();
        });
        provide_context(route);
        route
    }

    /// The route of the component's page.
    pub(crate) fn here() -> Route {
        expect_context()
    }

    /// Opens a path of the console.
    pub(crate) fn go(self, path: &str) {
        self.push(&href(path));
    }

    /// Puts another fragment behind the address; the back button goes where it went before.
    pub(crate) fn replace_fragment(self, fragment: &str) {
        self.replace(&format!("{}#{fragment}", page_url()));
    }

    /// Puts another query behind the address, or none; the back button goes where it went before.
    pub(crate) fn replace_query(self, pairs: &[(&str, &str)]) {
        let pairs: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        self.replace(&format!("{}{mark}{}", href(&self.path.get_untracked()), pairs.join("&")));
    }

    fn replace(self, url: &str) {
        let history = window().history().expect("a page has a history");
        // A browser refuses when it is asked too often; the next change brings the address up to date.
        if history.replace_state_with_url(&JsValue::NULL, "", Some(url)).is_ok() {
            self.here.set(read());
        }
    }

    /// The value of a name in the query.
    pub(crate) fn query(self, name: &str) -> Option<String> {
        self.query.with(|query| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(found, _)| *found == name).map(|(_, value)| decode(value))
        })
    }

    fn push(self, url: &str) {
        let history = window().history().expect("a page has a history");
        // A browser refuses only addresses of other hosts.
        if history.push_state_with_url(&JsValue::NULL, "", Some(url)).is_ok() {
            self.here.set(read());
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    }

    /// Takes a click on a link of the console over from the browser.
    fn follow(self, event: &MouseEvent) {
        let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if event.default_prevented() || event.button() != 0 || modified {
            return;
        }
        let Some(link) = link_of(event) else { return };
        let written = link.get_attribute("href").unwrap_or_default();
        if let Some(id) = written.strip_prefix('#') {
            // The page's `base` makes such a link name the first page instead of this one.
            event.prevent_default();
            focus(id);
        } else if written.starts_with(&href("/")) && link.target().is_empty() && link.download().is_empty() {
            event.prevent_default();
            self.push(&written);
        }
    }
}

fn link_of(event: &MouseEvent) -> Option<HtmlAnchorElement> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("a[href]").ok()??.dyn_into().ok()
}

fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        // What cannot have the focus is scrolled to at least.
        let _ = element.unchecked_ref::<HtmlElement>().focus();
        element.scroll_into_view();
    }
}

/// Path, query and fragment.
fn read() -> [String; 3] {
    let location = window().location();
    let full = location.pathname().unwrap_or_default();
    let path = full.strip_prefix(&base_path()).unwrap_or(&full).to_owned();
    let query = location.search().unwrap_or_default().trim_start_matches('?').to_owned();
    let fragment = location.hash().unwrap_or_default().trim_start_matches('#').to_owned();
    [path, query, fragment]
}
