//! What all pages share: the draft, the way back, what the core says of it, and the server.
//!
//! An edit goes one way: [`Workspace::perform`] applies a [`Step`], the step's inverse goes to the history, the draft is
//! resolved anew, and the browser keeps both. Everything that shows the draft follows by itself.

mod analysis;
mod checked;
mod events;
mod history;
mod keep;
mod kept;
mod live;
mod merging;
mod notices;
mod past;
mod projects;
mod server;
mod sync;
mod trends;
mod trial;
mod written;

use leptos::prelude::*;

use crate::text::say_with;
use policy::{Document, Edit};

pub(crate) use checked::Checked;
pub(crate) use history::{Change, Step};
pub(crate) use keep::Opened;
pub(crate) use live::{Audit, Counts, Enforcer, Live, PacketLine, Report, Staged, VnicCounts};
pub(crate) use merging::Merging;
pub(crate) use notices::{Notice, Notices, Tone};
pub(crate) use projects::Project;
pub(crate) use server::{Entry, Link, Saved, Saving};

use analysis::Analysis;
use history::History;
use keep::Keeper;
use kept::Kept;
use written::Written;

/// The state of the console. Copies are the same workspace.
#[derive(Clone, Copy)]
pub(crate) struct Workspace {
    draft: RwSignal<Document>,
    history: RwSignal<History>,
    /// What the core says of the draft.
    pub(crate) checked: Memo<Checked>,
    /// Whether there is a server.
    pub(crate) link: RwSignal<Link>,
    /// The revision of the server that the draft started from.
    pub(crate) saved: RwSignal<Option<Saved>>,
    /// The revision that somebody else saved meanwhile.
    pub(crate) newer: RwSignal<Option<u64>>,
    /// The merge with it that somebody is at.
    pub(crate) merging: RwSignal<Option<Merging>>,
    /// How saving goes.
    pub(crate) saving: RwSignal<Saving>,
    /// Whether the draft differs from what it started from.
    pub(crate) changed: Memo<bool>,
    /// What enforcers report.
    pub(crate) live: RwSignal<Live>,
    /// Whether somebody looks at what saving would change.
    pub(crate) reviewing: RwSignal<bool>,
    /// The project that is open.
    pub(crate) project: RwSignal<Project>,
    /// What the policy promises, as assertions.
    pub(crate) assertions: RwSignal<String>,
    keeper: Keeper,
    written: Written,
    analysis: Analysis,
    /// Messages on the screen.
    pub(crate) notices: Notices,
}

impl Workspace {
    /// Shows a project, and lets every component below find it.
    pub(crate) fn open(opened: Opened) -> Workspace {
        let Opened { project, kept, database } = opened;
        let Kept { document, saved, past, future, assertions } = kept;
        let draft = RwSignal::new(document);
        let history = RwSignal::new(History::new(past, future));
        let saved = RwSignal::new(saved);
        let checked = Memo::new(move |_| draft.with(Checked::of));
        let changed = Memo::new(move |_| {
            saved.with(|saved| saved.as_ref().is_some_and(|saved| draft.with(|draft| *draft != saved.document)))
        });
        let written = Written::of(draft, saved);
        let workspace = Workspace {
            draft,
            history,
            checked,
            link: RwSignal::new(Link::Looking),
            saved,
            newer: RwSignal::new(None),
            merging: RwSignal::new(None),
            saving: RwSignal::new(Saving::Idle),
            changed,
            live: RwSignal::new(Live::default()),
            reviewing: RwSignal::new(false),
            project: RwSignal::new(project),
            assertions: RwSignal::new(assertions),
            keeper: Keeper::new(database),
            written,
            analysis: Analysis::open(draft, history, written, checked),
            notices: Notices::new(),
        };
        provide_context(workspace);
        workspace.keep_from_now_on();
        workspace.analyse_from_now_on();
        workspace
    }

    /// The sample project.
    pub(crate) fn sample() -> Document {
        Kept::sample().document
    }

    /// The workspace of the component's page.
    pub(crate) fn here() -> Workspace {
        expect_context()
    }

    /// Reads the draft, and again whenever it changes.
    pub(crate) fn read<T>(self, read: impl FnOnce(&Document) -> T) -> T {
        self.draft.with(read)
    }

    /// Reads the draft once.
    pub(crate) fn peek<T>(self, read: impl FnOnce(&Document) -> T) -> T {
        self.draft.with_untracked(read)
    }

    /// Carries out edits as one step that undo takes back whole.
    ///
    /// # Errors
    /// What the core has against it; the draft stays as it was.
    pub(crate) fn perform(self, title: impl Into<String>, edits: Vec<Edit>) -> Result<(), String> {
        self.step(Step { title: title.into(), change: Change::Edits(edits) })
    }

    /// The same, with a message that offers undo; what the core has against it becomes the message.
    pub(crate) fn perform_aloud(self, title: impl Into<String>, edits: Vec<Edit>) {
        let title = title.into();
        match self.perform(title.clone(), edits) {
            Ok(()) => self.notices.show(Tone::Undoable, capital(&title)),
            Err(error) => self.notices.show(Tone::Failed, error),
        }
    }

    /// Carries out what the trial of a form found nothing against. The form is closed first: it would try the same once more on the
    /// changed draft, which takes longer than all the rest.
    pub(crate) fn perform_tried(self, title: impl Into<String>, edits: Vec<Edit>, close: impl FnOnce()) {
        close();
        if let Err(error) = self.perform(title, edits) {
            self.notices.show(Tone::Failed, error);
        }
    }

    /// Puts another document in the place of the draft; undo brings the draft back.
    pub(crate) fn replace(self, title: impl Into<String>, document: Document) {
        let change = Change::Whole(Box::new(document));
        // A whole document fits any other.
        let _ = self.step(Step { title: title.into(), change });
    }

    fn step(self, step: Step) -> Result<(), String> {
        // In its place: a copy of ten thousand rules takes longer than the step.
        let mut history = self.history.write_untracked();
        let performed = history.perform(step, &mut self.draft.write_untracked());
        drop(history);
        performed.map_err(|error| error.to_string())?;
        self.notices.retract_undo();
        self.history.notify();
        self.draft.notify();
        Ok(())
    }

    /// Takes the latest step back.
    pub(crate) fn undo(self) {
        self.travel(History::undo, |title| say_with("Undone: {step}", &[("step", &title)]));
    }

    /// Carries out again what was undone last.
    pub(crate) fn redo(self) {
        self.travel(History::redo, |title| say_with("Done again: {step}", &[("step", &title)]));
    }

    fn travel(self, way: fn(&mut History, &mut Document) -> Option<String>, said: fn(String) -> String) {
        let title = way(&mut self.history.write_untracked(), &mut self.draft.write_untracked());
        self.notices.retract_undo();
        self.history.notify();
        if let Some(title) = title {
            self.draft.notify();
            self.notices.show(Tone::Done, said(title));
        }
    }

    /// The title of the step that undo would take back.
    pub(crate) fn undoes(self) -> Option<String> {
        self.history.with(|history| history.undoes().map(str::to_owned))
    }

    /// The title of the step that redo would carry out again.
    pub(crate) fn redoes(self) -> Option<String> {
        self.history.with(|history| history.redoes().map(str::to_owned))
    }
}

/// The text with its first letter as in the beginning of a sentence.
pub(crate) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::parts::page::Page;

    async fn fresh() -> Page {
        Page::open(|| ()).await
    }

    fn edits(texts: &[&str]) -> Vec<Edit> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    }

    fn draft(workspace: Workspace) -> Document {
        workspace.peek(Clone::clone)
    }

    #[wasm_bindgen_test]
    async fn undo_and_redo_are_inverse() {
        let page = fresh().await;
        let workspace = page.workspace();
        let before = draft(workspace);
        workspace.perform("disable rule web-http", edits(&["disable rule web-http"])).expect("the sample has it");
        let after = draft(workspace);
        assert_ne!(before, after);
        assert_eq!(workspace.undoes().as_deref(), Some("disable rule web-http"));
        workspace.undo();
        assert_eq!(draft(workspace), before);
        assert_eq!((workspace.undoes(), workspace.redoes().as_deref()), (None, Some("disable rule web-http")));
        workspace.redo();
        assert_eq!(draft(workspace), after);
    }

    #[wasm_bindgen_test]
    async fn a_step_happens_whole_or_not_at_all() {
        let page = fresh().await;
        let workspace = page.workspace();
        let before = draft(workspace);
        let both = edits(&["disable rule web-http", "remove group default"]);
        let error = workspace.perform("two edits", both).expect_err("the default group stays");
        assert!(error.contains("default"), "{error}");
        assert_eq!(draft(workspace), before);
        assert_eq!(workspace.undoes(), None);
    }

    #[wasm_bindgen_test]
    async fn a_new_step_forgets_what_was_undone() {
        let page = fresh().await;
        let workspace = page.workspace();
        workspace.perform("one", edits(&["disable rule web-http"])).expect("the sample has it");
        workspace.undo();
        workspace.perform("other", edits(&["disable rule web-ping"])).expect("the sample has it");
        assert_eq!((workspace.undoes().as_deref(), workspace.redoes()), (Some("other"), None));
    }

    #[wasm_bindgen_test]
    async fn draft_and_history_survive_a_reload() {
        let page = fresh().await;
        let workspace = page.workspace();
        let sample = draft(workspace);
        workspace.perform("one", edits(&["disable rule web-http"])).expect("the sample has it");
        let one = draft(workspace);
        workspace.replace("start empty", Document::new(policy::Profile::openstack()));
        workspace.undo();
        workspace.keep_now().await;
        drop(page);
        let page = Page::reopen(|| ()).await;
        let again = page.workspace();
        assert_eq!(draft(again), one);
        assert_eq!((again.undoes().as_deref(), again.redoes().as_deref()), (Some("one"), Some("start empty")));
        again.undo();
        assert_eq!(draft(again), sample);
        again.redo();
        again.redo();
        assert_eq!(draft(again).profile.name, "openstack");
    }

    #[wasm_bindgen_test]
    async fn what_the_core_says_stands_at_its_place() {
        let page = fresh().await;
        let workspace = page.workspace();
        let sound = |workspace: Workspace| workspace.checked.with_untracked(Checked::is_sound);
        assert!(sound(workspace));
        workspace.perform("detach", edits(&["detach db from db"])).expect("the sample has it");
        assert!(!sound(workspace), "the profile asks for a group");
        let index = workspace.peek(|draft| draft.instances.iter().position(|instance| instance.id.as_str() == "db"));
        let place = format!("instances[{}].vnics[0]", index.expect("the sample has it"));
        assert!(!workspace.checked.with_untracked(|checked| checked.at(&place)).is_empty());
        workspace.undo();
        assert!(sound(workspace));
    }

    #[wasm_bindgen_test]
    async fn the_draft_is_compared_with_where_its_edits_began() {
        let page = fresh().await;
        let workspace = page.workspace();
        let origin = || workspace.history.with_untracked(|history| history.origin(&draft(workspace)));
        let sample = draft(workspace);
        assert_eq!(origin(), None, "nothing was edited");
        workspace.perform("one", edits(&["disable rule web-http"])).expect("the sample has it");
        workspace
            .perform("two", edits(&["remove rule web-ping", "remove rule web-egress"]))
            .expect("the sample has them");
        assert_eq!(origin(), Some(sample));
        let other = Document::new(policy::Profile::openstack());
        workspace.replace("start empty", other.clone());
        assert_eq!(origin(), None, "an import is where one starts");
        workspace.undo();
        workspace.undo();
        assert!(origin().is_some_and(|origin| {
            origin.rule(&"web-http".parse().expect("an id")).is_some_and(|(_, rule)| rule.enabled)
        }));
    }
}
