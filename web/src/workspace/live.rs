//! What enforcers report: the shapes of the API, kept for the page that shows them.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use serde_json::Value;

/// The most drops that are kept.
const DROPS: usize = 300;

/// What all enforcers report.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Live {
    /// By name.
    pub(crate) enforcers: BTreeMap<String, Enforcer>,
    /// The latest first.
    pub(crate) drops: VecDeque<DropLine>,
}

/// An enforcer and its latest report.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Enforcer {
    /// When it was heard of, as RFC 3339 text.
    pub(crate) seen_at: String,
    /// What it said.
    pub(crate) report: Report,
}

/// One report. Counters count from the enforcer's start.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Report {
    pub(crate) applied_revision: Option<u64>,
    /// Why the newest document was refused.
    pub(crate) refused: Option<String>,
    pub(crate) vnics: Vec<VnicCounts>,
    /// How often each verdict was given, by its text.
    pub(crate) reasons: BTreeMap<String, u64>,
    /// How often each rule allowed something, by its id.
    pub(crate) rules: BTreeMap<String, u64>,
    /// Flows in the table.
    pub(crate) flows: u64,
    pub(crate) drops: Vec<DropLine>,
    /// Drops beyond those that are listed.
    pub(crate) drops_suppressed: u64,
}

/// The counters of one vnic.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct VnicCounts {
    pub(crate) vnic: String,
    pub(crate) interface: String,
    pub(crate) ingress: Counts,
    pub(crate) egress: Counts,
}

/// Packets of one direction, and the bytes of all of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) dropped: u64,
    pub(crate) bytes: u64,
}

/// One dropped packet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct DropLine {
    /// RFC 3339 text.
    pub(crate) at: String,
    pub(crate) vnic: String,
    pub(crate) direction: String,
    /// In the text form of packets.
    pub(crate) packet: String,
    pub(crate) reason: String,
    pub(crate) rule: Option<String>,
}

impl Live {
    /// Takes a report in.
    pub(crate) fn hear(&mut self, name: &str, seen_at: &str, report: Report) {
        let mut drops = report.drops.clone();
        drops.sort_by(|one, other| one.at.cmp(&other.at));
        for drop in drops {
            // A report that is read again at connecting holds drops that an event brought already.
            if !self.drops.contains(&drop) {
                self.drops.push_front(drop);
            }
        }
        self.drops.truncate(DROPS);
        self.enforcers.insert(name.to_owned(), Enforcer { seen_at: seen_at.to_owned(), report });
    }
}

impl Report {
    /// Name, time and report out of an event or a list entry.
    pub(crate) fn read_event(value: &Value) -> Option<(String, String, Report)> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let report = Report::deserialize(value.get("report").unwrap_or(value)).ok()?;
        Some((text("name"), text("seen_at"), report))
    }
}
