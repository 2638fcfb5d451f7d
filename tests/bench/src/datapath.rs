//! Real packets through real links: the enforcer beside bare forwarders and the kernel's own bridge with its own rules.
//!
//! ```text
//! outside: eth0 === o0 -- br0 -- [ who forwards ] -- g0 === eth0 :guest      one yard for each, all there at once
//! ```
//!
//! Whoever sends stays on the first processor and whoever forwards in user space on the last, so with two of them neither
//! waits for the other. The kernel forwards where a packet is sent: its figure has the sender's own work in it.
//!
//! A figure is a time, as everywhere in these tables. In a flood it is that from one packet that arrives to the next, and what
//! processors worked for one: the sender and all that the kernel does in its time, and who forwards in user space. For the
//! kernel, the work of who forwards is what the sender works longer than one whose packets nobody forwards. Peers take turns,
//! lap by lap.

mod forwarder;
mod load;
mod queue;
mod yard;

use std::path::Path;

use anyhow::{Context, Result};

use crate::race::{Figure, figures};
use crate::sets::disjoint::Disjoint;
use crate::table::Row;
use forwarder::Forwarder;
use load::{Ends, Flood};
use yard::Yard;

/// How long each part takes.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Laps of each contender.
    pub rounds: usize,
    /// Milliseconds of a flood, or of a stream.
    pub lap: u64,
    /// Packets that each open a connection, in a lap.
    pub new_flows: u32,
    /// Round trips in a lap.
    pub trips: usize,
}

impl Effort {
    /// What the tables in the documentation are made with.
    pub const FULL: Effort = Effort { rounds: 7, lap: 1_000, new_flows: 150_000, trips: 5_000 };
    /// A minute instead of many.
    pub const QUICK: Effort = Effort { rounds: 3, lap: 300, new_flows: 50_000, trips: 1_000 };
    /// Everything runs once.
    pub const SMOKE: Effort = Effort { rounds: 1, lap: 50, new_flows: 1_000, trips: 20 };
}

/// Who takes part, ours first.
const ALL: [Forwarder; 12] = [
    Forwarder::Enforcer { backend: "ring", spin: 50, sandboxed: true, rules: Disjoint(10) },
    Forwarder::Enforcer { backend: "ring", spin: 50, sandboxed: true, rules: Disjoint(10_000) },
    Forwarder::Enforcer { backend: "ring", spin: 0, sandboxed: true, rules: Disjoint(10) },
    Forwarder::Enforcer { backend: "pnet", spin: 50, sandboxed: true, rules: Disjoint(10) },
    Forwarder::Enforcer { backend: "pnet", spin: 50, sandboxed: false, rules: Disjoint(10) },
    Forwarder::BareRing,
    Forwarder::BarePnet,
    Forwarder::Bridge,
    Forwarder::Kernel { rules: Disjoint(10), is_set: false },
    Forwarder::Kernel { rules: Disjoint(1_000), is_set: false },
    Forwarder::Kernel { rules: Disjoint(10_000), is_set: true },
    Forwarder::Nobody,
];

/// All rows. `enforcer` is the program; only those take part in whose names one of `only` stands, or all.
///
/// # Errors
/// A command fails, or somebody does not forward.
pub fn rows(effort: Effort, enforcer: &Path, only: &[String], mut each: impl FnMut(Row)) -> Result<()> {
    let takes_part = |forwarder: &Forwarder| {
        let is_named = only.iter().any(|name| forwarder.name().contains(name.as_str()));
        only.is_empty() || is_named || *forwarder == Forwarder::Nobody
    };
    let mut yards = Vec::new();
    for forwarder in ALL.into_iter().filter(takes_part) {
        yards.push(Yard::build(forwarder, enforcer).context(forwarder.name())?);
    }
    for kind in [Flood::Established, Flood::New] {
        flood(effort, &mut yards, kind, &mut each)?;
        each(worked_off(effort, &mut yards, kind)?);
    }
    yards.iter_mut().try_for_each(Yard::give_addresses)?;
    // What rules cost a packet of a flow that is known is seen above.
    let takes_part = |yard: &&mut Yard| yard.forwarder.rules() <= 10 && yard.forwarder != Forwarder::Nobody;
    let mut yards: Vec<&mut Yard> = yards.iter_mut().filter(takes_part).collect();
    let laps = in_turns(effort, &mut yards, |yard| load::stream(yard, effort.lap))?;
    each(Row::race("TCP stream, a MiB", "default offloads, MTU 1500", named(&yards, &laps)));
    for (name, ends) in [("UDP round trip", Ends::Together), ("UDP round trip, ends apart", Ends::Apart)] {
        let laps = in_turns(effort, &mut yards, |yard| load::trips(yard, effort.trips, ends))?;
        for (at, case) in ["median", "99 of 100"].iter().enumerate() {
            let laps: Vec<Vec<f64>> = laps.iter().map(|laps| laps.iter().map(|lap| lap[at]).collect()).collect();
            each(Row::race(name, *case, named(&yards, &laps)));
        }
    }
    Ok(())
}

fn flood(effort: Effort, yards: &mut [Yard], flood: Flood, each: &mut impl FnMut(Row)) -> Result<()> {
    yards.iter_mut().try_for_each(|yard| flood.prepare(yard))?;
    let mut yards: Vec<&mut Yard> = yards.iter_mut().collect();
    let laps = in_turns(effort, &mut yards, |yard| flood.run(yard, effort))?;
    let pick = |part: &dyn Fn(&load::Passed, &load::Passed) -> f64| -> Vec<Vec<f64>> {
        let alone = laps.last().expect("nobody takes part, too");
        laps.iter().map(|laps| laps.iter().zip(alone).map(|(lap, alone)| part(lap, alone)).collect()).collect()
    };
    let mut row = |case: &str, values: Vec<Vec<f64>>| each(Row::race(flood.name(), case, named(&yards, &values)));
    row("60 bytes, to the next packet", pick(&|lap, _| lap.apart));
    row("60 bytes, work of all", pick(&|lap, _| lap.sender + lap.forwarder));
    row(
        "60 bytes, work of who forwards",
        pick(&|lap, alone| if lap.forwarder > 0.0 { lap.forwarder } else { (lap.sender - alone.sender).max(0.0) }),
    );
    Ok(())
}

/// What a packet takes when there are always more.
fn worked_off(effort: Effort, yards: &mut [Yard], flood: Flood) -> Result<Row> {
    let mut yards: Vec<&mut Yard> = yards.iter_mut().filter(|yard| yard.forwarder != Forwarder::Nobody).collect();
    let laps = in_turns(effort, &mut yards, |yard| queue::worked_off(yard, flood, effort))?;
    Ok(Row::race(flood.name(), "60 bytes, without ever waiting", named(&yards, &laps)))
}

/// Lets all do the same work in turns, each round another one first.
fn in_turns<T>(
    effort: Effort,
    yards: &mut [&mut Yard],
    mut work: impl FnMut(&mut Yard) -> Result<T>,
) -> Result<Vec<Vec<T>>> {
    let count = yards.len();
    let mut laps: Vec<Vec<T>> = (0..count).map(|_| Vec::new()).collect();
    for round in 0..effort.rounds {
        for turn in 0..count {
            let who = (round + turn) % count;
            let name = yards[who].forwarder.name();
            laps[who].push(work(yards[who]).with_context(|| format!("{name}, round {round}"))?);
        }
    }
    Ok(laps)
}

fn named(yards: &[&mut Yard], laps: &[Vec<f64>]) -> Vec<Figure> {
    let names = yards.iter().map(|yard| yard.forwarder.name());
    names.zip(figures(laps)).map(|(name, (nanos, ratio))| Figure { name, nanos, ratio }).collect()
}
