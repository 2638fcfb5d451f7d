//! The languages that the console speaks, and which of them a person reads.

use leptos::prelude::{document, window};

use crate::browser::storage;

/// A language of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Language; 2] = [Language::English, Language::German];

    /// The one that was chosen here, else the first of the browser's that the console speaks.
    pub(crate) fn chosen() -> Language {
        storage::load(KEPT).and_then(|code| Language::read(&code)).unwrap_or_else(Language::of_browser)
    }

    /// Keeps the choice and shows the page anew.
    ///
    /// # Errors
    /// The sentence to show where the browser keeps nothing.
    pub(crate) fn choose(self) -> Result<(), String> {
        storage::store(KEPT, self.code())?;
        // A page can always be loaded again.
        let _ = window().location().reload();
        Ok(())
    }

    /// The language of a tag as browsers write them: `de-AT` is German.
    pub(crate) fn read(tag: &str) -> Option<Language> {
        let code = tag.split('-').next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| language.code() == code)
    }

    /// Its code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    /// How it calls itself.
    pub(crate) fn called(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::German => "Deutsch",
        }
    }

    /// The path of its texts; those of English stand in the code.
    pub(super) fn file(self) -> Option<String> {
        match self {
            Language::English => None,
            Language::German => Some(format!("/languages/{}.json", self.code())),
        }
    }

    /// Tells browsers and screen readers that the page is in this language.
    pub(super) fn declare(self) {
        if let Some(root) = document().document_element() {
            // An element takes any language.
            let _ = root.set_attribute("lang", self.code());
        }
    }

    fn of_browser() -> Language {
        let wanted = window().navigator().languages();
        wanted.iter().find_map(|tag| Language::read(&tag.as_string()?)).unwrap_or(Language::English)
    }
}

/// The name in the browser's storage.
const KEPT: &str = "language";
