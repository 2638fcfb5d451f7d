//! What was done and can be undone.

use policy::{Document, Edit, EditError};

/// The steps that lead back and forth from the draft.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct History {
    /// What undoes, the latest last.
    past: Vec<Step>,
    /// What was undone, the latest last.
    future: Vec<Step>,
    /// How often the edits began anew.
    era: u64,
}

/// One step of a person: everything in it happens or nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// What it was for the person: `delete rule web-http`.
    pub(crate) title: String,
    /// How the document changes.
    pub(crate) change: Change,
}

/// How a document changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// By edits, one after the other.
    Edits(Vec<Edit>),
    /// By another document in its place: an import, or what somebody else saved.
    Whole(Box<Document>),
}

/// The longest way back, in steps.
const LONGEST: usize = 200;

impl Change {
    /// Changes the document and returns the change that undoes it. A refused change changes nothing.
    pub(crate) fn apply(self, document: &mut Document) -> Result<Change, EditError> {
        match self {
            Change::Whole(other) => Ok(Change::Whole(Box::new(std::mem::replace(document, *other)))),
            Change::Edits(edits) => Edit::apply_all(edits, document).map(Change::Edits),
        }
    }

    fn is_whole(&self) -> bool {
        matches!(self, Change::Whole(_))
    }
}

impl History {
    /// A history with these steps, the latest of each last.
    pub(crate) fn new(past: Vec<Step>, future: Vec<Step>) -> History {
        History { past, future, era: 0 }
    }

    /// What undoes and what was undone, the latest of each last.
    pub(crate) fn steps(&self) -> (&[Step], &[Step]) {
        (&self.past, &self.future)
    }

    /// Carries a step out and remembers how to undo it. What had been undone is forgotten.
    pub(crate) fn perform(&mut self, step: Step, document: &mut Document) -> Result<(), EditError> {
        let change = step.change.apply(document)?;
        self.era += u64::from(change.is_whole());
        self.past.push(Step { title: step.title, change });
        if self.past.len() > LONGEST {
            self.past.remove(0);
            self.era += 1;
        }
        self.future.clear();
        Ok(())
    }

    /// Takes the latest step back and returns its title. A step that no longer fits the document is forgotten.
    pub(crate) fn undo(&mut self, document: &mut Document) -> Option<String> {
        replay(&mut self.past, &mut self.future, &mut self.era, document)
    }

    /// Carries out again what was undone last and returns its title.
    pub(crate) fn redo(&mut self, document: &mut Document) -> Option<String> {
        replay(&mut self.future, &mut self.past, &mut self.era, document)
    }

    /// Forgets every step: the document is another one.
    pub(crate) fn begin_anew(&mut self) {
        *self = History { era: self.era + 1, ..History::default() };
    }

    /// A number that changes whenever [`History::origin`] may become another document; it may be none meanwhile.
    pub(crate) fn era(&self) -> u64 {
        self.era
    }

    /// The document before the latest edits, back to where another document was put in its place; `None` where nothing was edited.
    pub(crate) fn origin(&self, document: &Document) -> Option<Document> {
        let edits = self.past.iter().rev().map_while(|step| match &step.change {
            Change::Edits(edits) => Some(edits),
            Change::Whole(_) => None,
        });
        let mut origin = None;
        for edits in edits {
            let origin = origin.get_or_insert_with(|| document.clone());
            // A step that no longer fits is as far back as anybody can go.
            if Edit::apply_all(edits.clone(), origin).is_err() {
                break;
            }
        }
        origin
    }

    /// The title of the step that [`History::undo`] would take back.
    pub(crate) fn undoes(&self) -> Option<&str> {
        self.past.last().map(|step| step.title.as_str())
    }

    /// The title of the step that [`History::redo`] would carry out again.
    pub(crate) fn redoes(&self) -> Option<&str> {
        self.future.last().map(|step| step.title.as_str())
    }
}

fn replay(from: &mut Vec<Step>, to: &mut Vec<Step>, era: &mut u64, document: &mut Document) -> Option<String> {
    let Step { title, change } = from.pop()?;
    let applied = change.apply(document);
    // What is forgotten may have been where the edits began.
    *era += u64::from(applied.as_ref().map_or(true, Change::is_whole));
    to.push(Step { title: title.clone(), change: applied.ok()? });
    Some(title)
}
