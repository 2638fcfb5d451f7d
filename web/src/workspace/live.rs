//! What enforcers report: the shapes of the API, kept for the page that shows them.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::trends::Trends;

/// The most packets that are kept.
const PACKETS: usize = 300;

/// What all enforcers report.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Live {
    /// By name.
    pub(crate) enforcers: BTreeMap<String, Enforcer>,
    /// Packets that were dropped or opened a flow, the latest first.
    pub(crate) packets: VecDeque<PacketLine>,
    /// How much rules decided lately.
    pub(crate) trends: Trends,
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
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Report {
    pub(crate) applied_revision: Option<u64>,
    /// Why the newest document was refused.
    pub(crate) refused: Option<String>,
    pub(crate) vnics: Vec<VnicCounts>,
    /// How often each verdict was given, by its text.
    pub(crate) reasons: BTreeMap<String, u64>,
    /// How often each rule allowed something, by its id.
    pub(crate) rules: BTreeMap<String, u64>,
    /// The bytes of those packets.
    pub(crate) rule_bytes: BTreeMap<String, u64>,
    /// Flows in the table.
    pub(crate) flows: u64,
    /// Packets that were dropped or opened a flow, oldest first.
    pub(crate) packets: Vec<PacketLine>,
    /// Drops beyond those that are listed.
    pub(crate) drops_suppressed: u64,
    /// What the enforcer's audit of itself found; `None` without one.
    pub(crate) audit: Option<Audit>,
    /// What a pending document would change; `None` without one.
    pub(crate) staged: Option<Staged>,
}

/// Verdicts that were found once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Audit {
    pub(crate) checked: u64,
    /// Those that were others, of which there should be none.
    pub(crate) differing: u64,
}

/// Packets that a pending document would judge otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Staged {
    pub(crate) revision: u64,
    /// Those that passed and would not.
    pub(crate) would_drop: u64,
    /// Those that were dropped and would pass.
    pub(crate) would_accept: u64,
}

/// The counters of one vnic.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct VnicCounts {
    pub(crate) vnic: String,
    pub(crate) interface: String,
    /// What its frames come and go by; empty where the enforcer does not tell.
    pub(crate) backend: String,
    pub(crate) ingress: Counts,
    pub(crate) egress: Counts,
}

/// Packets of one direction, and the bytes of all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) dropped: u64,
    pub(crate) bytes: u64,
}

/// One packet and what became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PacketLine {
    /// RFC 3339 text.
    pub(crate) at: String,
    pub(crate) vnic: String,
    pub(crate) direction: String,
    /// In the text form of packets.
    pub(crate) packet: String,
    /// `accept` or `drop`.
    pub(crate) verdict: String,
    pub(crate) reason: String,
    pub(crate) rule: Option<String>,
}

impl Live {
    /// Takes a report in, at a time in milliseconds.
    pub(crate) fn hear(&mut self, name: &str, seen_at: &str, report: Report, now: f64) {
        if let Some(Enforcer { report: before, .. }) = self.enforcers.get(name) {
            self.trends.note(&before.rules, &report.rules, now);
        }
        // A report lists the oldest first, and one that is read again at connecting what an event brought already.
        for packet in &report.packets {
            if !self.packets.contains(packet) {
                self.packets.push_front(packet.clone());
            }
        }
        self.packets.truncate(PACKETS);
        self.enforcers.insert(name.to_owned(), Enforcer { seen_at: seen_at.to_owned(), report });
    }
}

impl Report {
    /// Name, time and report out of an event or a list entry.
    pub(crate) fn read_event(value: &Value) -> Option<(String, String, Report)> {
        let report = value.get("report")?;
        Some((text(value, "name"), text(value, "seen_at"), Report::read(report)))
    }

    fn read(value: &Value) -> Report {
        Report {
            applied_revision: value.get("applied_revision").and_then(Value::as_u64),
            refused: value.get("refused").and_then(Value::as_str).map(str::to_owned),
            vnics: list(value, "vnics").map(VnicCounts::read).collect(),
            reasons: counts(value, "reasons"),
            rules: counts(value, "rules"),
            rule_bytes: counts(value, "rule_bytes"),
            flows: number(value, "flows"),
            packets: PacketLine::read_all(value),
            drops_suppressed: number(value, "drops_suppressed"),
            audit: part(value, "audit")
                .map(|audit| Audit { checked: number(audit, "checked"), differing: number(audit, "differing") }),
            staged: part(value, "staged").map(|staged| Staged {
                revision: number(staged, "revision"),
                would_drop: number(staged, "would_drop"),
                would_accept: number(staged, "would_accept"),
            }),
        }
    }
}

impl VnicCounts {
    fn read(value: &Value) -> VnicCounts {
        let way = |name: &str| value.get(name).map(Counts::read).unwrap_or_default();
        VnicCounts {
            vnic: text(value, "vnic"),
            interface: text(value, "interface"),
            backend: text(value, "backend"),
            ingress: way("ingress"),
            egress: way("egress"),
        }
    }
}

impl Counts {
    fn read(value: &Value) -> Counts {
        Counts { accepted: number(value, "accepted"), dropped: number(value, "dropped"), bytes: number(value, "bytes") }
    }
}

impl PacketLine {
    fn read_all(report: &Value) -> Vec<PacketLine> {
        let mut all: Vec<PacketLine> = list(report, "drops").map(PacketLine::read).collect();
        for opened in list(report, "opened").map(PacketLine::read) {
            // Times are written alike, so the order of their texts is theirs.
            let place = all.partition_point(|line| line.at <= opened.at);
            all.insert(place, opened);
        }
        all
    }

    fn read(value: &Value) -> PacketLine {
        PacketLine {
            at: text(value, "at"),
            vnic: text(value, "vnic"),
            direction: text(value, "direction"),
            packet: text(value, "packet"),
            verdict: text(value, "verdict"),
            reason: text(value, "reason"),
            rule: value.get("rule").and_then(Value::as_str).map(str::to_owned),
        }
    }
}

/// What is there and not `null`.
fn part<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.get(name).filter(|part| !part.is_null())
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn counts(value: &Value, name: &str) -> BTreeMap<String, u64> {
    let pairs = value.get(name).and_then(Value::as_object).into_iter().flatten();
    pairs.filter_map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect()
}
