//! What the browser keeps of a workspace: the draft, where it started from, and the way back.
//!
//! Changes go into the database shortly after they happened. A page that goes away before that leaves them in the browser's
//! storage of small texts, where the next page finds them.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};

use super::kept::{self, Kept};
use super::projects::Project;
use super::{Tone, Workspace};
use crate::browser::database::{Database, Shelf};
use crate::browser::{storage, tabs};
use crate::text::{say, say_with};

/// The name of what a page left behind, and of the workspace where there is no database.
const LEFT: &str = "workspace";

/// How long typing may go on before the browser keeps what was typed.
const PAUSE: Duration = Duration::from_millis(250);

/// The project that a page starts with.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(super) project: Project,
    pub(super) kept: Kept,
    pub(super) database: Option<Database>,
}

/// Writes the workspace. Copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Keeper {
    database: StoredValue<Option<Database>, LocalStorage>,
    writing: StoredValue<Writing>,
    /// Whether a change waits for its pause.
    pending: StoredValue<Option<TimeoutHandle>>,
    /// The version that another tab wrote, which this tab has not seen.
    pub(super) elsewhere: RwSignal<Option<u64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Idle,
    Busy,
    /// Something changed while it was busy.
    Again,
    /// Nothing is written any more.
    Ended,
}

impl Opened {
    /// The project that was open last, with what a page left behind in a hurry; else the sample.
    pub(crate) async fn load() -> Opened {
        let left = storage::load(LEFT);
        let Ok(database) = Database::open().await else {
            let kept = left.and_then(|left| Kept::read(&left)).unwrap_or_else(Kept::sample);
            return Opened { project: Project::first(), kept, database: None };
        };
        let mut opened = match stored(&database, &Project::chosen()).await {
            Some((project, kept)) => Opened { project, kept, database: Some(database) },
            None => {
                let mut opened = Opened { project: Project::first(), kept: Kept::sample(), database: Some(database) };
                opened.add().await;
                opened
            }
        };
        Project::choose(&opened.project.id);
        if let Some(left) = left {
            opened.take_up(&left).await;
        }
        opened
    }

    /// The sample, in a browser that has kept nothing.
    #[cfg(test)]
    pub(crate) async fn fresh() -> Opened {
        storage::clear();
        let mut opened =
            Opened { project: Project::first(), kept: Kept::sample(), database: Database::open().await.ok() };
        opened.add().await;
        opened
    }

    /// Takes up what a page left behind: as the newest state of its project, or beside it where another tab was there since.
    async fn take_up(&mut self, left: &str) {
        let Some(kept) = Kept::read(left) else { return };
        let value: Value = serde_json::from_str(left).unwrap_or_default();
        let id = value.get("project").and_then(Value::as_str);
        let version = value.get("version").and_then(Value::as_u64);
        // Before there were projects there was this one.
        let is_mine = id.is_none_or(|id| id == self.project.id);
        if is_mine && version.is_none_or(|version| version == self.project.version) {
            self.kept = kept;
            self.add().await;
        } else if !(is_mine && kept.text() == self.kept.text()) {
            let name = say_with("{project}, left by a closed tab", &[("project", &self.project.name)]);
            let (project, database) = (Project::fresh(&name), self.database.clone());
            Opened { project, kept, database }.add().await;
        }
        storage::forget(LEFT);
    }
}

impl Keeper {
    pub(super) fn new(database: Option<Database>) -> Keeper {
        Keeper {
            database: StoredValue::new_local(database),
            writing: StoredValue::new(Writing::Idle),
            pending: StoredValue::new(None),
            elsewhere: RwSignal::new(None),
        }
    }

    pub(super) fn database(self) -> Option<Database> {
        self.database.get_value()
    }
}

impl Workspace {
    /// Keeps every change, shortly after it happened and before the page goes away.
    pub(super) fn keep_from_now_on(self) {
        let pending = self.keeper.pending;
        Effect::new(move |before: Option<()>| {
            self.draft.track();
            self.history.track();
            self.saved.track();
            self.assertions.track();
            // The first run sees what was loaded.
            if before.is_none() {
                return;
            }
            if let Some(handle) = pending.get_value() {
                handle.clear();
            }
            pending.set_value(set_timeout_with_handle(move || self.keep(), PAUSE).ok());
        });
        let leaving = window_event_listener(leptos::ev::pagehide, move |_| self.leave());
        let project = self.project;
        tabs::listen(move |id, version| {
            let is_mine = project.try_with_untracked(|open| open.id == id && open.version < version);
            if is_mine == Some(true) {
                self.keeper.elsewhere.set(Some(version));
            }
        });
        on_cleanup(move || {
            leaving.remove();
            if let Some(handle) = pending.try_get_value().flatten() {
                handle.clear();
            }
        });
    }

    /// The version that another tab wrote of this project, and that this tab has not seen.
    pub(crate) fn elsewhere(self) -> Option<u64> {
        self.keeper.elsewhere.get()
    }

    /// Takes what another tab wrote; undo brings this tab's draft back.
    pub(crate) async fn take_other_tab(self) {
        let Some(database) = self.keeper.database() else { return };
        let id = self.project.with_untracked(|project| project.id.clone());
        let Some((project, kept)) = stored(&database, &id).await else { return };
        self.project.set(project);
        self.keeper.elsewhere.set(None);
        self.saved.set(kept.saved);
        self.assertions.set(kept.assertions);
        self.replace(say("load what another tab changed"), kept.document);
    }

    /// Keeps this tab's draft over what another tab wrote.
    pub(crate) fn keep_over_other_tab(self) {
        if let Some(version) = self.keeper.elsewhere.get_untracked() {
            self.keeper.elsewhere.set(None);
            self.project.update(|project| project.version = version);
            self.keep();
        }
    }

    /// Forgets everything that this browser keeps of the console, and shows the page anew.
    ///
    /// # Errors
    /// The sentence to show where the browser refuses.
    pub(crate) async fn forget_everything(self) -> Result<(), String> {
        self.stop_keeping();
        if let Some(database) = self.keeper.database() {
            let transaction = database.write()?;
            for known in transaction.all(Shelf::Index).await? {
                if let Some(project) = Project::read(&known) {
                    transaction.remove(Shelf::Index, &project.id)?;
                    transaction.remove(Shelf::Projects, &project.id)?;
                }
            }
            transaction.done().await?;
        }
        storage::clear();
        // A page can always be loaded again.
        let _ = window().location().reload();
        Ok(())
    }

    /// Keeps nothing from now on: what is open goes away.
    pub(super) fn stop_keeping(self) {
        self.keeper.writing.set_value(Writing::Ended);
    }

    /// Begins to keep the workspace.
    pub(super) fn keep(self) {
        self.keeper.pending.set_value(None);
        match self.keeper.writing.get_value() {
            Writing::Idle => spawn_local(self.keep_now()),
            Writing::Busy | Writing::Again => self.keeper.writing.set_value(Writing::Again),
            Writing::Ended => {}
        }
    }

    /// Keeps the workspace as it is.
    pub(super) async fn keep_now(self) {
        let writing = self.keeper.writing;
        if writing.get_value() == Writing::Ended {
            return;
        }
        loop {
            writing.set_value(Writing::Busy);
            if let Err(error) = self.write().await {
                self.notices.show(Tone::Failed, error);
            }
            match writing.try_get_value() {
                Some(Writing::Again) => {}
                Some(Writing::Ended) | None => return,
                Some(Writing::Idle | Writing::Busy) => return writing.set_value(Writing::Idle),
            }
        }
    }

    async fn write(self) -> Result<(), String> {
        let text = self.text();
        let Some(database) = self.keeper.database() else { return storage::store(LEFT, &text) };
        if self.keeper.elsewhere.get_untracked().is_some() {
            return Ok(());
        }
        let project = self.project.get_untracked();
        let transaction = database.write()?;
        let known = transaction.get(Shelf::Index, &project.id).await?.and_then(|known| Project::read(&known));
        let name = match known {
            Some(known) if known.version != project.version => {
                self.keeper.elsewhere.set(Some(known.version));
                return Ok(());
            }
            Some(known) => known.name,
            None => project.name.clone(),
        };
        let next = Project { name, version: project.version + 1, changed: js_sys::Date::now(), ..project };
        transaction.put(Shelf::Index, &next.id, &next.text())?;
        transaction.put(Shelf::Projects, &next.id, &text)?;
        transaction.done().await?;
        tabs::tell(&next.id, next.version);
        self.project.set(next);
        Ok(())
    }

    /// Leaves behind what is not kept yet.
    fn leave(self) {
        let writing = self.keeper.writing.get_value();
        let is_kept = self.keeper.pending.get_value().is_none() && writing == Writing::Idle;
        if is_kept || writing == Writing::Ended || self.keeper.elsewhere.get_untracked().is_some() {
            return;
        }
        let project = self.project.get_untracked();
        let mut value: Value = serde_json::from_str(&self.text()).unwrap_or_default();
        value["project"] = json!(project.id);
        value["version"] = json!(project.version);
        // Where it does not fit, the database may still be quick enough.
        let _ = storage::store(LEFT, &value.to_string());
        self.keep();
    }

    fn text(self) -> String {
        let (draft, saved) = (self.written.draft(), self.written.saved());
        self.history.with_untracked(|history| {
            self.assertions
                .with_untracked(|assertions| kept::text(&draft, saved.as_deref(), history.steps(), assertions))
        })
    }
}

/// A project of the database with what it holds.
async fn stored(database: &Database, id: &str) -> Option<(Project, Kept)> {
    let transaction = database.read().ok()?;
    let known = transaction.get(Shelf::Index, id).await.ok()??;
    let text = transaction.get(Shelf::Projects, id).await.ok()??;
    Some((Project::read(&known)?, Kept::read(&text)?))
}
