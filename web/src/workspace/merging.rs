//! The draft and what somebody else saved meanwhile, brought together.
//!
//! Contract: nothing is lost and nothing happens by itself. The draft stays as it is until every conflict is decided; then what
//! comes out becomes the draft over their revision, and undo brings back what it was.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use policy::{Document, ItemId, Merge, Side};

use super::server;
use super::{Saved, Saving, Tone, Workspace};
use crate::text::say_with;

/// A merge that somebody is at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Merging {
    /// What they saved.
    pub(crate) theirs: Saved,
    /// What was decided so far.
    pub(crate) choices: HashMap<ItemId, Side>,
}

impl Workspace {
    /// Fetches what the server has now, to be merged with the draft. What was decided before stays decided.
    pub(crate) fn begin_merge(self) {
        spawn_local(async move {
            match server::load().await {
                Ok(theirs) => {
                    self.saving.set(Saving::Idle);
                    let choices = self.merging.with_untracked(|merging| {
                        merging.as_ref().map(|merging| merging.choices.clone()).unwrap_or_default()
                    });
                    self.newer.set(Some(theirs.revision));
                    self.merging.set(Some(Merging { theirs, choices }));
                }
                Err(error) => self.notices.show(Tone::Failed, error),
            }
        });
    }

    /// Decides conflicts for a side.
    pub(crate) fn decide(self, ids: impl IntoIterator<Item = ItemId>, side: Side) {
        self.merging.update(|merging| {
            if let Some(merging) = merging {
                merging.choices.extend(ids.into_iter().map(|id| (id, side)));
            }
        });
    }

    /// Reads the merge, and again whenever the draft, theirs or a choice changes; `None` while there is nothing to merge.
    pub(crate) fn read_merge<T>(self, read: impl FnOnce(&Merge<'_>, &Merging) -> T) -> Option<T> {
        let merging = self.merging.get()?;
        self.saved.with(|saved| {
            let base = &saved.as_ref()?.document;
            self.draft.with(|draft| Some(read(&Merge::of(base, &merging.theirs.document, draft), &merging)))
        })
    }

    /// Makes what comes out the draft, over their revision; does nothing while a conflict is open.
    pub(crate) fn finish_merge(self) {
        let merged = untrack(|| self.read_merge(|merge, merging| merging.outcome(merge)).flatten());
        let (Some(merged), Some(Merging { theirs, .. })) = (merged, self.merging.get_untracked()) else { return };
        let revision = theirs.revision;
        self.replace(say_with("merge with revision {n}", &[("n", &revision)]), merged);
        self.merging.set(None);
        // Yet another one may have been heard of.
        self.newer.update(|newer| *newer = newer.filter(|newer| *newer > revision));
        self.saved.set(Some(theirs));
        let said = say_with("The draft is merged with revision {n}: look at it and save it", &[("n", &revision)]);
        self.notices.show(Tone::Undoable, said);
    }
}

impl Merging {
    /// What comes out; `None` while a conflict is open.
    fn outcome(&self, merge: &Merge<'_>) -> Option<Document> {
        let open = merge.conflicts().iter().any(|conflict| !self.choices.contains_key(&conflict.id));
        (!open).then(|| merge.document(|id| self.choices.get(id).copied().unwrap_or(Side::Mine)))
    }
}

#[cfg(test)]
mod tests {
    use policy::Edit;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::parts::page::Page;

    fn saved(revision: u64, document: Document) -> Saved {
        let (saved_at, author, note) = (String::new(), "somebody".to_owned(), String::new());
        Saved { revision, saved_at, author, note, document }
    }

    #[wasm_bindgen_test]
    async fn a_merge_waits_for_every_choice_and_can_be_undone() {
        let page = Page::open(|| ()).await;
        let workspace = page.workspace();
        let base = workspace.peek(Clone::clone);
        let mut theirs = base.clone();
        for text in ["replace rule web-http: ingress ipv4 tcp 80 from any", "disable rule web-ping"] {
            text.parse::<Edit>().expect(text).apply(&mut theirs).expect(text);
        }
        workspace.saved.set(Some(saved(1, base)));
        let edit: Edit = "disable rule web-http".parse().expect("an edit");
        workspace.perform("mine", vec![edit]).expect("the sample has it");
        let mine = workspace.peek(Clone::clone);
        workspace.newer.set(Some(2));
        workspace.merging.set(Some(Merging { theirs: saved(2, theirs.clone()), choices: HashMap::new() }));

        workspace.finish_merge();
        assert_eq!(workspace.peek(Clone::clone), mine, "a conflict is open");
        let conflict = ItemId::Rule("web-http".parse().expect("an id"));
        workspace.decide([conflict.clone()], Side::Theirs);
        workspace.finish_merge();
        assert_eq!(workspace.peek(Clone::clone), theirs);
        let revision = workspace.saved.with_untracked(|saved| saved.as_ref().map(|saved| saved.revision));
        assert_eq!((revision, workspace.newer.get_untracked()), (Some(2), None));
        assert!(!workspace.changed.get_untracked());
        workspace.undo();
        assert_eq!(workspace.peek(Clone::clone), mine);
    }
}
