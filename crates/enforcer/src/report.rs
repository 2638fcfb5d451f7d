//! What an enforcer tells: to its controller as JSON, to people as lines.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine::{Ruling, Verdict};
use serde::Serialize;

use crate::drops::Drop;
use crate::tally::{Tally, Traffic};

/// The most drops that wait for the next report.
const WAITING: usize = 100;

/// The body of `POST /api/v1/enforcers/NAME/report`. All counts are since the enforcer's start, but for `drops` and
/// `drops_suppressed`, which are those since the report before.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    applied_revision: u64,
    /// Why the newest document is not in force.
    refused: Option<String>,
    vnics: Vec<VnicReport>,
    /// By `verdict reason`.
    reasons: BTreeMap<String, u64>,
    /// Packets by rule id.
    rules: BTreeMap<String, u64>,
    /// Bytes by rule id.
    rule_bytes: BTreeMap<String, u64>,
    flows: usize,
    drops: Vec<DropReport>,
    drops_suppressed: u64,
}

#[derive(Clone, Debug, Serialize)]
struct VnicReport {
    vnic: String,
    interface: String,
    ingress: TrafficReport,
    egress: TrafficReport,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct TrafficReport {
    accepted: u64,
    dropped: u64,
    bytes: u64,
}

#[derive(Clone, Debug, Serialize)]
struct DropReport {
    at: String,
    vnic: String,
    direction: String,
    packet: String,
    verdict: String,
    reason: String,
    rule: Option<String>,
}

/// Everything that was counted since the start.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    vnics: BTreeMap<String, [TrafficReport; 2]>,
    reasons: BTreeMap<String, u64>,
    rules: BTreeMap<String, u64>,
    rule_bytes: BTreeMap<String, u64>,
    /// By worker.
    flows: BTreeMap<usize, usize>,
    drops: VecDeque<DropReport>,
    untold: u64,
}

/// The counts of [`Totals`] as text for people.
pub(crate) struct Summary<'a>(&'a Totals);

impl Totals {
    /// Adds what a worker counted.
    pub(crate) fn add(&mut self, tally: &Tally) {
        for (vnic, [ingress, egress]) in &tally.vnics {
            let [total_ingress, total_egress] = self.vnics.entry(vnic.to_string()).or_default();
            total_ingress.add(ingress);
            total_egress.add(egress);
            for (verdict, count) in ingress.reasons.iter().chain(&egress.reasons).filter(|(_, count)| *count > 0) {
                *self.reasons.entry(reason_name(*verdict)).or_default() += count;
            }
            if ingress.unknown + egress.unknown > 0 {
                *self.reasons.entry(Ruling::unknown_vnic().to_string()).or_default() +=
                    ingress.unknown + egress.unknown;
            }
        }
        for (rule, count) in tally.rules.counted() {
            let id = tally.policy.rule_id(rule).to_string();
            *self.rule_bytes.entry(id.clone()).or_default() += count.bytes;
            *self.rules.entry(id).or_default() += count.packets;
        }
        self.flows.insert(tally.worker, tally.flows);
        self.untold += tally.untold;
    }

    /// Keeps a drop for the next report; the oldest give way.
    pub(crate) fn add_drop(&mut self, drop: &Drop) {
        if self.drops.len() == WAITING {
            self.drops.pop_front();
            self.untold += 1;
        }
        self.drops.push_back(DropReport::of(drop));
    }

    /// The report of now; its drops are taken. `vnics` are pairs of vnic and interface.
    pub(crate) fn report(&mut self, applied: u64, refused: Option<String>, vnics: &[(String, String)]) -> Report {
        let vnic_report = |(vnic, interface): &(String, String)| {
            let [ingress, egress] = self.vnics.get(vnic).copied().unwrap_or_default();
            VnicReport { vnic: vnic.clone(), interface: interface.clone(), ingress, egress }
        };
        Report {
            applied_revision: applied,
            refused,
            vnics: vnics.iter().map(vnic_report).collect(),
            reasons: self.reasons.clone(),
            rules: self.rules.clone(),
            rule_bytes: self.rule_bytes.clone(),
            flows: self.flows.values().sum(),
            drops: self.drops.drain(..).collect(),
            drops_suppressed: std::mem::take(&mut self.untold),
        }
    }

    /// The counts as text for people.
    pub(crate) fn summary(&self) -> Summary<'_> {
        Summary(self)
    }
}

impl TrafficReport {
    fn add(&mut self, traffic: &Traffic) {
        self.accepted += traffic.accepted;
        self.dropped += traffic.dropped;
        self.bytes += traffic.bytes;
    }
}

impl DropReport {
    fn of(drop: &Drop) -> DropReport {
        DropReport {
            at: timestamp(drop.at),
            vnic: drop.vnic.to_string(),
            direction: drop.direction.to_string(),
            packet: drop.packet.clone(),
            verdict: drop.ruling.outcome.to_string(),
            reason: drop.ruling.reason.clone(),
            rule: drop.ruling.rule.as_ref().map(ToString::to_string),
        }
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary(totals) = self;
        write!(out, "{} flows", totals.flows.values().sum::<usize>())?;
        for (vnic, [ingress, egress]) in &totals.vnics {
            write!(out, "\n  {vnic}: ingress {ingress}, egress {egress}")?;
        }
        for (title, counts) in [("reasons", &totals.reasons), ("rules", &totals.rules)] {
            if !counts.is_empty() {
                let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
                write!(out, "\n  {title}: {}", counts.join(", "))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for TrafficReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} accepted ({} bytes) {} dropped", self.accepted, self.bytes, self.dropped)
    }
}

fn reason_name(verdict: Verdict) -> String {
    format!("{} {}", verdict.outcome(), verdict.reason())
}

/// RFC 3339 in UTC, to the millisecond.
fn timestamp(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

/// Year, month and day of a day since 1970-01-01. The year starts in March here, so that its leap day is the last one; 400
/// years, an era, have 146,097 days.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153; // 0 is March
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    match month {
        0..10 => (era * 400 + year_of_era, month + 3, day),
        _ => (era * 400 + year_of_era + 1, month - 9, day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_rfc_3339() {
        let check =
            |millis: u64, expect: &str| assert_eq!(timestamp(UNIX_EPOCH + Duration::from_millis(millis)), expect);
        check(0, "1970-01-01T00:00:00.000Z");
        check(951_782_399_999, "2000-02-28T23:59:59.999Z");
        check(951_782_400_000, "2000-02-29T00:00:00.000Z");
        check(951_868_800_000, "2000-03-01T00:00:00.000Z");
        check(1_767_225_599_500, "2025-12-31T23:59:59.500Z");
        check(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn a_report_has_the_shape_of_the_api() {
        let mut totals = Totals::default();
        totals.add_drop(&Drop {
            at: UNIX_EPOCH,
            vnic: "web".parse().unwrap(),
            direction: policy::Direction::Ingress,
            packet: "tcp 198.51.100.7:5000 > 192.0.2.10:22".to_owned(),
            ruling: "drop default".parse().unwrap(),
        });
        let vnics = [("web".to_owned(), "pcl-web".to_owned())];
        let found = serde_json::to_value(totals.report(8, None, &vnics)).unwrap();
        let expect = serde_json::json!({
            "applied_revision": 8,
            "refused": null,
            "vnics": [{
                "vnic": "web",
                "interface": "pcl-web",
                "ingress": {"accepted": 0, "dropped": 0, "bytes": 0},
                "egress": {"accepted": 0, "dropped": 0, "bytes": 0},
            }],
            "reasons": {},
            "rules": {},
            "rule_bytes": {},
            "flows": 0,
            "drops": [{
                "at": "1970-01-01T00:00:00.000Z",
                "vnic": "web",
                "direction": "ingress",
                "packet": "tcp 198.51.100.7:5000 > 192.0.2.10:22",
                "verdict": "drop",
                "reason": "default",
                "rule": null,
            }],
            "drops_suppressed": 0,
        });
        assert_eq!(found, expect);
        assert!(totals.report(8, None, &vnics).drops.is_empty());
    }
}
