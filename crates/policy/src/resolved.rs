//! A document and its policy, changed together.

use std::fmt;
use std::sync::Arc;

use crate::diagnostic::Faults;
use crate::edit::{Edit, EditError};
use crate::model::Document;
use crate::policy::{Policy, Revision};
use crate::resolve::{follow, resolve};

/// A document that resolved, with its policy. An edit changes both or none.
///
/// The edits that a running cloud makes all the time, of rules, of the groups of a vnic, of address groups, of instances, look only at
/// what they name: at the document as little as at the policy. Others compare all of it, as [`crate::resolve_after`] does.
#[derive(Clone, Debug)]
pub struct Resolved {
    document: Document,
    policy: Arc<Policy>,
}

/// Why an edit changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not fit the document.
    Edit(EditError),
    /// The document would have these faults, of which at least one is an error.
    Faults(Faults),
}

impl Resolved {
    /// Resolves a document.
    ///
    /// # Errors
    /// As [`resolve`].
    pub fn new(document: Document, revision: Revision) -> Result<Resolved, Faults> {
        let policy = Arc::new(resolve(&document, revision)?);
        Ok(Resolved { document, policy })
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Its policy.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Carries an edit out and returns the edit that undoes it; the policy gets the revision.
    ///
    /// # Errors
    /// [`Refusal`]; document and policy are as they were.
    pub fn apply(&mut self, edit: Edit, revision: Revision) -> Result<Edit, Refusal> {
        let inverse = edit.apply(&mut self.document).map_err(Refusal::Edit)?;
        let scope = inverse.scope(&self.document);
        if self.document.has_error_within(&scope) {
            let faults = Faults(self.document.validate());
            inverse.apply(&mut self.document).expect("an inverse fits");
            return Err(Refusal::Faults(faults));
        }
        self.policy = Arc::new(follow(&self.policy, &self.document, &scope, revision));
        Ok(inverse)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Edit(error) => error.fmt(out),
            Refusal::Faults(faults) => faults.fmt(out),
        }
    }
}

impl std::error::Error for Refusal {}
