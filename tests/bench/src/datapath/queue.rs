//! What a packet takes of who forwards when it never waits: the packets are there before it begins.
//!
//! With two processors whoever sends is the limit of a flood, and a forwarder that keeps up is woken for a few packets at a time.
//! So it stands still while its queue is filled, and then works that off. The kernel has no queue: it forwards in the time of
//! whoever sends, which is why the sender's own work is in its figure.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use datapath::ring::Ring;
use datapath::{OwnedFrame, PacketIo};
use namespaces::stay_on;

use super::Effort;
use super::load::{Flood, PATIENCE, send};
use super::yard::Yard;

/// Packets that every backend has room for, with its memory as it is by default.
const FILLED: u32 = 1_500;

/// How long filling and working off takes about, in milliseconds.
const TURN: u64 = 20;

/// How often is looked whether all has arrived.
const LOOK: Duration = Duration::from_millis(5);

/// Nanoseconds of a processor for a packet of a flood.
pub(super) fn worked_off(yard: &mut Yard, flood: Flood, effort: Effort) -> Result<f64> {
    yard.check()?;
    if !yard.forwarder.has_queue() {
        return Ok(flood.run(yard, effort)?.sender);
    }
    let (mut work, mut packets) = (Duration::ZERO, 0);
    for _ in 0..(effort.lap / TURN).max(1) {
        let idle = idle_turn(yard)?;
        let frames = flood.frames(yard, FILLED);
        let (turn, arrived) = work_off(yard, &frames)?;
        work += turn.saturating_sub(idle);
        packets += arrived;
    }
    Ok(work.as_nanos() as f64 / packets as f64)
}

/// What standing still and going on takes by itself, which wakes all threads of a process.
fn idle_turn(yard: &Yard) -> Result<Duration> {
    yard.stand_still()?;
    let start = yard.forwarder_time()?;
    yard.go_on()?;
    thread::sleep(2 * LOOK);
    Ok(yard.forwarder_time()? - start)
}

/// Fills the queue once: what working it off took, and how many packets arrived.
fn work_off(yard: &Yard, frames: &[OwnedFrame]) -> Result<(Duration, u64)> {
    let before = yard.arrived()?;
    yard.stand_still()?;
    let start = yard.forwarder_time()?;
    let filled = yard.places.outside().inside(|| {
        stay_on(0)?;
        let mut link = Ring::open_with("eth0", 1)?;
        while link.counters().sent < FILLED.into() {
            send(&mut link, frames);
        }
        Ok(())
    });
    yard.go_on()?;
    filled?;
    let (until, mut seen) = (Instant::now() + PATIENCE, 0);
    loop {
        thread::sleep(LOOK);
        let arrived = yard.arrived()? - before;
        if arrived > 0 && arrived == seen {
            return Ok((yard.forwarder_time()? - start, arrived));
        }
        ensure!(Instant::now() < until, "what stood in the queue does not arrive");
        seen = arrived;
    }
}
