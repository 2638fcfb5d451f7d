//! SARIF 2.1.0, the OASIS format in which code scanning takes findings.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

/// A finding at a place.
pub(crate) struct Notice {
    /// The stable name of its kind, with what the kind means.
    pub(crate) kind: (&'static str, &'static str),
    pub(crate) level: Level,
    pub(crate) message: String,
    pub(crate) place: Place,
}

/// How much it matters.
#[derive(Clone, Copy)]
pub(crate) enum Level {
    Error,
    Warning,
    Note,
}

/// Where it is.
pub(crate) struct Place {
    /// As the command line named it, which code scanning takes as relative to the repository.
    file: String,
    line: Option<usize>,
}

impl Place {
    /// A line of a file, counted from 1.
    pub(crate) fn line(file: &Path, line: usize) -> Place {
        Place { file: file.display().to_string(), line: Some(line) }
    }

    /// The line of a document's text where a rule of this id begins.
    pub(crate) fn rule(file: &Path, text: &str, rule: &str) -> Place {
        let names_it = |line: &str| {
            let words = line.split(|letter: char| letter.is_whitespace() || "{},\"'[]".contains(letter));
            words.map(|word| word.trim_end_matches(':')).any(|word| word == rule)
        };
        Place { file: file.display().to_string(), line: text.lines().position(names_it).map(|at| at + 1) }
    }
}

/// The whole log.
pub(super) fn log(notices: &[Notice]) -> Value {
    let kinds: BTreeMap<&str, &str> = notices.iter().map(|notice| notice.kind).collect();
    let kind = |(id, meaning): (&str, &str)| json!({"id": id, "shortDescription": {"text": meaning}});
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Portcullis",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": kinds.into_iter().map(kind).collect::<Vec<_>>(),
            }},
            "results": notices.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(notice: &Notice) -> Value {
    let level = match notice.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let mut location = json!({"artifactLocation": {"uri": notice.place.file}});
    if let Some(line) = notice.place.line {
        location["region"] = json!({"startLine": line});
    }
    json!({
        "ruleId": notice.kind.0,
        "level": level,
        "message": {"text": notice.message},
        "locations": [{"physicalLocation": location}],
    })
}
