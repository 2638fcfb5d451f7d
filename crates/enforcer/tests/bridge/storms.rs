//! Storms: kills again and again, policies that change again and again, floods from a neighbour; and probes all the while.
//!
//! How long they last in a test run, and how long they have lasted, stands in `docs/proofs.md`.

mod churn;
mod flood;
mod kills;

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::world::{Class, Flow};

/// Who counts what gets lost, or sends much, does so alone, as far as this program goes: the host drops what comes too thick,
/// whoever sends it.
pub(super) fn alone() -> MutexGuard<'static, ()> {
    static HOST: Mutex<()> = Mutex::new(());
    HOST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often something is done: as the environment says, else as often as a test run has time for.
fn times(variable: &str, usual: usize) -> usize {
    let given = std::env::var(variable).ok();
    given.map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not `{text}`")))
}

/// Datagrams from the outside to a port of the instance.
fn inward(port: u16, flow: Flow) -> Class {
    let packet = format!("52:54:00:00:02:01 > 52:54:00:00:02:0a udp 192.0.2.1:5000 > 192.0.2.10:{port}");
    Class { from: "out", packet, flow }
}

/// Datagrams from the instance to a port of the outside.
fn outward(port: u16, flow: Flow) -> Class {
    outward_as("192.0.2.10", port, flow)
}

fn outward_as(source: &str, port: u16, flow: Flow) -> Class {
    let packet = format!("52:54:00:00:02:0a > 52:54:00:00:02:01 udp {source}:6000 > 192.0.2.1:{port}");
    Class { from: "vm", packet, flow }
}

/// A document with these rules for the instance, and for a neighbour that may do anything.
fn document(rules: &[&str]) -> String {
    let rules: String = rules.iter().map(|rule| format!("      - {rule}\n")).collect();
    format!(
        "
version: 1
networks:
  - id: tenant
    subnets: [{{prefix: 192.0.2.0/24, gateway: 192.0.2.1}}]
groups:
  - id: web
    rules:
{rules}  - id: noisy
    rules:
      - noisy-egress: egress ipv4 any to any
instances:
  - id: web
    vnics: [{{network: tenant, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web], interface: guest}}]
  - id: noisy
    vnics: [{{network: tenant, mac: '52:54:00:00:02:0b', addresses: [192.0.2.11], groups: [noisy], interface: guest2}}]
"
    )
}

/// The value that so many of a thousand are not above.
fn quantile<T: Copy + Ord>(values: &mut [T], thousandths: usize) -> T {
    values.sort_unstable();
    values[(values.len() - 1) * thousandths / 1_000]
}
