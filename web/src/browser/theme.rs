//! Dark, light, or as the system has it.

use leptos::prelude::document;

use super::storage;

/// The colours of the console.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    /// What was chosen last.
    pub(crate) fn kept() -> Theme {
        match storage::load("theme").as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// The one that the switch offers next.
    pub(crate) fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        }
    }

    /// How people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Shows the page in it and remembers it.
    pub(crate) fn apply(self) {
        if let Some(root) = document().document_element() {
            // A theme that cannot be set or kept is no reason to stop.
            let _ = root.set_attribute("data-theme", self.name());
        }
        let _ = storage::store("theme", self.name());
    }
}
