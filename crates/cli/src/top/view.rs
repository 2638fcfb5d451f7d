//! What happened between two answers of an enforcer, in figures a second.
//!
//! Rates are over the last few answers, by the time at which the enforcer counted, so they do not depend on when it was asked.
//! Before it has counted anew they are the mean since its start.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use enforcer::{Latency, Status, TrafficReport};

/// How many answers rates are over.
const SAMPLES: usize = 4;

/// Answers of one enforcer, the newest last.
pub(super) struct Watch {
    samples: VecDeque<Status>,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    /// What the host is called.
    pub(super) node: String,
    pub(super) version: String,
    pub(super) revision: u64,
    /// Why the newest document is not in force.
    pub(super) refused: Option<String>,
    pub(super) uptime: Duration,
    /// Seconds that rates are over.
    pub(super) seconds: f64,
    pub(super) flows: usize,
    pub(super) flow_limit: usize,
    /// Vnics that cannot be enforced for.
    pub(super) failing: usize,
    /// Of all vnics.
    pub(super) accepted: f64,
    pub(super) dropped: f64,
    /// Frames that links lost, since the start.
    pub(super) lost: u64,
    /// Verdicts that the audit found to be others, since the start.
    pub(super) differing: u64,
    /// `None` where nothing was measured in that time.
    pub(super) latency: Option<Latency>,
    pub(super) vnics: Vec<VnicRates>,
    /// Most packets first; without those that have none.
    pub(super) rules: Vec<Counted>,
    /// The same for reasons of drops.
    pub(super) drops: Vec<Counted>,
}

/// What passes at one vnic.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct VnicRates {
    pub(super) vnic: String,
    pub(super) interface: String,
    pub(super) ingress: Rates,
    pub(super) egress: Rates,
}

/// One direction, a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rates {
    /// Accepted packets.
    pub(super) packets: f64,
    /// Bits of theirs.
    pub(super) bits: f64,
    /// Dropped packets.
    pub(super) drops: f64,
}

/// A rule or a reason.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counted {
    pub(super) name: String,
    /// Packets a second.
    pub(super) rate: f64,
    /// Packets since the start.
    pub(super) total: u64,
}

impl Watch {
    /// Begins with one answer.
    pub(super) fn start(first: Status) -> Watch {
        Watch { samples: VecDeque::from([first]) }
    }

    /// Takes one more answer. An enforcer that was started anew begins anew.
    pub(super) fn note(&mut self, status: Status) {
        if status.uptime_seconds < self.newest().uptime_seconds {
            self.samples.clear();
        }
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(status);
    }

    /// Whether the enforcer has counted since the first answer.
    pub(super) fn has_change(&self) -> bool {
        self.samples.front().is_some_and(|oldest| oldest.counted_seconds < self.newest().counted_seconds)
    }

    /// What is to be shown.
    pub(super) fn view(&self) -> View {
        let now = self.newest();
        let start = Status::default();
        let before = self.samples.front().filter(|_| self.has_change()).unwrap_or(&start);
        View::between(before, now)
    }

    fn newest(&self) -> &Status {
        self.samples.back().expect("there is always one")
    }
}

impl View {
    fn between(before: &Status, now: &Status) -> View {
        let seconds = now.counted_seconds - before.counted_seconds;
        let rate = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        let rates = |before: TrafficReport, now: TrafficReport| Rates {
            packets: rate(now.accepted.saturating_sub(before.accepted)),
            bits: 8.0 * rate(now.bytes.saturating_sub(before.bytes)),
            drops: rate(now.dropped.saturating_sub(before.dropped)),
        };
        let vnics = now.report.vnics.iter().map(|vnic| {
            let earlier = before.report.vnics.iter().find(|earlier| earlier.vnic == vnic.vnic);
            // A vnic that has just come has no past that is known; its next answer has.
            let (ingress, egress) = match (earlier, before.report.vnics.as_slice()) {
                (Some(earlier), _) => (earlier.ingress, earlier.egress),
                (None, []) => Default::default(),
                (None, _) => (vnic.ingress, vnic.egress),
            };
            VnicRates {
                vnic: vnic.vnic.clone(),
                interface: vnic.interface.clone(),
                ingress: rates(ingress, vnic.ingress),
                egress: rates(egress, vnic.egress),
            }
        });
        let count = |before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>, beginning: &str| {
            let named = now.iter().filter_map(|(key, total)| Some((key, key.strip_prefix(beginning)?, *total)));
            let mut counted: Vec<Counted> = named
                .map(|(key, name, total)| Counted {
                    name: name.to_owned(),
                    rate: rate(total.saturating_sub(before.get(key).copied().unwrap_or(0))),
                    total,
                })
                .collect();
            counted.sort_by(|a, b| b.rate.total_cmp(&a.rate).then(b.total.cmp(&a.total)));
            counted
        };
        let all = |counted: &[Counted]| counted.iter().map(|one| one.rate).sum();
        let (old, new) = (&before.report, &now.report);
        let drops = count(&old.reasons, &new.reasons, "drop ");
        let histograms = (before.latency.as_ref(), now.latency.as_ref());
        View {
            node: now.node.clone(),
            version: now.version.clone(),
            revision: new.applied_revision,
            refused: new.refused.clone(),
            uptime: Duration::try_from_secs_f64(now.uptime_seconds).unwrap_or_default(),
            seconds,
            flows: new.flows,
            flow_limit: now.flow_limit,
            failing: now.failing_vnics,
            accepted: all(&count(&old.reasons, &new.reasons, "accept ")),
            dropped: all(&drops),
            differing: now.report.watched.audit.map_or(0, |audit| audit.differing),
            lost: now.losses.iter().map(|loss| loss.frames).sum(),
            latency: match histograms {
                (_, None) => None,
                (None, Some(now)) => Some(now.clone()),
                (Some(before), Some(now)) => Latency::of(&now.histogram.since(&before.histogram)),
            },
            vnics: vnics.collect(),
            rules: count(&old.rules, &new.rules, ""),
            drops,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use enforcer::{Histogram, Report, VnicReport};

    /// An answer after so many seconds, at each of which as much happened as at the one before.
    pub(in crate::top) fn status(seconds: u64) -> Status {
        let traffic = |accepted, dropped, bytes| TrafficReport {
            accepted: accepted * seconds,
            dropped: dropped * seconds,
            bytes: bytes * seconds,
        };
        let vnic = |vnic: &str, interface: &str, ingress, egress| VnicReport {
            vnic: vnic.to_owned(),
            interface: interface.to_owned(),
            backend: "ring".to_owned(),
            applied_revision: Some(7),
            ingress,
            egress,
        };
        let counts =
            |counts: &[(&str, u64)]| counts.iter().map(|(name, a)| ((*name).to_owned(), a * seconds)).collect();
        let mut histogram = Histogram::default();
        (0..seconds).for_each(|_| histogram.add(Duration::from_micros(30)));
        Status {
            node: "hv1".to_owned(),
            version: "0.1.0".to_owned(),
            uptime_seconds: seconds as f64 + 0.5,
            counted_seconds: seconds as f64,
            report: Report {
                applied_revision: 7,
                vnics: vec![
                    vnic("db", "tap1", traffic(2, 40, 3_000), traffic(2, 0, 200)),
                    vnic("web", "tap0", traffic(12_345, 1, 12_345_000), traffic(10, 0, 640)),
                ],
                reasons: counts(&[
                    ("accept rule", 12_357),
                    ("accept infra:arp", 2),
                    ("drop default", 40),
                    ("drop guard:arp", 1),
                ]),
                rules: counts(&[("db-postgres", 2), ("web-http", 12_345)]),
                flows: 120,
                ..Report::default()
            },
            flow_limit: 262_144,
            latency: Latency::of(&histogram),
            ..Status::default()
        }
    }

    /// What is seen of these answers.
    pub(in crate::top) fn seen(answers: Vec<Status>) -> View {
        let mut answers = answers.into_iter();
        let mut watch = Watch::start(answers.next().unwrap());
        answers.for_each(|status| watch.note(status));
        watch.view()
    }

    #[test]
    fn rates_are_over_what_the_enforcer_counted() {
        let check = |answers: &[u64], seconds: f64| {
            let view = seen(answers.iter().map(|at| status(*at)).collect());
            assert_eq!(view.seconds, seconds, "{answers:?}");
            assert_eq!((view.accepted, view.dropped), (12_359.0, 41.0), "{answers:?}");
            assert_eq!(
                view.vnics[1].ingress,
                Rates { packets: 12_345.0, bits: 98_760_000.0, drops: 1.0 },
                "{answers:?}"
            );
        };
        // Since the start, until there is something to compare with.
        check(&[9], 9.0);
        check(&[9, 9], 9.0);
        check(&[9, 10], 1.0);
        check(&[9, 10, 11, 12, 13], 3.0);
        // It was started anew.
        check(&[9, 2], 2.0);
    }

    #[test]
    fn what_happened_most_comes_first() {
        let view = seen(vec![status(1), status(2)]);
        let names = |counted: &[Counted]| counted.iter().map(|one| (one.name.clone(), one.total)).collect::<Vec<_>>();
        assert_eq!(names(&view.rules), [("web-http".to_owned(), 24_690), ("db-postgres".to_owned(), 4)]);
        assert_eq!(names(&view.drops), [("default".to_owned(), 80), ("guard:arp".to_owned(), 2)]);
    }

    #[test]
    fn a_vnic_that_has_just_come_has_no_rate_yet() {
        let (mut before, now) = (status(1), status(2));
        before.report.vnics.remove(1);
        assert_eq!(seen(vec![before, now]).vnics[1].ingress, Rates { packets: 0.0, bits: 0.0, drops: 0.0 });
    }
}
