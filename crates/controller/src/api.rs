//! The JSON shapes of the API.

use std::collections::BTreeMap;

use policy::Diagnostic;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A revision of the document: `GET /api/v1/document`, `GET /api/v1/history/N`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Which one, from 1.
    pub revision: u64,
    /// When it was saved, in RFC 3339, UTC.
    pub saved_at: String,
    /// Who saved it; may be empty.
    pub author: String,
    /// Why; may be empty.
    pub note: String,
    /// The document in the form that `policy` reads and writes.
    pub document: Value,
    /// What people should know of it.
    pub warnings: Vec<Fault>,
}

/// A line of `GET /api/v1/history`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// Which revision.
    pub revision: u64,
    /// When it was saved, in RFC 3339, UTC.
    pub saved_at: String,
    /// Who saved it; may be empty.
    pub author: String,
    /// Why; may be empty.
    pub note: String,
}

/// The answer to a `PUT /api/v1/document` that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The new revision.
    pub revision: u64,
    /// What people should know of it.
    pub warnings: Vec<Fault>,
}

/// One diagnostic of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// `error` or `warning`.
    pub severity: String,
    /// Where in the document: `groups[0].rules[2].ports`. Empty for the whole.
    pub path: String,
    /// What is wrong and how to mend it.
    pub message: String,
    /// The value that would mend it, where there is just one.
    pub fix: Option<String>,
}

/// An enforcer in `GET /api/v1/enforcers` and in the event `report`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enforcer {
    /// What it calls itself.
    pub name: String,
    /// When it last reported, in RFC 3339, UTC, by the server's clock.
    pub seen_at: String,
    /// What it said; in the list its packets are the last ones of all its reports.
    pub report: Report,
}

/// What an enforcer says of itself: `POST /api/v1/enforcers/NAME/report`. Counters count from its start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The revision that it enforces; `None` before the first.
    pub applied_revision: Option<u64>,
    /// Why it refused the newest document, where it did.
    pub refused: Option<String>,
    /// Its vnics.
    pub vnics: Vec<VnicCounters>,
    /// How often each verdict was given, by the verdict's text.
    pub reasons: BTreeMap<String, u64>,
    /// How often each rule decided, by its id.
    pub rules: BTreeMap<String, u64>,
    /// The bytes of those packets, by the rule's id. An older enforcer does not tell.
    #[serde(default)]
    pub rule_bytes: BTreeMap<String, u64>,
    /// Flows in its table.
    pub flows: u64,
    /// Packets that it dropped since its last report, oldest first.
    pub drops: Vec<SeenPacket>,
    /// Drops since its last report that are not listed.
    pub drops_suppressed: u64,
    /// Packets that opened a flow since its last report, oldest first; not all of them. An older enforcer does not tell.
    #[serde(default)]
    pub opened: Vec<SeenPacket>,
    /// Verdicts that it found once more; absent where it does not look.
    #[serde(default)]
    pub audit: Option<Audit>,
    /// What a pending document would change; absent without one.
    #[serde(default)]
    pub staged: Option<Staged>,
}

/// Verdicts that were found once more by other code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// All of them.
    pub checked: u64,
    /// Those that were others, of which there should be none.
    pub differing: u64,
}

/// Packets that a pending document would judge otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staged {
    /// Its revision.
    pub revision: u64,
    /// Packets that passed and would not.
    pub would_drop: u64,
    /// Packets that were dropped and would pass.
    pub would_accept: u64,
}

/// The counters of one vnic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VnicCounters {
    /// Its id.
    pub vnic: String,
    /// Its guest-side link.
    pub interface: String,
    /// What its frames come and go by: `ring` or `pnet`.
    #[serde(default)]
    pub backend: String,
    /// The revision that its packets are judged by.
    #[serde(default)]
    pub applied_revision: Option<u64>,
    /// Towards the instance.
    pub ingress: Counters,
    /// From the instance.
    pub egress: Counters,
}

/// Packets of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// Packets that passed.
    pub accepted: u64,
    /// Packets that did not.
    pub dropped: u64,
    /// Bytes of both.
    pub bytes: u64,
}

/// One packet and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenPacket {
    /// When, in RFC 3339, UTC.
    pub at: String,
    /// At which vnic.
    pub vnic: String,
    /// `ingress` or `egress`.
    pub direction: String,
    /// The text form of the packet.
    pub packet: String,
    /// `accept` or `drop`.
    pub verdict: String,
    /// The reason in the verdict.
    pub reason: String,
    /// The rule, where one decided.
    pub rule: Option<String>,
}

impl From<&Diagnostic> for Fault {
    fn from(diagnostic: &Diagnostic) -> Fault {
        Fault {
            severity: diagnostic.severity.to_string(),
            path: diagnostic.path.clone(),
            message: diagnostic.message.clone(),
            fix: diagnostic.fix.clone(),
        }
    }
}
