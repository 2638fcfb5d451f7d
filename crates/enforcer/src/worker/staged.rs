//! A pending policy next to the one in force (`--staged`): what it would change, packet by packet.
//!
//! It judges every frame once more, with flows of its own that begin as a copy of those there are, and has no say.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use conntrack::{Conntrack, Instant, Missed, Resumption, Saved, Zone};
use datapath::Frame;
use engine::{Hook, Outcome, Ruling, Verdict};
use policy::{Direction, Policy, Revision, VnicId, VnicIndex};

use super::Pending;
use crate::judge::judge;
use crate::sightings::{Telling, Throttle, describe};
use crate::tally::{Changes, place};

/// A pending policy.
pub(super) struct Staged {
    policy: Arc<Policy>,
    conntrack: Box<Conntrack>,
    seats: HashMap<Zone, Place>,
    /// For packets that would pass, and for those that would not.
    throttles: [Throttle; 2],
}

/// A packet that the pending policy would judge otherwise, in words.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) vnic: VnicId,
    pub(crate) direction: Direction,
    /// Which policy that is.
    pub(crate) revision: Revision,
    /// What it would say.
    pub(crate) pending: Ruling,
    pub(crate) packet: String,
}

/// The most changes of a worker's vnics that are told in a second, of either kind.
const TOLD: u32 = 5;

#[derive(Default)]
struct Place {
    /// `None` where the pending policy does not know the vnic.
    index: Option<VnicIndex>,
    changes: [Changes; 2],
}

impl Staged {
    /// Begins to look at packets of these vnics, whose flows are in `live`. Copying takes time in which none is judged.
    pub(super) fn new<'a>(
        pending: Pending,
        live: &Conntrack,
        vnics: impl Iterator<Item = (&'a VnicId, Zone)>,
        now: Instant,
    ) -> Staged {
        let Pending { policy, mut conntrack } = pending;
        engine::adopt(&policy, &mut conntrack);
        let throttles = [Throttle::new(TOLD), Throttle::new(TOLD)];
        let mut staged = Staged { policy, conntrack, seats: HashMap::new(), throttles };
        for (vnic, zone) in vnics {
            staged.add(vnic, zone);
            let saved = Saved::read(&live.save(zone, now)).expect("what was written now can be read");
            let resumption = Resumption { elapsed: Duration::ZERO, missed: Missed::Nothing };
            engine::restore(&staged.policy, &mut staged.conntrack, zone, &saved, &resumption, now);
        }
        staged
    }

    /// Of the pending policy.
    pub(super) fn revision(&self) -> Revision {
        self.policy.revision()
    }

    /// Looks at packets of one more vnic.
    pub(super) fn add(&mut self, vnic: &VnicId, zone: Zone) {
        let index = self.policy.vnic_index(vnic);
        self.seats.insert(zone, Place { index, ..Place::default() });
    }

    /// No longer looks at a vnic's packets.
    pub(super) fn remove(&mut self, zone: Zone) {
        self.seats.remove(&zone);
        self.conntrack.remove(zone);
    }

    /// Judges a frame, and counts it if the pending policy would have it pass where the one in force does not, or the other way
    /// round. Answers some of those, to be told.
    pub(super) fn judge(
        &mut self,
        vnic: &VnicId,
        hook: Hook,
        frame: Frame<'_>,
        live: Verdict,
        now: Instant,
    ) -> Option<Change> {
        let seat = self.seats.get_mut(&hook.zone)?;
        let counts = &mut seat.changes[place(hook.direction)];
        let pending = match seat.index {
            Some(vnic) => {
                let hook = Hook { vnic, ..hook };
                let verdict = judge(&self.policy, &mut self.conntrack, hook, frame, now).verdict;
                (verdict.is_accept() != live.is_accept()).then(|| verdict.named(&self.policy))?
            }
            None if live.is_accept() => Ruling::unknown_vnic(),
            None => return None,
        };
        let packets = u64::from(frame.segments());
        let [passing, others] = &mut self.throttles;
        let throttle = match pending.outcome {
            Outcome::Accept => {
                counts.would_accept += packets;
                passing
            }
            Outcome::Drop | Outcome::Hold => {
                counts.would_drop += packets;
                others
            }
        };
        let tell = throttle.ask(now) == Telling::Tell;
        let (direction, revision) = (hook.direction, self.policy.revision());
        tell.then(|| Change { vnic: vnic.clone(), direction, revision, pending, packet: describe(frame) })
    }

    /// Lets flows expire.
    pub(super) fn expire(&mut self, now: Instant, most: usize) {
        self.conntrack.expire(now, most);
    }

    /// Takes the counts of a vnic: ingress, egress.
    pub(super) fn take_changes(&mut self, zone: Zone) -> [Changes; 2] {
        self.seats.get_mut(&zone).map(|seat| std::mem::take(&mut seat.changes)).unwrap_or_default()
    }
}
