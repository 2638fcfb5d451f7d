//! The rows of a table, of which only those near the window are in the page, however many there are.
//!
//! They stand in blocks, a `tbody` each. A block that is far away is one empty row, as high as the block was when it was last
//! seen; so rows may have any height, and a row that somebody writes in stays.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

use crate::parts::flow::{Each, Item, memo};

/// Tables of so many rows are in the page as a whole.
const WHOLE: usize = 60;
const BLOCK: usize = 20;

/// What a row is probably high, before it was seen, in pixels.
const ROW: f64 = 48.0;

/// How far beyond the window rows are made: what one turns a wheel by until they are.
const NEAR: &str = "500px 0px";

/// Blocks that are made before anybody knows where they are.
const FIRST: usize = 2;

/// The bodies of a table. Take it in the place of `tbody`.
#[component]
pub(crate) fn Rows(
    #[prop(into)] items: Signal<Vec<Item>>,
    /// Columns of the table.
    columns: usize,
) -> impl IntoView {
    // What is asked for by every block is computed once.
    let items: Signal<Vec<Item>> = Memo::new_with_compare(move |_| items.get(), |_, _| true).into();
    let count = memo(move || items.with(Vec::len));
    let is_whole = memo(move || count.get() <= WHOLE);
    let blocks = memo(move || count.get().div_ceil(BLOCK));
    let watcher = StoredValue::new_local(Watcher::new());
    let block = move |index| view! { <Block items=items columns=columns index=index watcher=watcher /> };
    move || match is_whole.get() {
        true => view! {
            <tbody>
                <Each items=items />
            </tbody>
        }
        .into_any(),
        false => view! { <For each=move || 0..blocks.get() key=|index| *index children=block /> }.into_any(),
    }
}

/// Some rows, or the room for them.
#[component]
fn Block(
    items: Signal<Vec<Item>>,
    columns: usize,
    index: usize,
    watcher: StoredValue<Option<Watcher>, LocalStorage>,
) -> impl IntoView {
    let own = Signal::derive(move || {
        let (from, to) = (index * BLOCK, (index + 1) * BLOCK);
        items.with(|items| items.get(from..to.min(items.len())).unwrap_or_default().to_vec())
    });
    let seen = Seen { near: RwSignal::new(index < FIRST), height: RwSignal::new(None) };
    let near = memo(move || seen.near.get());
    let body = NodeRef::<html::Tbody>::new();
    Effect::new(move |_| {
        if let Some(body) = body.get() {
            watcher.with_value(|watcher| watcher.iter().for_each(|watcher| watcher.watch(index, &body, seen)));
        }
    });
    on_cleanup(move || {
        watcher.try_with_value(|watcher| watcher.iter().for_each(|watcher| watcher.forget(index)));
    });
    let room = move || {
        let height = seen.height.get().unwrap_or_else(|| own.with(Vec::len) as f64 * ROW);
        view! {
            <tr aria-hidden="true" class="room" style:height=format!("{height}px")>
                <td colspan=columns.to_string()></td>
            </tr>
        }
    };
    view! {
        <tbody node_ref=body data-block=index.to_string()>
            {move || if near.get() { view! { <Each items=own /> }.into_any() } else { room().into_any() }}
        </tbody>
    }
}

/// What is known of a block.
#[derive(Clone, Copy)]
struct Seen {
    near: RwSignal<bool>,
    /// In pixels, when it was last in the page.
    height: RwSignal<Option<f64>>,
}

/// Tells blocks whether they are near the window.
struct Watcher {
    observer: IntersectionObserver,
    blocks: Rc<RefCell<HashMap<usize, (Element, Seen)>>>,
    _hears: Closure<dyn Fn(js_sys::Array)>,
}

impl Watcher {
    /// `None` in a browser that cannot; then the first blocks are all that is in the page.
    fn new() -> Option<Watcher> {
        let blocks = Rc::new(RefCell::new(HashMap::<usize, (Element, Seen)>::new()));
        let known = Rc::clone(&blocks);
        let hears = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
            for entry in entries.iter() {
                let entry: IntersectionObserverEntry = entry.unchecked_into();
                let index = entry.target().get_attribute("data-block").and_then(|index| index.parse().ok());
                let found = index.and_then(|index: usize| known.borrow().get(&index).cloned());
                found.iter().for_each(|(body, seen)| seen.hear(body, &entry));
            }
        });
        let how = IntersectionObserverInit::new();
        how.set_root_margin(NEAR);
        let observer = IntersectionObserver::new_with_options(hears.as_ref().unchecked_ref(), &how).ok()?;
        Some(Watcher { observer, blocks, _hears: hears })
    }

    fn watch(&self, index: usize, body: &Element, seen: Seen) {
        self.blocks.borrow_mut().insert(index, (body.clone(), seen));
        self.observer.observe(body);
    }

    fn forget(&self, index: usize) {
        if let Some((body, _)) = self.blocks.borrow_mut().remove(&index) {
            self.observer.unobserve(&body);
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

impl Seen {
    fn hear(self, body: &Element, entry: &IntersectionObserverEntry) {
        let has_focus = || body.contains(document().active_element().as_deref());
        if entry.is_intersecting() {
            self.near.set(true);
        } else if self.near.get_untracked() && !has_focus() {
            self.height.set(Some(entry.bounding_client_rect().height()));
            self.near.set(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::parts::flow::items;
    use crate::parts::page::Page;

    /// A table with so many rows.
    async fn table(rows: usize) -> Page {
        let row = |number: usize| view! { <tr data-row=number.to_string()><td>{number}</td></tr> }.into_any();
        let all = move || items((0..rows).collect(), usize::to_string, row);
        Page::open(move || view! { <table><Rows items=Signal::derive(all) columns=1 /></table> }).await
    }

    #[wasm_bindgen_test]
    async fn a_small_table_is_whole() {
        let page = table(WHOLE).await;
        assert!(page.has("[data-row='0']") && page.has(&format!("[data-row='{}']", WHOLE - 1)));
        assert!(!page.has(".room"));
    }

    #[wasm_bindgen_test]
    async fn of_a_large_table_only_what_is_near_is_in_the_page() {
        let page = table(10_000).await;
        assert!(page.has("[data-row='0']") && page.has(".room"));
        assert!(!page.has("[data-row='9999']"));
        page.scroll_to("tbody:last-child").await;
        assert!(page.has("[data-row='9999']"), "what is scrolled to is made");
        assert!(!page.has("[data-row='0']") && !page.has("[data-row='5000']"), "what is far away is not kept");
    }
}
