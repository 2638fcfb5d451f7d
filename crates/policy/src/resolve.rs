//! From a document to a policy.
//!
//! [`resolve`] compiles the whole document ([`whole`]). [`resolve_after`] compares it with a policy that is there and
//! compiles what is different ([`follow`]); so it does not matter how the document came about. [`crate::Resolved`] knows the edit
//! and looks at what that names only.
//!
//! Contract: all of them give policies that guard, decide and explain alike; they differ in what they share, and in the
//! indices of rules.

mod follow;
mod group;
#[cfg(test)]
mod tests;
mod vnic;
mod whole;

use crate::diagnostic::{Faults, Severity};
use crate::model::Document;
use crate::policy::{Policy, Revision};

pub(crate) use follow::{Scope, follow};

/// Makes the policy of a document. Warnings do not stop it.
///
/// # Errors
/// Every fault at once, warnings among them, when the document cannot be used. There is no partial policy.
pub fn resolve(document: &Document, revision: Revision) -> Result<Policy, Faults> {
    refuse_faults(document)?;
    Ok(whole::compile(document, revision))
}

/// Makes the policy of a document that has most in common with that of another policy. Where they differ is found by
/// comparison; the rest is shared.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_after(previous: &Policy, document: &Document, revision: Revision) -> Result<Policy, Faults> {
    refuse_faults(document)?;
    Ok(follow(previous, document, &Scope::All, revision))
}

fn refuse_faults(document: &Document) -> Result<(), Faults> {
    let diagnostics = document.validate();
    match diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        true => Err(Faults(diagnostics)),
        false => Ok(()),
    }
}
