//! The kernel as peer: a router in namespaces whose forward chain has the same rules, in nftables.
//!
//! ```text
//! PORT -> g0 === r0 -- router -- r1 === k0 -> nobody      one road: three namespaces, removed with it
//! ```
//!
//! A packet that is sent on `g0` is forwarded, judged and delivered to `k0` before the sending call returns, on the processor
//! that sends it: the time of the call is that of the whole way. What rules cost is the difference to a road without any. Ours
//! is timed in the same rounds, from bytes to verdict, without any packet input or output; so compare it with differences.

mod road;
pub(crate) mod ruleset;

use std::hint::black_box;

use anyhow::Context;
use conntrack::Conntrack;
use policy::Family;
use wire::Checksum;

use crate::chance::Chance;
pub use crate::host::obstacle;
use crate::race::{Clock, Contender, Effort, Figure, race};
use crate::sets::disjoint::Disjoint;
use crate::table::{Counted, Row};
use crate::traffic::{Segment, Server, ZONE};
use road::Road;
use ruleset::{Form, ruleset};

/// The most packets of a lap.
const BATCH: usize = 256;

/// Connections that send again and again.
const CONNECTED: u32 = 16;

/// Rows for so many rules.
///
/// # Errors
/// A command fails, or the kernel does not forward what its rules allow.
pub fn rows(clock: Clock, effort: Effort, sizes: &[usize], mut each: impl FnMut(Row)) -> anyhow::Result<()> {
    let effort = Effort { most: effort.most.min(BATCH), ..effort };
    for size in sizes {
        let rules = Disjoint(*size);
        let server = Server::of(&rules.rule_set());
        let forms = [Form::None, Form::Linear, Form::Set];
        let mut roads = Vec::new();
        for form in forms {
            roads.push(Road::build(&ruleset(rules, form)).with_context(|| format!("a road with {form:?} rules"))?);
        }
        for work in [Work::New, Work::Established] {
            roads.iter_mut().try_for_each(|road| work.prepare(rules, road))?;
            let figures = work.race(clock, effort, rules, &server, &mut roads);
            let case = format!("{size} rules");
            each(differences(work.name(), &case, &figures));
            each(Row::race(format!("kernel, {}", work.name()), case, figures));
        }
        roads.iter_mut().try_for_each(Road::check)?;
    }
    Ok(())
}

/// What packets are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Each opens a connection.
    New,
    /// Of connections that are open.
    Established,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Work::New => "new flow",
            Work::Established => "established",
        }
    }

    /// Opens the connections that send.
    fn prepare(self, rules: Disjoint, road: &mut Road) -> anyhow::Result<()> {
        if self == Work::Established {
            for client in 0..CONNECTED {
                for segment in Segment::HANDSHAKE {
                    road.pass(segment, &rules.frame(client, segment))?;
                }
            }
        }
        Ok(())
    }

    fn race(self, clock: Clock, effort: Effort, rules: Disjoint, server: &Server, roads: &mut [Road]) -> Vec<Figure> {
        let mut contenders = Vec::new();
        for (road, name) in roads.iter_mut().zip(["no rules", "nft, one by one", "nft, a set"]) {
            let mut chance = Chance::new(8);
            contenders.push(Contender::new(name, move |watch, operations| {
                let (segment, frames) = self.frames(rules, &mut chance, operations);
                watch.time(|| frames.iter().for_each(|frame| road.send(segment, frame)));
            }));
        }
        let mut conntrack = self.table(rules);
        let mut chance = Chance::new(8);
        contenders.push(Contender::new("ours, without I/O", move |watch, operations| {
            let (_, frames) = self.frames(rules, &mut chance, operations);
            watch.time(|| {
                for frame in &frames {
                    black_box(server.judge(&mut conntrack, ZONE, black_box(frame), Checksum::Unfinished));
                }
            });
            if self == Work::New {
                conntrack.remove(ZONE);
            }
        }));
        race(clock, effort, &mut contenders)
    }

    fn frames(self, rules: Disjoint, chance: &mut Chance, count: usize) -> (Segment, Vec<Vec<u8>>) {
        let (segment, clients) = match self {
            Work::New => (Segment::Syn, u32::MAX),
            Work::Established => (Segment::Ack, CONNECTED),
        };
        let frame = |_| rules.frame(chance.below(clients as usize) as u32, segment);
        (segment, (0..count).map(frame).collect())
    }

    fn table(self, rules: Disjoint) -> Conntrack {
        match self {
            Work::New => crate::traffic::table(Family::Ipv4, 0, BATCH as u32),
            Work::Established => rules.table(CONNECTED),
        }
    }
}

/// What each costs over a road without rules, and ours.
fn differences(work: &str, case: &str, figures: &[Figure]) -> Row {
    let bare = figures[0].nanos.median;
    let own = figures.len() - 1;
    let counted = |(at, figure): (usize, &Figure)| {
        let value = if at == own { figure.nanos.median } else { figure.nanos.median - bare };
        Counted { name: figure.name, value, unit: "ns" }
    };
    let counts = figures.iter().enumerate().skip(1).map(counted).collect();
    Row::count(format!("kernel, {work}, rules alone"), case, counts)
}
