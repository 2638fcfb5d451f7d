//! What the core would say of the draft after an edit.

use leptos::prelude::*;
use policy::{Diagnostic, Document, Edit};

use super::Workspace;

impl Workspace {
    /// Tries edits on a copy of the draft.
    ///
    /// `place` is where in the changed draft the thing stands that a form is about: paths within it become paths within the
    /// form. What is said of other places goes to `field`.
    ///
    /// # Errors
    /// The refusal of an edit, or every error that the draft did not have before.
    pub(crate) fn trial(
        self,
        draft: &Document,
        edits: Vec<Edit>,
        place: &str,
        field: &str,
    ) -> Result<(), Vec<Diagnostic>> {
        let found = self.checked.with_untracked(|checked| draft.errors_after(edits, &checked.diagnostics));
        let found = found.map_err(|error| vec![Diagnostic::error(field, error)])?;
        let faults: Vec<Diagnostic> = found.into_iter().map(|found| within(found, place, field)).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

fn within(found: Diagnostic, place: &str, field: &str) -> Diagnostic {
    match found.path.strip_prefix(place).map(|rest| rest.trim_start_matches('.').to_owned()) {
        Some(path) if !path.is_empty() => Diagnostic { path, ..found },
        Some(_) | None => Diagnostic { path: field.to_owned(), ..found },
    }
}
