//! Texts: documents read as they were written, and scenarios go the same way in engine and oracle.

use e2e::worlds::difference;
use engine::Scenario;
use policy::{Document, Revision, Severity, resolve};

pub(crate) fn check_document(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (document, diagnostics) = Document::check(text);
    assert!(
        diagnostics.iter().all(|diagnostic| !diagnostic.message.is_empty()),
        "a fault without words: {diagnostics:?}"
    );
    let is_faulty = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    assert!(is_faulty || resolve(&document, Revision(1)).is_ok(), "it resolves unless a fault was told");
    if is_faulty {
        return;
    }
    let (again, faults) = Document::read(&document.to_yaml());
    assert_eq!(again, document, "written and read again: {faults:?}");
    let (again, faults) = Document::read_value(&document.to_value());
    assert_eq!(again, document, "as JSON and back: {faults:?}");
}

pub(crate) fn check_scenario(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for scenario in Scenario::read(text).unwrap_or_default() {
        for step in &scenario.steps {
            assert_eq!(step.to_string().parse().as_ref(), Ok(step), "text form of `{step}`");
        }
        if let Some(difference) = difference(&scenario) {
            panic!("engine and oracle differ:\n{difference}");
        }
    }
}
