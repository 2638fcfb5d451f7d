//! Texts that survive a reload.

use leptos::prelude::window;

use super::address::base_path;
use crate::text::say;

/// The text under a name, where there is one.
pub(crate) fn load(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(&key(name)).ok()?
}

/// Keeps a text under a name.
///
/// # Errors
/// The sentence to show where the browser has no room or does not allow it.
pub(crate) fn store(name: &str, text: &str) -> Result<(), String> {
    let refused =
        || say("this browser keeps nothing for this page: export the document, or allow site data").to_owned();
    let storage = window().local_storage().ok().flatten().ok_or_else(refused)?;
    storage.set_item(&key(name), text).map_err(|_| {
        say("this browser has no more room for this page: export the document, or free some site data").to_owned()
    })
}

/// The text that this tab keeps under a name.
pub(crate) fn load_for_tab(name: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(&key(name)).ok()?
}

/// Keeps a text under a name for as long as this tab is open.
pub(crate) fn store_for_tab(name: &str, text: &str) -> Option<()> {
    window().session_storage().ok()??.set_item(&key(name), text).ok()
}

/// Forgets the text under a name.
pub(crate) fn forget(name: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // What is gone already is gone.
        let _ = storage.remove_item(&key(name));
    }
}

/// Forgets every text of this console.
pub(crate) fn clear() {
    let Ok(Some(storage)) = window().local_storage() else { return };
    let names = (0..storage.length().unwrap_or_default()).filter_map(|at| storage.key(at).ok().flatten());
    let ours: Vec<String> = names.filter(|name| name.starts_with(&key(""))).collect();
    for name in ours {
        let _ = storage.remove_item(&name);
    }
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.remove_item(&key("project"));
    }
}

/// Consoles below different paths of one host keep apart.
fn key(name: &str) -> String {
    format!("portcullis:{}/:{name}", base_path())
}
