//! What the core says of the draft.

use std::collections::HashMap;
use std::sync::Arc;

use policy::{Diagnostic, Document, Severity};

/// Every diagnostic of the draft, with the place that it belongs to. The policy itself is made by workers, who are asked what it means.
#[derive(Clone)]
pub(crate) struct Checked {
    /// Everything that the core says of the draft.
    pub(crate) diagnostics: Arc<Vec<Diagnostic>>,
    by_place: Arc<HashMap<String, Vec<usize>>>,
}

impl Checked {
    /// Asks the core.
    pub(crate) fn of(document: &Document) -> Checked {
        let diagnostics = document.validate();
        let mut by_place: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, diagnostic) in diagnostics.iter().enumerate() {
            for place in places(&diagnostic.path) {
                by_place.entry(place.to_owned()).or_default().push(index);
            }
        }
        Checked { diagnostics: Arc::new(diagnostics), by_place: Arc::new(by_place) }
    }

    /// What is said of a place and of the fields in it: `groups[0].rules[2]`.
    pub(crate) fn at(&self, place: &str) -> Vec<Diagnostic> {
        let indices = self.by_place.get(place).map_or(&[][..], Vec::as_slice);
        indices.iter().map(|index| self.diagnostics[*index].clone()).collect()
    }

    /// Whether the draft makes a policy.
    pub(crate) fn is_sound(&self) -> bool {
        self.errors().next().is_none()
    }

    /// The errors alone.
    pub(crate) fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// The list items that a path runs through: `groups[0].rules[2].ports` is in `groups[0]` and in `groups[0].rules[2]`.
fn places(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices(']').map(|(end, _)| &path[..=end])
}

// Every edit makes another one, so equality is a matter of which it is.
impl PartialEq for Checked {
    fn eq(&self, other: &Checked) -> bool {
        Arc::ptr_eq(&self.diagnostics, &other.diagnostics)
    }
}
