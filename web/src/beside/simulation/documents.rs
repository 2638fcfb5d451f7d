//! The documents of the latest questions: the next one is mostly about the same.

use policy::{Document, Resolved, Revision};
use serde_json::Value;

/// What was resolved last, the latest first.
#[derive(Default)]
pub(crate) struct Documents(Vec<(String, Resolved)>);

/// How many are kept: the draft, the one before, and one that came with a link.
const KEPT: usize = 3;

impl Documents {
    /// The document of a text, resolved.
    ///
    /// # Errors
    /// The sentence to show where it has errors.
    pub(crate) fn open(&mut self, text: &str) -> Result<Resolved, String> {
        if let Some((_, known)) = self.0.iter().find(|(known, _)| known == text) {
            return Ok(known.clone());
        }
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let (document, _) = Document::read_value(&value);
        let resolved = Resolved::new(document, Revision(1))
            .map_err(|faults| format!("the document has errors, so there is no policy to ask: {faults}"))?;
        self.0.insert(0, (text.to_owned(), resolved.clone()));
        self.0.truncate(KEPT);
        Ok(resolved)
    }
}
