//! What a running enforcer says of itself when it is asked: `GET /status` at its socket.
//!
//! It is the report that a controller gets, and what only somebody at the host wants to know. Counters are since the start.
//!
//! Absent: flows and packets one by one, but for the last drops.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::latency::Histogram;
use crate::report::{Report, Situation, Totals};

/// The answer to `GET /status`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// What this host is called.
    pub node: String,
    /// The enforcer's version.
    pub version: String,
    /// Since its start.
    pub uptime_seconds: f64,
    /// When the counters were taken, in seconds since its start; the mean of all workers, each of which tells its own once a second.
    pub counted_seconds: f64,
    /// What a controller is told; `drops` and `opened` are the last ones, and `drops_suppressed` are since the start.
    #[serde(flatten)]
    pub report: Report,
    /// The most flows that it tracks.
    pub flow_limit: usize,
    /// Vnics that it should enforce for and cannot.
    pub failing_vnics: usize,
    /// Frames that were neither accepted nor dropped, but lost at a link; what lost nothing is absent.
    pub losses: Vec<LossCount>,
    /// From a frame's arrival in the kernel to its sending; `None` where nothing was measured, as always with pnet.
    pub latency: Option<Latency>,
}

/// Frames that a link lost by one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossCount {
    /// The vnic.
    pub vnic: String,
    /// `guest` or `uplink`.
    pub side: String,
    /// `buffer-full`, `send-refused`, `cut` or `vlan-tag`.
    pub cause: String,
    /// How many.
    pub frames: u64,
}

/// How long frames took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Half of them took no longer; `None` beyond all bounds.
    pub p50_seconds: Option<f64>,
    /// 99 of 100 took no longer.
    pub p99_seconds: Option<f64>,
    /// All that was measured.
    pub histogram: Histogram,
}

/// What an enforcer knows of itself at one time. Taking it costs a copy of the counters, so it is taken when somebody asks.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) node: Arc<str>,
    pub(crate) uptime: Duration,
    pub(crate) situation: Situation,
    /// How many vnics cannot be enforced for.
    pub(crate) failing: usize,
    /// The most flows of each worker.
    pub(crate) flows_each: usize,
    pub(crate) workers: usize,
    pub(crate) unseen: Unseen,
    pub(crate) totals: Totals,
}

/// What those who look on could not keep up with; `None` where nobody does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unseen {
    /// Frames that are not in the capture.
    pub(crate) captured: Option<u64>,
    /// Verdicts that were to be found once more.
    pub(crate) audited: Option<u64>,
}

impl Snapshot {
    /// As it is told at the socket.
    pub(crate) fn status(&self) -> Status {
        let Snapshot { totals, .. } = self;
        let losses = totals.losses().map(|(vnic, side, cause, frames)| LossCount {
            vnic: vnic.to_owned(),
            side: side.to_owned(),
            cause: cause.to_owned(),
            frames,
        });
        Status {
            node: self.node.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_seconds: self.uptime.as_secs_f64(),
            counted_seconds: totals.counted_at().as_secs_f64(),
            report: totals.last_report(&self.situation),
            flow_limit: self.flows_each * self.workers,
            failing_vnics: self.failing,
            losses: losses.collect(),
            latency: Latency::of(totals.latency()),
        }
    }
}

impl Latency {
    /// `None` where nothing was measured.
    pub fn of(histogram: &Histogram) -> Option<Latency> {
        let quantile = |thousandths| Some(histogram.quantile(thousandths)?.seconds()).filter(|bound| bound.is_finite());
        (histogram.count() > 0).then(|| Latency {
            p50_seconds: quantile(500),
            p99_seconds: quantile(990),
            histogram: histogram.clone(),
        })
    }
}
