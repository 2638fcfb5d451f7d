//! What would be wrong after edits, for whoever asks at every key.

use super::{Edit, EditError};
use crate::model::{Document, RuleId};
use crate::resolve::Scope;
use crate::{Diagnostic, Severity};

impl Document {
    /// Every error that edits would bring, with its path in the document after them, which [`Document::validate`] would find
    /// there and does not find here; `before` is all that it finds here.
    ///
    /// # Errors
    /// An edit does not fit.
    pub fn errors_after(&self, edits: Vec<Edit>, before: &[Diagnostic]) -> Result<Vec<Diagnostic>, EditError> {
        let is_error = |found: &Diagnostic| found.severity == Severity::Error;
        let mut after = self.clone();
        let scopes: Vec<Scope> = edits
            .into_iter()
            .map(|edit| edit.apply(&mut after).map(|inverse| inverse.scope(&after)))
            .collect::<Result<_, _>>()?;
        // Where all was right, only what one edit touched can be wrong.
        let is_sound = !before.iter().any(is_error);
        if let ([scope], true) = (scopes.as_slice(), is_sound)
            && !after.has_error_within(scope)
        {
            return Ok(Vec::new());
        }
        let mut found = after.validate();
        found.retain(|found| is_error(found) && !before.contains(found));
        Ok(found)
    }
}

impl Edit {
    /// Where the edit that this one undoes changed the document.
    pub(crate) fn scope(&self, document: &Document) -> Scope {
        let of_rule =
            |rule: &RuleId| document.rule(rule).map_or(Scope::All, |(group, _)| Scope::Group(group.id.clone()));
        match self {
            Edit::AddRule { group, .. } | Edit::SetSources { group, .. } => Scope::Group(group.clone()),
            Edit::RemoveRule { rule } | Edit::EnableRule { rule } | Edit::DisableRule { rule } => of_rule(rule),
            Edit::ReplaceRule { rule } => of_rule(&rule.id),
            Edit::Attach { vnic, .. } | Edit::Detach { vnic, .. } => Scope::Vnic(vnic.clone()),
            Edit::ReplaceAddressGroup { address_group } => Scope::AddressGroup(address_group.id.clone()),
            Edit::AddInstance { instance, .. } | Edit::ReplaceInstance { instance } => {
                Scope::Instance(instance.id.clone())
            }
            Edit::RemoveInstance { instance } | Edit::StartInstance { instance } | Edit::StopInstance { instance } => {
                Scope::Instance(instance.clone())
            }
            Edit::CreateGroup { .. }
            | Edit::AddGroup { .. }
            | Edit::RemoveGroup { .. }
            | Edit::DescribeGroup { .. }
            | Edit::SetTracking { .. }
            | Edit::SetPrimaryGroup { .. }
            | Edit::AddAddressGroup { .. }
            | Edit::RemoveAddressGroup { .. }
            | Edit::AddNetwork { .. }
            | Edit::RemoveNetwork { .. }
            | Edit::ReplaceNetwork { .. }
            | Edit::SetProfile { .. } => Scope::All,
        }
    }
}
