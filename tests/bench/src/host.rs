//! What this host has and tells: programs, processors, times of threads, counters of links.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use namespaces::{processors, run};

/// Why the kernel cannot be measured here, with what to do about it.
pub fn obstacle() -> Option<String> {
    namespaces::obstacle(&[("nft", "nftables")])
}

/// Packets that a link has received, from what `ip` tells of it.
pub(crate) fn received(namespace: &str, link: &str) -> Result<u64> {
    let text = run("ip", &["-n", namespace, "-s", "-j", "link", "show", link], "")?;
    let told: serde_json::Value = serde_json::from_str(&text).context("`ip` told no JSON")?;
    told[0]["stats64"]["rx"]["packets"].as_u64().context("`ip` told no counters")
}

/// The last processor that this thread may run on.
pub(crate) fn last_processor() -> Result<usize> {
    processors()?.pop().context("this thread runs nowhere")
}

/// The time that a thread has been on a processor, by its folder below `/proc` (Linux `Documentation/scheduler/sched-stats.rst`).
pub(crate) fn time_of(folder: impl AsRef<Path>) -> Result<Duration> {
    let text = fs::read_to_string(folder.as_ref().join("schedstat"))?;
    let nanos = text.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
    nanos.map(Duration::from_nanos).context("no time in `schedstat`")
}
