//! What the core would say of a document after an edit.

use policy::{Diagnostic, Document, Edit, Severity};

/// Tries edits on a copy of the document.
///
/// `place` is where in the changed document the thing stands that a form is about: paths within it become paths within the
/// form. What is said of other places goes to `field`.
///
/// # Errors
/// The refusal of an edit, or every error that the document did not have before.
pub(crate) fn trial(document: &Document, edits: Vec<Edit>, place: &str, field: &str) -> Result<(), Vec<Diagnostic>> {
    let mut after = document.clone();
    Edit::apply_all(edits, &mut after).map_err(|error| vec![Diagnostic::error(field, error)])?;
    let before = document.validate();
    let new = |found: &Diagnostic| found.severity == Severity::Error && !before.contains(found);
    let faults: Vec<Diagnostic> =
        after.validate().into_iter().filter(new).map(|found| within(found, place, field)).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn within(found: Diagnostic, place: &str, field: &str) -> Diagnostic {
    match found.path.strip_prefix(place).map(|rest| rest.trim_start_matches('.').to_owned()) {
        Some(path) if !path.is_empty() => Diagnostic { path, ..found },
        Some(_) | None => Diagnostic { path: field.to_owned(), ..found },
    }
}
