//! A page in a test: a part of the console, mounted and worked like a person would.

use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, EventInit, HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent, KeyboardEventInit};

use crate::workspace::{Opened, Workspace};

/// One part with a workspace of its own. It goes away with this value.
pub(crate) struct Page {
    root: HtmlElement,
    workspace: Workspace,
    _mounted: Box<dyn std::any::Any>,
}

impl Page {
    /// Mounts a part in a browser that has kept nothing.
    pub(crate) async fn open<V: IntoView + 'static>(part: impl FnOnce() -> V + 'static) -> Page {
        Page::mount(Opened::fresh().await, part).await
    }

    /// Mounts a part in a browser that kept what it was told before.
    pub(crate) async fn reopen<V: IntoView + 'static>(part: impl FnOnce() -> V + 'static) -> Page {
        Page::mount(Opened::load().await, part).await
    }

    async fn mount<V: IntoView + 'static>(opened: Opened, part: impl FnOnce() -> V + 'static) -> Page {
        let root: HtmlElement = document().create_element("div").expect("a div").unchecked_into();
        document().body().expect("a body").append_child(&root).expect("room");
        let (sender, workspace) = std::sync::mpsc::channel();
        let mounted: UnmountHandle<_> = mount_to(root.clone(), move || {
            sender.send(Workspace::open(opened)).expect("the test waits");
            part()
        });
        let workspace = workspace.recv().expect("mounting opens a workspace");
        let page = Page { root, workspace, _mounted: Box::new(mounted) };
        page.settle().await;
        page
    }

    /// The workspace that the part works on.
    pub(crate) fn workspace(&self) -> Workspace {
        self.workspace
    }

    /// Lets the page follow what happened.
    pub(crate) async fn settle(&self) {
        for _ in 0..3 {
            leptos::task::tick().await;
        }
    }

    /// Whether something is there.
    pub(crate) fn has(&self, selector: &str) -> bool {
        self.root.query_selector(selector).expect("a selector").is_some()
    }

    /// What people read in it.
    pub(crate) fn text(&self, selector: &str) -> String {
        self.find(selector).text_content().unwrap_or_default()
    }

    /// Brings it into the window, and waits until the browser has told so.
    pub(crate) async fn scroll_to(&self, selector: &str) {
        self.find(selector).scroll_into_view();
        let wait = js_sys::Promise::new(&mut |done, _| {
            let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, 200);
        });
        let _ = wasm_bindgen_futures::JsFuture::from(wait).await;
        self.settle().await;
    }

    /// Clicks it.
    pub(crate) async fn click(&self, selector: &str) {
        self.find(selector).click();
        self.settle().await;
    }

    /// Writes a text into a field.
    pub(crate) async fn write(&self, selector: &str, text: &str) {
        let input: HtmlInputElement = self.find(selector).unchecked_into();
        input.set_value(text);
        self.tell(&input, "input").await;
    }

    /// Chooses from a list.
    pub(crate) async fn choose(&self, selector: &str, value: &str) {
        let select: HtmlSelectElement = self.find(selector).unchecked_into();
        select.set_value(value);
        self.tell(&select, "change").await;
    }

    /// Presses a key.
    pub(crate) async fn press(&self, selector: &str, key: &str) {
        let init = KeyboardEventInit::new();
        init.set_bubbles(true);
        init.set_key(key);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event");
        self.find(selector).dispatch_event(&event).expect("it is listened to");
        self.settle().await;
    }

    async fn tell(&self, element: &HtmlElement, event: &str) {
        let init = EventInit::new();
        init.set_bubbles(true);
        let event = Event::new_with_event_init_dict(event, &init).expect("an event");
        element.dispatch_event(&event).expect("it is listened to");
        self.settle().await;
    }

    fn find(&self, selector: &str) -> HtmlElement {
        let found = self.root.query_selector(selector).expect("a selector");
        found.unwrap_or_else(|| panic!("there is no `{selector}`")).unchecked_into()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.root.remove();
    }
}
