//! Texts that are too many or too long for the browser's storage of small texts: IndexedDB.
//!
//! Contract: what is read and written in one [`Transaction`] happens whole or not at all, and no other tab gets between.

use js_sys::{Array, Function, Promise};
use leptos::prelude::window;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode};

use super::address::base_path;
use crate::text::say;

/// The console's database in this browser.
#[derive(Clone)]
pub(crate) struct Database {
    raw: IdbDatabase,
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// What is known of each project.
    Index,
    /// The projects themselves.
    Projects,
}

/// Reads and writes that belong together.
pub(crate) struct Transaction {
    raw: IdbTransaction,
    done: Promise,
}

impl Shelf {
    const ALL: [Shelf; 2] = [Shelf::Index, Shelf::Projects];

    fn name(self) -> &'static str {
        match self {
            Shelf::Index => "index",
            Shelf::Projects => "projects",
        }
    }
}

impl Database {
    /// Opens it, and makes it where there is none.
    ///
    /// # Errors
    /// The sentence to show where the browser has none.
    pub(crate) async fn open() -> Result<Database, String> {
        let factory = window().indexed_db().ok().flatten().ok_or_else(refusal)?;
        let request = factory.open_with_u32(&name(), 1).map_err(|_| refusal())?;
        let fresh = request.clone();
        let furnish = Closure::once_into_js(move || furnish(&fresh));
        request.set_onupgradeneeded(Some(furnish.unchecked_ref()));
        let raw = settle(&request).await?;
        Ok(Database { raw: raw.unchecked_into() })
    }

    /// Begins to read.
    ///
    /// # Errors
    /// The sentence to show where the browser refuses.
    pub(crate) fn read(&self) -> Result<Transaction, String> {
        self.begin(IdbTransactionMode::Readonly)
    }

    /// Begins to read and write.
    ///
    /// # Errors
    /// The sentence to show where the browser refuses.
    pub(crate) fn write(&self) -> Result<Transaction, String> {
        self.begin(IdbTransactionMode::Readwrite)
    }

    fn begin(&self, mode: IdbTransactionMode) -> Result<Transaction, String> {
        let shelves: Array = Shelf::ALL.into_iter().map(|shelf| JsValue::from_str(shelf.name())).collect();
        let raw = self.raw.transaction_with_str_sequence_and_mode(&shelves, mode).map_err(|_| refusal())?;
        let done = promise(|kept, failed| {
            raw.set_oncomplete(Some(kept));
            raw.set_onerror(Some(failed));
            raw.set_onabort(Some(failed));
        });
        Ok(Transaction { raw, done })
    }
}

impl Transaction {
    /// The text under a key, where there is one.
    ///
    /// # Errors
    /// The sentence to show where it cannot be read.
    pub(crate) async fn get(&self, shelf: Shelf, key: &str) -> Result<Option<String>, String> {
        let request = self.shelf(shelf)?.get(&key.into()).map_err(|_| refusal())?;
        Ok(settle(&request).await?.as_string())
    }

    /// Every text.
    ///
    /// # Errors
    /// The sentence to show where they cannot be read.
    pub(crate) async fn all(&self, shelf: Shelf) -> Result<Vec<String>, String> {
        let request = self.shelf(shelf)?.get_all().map_err(|_| refusal())?;
        let all: Array = settle(&request).await?.unchecked_into();
        Ok(all.iter().filter_map(|text| text.as_string()).collect())
    }

    /// Puts a text under a key; it is kept when [`Transaction::done`] says so.
    ///
    /// # Errors
    /// The sentence to show where the browser refuses.
    pub(crate) fn put(&self, shelf: Shelf, key: &str, text: &str) -> Result<(), String> {
        self.shelf(shelf)?.put_with_key(&text.into(), &key.into()).map(drop).map_err(|_| refusal())
    }

    /// Takes the text of a key away.
    ///
    /// # Errors
    /// The sentence to show where the browser refuses.
    pub(crate) fn remove(&self, shelf: Shelf, key: &str) -> Result<(), String> {
        self.shelf(shelf)?.delete(&key.into()).map(drop).map_err(|_| refusal())
    }

    /// Waits until what was written is kept.
    ///
    /// # Errors
    /// The sentence to show where nothing of it is.
    pub(crate) async fn done(self) -> Result<(), String> {
        JsFuture::from(self.done).await.map(drop).map_err(|_| refusal())
    }

    fn shelf(&self, shelf: Shelf) -> Result<IdbObjectStore, String> {
        self.raw.object_store(shelf.name()).map_err(|_| refusal())
    }
}

/// Consoles below different paths of one host keep apart.
fn name() -> String {
    format!("portcullis:{}/", base_path())
}

fn furnish(request: &IdbOpenDbRequest) {
    let Ok(raw) = request.result() else { return };
    let raw: IdbDatabase = raw.unchecked_into();
    for shelf in Shelf::ALL {
        // Where this fails, opening fails.
        let _ = raw.create_object_store(shelf.name());
    }
}

async fn settle(request: &IdbRequest) -> Result<JsValue, String> {
    let answer = promise(|came, failed| {
        request.set_onsuccess(Some(came));
        request.set_onerror(Some(failed));
    });
    JsFuture::from(answer).await.map_err(|_| refusal())?;
    request.result().map_err(|_| refusal())
}

fn promise(listen: impl Fn(&Function, &Function)) -> Promise {
    Promise::new(&mut |came, failed| listen(&came, &failed))
}

fn refusal() -> String {
    say("this browser keeps nothing for this page: export the document, or allow site data").to_owned()
}
