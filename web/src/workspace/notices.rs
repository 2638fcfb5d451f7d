//! Short messages that go away by themselves.

use std::time::Duration;

use leptos::prelude::*;

/// How long a message stays, long enough to reach its button with the keyboard.
const STAY: Duration = Duration::from_secs(9);

/// The messages on the screen.
#[derive(Clone, Copy)]
pub(crate) struct Notices {
    list: RwSignal<Vec<Notice>>,
    count: StoredValue<u32>,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notice {
    /// Tells it from the others.
    pub(crate) id: u32,
    /// What happened.
    pub(crate) text: String,
    /// How it is meant.
    pub(crate) tone: Tone,
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It went well.
    Done,
    /// It went well, and an undo button takes it back.
    Undoable,
    /// It did not.
    Failed,
}

impl Notices {
    /// No messages.
    pub(crate) fn new() -> Notices {
        Notices { list: RwSignal::new(Vec::new()), count: StoredValue::new(0) }
    }

    /// Shows a message. One that offers undo replaces the one before, whose undo would now take back something else.
    pub(crate) fn show(self, tone: Tone, text: impl Into<String>) {
        self.retract_undo();
        self.count.update_value(|count| *count += 1);
        let id = self.count.get_value();
        self.list.update(|list| list.push(Notice { id, text: text.into(), tone }));
        set_timeout(move || self.close(id), STAY);
    }

    /// Takes the undo buttons away.
    pub(crate) fn retract_undo(self) {
        self.list.update(|list| list.retain(|notice| notice.tone != Tone::Undoable));
    }

    /// Takes a message away.
    pub(crate) fn close(self, id: u32) {
        // The page may be gone by the time that a message ends.
        let _ = self.list.try_update(|list| list.retain(|notice| notice.id != id));
    }

    /// The messages to show.
    pub(crate) fn list(self) -> Vec<Notice> {
        self.list.get()
    }
}
