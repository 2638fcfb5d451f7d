//! Answers about the draft, from workers: the page never waits for them.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use policy::Document;
use serde_json::Value;

use super::history::History;
use super::server::Saved;
use super::written::Written;
use super::{Checked, Workspace};
use crate::browser::worker::{Background, Question, Reply};
use crate::text::{say, say_with};

/// The worker with the analysis, see `beside/analysis`, the one with the engine, and what they are asked about. Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Analysis {
    background: Background,
    /// The worker with the engine, see `beside/simulation`.
    simulation: Background,
    /// How often the draft came to rest.
    rests: RwSignal<u32>,
    /// The documents as they were when the draft came to rest; `None` while the draft has errors. Nobody asks, nothing is written.
    pair: Memo<Option<Pair>>,
}

/// The draft and what it is compared with, as the worker reads them.
#[derive(Clone, Debug, PartialEq)]
struct Pair {
    draft: Arc<str>,
    /// `None` where the draft is what it started from.
    before: Option<Arc<str>>,
}

/// How long the draft must stay as it is before it is looked at.
const PAUSE: Duration = Duration::from_millis(120);

impl Analysis {
    /// A worker that is not loaded yet.
    pub(super) fn open(
        draft: RwSignal<Document>,
        history: RwSignal<History>,
        written: Written,
        checked: Memo<Checked>,
    ) -> Analysis {
        let rests = RwSignal::new(0);
        let pair = Memo::new(move |_| {
            rests.track();
            let is_sound = checked.with_untracked(Checked::is_sound);
            is_sound.then(|| Pair { draft: written.draft(), before: written.before(draft, history) })
        });
        let (background, simulation) = (Background::open("analysis"), Background::open("simulation"));
        Analysis { background, simulation, rests, pair }
    }
}

impl Workspace {
    /// Looks at the draft whenever it has come to rest.
    pub(super) fn analyse_from_now_on(self) {
        let pending = StoredValue::new(None::<TimeoutHandle>);
        Effect::new(move |before: Option<()>| {
            self.draft.track();
            self.saved.track();
            if before.is_none() {
                return;
            }
            if let Some(handle) = pending.get_value() {
                handle.clear();
            }
            let rest = move || {
                // The page may be gone by then.
                let _ = self.analysis.rests.try_update(|rests| *rests += 1);
            };
            pending.set_value(set_timeout_with_handle(rest, PAUSE).ok());
        });
    }

    /// Asks the worker about the draft alone: whenever the question changes, and whenever the draft comes to rest. While the
    /// draft has errors nothing is asked.
    pub(crate) fn ask_about_draft(self, ask: Signal<Option<Value>>) -> Signal<Reply> {
        self.ask(ask, |pair| Some(vec![pair.draft]))
    }

    /// Asks the worker about the draft beside what it started from; nothing is asked while they are the same.
    pub(crate) fn ask_about_changes(self, ask: Signal<Option<Value>>) -> Signal<Reply> {
        self.ask(ask, |pair| Some(vec![pair.draft, pair.before?]))
    }

    /// Asks the worker about the draft and, where that is something else, what it started from.
    pub(crate) fn ask_about_both(self, ask: Signal<Option<Value>>) -> Signal<Reply> {
        self.ask(ask, |pair| Some([pair.draft].into_iter().chain(pair.before).collect()))
    }

    /// Asks the worker about documents of any kind, such as two revisions.
    pub(crate) fn ask_about(self, question: Signal<Option<Question>>) -> Signal<Reply> {
        self.analysis.background.follow(question)
    }

    /// Asks the simulation about the draft, or about the document that `other` has in its place. While the draft has errors
    /// nothing is asked about it.
    pub(crate) fn simulate(self, ask: Signal<Option<Value>>, other: Signal<Option<Arc<str>>>) -> Signal<Reply> {
        let draft = self.written_draft();
        let question = move || {
            let ask = ask.get()?;
            let document = other.get().or_else(|| draft.get())?;
            Some(Question { ask, documents: vec![document] })
        };
        self.analysis.simulation.follow(Signal::derive(question))
    }

    /// The draft as workers read it, as it was when it came to rest; `None` while it has errors.
    pub(crate) fn written_draft(self) -> Signal<Option<Arc<str>>> {
        let pair = self.analysis.pair;
        Memo::new(move |_| Some(pair.get()?.draft)).into()
    }

    /// Asks the simulation again after it failed.
    pub(crate) fn simulate_again(self) {
        self.analysis.simulation.ask_again();
    }

    fn ask(self, ask: Signal<Option<Value>>, documents: fn(Pair) -> Option<Vec<Arc<str>>>) -> Signal<Reply> {
        let pair = self.analysis.pair;
        let question = move || {
            let ask = ask.get()?;
            Some(Question { ask, documents: documents(pair.get()?)? })
        };
        self.analysis.background.follow(Signal::derive(question))
    }

    /// Ends what the analysis is at.
    pub(crate) fn stop_analysis(self) {
        self.analysis.background.stop();
    }

    /// Asks again what was ended, or what failed.
    pub(crate) fn analyse_again(self) {
        self.analysis.background.ask_again();
    }

    /// How people call what the draft is compared with.
    pub(crate) fn called_before(self) -> String {
        let revision = self.saved.with(|saved| saved.as_ref().map(|saved| saved.revision));
        revision.map_or_else(
            || say("the document before your edits").to_owned(),
            |revision| say_with("revision {revision}", &[("revision", &revision)]),
        )
    }
}

/// What the draft is compared with: what the server has, else the document that the edits of this browser began with.
pub(super) fn origin(draft: &Document, history: RwSignal<History>, saved: RwSignal<Option<Saved>>) -> Option<Document> {
    let saved = saved.with_untracked(|saved| saved.as_ref().map(|saved| saved.document.clone()));
    saved.or_else(|| history.with_untracked(|history| history.origin(draft)))
}
