//! Faults of a document.

use std::fmt;

use serde_json::{Value, json};

/// One fault: where, what, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the document can be used in spite of it.
    pub severity: Severity,
    /// Where in the document: `groups[0].rules[2].ports`. Empty for the whole.
    pub path: String,
    /// What is wrong and how to mend it, for people.
    pub message: String,
    /// The value that would mend it, where there is just one.
    pub fix: Option<String>,
}

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The document means something, perhaps not what was wanted.
    Warning,
    /// The document cannot be used.
    Error,
}

/// All faults of a document that cannot be used; at least one is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Diagnostic>);

impl Diagnostic {
    /// A fault that makes the document unusable.
    pub fn error(path: impl Into<String>, message: impl fmt::Display) -> Diagnostic {
        Diagnostic { severity: Severity::Error, path: path.into(), message: message.to_string(), fix: None }
    }

    /// A fault that people should know of.
    pub fn warning(path: impl Into<String>, message: impl fmt::Display) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(path, message) }
    }

    /// The same with the value that mends it.
    pub fn with_fix(self, fix: impl fmt::Display) -> Diagnostic {
        Diagnostic { fix: Some(fix.to_string()), ..self }
    }

    /// The fault as JSON: `severity`, `path`, `message`, `fix`.
    pub fn to_value(&self) -> Value {
        json!({
            "severity": self.severity.to_string(),
            "path": self.path,
            "message": self.message,
            "fix": self.fix,
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(out, "{}: {}", self.severity, self.message),
            path => write!(out, "{}: {path}: {}", self.severity, self.message),
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(out, "{newline}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
