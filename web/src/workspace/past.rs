//! The revisions that the server keeps: what they were, and the way back to one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use policy::Document;

use super::analysis::origin;
use super::server::{self, Entry};
use super::{Saved, Tone, Workspace};
use crate::text::{say, say_with};

/// What the server was asked for; `None` while it has not answered.
pub(crate) type Asked<T> = Option<Result<T, String>>;

impl Workspace {
    /// Every revision that the server keeps, the latest first; asked for anew whenever there is another one.
    pub(crate) fn revisions(self) -> RwSignal<Asked<Vec<Entry>>> {
        let entries = RwSignal::new(None);
        Effect::new(move |_| {
            let _newest = (self.saved.with(|saved| saved.as_ref().map(|saved| saved.revision)), self.newer.get());
            spawn_local(async move {
                // Who asked may be gone.
                let _ = entries.try_set(Some(server::history().await));
            });
        });
        entries
    }

    /// The revisions of these numbers, with their documents; asked for whenever the numbers change.
    pub(crate) fn past(self, numbers: Signal<Vec<u64>>) -> RwSignal<Asked<Vec<Saved>>> {
        let found = RwSignal::new(None);
        let numbers = Memo::new(move |_| numbers.get());
        Effect::new(move |_| {
            let asked = numbers.get();
            found.set(None);
            spawn_local(async move {
                let mut answers = Vec::new();
                for number in &asked {
                    answers.push(server::past(*number).await);
                }
                let answer: Result<Vec<Saved>, String> = answers.into_iter().collect();
                // Meanwhile others may be asked for.
                if numbers.try_get_untracked().as_ref() == Some(&asked) {
                    let _ = found.try_set(Some(answer));
                }
            });
        });
        found
    }

    /// Makes an old revision the draft; undo brings the draft back.
    pub(crate) fn restore(self, past: &Saved) {
        let title = say_with("restore revision {n}", &[("n", &past.revision)]);
        self.replace(title, past.document.clone());
        let said = say_with("Revision {n} is the draft now: save it to make it live", &[("n", &past.revision)]);
        self.notices.show(Tone::Undoable, said);
    }

    /// What the draft is compared with: what the server has, else the document that the edits of this browser began with.
    pub(crate) fn before(self) -> Option<Document> {
        self.saved.track();
        self.history.track();
        self.draft.with(|draft| origin(draft, self.history, self.saved).filter(|before| before != draft))
    }

    /// Makes what the draft started from the draft again; undo brings the edits back.
    pub(crate) fn discard(self) {
        let Some(before) = untrack(|| self.before()) else { return };
        self.replace(say("discard changes"), before);
        self.notices.show(Tone::Undoable, say("The draft is what it started from; your changes are one undo away"));
    }
}
