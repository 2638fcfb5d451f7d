//! The counters as metrics in the OpenMetrics text format, version 1.0, which Prometheus reads.
//!
//! Names begin with `portcullis_`, counters end in `_total`, units are seconds and bytes. What each means is its help text.
//!
//! Absent: what was never counted. A rule, reason or vnic has no metric before its first packet, a link before its first
//! loss.

use std::fmt::{Error, Result};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::report::{Audited, OwnedPort, Situation, Staged, Watched};
use crate::status::{Snapshot, Unseen};
use crate::tally::Tracked;

/// The media type of [`render`]'s answer.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Labels of one sample, by name.
type Labels<'a, const N: usize> = [(&'static str, &'a str); N];

/// Writes all metrics.
pub(super) fn render(snapshot: Snapshot) -> String {
    let mut registry = Registry::with_prefix("portcullis");
    registry.register_collector(Box::new(Exposition(snapshot)));
    let mut written = String::new();
    text::encode(&mut written, &registry).expect("a string takes everything");
    written
}

#[derive(Debug)]
struct Exposition(Snapshot);

impl Collector for Exposition {
    fn encode(&self, mut out: DescriptorEncoder<'_>) -> Result {
        let Exposition(snapshot) = self;
        encode_enforcer(snapshot, &mut out)?;
        encode_traffic(snapshot, &mut out)?;
        encode_reasons(snapshot, &mut out)?;
        encode_rules(snapshot, &mut out)?;
        encode_flows(snapshot, &mut out)?;
        encode_losses(snapshot, &mut out)?;
        encode_watched(snapshot, &mut out)?;
        encode_unseen(snapshot, &mut out)?;
        encode_latency(snapshot, &mut out)
    }
}

fn encode_enforcer(snapshot: &Snapshot, out: &mut DescriptorEncoder<'_>) -> Result {
    let build = [("version", env!("CARGO_PKG_VERSION")), ("node", &*snapshot.node)];
    gauges(out, "build_info", "The version that runs, and what it calls this host.", [(build, 1.0)])?;
    gauges(out, "uptime_seconds", "Time since the start.", [([], snapshot.uptime.as_secs_f64())])?;
    let Situation { revision, refused, owned, .. } = &snapshot.situation;
    let revision = *revision as f64;
    gauges(out, "policy_revision", "The revision of the document that is in force.", [([], revision)])?;
    let refused = if refused.is_some() { 1.0 } else { 0.0 };
    gauges(out, "policy_refused", "Whether a newer document is there and was refused: 1, else 0.", [([], refused)])?;
    let vnics = [([("state", "owned")], owned.len() as f64), ([("state", "failing")], snapshot.failing as f64)];
    gauges(out, "vnics", "Vnics that are enforced for, and those that cannot be.", vnics)?;
    let links = owned.iter().map(|OwnedPort { vnic, interface, backend }| {
        ([("vnic", vnic.as_str()), ("interface", interface.as_str()), ("backend", *backend)], 1.0)
    });
    gauges(
        out,
        "vnic_owned",
        "The guest-side link that is owned of a vnic, and what its frames come and go by.",
        links,
    )?;
    let untold = [([], snapshot.totals.untold())];
    counters(out, "untold_drops", "Drops that were counted, and not told one by one because of their rate.", untold)
}

fn encode_traffic(snapshot: &Snapshot, out: &mut DescriptorEncoder<'_>) -> Result {
    let mut packets = Vec::new();
    let mut bytes = Vec::new();
    for (vnic, both) in snapshot.totals.traffic() {
        for (direction, (traffic, dropped_bytes)) in ["ingress", "egress"].into_iter().zip(both) {
            let labels = |verdict| [("vnic", vnic), ("direction", direction), ("verdict", verdict)];
            packets.extend([(labels("accept"), traffic.accepted), (labels("drop"), traffic.dropped)]);
            bytes.extend([(labels("accept"), traffic.bytes), (labels("drop"), dropped_bytes)]);
        }
    }
    counters(
        out,
        "vnic_packets",
        "Packets by verdict; a frame that stands for several segments counts as those.",
        packets,
    )?;
    counters(out, "vnic_bytes", "Bytes of frames by verdict, Ethernet header included.", bytes)
}

fn encode_reasons(snapshot: &Snapshot, out: &mut DescriptorEncoder<'_>) -> Result {
    let reasons = snapshot.totals.reasons().iter().map(|(name, packets)| {
        let (verdict, reason) = name.split_once(' ').unwrap_or((name, ""));
        ([("verdict", verdict), ("reason", reason)], *packets)
    });
    counters(out, "verdicts", "Packets by verdict and its reason.", reasons)
}

fn encode_rules(snapshot: &Snapshot, out: &mut DescriptorEncoder<'_>) -> Result {
    let packets = snapshot.totals.rules().map(|(id, packets, _)| ([("rule", id)], packets));
    counters(out, "rule_packets", "Packets that a rule decided, or that passed in flows that it allows.", packets)?;
    let bytes = snapshot.totals.rules().map(|(id, _, bytes)| ([("rule", id)], bytes));
    counters(out, "rule_bytes", "Bytes of the frames of those packets.", bytes)
}

fn encode_flows(snapshot: &Snapshot, out: &mut DescriptorEncoder<'_>) -> Result {
    let workers: Vec<(String, Tracked)> =
        snapshot.totals.tracked().map(|(worker, tracked)| (worker.to_string(), tracked)).collect();
    let each = || workers.iter().map(|(worker, tracked)| ([("worker", worker.as_str())], tracked));
    let flows = each().map(|(worker, tracked)| (worker, tracked.flows as f64));
    gauges(out, "flows", "Flows that a worker tracks.", flows)?;
    let limits = each().map(|(worker, _)| (worker, snapshot.flows_each as f64));
    gauges(out, "flows_limit", "The most flows that a worker tracks.", limits)?;
    let evicted = each().map(|(worker, tracked)| (worker, tracked.evicted));
    counters(out, "flows_evicted", "Live flows that had to go for newer ones, none of them assured.", evicted)?;
    let fragments = each().map(|(worker, tracked)| (worker, tracked.fragments as f64));
    gauges(out, "fragment_bytes", "Memory of fragments that wait for the rest of their datagrams.", fragments)
}

fn encode_losses(snapshot: &Snapshot, out: &mut DescriptorEncoder<'_>) -> Result {
    let losses = snapshot.totals.losses();
    let losses = losses.map(|(vnic, side, cause, frames)| ([("vnic", vnic), ("side", side), ("cause", cause)], frames));
    counters(out, "lost_frames", "Frames that were neither accepted nor dropped, but lost at a link.", losses)
}

fn encode_watched(snapshot: &Snapshot, out: &mut DescriptorEncoder<'_>) -> Result {
    let Watched { audit, staged } = snapshot.situation.watched;
    if let Some(Audited { checked, differing }) = audit {
        counters(out, "audited_verdicts", "Verdicts that were found once more by plain means.", [([], checked)])?;
        counters(
            out,
            "audit_differences",
            "Those that were others, of which there should be none.",
            [([], differing)],
        )?;
    }
    if let Some(Staged { revision, would_drop, would_accept }) = staged {
        gauges(out, "staged_revision", "The revision of the pending document.", [([], revision as f64)])?;
        let changes = [([("verdict", "drop")], would_drop), ([("verdict", "accept")], would_accept)];
        let help = "Packets that the pending document would judge otherwise, by its verdict, since it came.";
        counters(out, "staged_changes", help, changes)?;
    }
    Ok(())
}

fn encode_unseen(snapshot: &Snapshot, out: &mut DescriptorEncoder<'_>) -> Result {
    let Unseen { captured, audited } = snapshot.unseen;
    if let Some(frames) = captured {
        let help = "Frames that are not in the capture, because they came faster than it is written.";
        counters(out, "capture_missed_frames", help, [([], frames)])?;
    }
    if let Some(verdicts) = audited {
        let help = "Verdicts that were to be found once more, and were not, because there were too many.";
        counters(out, "audit_missed_verdicts", help, [([], verdicts)])?;
    }
    Ok(())
}

fn encode_latency(snapshot: &Snapshot, out: &mut DescriptorEncoder<'_>) -> Result {
    let latency = snapshot.totals.latency();
    let help = "From the arrival of a frame in the kernel to its sending, of the oldest frame of each batch; with pnet nothing.";
    let mut metric = out.encode_descriptor("latency_seconds", help, None, MetricType::Histogram)?;
    let buckets: Vec<(f64, u64)> = latency.buckets().map(|(bound, count)| (bound.seconds(), count)).collect();
    metric.encode_histogram::<NoLabelSet>(latency.sum().as_secs_f64(), latency.count(), &buckets, None)
}

fn counters<'a, const N: usize>(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    samples: impl IntoIterator<Item = (Labels<'a, N>, u64)>,
) -> Result {
    let mut metric = out.encode_descriptor(name, help, None, MetricType::Counter)?;
    samples.into_iter().try_for_each(|(labels, count)| match labels.as_slice() {
        [] => metric.encode_counter::<NoLabelSet, _, u64>(&count, None),
        labels => metric.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&count, None),
    })
}

fn gauges<'a, const N: usize>(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    samples: impl IntoIterator<Item = (Labels<'a, N>, f64)>,
) -> std::result::Result<(), Error> {
    let mut metric = out.encode_descriptor(name, help, None, MetricType::Gauge)?;
    samples.into_iter().try_for_each(|(labels, value)| match labels.as_slice() {
        [] => metric.encode_gauge(&value),
        labels => metric.encode_family(&labels)?.encode_gauge(&value),
    })
}
