//! The console: edits a document, asks the core what it means, and keeps both in the browser or on a server.
//!
//! Read in this order: [`app`] is the page around the pages, [`workspace`] the state that they share, [`pages`] one folder
//! for each place in the navigation, [`parts`] what several pages are made of, [`text`]
//! the words, [`browser`] the few calls to the browser.
//!
//! Absent: any rule about networking. What a text means, whether it is right and what happens to a packet is asked of
//! `policy`, `engine` and `wire`.

#![expect(unreachable_pub, reason = "what `#[component]` writes out is public")]

mod app;
mod browser;
mod pages;
mod parts;
mod text;
mod workspace;

fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        text::learn().await;
        let opened = workspace::Opened::load().await;
        leptos::mount::mount_to_body(|| leptos::view! { <app::App opened=opened /> });
    });
}

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
