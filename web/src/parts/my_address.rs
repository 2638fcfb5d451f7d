//! The address that the person at the keyboard has for others. The console cannot know it: it is told once, and offered where a rule
//! asks for an address.

use std::str::FromStr;

use leptos::prelude::*;
use policy::{Diagnostic, Prefix};

use crate::browser::storage;
use crate::parts::field::{TextField, fields};
use crate::text::say;
use crate::workspace::{Tone, Workspace};

/// The name in the browser's storage.
const KEPT: &str = "my-address";

/// What was told; a bare address is its host prefix.
pub(crate) fn my_address() -> Option<Prefix> {
    read(&storage::load(KEPT)?).ok().flatten()
}

/// Where it is told; kept as it is typed.
#[component]
pub(crate) fn MyAddressField() -> impl IntoView {
    let workspace = Workspace::here();
    let text = RwSignal::new(storage::load(KEPT).unwrap_or_default());
    let faults = Signal::derive(move || {
        let fault = text.with(|text| read(text)).err();
        fault.map(|message| Diagnostic::error("address", message)).into_iter().collect::<Vec<_>>()
    });
    Effect::new(move |before: Option<()>| {
        let text = text.get();
        if before.is_none() || read(&text).is_err() {
            return;
        }
        if let Err(error) = storage::store(KEPT, text.trim()) {
            workspace.notices.show(Tone::Failed, error);
        }
    });
    view! {
        <TextField
            id="my-address"
            label=say("My address")
            placeholder="198.51.100.7"
            hint=say("Offered as the remote of a rule. It stays in this browser.")
            value=text
            faults=faults
            paths=fields(&["address"])
        />
    }
}

/// The address as rules have it; `None` where there is none.
fn read(text: &str) -> Result<Option<Prefix>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error: <Prefix as FromStr>::Err| error.to_string())
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::parts::page::Page;

    #[wasm_bindgen_test]
    fn an_address_becomes_a_remote() {
        let check = |text: &str, expect: Option<&str>| {
            let read = read(text).expect(text).map(|prefix| prefix.to_string());
            assert_eq!(read.as_deref(), expect, "{text}");
        };
        check(" ", None);
        check(" 198.51.100.7 ", Some("198.51.100.7/32"));
        check("2001:db8::1", Some("2001:db8::1/128"));
        check("198.51.100.0/24", Some("198.51.100.0/24"));
        for faulty in ["any", "group:web", "198.51.100.7/33", "me"] {
            assert!(read(faulty).is_err(), "{faulty}");
        }
    }

    #[wasm_bindgen_test]
    async fn what_is_told_is_kept_and_what_is_faulty_is_not() {
        let page = Page::open(|| view! { <MyAddressField /> }).await;
        page.write("#my-address", "198.51.100.7").await;
        page.write("#my-address", "198.51.100.7/").await;
        assert!(!page.text("#my-address-said").is_empty());
        assert_eq!(my_address().map(|prefix| prefix.to_string()).as_deref(), Some("198.51.100.7/32"));
        page.write("#my-address", "").await;
        assert_eq!(my_address(), None);
    }
}
