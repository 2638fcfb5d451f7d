//! The console: edits a document, asks the core what it means, and keeps both in the browser or on a server.
//!
//! Read in this order: [`app`] is the page around the pages, [`workspace`] the state that they share, [`pages`] one folder
//! for each place in the navigation, [`parts`] what several pages are made of, [`text`]
//! the words, [`browser`] the few calls to the browser. [`beside`] is what answers in workers, [`apart`] how parts of the program become
//! files of their own.
//!
//! Absent: any rule about networking. What a text means, whether it is right and what happens to a packet is asked of
//! `policy`, `engine` and `wire`.

#![expect(unreachable_pub, reason = "what `#[component]` writes out is public")]

mod apart;
mod app;
mod beside;
mod browser;
mod pages;
mod parts;
mod text;
mod workspace;

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    console_error_panic_hook::set_once();
    match js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        Ok(scope) => spawn_local(beside::serve(scope)),
        Err(_) => spawn_local(open()),
    }
}

async fn open() {
    text::learn().await;
    let opened = workspace::Opened::load().await;
    leptos::mount::mount_to_body(|| leptos::view! { <app::App opened=opened /> });
}

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
