//! Loading from the server and saving to it, without losing anything on either side.

use std::fmt::Display;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::history::History;
use super::projects::Home;
use super::server::{self, Outcome};
use super::{Link, Saved, Saving, Tone, Workspace};
use crate::text::{say, say_with};

impl Workspace {
    /// Looks for a server and, where there is one, follows it.
    pub(crate) fn look_for_server(self) {
        spawn_local(async move {
            if self.project.with_untracked(|project| project.home == Home::Browser) {
                return self.link.set(Link::Alone);
            }
            let was_there = self.saved.with_untracked(Option::is_some);
            match server::health().await {
                Some(_) => {}
                // What came from a server goes back to it when it answers again.
                None if was_there => {
                    let away = say("the server does not answer: changes are kept in this browser until it does");
                    self.link.set(Link::Down(away.to_owned()));
                    return self.follow_events();
                }
                None => return self.link.set(Link::Alone),
            }
            match server::load().await {
                Ok(theirs) => {
                    self.link.set(Link::Up);
                    self.meet(theirs);
                }
                Err(error) => self.link.set(Link::Down(error)),
            }
            self.follow_events();
        });
    }

    /// Asks the server again after it was away.
    pub(crate) fn look_again(self) {
        spawn_local(async move {
            match server::load().await {
                Ok(theirs) => {
                    self.link.set(Link::Up);
                    self.meet(theirs);
                }
                Err(error) => self.link.set(Link::Down(error)),
            }
        });
    }

    /// Brings the draft and what the server has together when nobody edited on one of the sides.
    fn meet(self, theirs: Saved) {
        let ours = self.saved.get_untracked();
        match ours {
            Some(ours) if self.changed.get_untracked() && ours.revision != theirs.revision => {
                self.newer.set(Some(theirs.revision));
            }
            Some(_) if self.changed.get_untracked() => self.saved.set(Some(theirs)),
            Some(_) => self.take(theirs),
            // Nothing but the sample was ever shown here, and nobody misses that.
            None if untrack(|| self.undoes()).is_none() => {
                self.history.update(History::begin_anew);
                self.draft.set(theirs.document.clone());
                self.saved.set(Some(theirs));
            }
            None => {
                self.take(theirs);
                self.notices
                    .show(Tone::Undoable, say("Loaded from the server; the draft of this browser is one undo away"));
            }
        }
    }

    /// Makes a revision of the server the draft; undo brings the draft back.
    fn take(self, theirs: Saved) {
        if self.peek(|draft| *draft != theirs.document) {
            self.replace(
                say_with("load revision {revision}", &[("revision", &theirs.revision)]),
                theirs.document.clone(),
            );
        }
        self.newer.set(None);
        self.merging.set(None);
        self.saved.set(Some(theirs));
    }

    /// Loads what the server has in the place of the draft.
    pub(crate) fn take_theirs(self) {
        spawn_local(async move {
            match server::load().await {
                Ok(theirs) => {
                    let revision = theirs.revision;
                    self.take(theirs);
                    self.saving.set(Saving::Idle);
                    self.notices.show(
                        Tone::Undoable,
                        say_with("Loaded revision {revision}; your draft is one undo away", &[("revision", &revision)]),
                    );
                }
                Err(error) => self.notices.show(Tone::Failed, error),
            }
        });
    }

    /// Saves the draft in the place of the revision that it started from.
    pub(crate) fn save(self, note: String) {
        let Some(over) = self.saved.with_untracked(|saved| saved.as_ref().map(|saved| saved.revision)) else { return };
        self.save_over(over, note);
    }

    /// Saves the draft in the place of a revision that somebody else saved, knowing so.
    pub(crate) fn save_over(self, over: u64, note: String) {
        if self.saving.get_untracked() == Saving::Busy {
            return;
        }
        self.saving.set(Saving::Busy);
        let document = self.peek(Clone::clone);
        spawn_local(async move {
            match server::save(&document, over, &note).await {
                Ok(Outcome::Saved(revision)) => {
                    let (saved_at, author) = (String::new(), "console".to_owned());
                    self.saved.set(Some(Saved { revision, saved_at, author, note, document }));
                    self.newer.set(None);
                    self.merging.set(None);
                    self.link.set(Link::Up);
                    self.saving.set(Saving::Idle);
                    self.notices.show(Tone::Done, say_with("Saved as revision {revision}", &[("revision", &revision)]));
                    // What others saved while the request was on its way was not listened to.
                    if let Some(revision) = server::health().await {
                        self.hear_of(revision);
                    }
                }
                Ok(Outcome::Conflict(theirs)) => {
                    self.newer.set(Some(theirs));
                    self.saving.set(Saving::Conflict(theirs));
                }
                Ok(Outcome::Refused(faults)) => self.saving.set(Saving::Refused(faults)),
                Err(error) => self.saving.set(Saving::Failed(error)),
            }
        });
    }

    /// The server says which revision it has.
    pub(crate) fn hear_of(self, revision: u64) {
        self.link.set(Link::Up);
        let known = self.saved.with_untracked(|saved| saved.as_ref().is_some_and(|saved| saved.revision == revision));
        // While a request to save is on its way, the revision may well be the one that it makes.
        if known || self.saving.get_untracked() == Saving::Busy {
            return;
        }
        if self.changed.get_untracked() {
            self.newer.set(Some(revision));
            return;
        }
        spawn_local(async move {
            let Ok(theirs) = server::load().await else { return };
            // Somebody may have started to edit while the answer was on its way.
            if self.changed.get_untracked() {
                self.newer.set(Some(theirs.revision));
                return;
            }
            let told = loaded(&theirs);
            self.take(theirs);
            self.notices.show(Tone::Done, told);
        });
    }
}

fn loaded(theirs: &Saved) -> String {
    let parts: [(&str, &dyn Display); 2] = [("revision", &theirs.revision), ("author", &theirs.author)];
    match theirs.author.is_empty() {
        true => say_with("Loaded revision {revision}", &parts),
        false => say_with("Loaded revision {revision} by {author}", &parts),
    }
}
