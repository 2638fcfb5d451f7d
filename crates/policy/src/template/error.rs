//! Why a template gives nothing.

use std::fmt;

use crate::Diagnostic;
use crate::model::RuleError;

/// Why a template gives nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// No template has this name.
    Unknown {
        /// The name.
        name: String,
        /// The name that was probably meant.
        near: Option<&'static str>,
    },
    /// The template has no such parameter.
    Parameter {
        /// The template.
        template: &'static str,
        /// The name.
        name: String,
        /// The parameters that there are.
        known: Vec<&'static str>,
    },
    /// The remote does not fit the rule.
    Rule(RuleError),
    /// The profile, or a rule that is there already, stands against it.
    Refused {
        /// The template.
        template: &'static str,
        /// Every reason, with paths within the document that would be.
        faults: Vec<Diagnostic>,
    },
}

impl fmt::Display for TemplateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TemplateError::Unknown { name, near: None } => {
                write!(out, "there is no template `{name}`: `portcullis template list` names them all")
            }
            TemplateError::Unknown { name, near: Some(near) } => {
                write!(out, "there is no template `{name}`: did you mean `{near}`")
            }
            TemplateError::Parameter { template, name, known } if known.is_empty() => {
                write!(out, "the template `{template}` has no parameter, so none called `{name}`: leave it out")
            }
            TemplateError::Parameter { template, name, known } => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                write!(out, "the template `{template}` has no parameter `{name}`: name one of {}", known.join(", "))
            }
            TemplateError::Rule(error) => error.fmt(out),
            TemplateError::Refused { template, faults } => {
                let mut reasons: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
                reasons.dedup();
                write!(out, "the template `{template}` does not fit this project: {}", reasons.join("; "))
            }
        }
    }
}

impl std::error::Error for TemplateError {}
