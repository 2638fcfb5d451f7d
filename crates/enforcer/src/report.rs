//! What an enforcer tells: to its controller as JSON, to people as lines.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use engine::{Ruling, Verdict};
use serde::{Deserialize, Serialize};

use crate::drops::Drop;
use crate::latency::Histogram;
use crate::losses::{Losses, SIDES};
use crate::tally::{Tally, Traffic};

/// The most drops that wait for the next report.
const WAITING: usize = 100;

/// The body of `POST /api/v1/enforcers/NAME/report`. All counts are since the enforcer's start, but for `drops` and
/// `drops_suppressed`, which are those since the report before.
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
    pub drops: Vec<DropReport>,
    /// How many more were dropped.
    pub drops_suppressed: u64,
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

/// One dropped packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropReport {
    /// When, in RFC 3339, UTC.
    pub at: String,
    /// At which vnic.
    pub vnic: String,
    /// `ingress` or `egress`.
    pub direction: String,
    /// Its text form.
    pub packet: String,
    /// `drop`.
    pub verdict: String,
    /// Why.
    pub reason: String,
    /// The rule that did it.
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

/// Everything that was counted since the start.
#[derive(Clone, Debug)]
pub(crate) struct Totals {
    started: Instant,
    vnics: BTreeMap<String, [TrafficReport; 2]>,
    /// By vnic: what judged its packets at the last tally.
    revisions: BTreeMap<String, u64>,
    /// Bytes of dropped frames, by vnic: ingress, egress.
    dropped_bytes: BTreeMap<String, [u64; 2]>,
    reasons: BTreeMap<String, u64>,
    rules: BTreeMap<String, u64>,
    rule_bytes: BTreeMap<String, u64>,
    /// By worker: its flows, and when it told, since the start.
    workers: BTreeMap<usize, (usize, Duration)>,
    /// By vnic, side and cause.
    losses: BTreeMap<(String, &'static str, &'static str), u64>,
    latency: Histogram,
    /// The last ones.
    drops: VecDeque<DropReport>,
    /// How many of them no report had yet.
    unreported: usize,
    /// Drops since the last report that are in none.
    missed: u64,
    /// Drops since the start that were not told one by one.
    untold: u64,
}

/// The counts of [`Totals`] as text for people.
pub(crate) struct Summary<'a>(&'a Totals);

impl Totals {
    /// Nothing was counted yet.
    pub(crate) fn start() -> Totals {
        Totals {
            started: Instant::now(),
            vnics: BTreeMap::new(),
            revisions: BTreeMap::new(),
            dropped_bytes: BTreeMap::new(),
            reasons: BTreeMap::new(),
            rules: BTreeMap::new(),
            rule_bytes: BTreeMap::new(),
            workers: BTreeMap::new(),
            losses: BTreeMap::new(),
            latency: Histogram::default(),
            drops: VecDeque::new(),
            unreported: 0,
            missed: 0,
            untold: 0,
        }
    }

    /// Since the start.
    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Adds what a worker counted.
    pub(crate) fn add(&mut self, tally: &Tally) {
        for (vnic, [ingress, egress]) in &tally.vnics {
            self.revisions.insert(vnic.to_string(), tally.policy.revision().0);
            let [total_ingress, total_egress] = self.vnics.entry(vnic.to_string()).or_default();
            total_ingress.add(ingress);
            total_egress.add(egress);
            let [dropped_ingress, dropped_egress] = self.dropped_bytes.entry(vnic.to_string()).or_default();
            *dropped_ingress += ingress.dropped_bytes;
            *dropped_egress += egress.dropped_bytes;
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
        for (vnic, Losses(sides)) in &tally.losses {
            for ((side, _), link) in SIDES.iter().zip(sides) {
                for (cause, _, frames) in link.causes().into_iter().filter(|(_, _, frames)| *frames > 0) {
                    *self.losses.entry((vnic.to_string(), side, cause)).or_default() += frames;
                }
            }
        }
        self.workers.insert(tally.worker, (tally.flows, self.uptime()));
        self.latency.add_all(&tally.latency);
        self.missed += tally.untold;
        self.untold += tally.untold;
    }

    /// Keeps a drop for the next report; the oldest give way.
    pub(crate) fn add_drop(&mut self, drop: &Drop) {
        if self.drops.len() == WAITING {
            self.drops.pop_front();
        }
        match self.unreported == WAITING {
            true => self.missed += 1,
            false => self.unreported += 1,
        }
        self.drops.push_back(DropReport::of(drop));
    }

    /// The report of now; its drops are taken.
    pub(crate) fn report(&mut self, situation: &Situation) -> Report {
        let unreported = self.drops.len() - std::mem::take(&mut self.unreported);
        Report {
            drops: self.drops.range(unreported..).cloned().collect(),
            drops_suppressed: std::mem::take(&mut self.missed),
            ..self.counts(situation)
        }
    }

    /// The same for who asks now and then: the last drops, and how many were not told since the start.
    pub(crate) fn last_report(&self, situation: &Situation) -> Report {
        Report { drops: self.drops.iter().cloned().collect(), drops_suppressed: self.untold, ..self.counts(situation) }
    }

    fn counts(&self, situation: &Situation) -> Report {
        let vnic_report = |OwnedPort { vnic, interface, backend }: &OwnedPort| {
            let [ingress, egress] = self.vnics.get(vnic).copied().unwrap_or_default();
            VnicReport {
                vnic: vnic.clone(),
                interface: interface.clone(),
                backend: (*backend).to_owned(),
                applied_revision: self.revisions.get(vnic).copied(),
                ingress,
                egress,
            }
        };
        Report {
            applied_revision: situation.revision,
            refused: situation.refused.clone(),
            vnics: situation.owned.iter().map(vnic_report).collect(),
            reasons: self.reasons.clone(),
            rules: self.rules.clone(),
            rule_bytes: self.rule_bytes.clone(),
            flows: self.workers.values().map(|(flows, _)| flows).sum(),
            drops: Vec::new(),
            drops_suppressed: 0,
            watched: situation.watched,
        }
    }

    /// By vnic, also those that are not owned any more: ingress and egress, and the bytes of what was dropped there.
    pub(crate) fn traffic(&self) -> impl Iterator<Item = (&str, [(TrafficReport, u64); 2])> {
        self.vnics.iter().map(|(vnic, [ingress, egress])| {
            let [dropped_ingress, dropped_egress] = self.dropped_bytes.get(vnic).copied().unwrap_or_default();
            (vnic.as_str(), [(*ingress, dropped_ingress), (*egress, dropped_egress)])
        })
    }

    /// Packets by `verdict reason`.
    pub(crate) fn reasons(&self) -> &BTreeMap<String, u64> {
        &self.reasons
    }

    /// Packets and bytes by rule id.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&str, u64, u64)> {
        self.rules.iter().map(|(id, packets)| (id.as_str(), *packets, self.rule_bytes.get(id).copied().unwrap_or(0)))
    }

    /// Flows of each worker.
    pub(crate) fn flows(&self) -> impl Iterator<Item = (usize, usize)> {
        self.workers.iter().map(|(worker, (flows, _))| (*worker, *flows))
    }

    /// Frames that were lost, by vnic, side and cause.
    pub(crate) fn losses(&self) -> impl Iterator<Item = (&str, &str, &str, u64)> {
        self.losses.iter().map(|((vnic, side, cause), frames)| (vnic.as_str(), *side, *cause, *frames))
    }

    /// How long frames took.
    pub(crate) fn latency(&self) -> &Histogram {
        &self.latency
    }

    /// Drops that were not told one by one.
    pub(crate) fn untold(&self) -> u64 {
        self.untold
    }

    /// When the counters were taken, since the start: the mean of all workers.
    pub(crate) fn counted_at(&self) -> Duration {
        let workers = u32::try_from(self.workers.len()).unwrap_or(u32::MAX);
        let sum: Duration = self.workers.values().map(|(_, at)| *at).sum();
        sum.checked_div(workers).unwrap_or_default()
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
        write!(out, "{} flows", totals.flows().map(|(_, flows)| flows).sum::<usize>())?;
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
        let mut totals = Totals::start();
        totals.add_drop(&Drop {
            at: UNIX_EPOCH,
            vnic: "web".parse().unwrap(),
            direction: policy::Direction::Ingress,
            packet: "tcp 198.51.100.7:5000 > 192.0.2.10:22".to_owned(),
            ruling: "drop default".parse().unwrap(),
        });
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
            "audit": null,
            "staged": {"revision": 9, "would_drop": 1, "would_accept": 0},
        });
        assert_eq!(found, expect);
        assert!(totals.report(&situation).drops.is_empty());
        assert_eq!(totals.last_report(&situation).drops.len(), 1);
    }
}
