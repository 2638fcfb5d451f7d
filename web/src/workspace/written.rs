//! The documents of a workspace as JSON, for the database and for workers: whoever asks first has one written, all others get the same.

use std::sync::Arc;

use leptos::prelude::*;
use policy::Document;

use super::history::History;
use super::server::Saved;

/// Texts that are written when somebody asks. Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Written {
    draft: Memo<Arc<str>>,
    /// The revision of the server that the draft started from, with its document.
    saved: Memo<Option<(Arc<str>, Arc<str>)>>,
    /// What the edits of this browser began with, and in which era of the history.
    origin: StoredValue<Option<(u64, Arc<str>)>>,
}

impl Written {
    pub(super) fn of(draft: RwSignal<Document>, saved: RwSignal<Option<Saved>>) -> Written {
        let saved = move |_: Option<&_>| {
            saved.with(|saved| {
                let saved = saved.as_ref()?;
                let document = text(&saved.document);
                Some((saved.text(&document).into(), document))
            })
        };
        Written { draft: Memo::new(move |_| draft.with(text)), saved: Memo::new(saved), origin: StoredValue::new(None) }
    }

    /// The draft.
    pub(super) fn draft(self) -> Arc<str> {
        self.draft.get_untracked()
    }

    /// The revision of the server that the draft started from.
    pub(super) fn saved(self) -> Option<Arc<str>> {
        self.saved.with_untracked(|saved| saved.as_ref().map(|(whole, _)| whole.clone()))
    }

    /// What the draft is compared with, as [`super::analysis::origin`] finds it; `None` where the draft is the same.
    pub(super) fn before(self, draft: RwSignal<Document>, history: RwSignal<History>) -> Option<Arc<str>> {
        let saved = self.saved.with_untracked(|saved| saved.as_ref().map(|(_, document)| document.clone()));
        let before = saved.or_else(|| self.origin(draft, history))?;
        (before != self.draft()).then_some(before)
    }

    fn origin(self, draft: RwSignal<Document>, history: RwSignal<History>) -> Option<Arc<str>> {
        let era = history.with_untracked(History::era);
        if let Some((_, known)) = self.origin.get_value().filter(|(known, _)| *known == era) {
            return Some(known);
        }
        let origin = draft.with_untracked(|draft| history.with_untracked(|history| history.origin(draft)))?;
        let origin = text(&origin);
        self.origin.set_value(Some((era, origin.clone())));
        Some(origin)
    }
}

fn text(document: &Document) -> Arc<str> {
    document.to_json().into()
}
