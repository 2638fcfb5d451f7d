//! Texts that survive a reload.

use leptos::prelude::window;

use super::address::base_path;

/// The text under a name, where there is one.
pub(crate) fn load(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(&key(name)).ok()?
}

/// Keeps a text under a name.
///
/// # Errors
/// The sentence to show where the browser has no room or does not allow it.
pub(crate) fn store(name: &str, text: &str) -> Result<(), String> {
    let refused = || "this browser keeps nothing for this page: export the document, or allow site data".to_owned();
    let storage = window().local_storage().ok().flatten().ok_or_else(refused)?;
    storage.set_item(&key(name), text).map_err(|_| {
        "this browser has no more room for this page: export the document, or free some site data".to_owned()
    })
}

/// Forgets the text under a name.
#[cfg(test)]
pub(crate) fn forget(name: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        storage.remove_item(&key(name)).expect("local storage answers");
    }
}

/// Consoles below different paths of one host keep apart.
fn key(name: &str) -> String {
    format!("portcullis:{}/:{name}", base_path())
}
