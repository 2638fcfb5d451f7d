//! What an enforcer tells: to its controller as JSON, to people as lines.

mod totals;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::sightings::Sighting;
use crate::tally::Traffic;
pub(crate) use totals::{Fate, Totals};

/// The body of `POST /api/v1/enforcers/NAME/report`. All counts are since the enforcer's start, but for `drops`,
/// `drops_suppressed` and `opened`, which are those since the report before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The revision that is in force.
    pub applied_revision: u64,
    /// Why the newest document is not in force.
    pub refused: Option<String>,
    /// The vnics that are owned.
    pub vnics: Vec<VnicReport>,
    /// Packets by `verdict reason`.
    pub reasons: BTreeMap<String, u64>,
    /// Packets by rule id.
    pub rules: BTreeMap<String, u64>,
    /// Bytes by rule id.
    pub rule_bytes: BTreeMap<String, u64>,
    /// Flows that are tracked now.
    pub flows: usize,
    /// Dropped packets, oldest first.
    pub drops: Vec<PacketReport>,
    /// How many more were dropped.
    pub drops_suppressed: u64,
    /// Packets that opened a flow, oldest first, of each vnic some of every second.
    pub opened: Vec<PacketReport>,
    /// What was found beside enforcing.
    #[serde(flatten)]
    pub watched: Watched,
}

/// What passed at one vnic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VnicReport {
    /// Its id.
    pub vnic: String,
    /// Its guest-side link.
    pub interface: String,
    /// What its frames come and go by: `ring` or `pnet`.
    pub backend: String,
    /// The revision that its packets were judged by when its worker last told; `None` before that.
    pub applied_revision: Option<u64>,
    /// Towards the instance.
    pub ingress: TrafficReport,
    /// From the instance.
    pub egress: TrafficReport,
}

/// Packets of one vnic in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficReport {
    /// Packets that passed.
    pub accepted: u64,
    /// Packets that did not.
    pub dropped: u64,
    /// Bytes of those that passed.
    pub bytes: u64,
}

/// One packet and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketReport {
    /// When, in RFC 3339, UTC.
    pub at: String,
    /// At which vnic.
    pub vnic: String,
    /// `ingress` or `egress`.
    pub direction: String,
    /// Its text form.
    pub packet: String,
    /// `accept` or `drop`.
    pub verdict: String,
    /// Why.
    pub reason: String,
    /// The rule that decided, where one did.
    pub rule: Option<String>,
}

/// What was found beside enforcing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// What the audit found; `None` without one.
    pub audit: Option<Audited>,
    /// What the pending document would change; `None` without one.
    pub staged: Option<Staged>,
}

/// Verdicts that were found once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audited {
    /// All of them.
    pub checked: u64,
    /// Those that were others, of which there should be none.
    pub differing: u64,
}

/// Packets that a pending document would judge otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// Its revision.
    pub revision: u64,
    /// Packets that passed and would not.
    pub would_drop: u64,
    /// Packets that were dropped and would pass.
    pub would_accept: u64,
}

/// What an enforcer is at, beside what it counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Situation {
    /// The revision in force.
    pub(crate) revision: u64,
    /// Why the newest document is not.
    pub(crate) refused: Option<String>,
    pub(crate) owned: Vec<OwnedPort>,
    pub(crate) watched: Watched,
}

/// A vnic that is owned.
#[derive(Clone, Debug)]
pub(crate) struct OwnedPort {
    pub(crate) vnic: String,
    /// Its guest-side link.
    pub(crate) interface: String,
    /// What its frames come and go by.
    pub(crate) backend: &'static str,
}

impl TrafficReport {
    fn add(&mut self, traffic: &Traffic) {
        self.accepted += traffic.accepted;
        self.dropped += traffic.dropped;
        self.bytes += traffic.bytes;
    }
}

impl PacketReport {
    fn of(sighting: &Sighting) -> PacketReport {
        PacketReport {
            at: timestamp(sighting.at),
            vnic: sighting.vnic.to_string(),
            direction: sighting.direction.to_string(),
            packet: sighting.packet.clone(),
            verdict: sighting.ruling.outcome.to_string(),
            reason: sighting.ruling.reason.clone(),
            rule: sighting.ruling.rule.as_ref().map(ToString::to_string),
        }
    }
}

impl fmt::Display for TrafficReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} accepted ({} bytes) {} dropped", self.accepted, self.bytes, self.dropped)
    }
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

    fn sighting(packet: &str, ruling: &str) -> Sighting {
        Sighting {
            at: UNIX_EPOCH,
            vnic: "web".parse().unwrap(),
            direction: policy::Direction::Ingress,
            packet: packet.to_owned(),
            ruling: ruling.parse().unwrap(),
        }
    }

    #[test]
    fn what_was_in_a_lost_report_is_in_the_next_one() {
        let mut totals = Totals::start();
        let mut sent = 0;
        let mut add = |totals: &mut Totals, count: u16| {
            for _ in 0..count {
                sent += 1;
                totals.add_packet(&sighting(&format!("udp 198.51.100.7:{sent} > 192.0.2.10:53"), "drop default"));
            }
        };
        let check = |totals: &mut Totals, first: u16, count: usize, suppressed: u64| {
            let report = totals.report(&Situation::default());
            assert_eq!((report.drops.len(), report.drops_suppressed), (count, suppressed));
            if let Some(drop) = report.drops.first() {
                assert_eq!(drop.packet, format!("udp 198.51.100.7:{first} > 192.0.2.10:53"));
            }
        };
        add(&mut totals, 3);
        check(&mut totals, 1, 3, 0);
        totals.settle(Fate::Lost);
        check(&mut totals, 1, 3, 0);
        add(&mut totals, 2);
        totals.settle(Fate::Taken);
        check(&mut totals, 4, 2, 0);
        totals.settle(Fate::Taken);
        check(&mut totals, 0, 0, 0);
        totals.settle(Fate::Taken);

        // More than are kept: the oldest are counted, but for those that a report has that was taken.
        add(&mut totals, 100);
        check(&mut totals, 6, 100, 0);
        add(&mut totals, 30);
        totals.settle(Fate::Taken);
        check(&mut totals, 106, 30, 0);
        totals.settle(Fate::Lost);
        add(&mut totals, 90);
        check(&mut totals, 126, 100, 20);
        add(&mut totals, 110);
        totals.settle(Fate::Lost);
        check(&mut totals, 236, 100, 130);
        totals.settle(Fate::Taken);
        check(&mut totals, 0, 0, 0);
    }

    #[test]
    fn a_report_has_the_shape_of_the_api() {
        let mut totals = Totals::start();
        totals.add_packet(&sighting("tcp 198.51.100.7:5000 > 192.0.2.10:22", "drop default"));
        totals.add_packet(&sighting("tcp 198.51.100.7:5001 > 192.0.2.10:443", "accept rule:web-http"));
        let port = OwnedPort { vnic: "web".to_owned(), interface: "pcl-web".to_owned(), backend: "ring" };
        let staged = Some(Staged { revision: 9, would_drop: 1, would_accept: 0 });
        let watched = Watched { audit: None, staged };
        let situation = Situation { revision: 8, refused: None, owned: vec![port], watched };
        let found = serde_json::to_value(totals.report(&situation)).unwrap();
        let expect = serde_json::json!({
            "applied_revision": 8,
            "refused": null,
            "vnics": [{
                "vnic": "web",
                "interface": "pcl-web",
                "backend": "ring",
                "applied_revision": null,
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
            "opened": [{
                "at": "1970-01-01T00:00:00.000Z",
                "vnic": "web",
                "direction": "ingress",
                "packet": "tcp 198.51.100.7:5001 > 192.0.2.10:443",
                "verdict": "accept",
                "reason": "rule",
                "rule": "web-http",
            }],
            "audit": null,
            "staged": {"revision": 9, "would_drop": 1, "would_accept": 0},
        });
        assert_eq!(found, expect);
        totals.settle(Fate::Taken);
        let next = totals.report(&situation);
        assert!(next.drops.is_empty() && next.opened.is_empty());
        let last = totals.last_report(&situation);
        assert_eq!((last.drops.len(), last.opened.len()), (1, 1));
    }
}
