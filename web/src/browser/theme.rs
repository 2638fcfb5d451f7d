//! The colours of the console: as the system has them, or as somebody chose.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::storage;
use crate::text::say;

/// The colours of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    System,
    Light,
    Dark,
    /// As far apart as colours are, light or dark as the system has it.
    Contrast,
}

/// What the system says to people who need more contrast.
const MORE_CONTRAST: &str = "(prefers-contrast: more)";

impl Theme {
    /// All of them.
    pub(crate) const ALL: [Theme; 4] = [Theme::System, Theme::Light, Theme::Dark, Theme::Contrast];

    /// What was chosen last.
    pub(crate) fn kept() -> Theme {
        let kept = storage::load("theme");
        Theme::ALL.into_iter().find(|theme| kept.as_deref() == Some(theme.name())).unwrap_or(Theme::System)
    }

    /// The one that the switch offers next.
    pub(crate) fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Contrast,
            Theme::Contrast => Theme::System,
        }
    }

    /// How people call it.
    pub(crate) fn called(self) -> &'static str {
        match self {
            Theme::System => say("as the system has it"),
            Theme::Light => say("light"),
            Theme::Dark => say("dark"),
            Theme::Contrast => say("high contrast"),
        }
    }

    /// What the page and the browser's storage call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
            Theme::Contrast => "contrast",
        }
    }

    /// Shows the page in it and remembers it.
    pub(crate) fn apply(self) {
        self.show();
        // A theme that cannot be kept is no reason to stop.
        let _ = storage::store("theme", self.name());
    }

    /// Shows the page in the colours that were chosen, and follows the system's wish for more contrast from now on.
    pub(crate) fn follow() {
        Theme::kept().show();
        if let Ok(Some(wish)) = window().match_media(MORE_CONTRAST) {
            let turn = Closure::<dyn FnMut()>::new(|| Theme::kept().show());
            wish.set_onchange(Some(turn.as_ref().unchecked_ref()));
            // It is heard for as long as the page is open.
            turn.forget();
            std::mem::forget(wish);
        }
    }

    fn show(self) {
        let wishes_more = || matches!(window().match_media(MORE_CONTRAST), Ok(Some(wish)) if wish.matches());
        let shown = if self == Theme::System && wishes_more() { Theme::Contrast } else { self };
        if let Some(root) = document().document_element() {
            // An element takes any attribute.
            let _ = root.set_attribute("data-theme", shown.name());
        }
    }
}
