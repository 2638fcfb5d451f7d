//! All that was counted since the start.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::{Duration, Instant};

use engine::{Outcome, Ruling, Verdict};
use policy::Policy;

use super::{OwnedPort, PacketReport, Report, Situation, TrafficReport, VnicReport};
use crate::latency::Histogram;
use crate::losses::{Losses, SIDES};
use crate::sightings::Sighting;
use crate::tally::{Tally, Tracked};

/// The most packets that wait for the next report, of those that were dropped and of those that opened a flow.
const WAITING: usize = 100;

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
    /// By worker: what it tracks, and when it told, since the start.
    workers: BTreeMap<usize, (Tracked, Duration)>,
    /// By vnic, side and cause.
    losses: BTreeMap<(String, &'static str, &'static str), u64>,
    latency: Histogram,
    drops: Latest,
    /// Packets that opened a flow.
    opened: Latest,
    /// Drops that are in no report.
    missed: Missed,
    /// Drops since the start that were not told one by one.
    untold: u64,
}

/// The last packets that were told.
#[derive(Clone, Debug, Default)]
struct Latest {
    packets: VecDeque<PacketReport>,
    /// How many of them no report had yet that was taken.
    unreported: usize,
    /// How many of those are in the report that is under way: the oldest.
    under_way: usize,
    /// How many more are in that report alone, because newer ones took their place.
    gone: u64,
}

/// Drops that are not told one by one.
#[derive(Clone, Copy, Debug, Default)]
struct Missed {
    /// Since the last report that was taken.
    unreported: u64,
    /// How many of those are in the report that is under way.
    under_way: u64,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Taken,
    /// Nobody answered, or not with a success.
    Lost,
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
            drops: Latest::default(),
            opened: Latest::default(),
            missed: Missed::default(),
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
        for (rule, count) in &tally.rules {
            let id = tally.policy.rule_id(*rule).to_string();
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
        self.workers.insert(tally.worker, (tally.tracked, self.uptime()));
        self.latency.add_all(&tally.latency);
        self.missed.unreported += tally.untold;
        self.untold += tally.untold;
    }

    /// Forgets the vnics and rules that neither a policy nor this host has any more.
    pub(crate) fn keep(&mut self, policy: &Policy, owned: &[OwnedPort]) {
        let known: BTreeSet<&str> = policy.vnics().map(|(_, vnic)| vnic.id.as_str()).collect();
        let known = |vnic: &str| known.contains(vnic) || owned.iter().any(|port| port.vnic == vnic);
        self.vnics.retain(|vnic, _| known(vnic));
        self.revisions.retain(|vnic, _| known(vnic));
        self.dropped_bytes.retain(|vnic, _| known(vnic));
        self.losses.retain(|(vnic, _, _), _| known(vnic));
        let rules: BTreeSet<&str> = policy.rules().map(|rule| policy.rule_id(rule).as_str()).collect();
        self.rules.retain(|rule, _| rules.contains(rule.as_str()));
        self.rule_bytes.retain(|rule, _| rules.contains(rule.as_str()));
    }

    /// Keeps a packet for the next report; the oldest give way.
    pub(crate) fn add_packet(&mut self, sighting: &Sighting) {
        let report = PacketReport::of(sighting);
        match sighting.ruling.outcome {
            Outcome::Accept => {
                self.opened.add(report);
            }
            Outcome::Drop | Outcome::Hold => self.missed.unreported += self.drops.add(report),
        }
    }

    /// The report of now, with the packets that no report had yet. It is under way until [`Totals::settle`].
    pub(crate) fn report(&mut self, situation: &Situation) -> Report {
        self.missed.under_way = self.missed.unreported;
        Report {
            drops: self.drops.send(),
            drops_suppressed: self.missed.under_way,
            opened: self.opened.send(),
            ..self.counts(situation)
        }
    }

    /// Hears what became of the report that was under way: the next one tells again what was in one that was lost.
    pub(crate) fn settle(&mut self, fate: Fate) {
        let sent = std::mem::take(&mut self.missed.under_way);
        self.missed.unreported -= if fate == Fate::Taken { sent } else { 0 };
        self.missed.unreported += self.drops.settle(fate);
        self.opened.settle(fate);
    }

    /// The same for who asks now and then: the last packets, and how many drops were not told since the start.
    pub(crate) fn last_report(&self, situation: &Situation) -> Report {
        Report {
            drops: self.drops.all(),
            drops_suppressed: self.untold,
            opened: self.opened.all(),
            ..self.counts(situation)
        }
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
            flows: self.flows(),
            drops: Vec::new(),
            drops_suppressed: 0,
            opened: Vec::new(),
            watched: situation.watched,
        }
    }

    /// By vnic, also those that are in the document and not owned any more: ingress and egress, and the bytes of what was dropped there.
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

    /// Flows of all workers.
    fn flows(&self) -> usize {
        self.workers.values().map(|(tracked, _)| tracked.flows).sum()
    }

    /// What each worker tracks.
    pub(crate) fn tracked(&self) -> impl Iterator<Item = (usize, Tracked)> {
        self.workers.iter().map(|(worker, (tracked, _))| (*worker, *tracked))
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

impl Latest {
    /// Keeps one more, and answers how many no report will have for it.
    fn add(&mut self, packet: PacketReport) -> u64 {
        if self.packets.len() == WAITING {
            self.packets.pop_front();
        }
        self.packets.push_back(packet);
        if self.unreported < WAITING {
            self.unreported += 1;
            return 0;
        }
        // The one that had to go may be on its way.
        if self.under_way == 0 {
            return 1;
        }
        self.under_way -= 1;
        self.gone += 1;
        0
    }

    /// Those that no report had yet.
    fn send(&mut self) -> Vec<PacketReport> {
        self.under_way = self.unreported;
        self.packets.range(self.packets.len() - self.unreported..).cloned().collect()
    }

    /// Notes what became of the report, and answers how many no report will have for it.
    fn settle(&mut self, fate: Fate) -> u64 {
        let (sent, gone) = (std::mem::take(&mut self.under_way), std::mem::take(&mut self.gone));
        match fate {
            Fate::Taken => {
                self.unreported -= sent;
                0
            }
            Fate::Lost => gone,
        }
    }

    fn all(&self) -> Vec<PacketReport> {
        self.packets.iter().cloned().collect()
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary(totals) = self;
        write!(out, "{} flows", totals.flows())?;
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

fn reason_name(verdict: Verdict) -> String {
    format!("{} {}", verdict.outcome(), verdict.reason())
}
