//! A pending policy next to the one in force (`--staged`): what it would change, packet by packet.
//!
//! It judges every frame once more, with flows of its own, and has no say. They begin as a copy of those there are, which is made a
//! little at a time while frames pass. Frames are judged by both from the start, so that no copy is outdated; what they would
//! change counts once all is copied.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use conntrack::{Conntrack, Instant, Zone};
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
    copying: Option<Copying>,
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

/// A copy that is being made.
struct Copying {
    /// The place of the flow table to go on at.
    next: usize,
    /// Dropped at the end of it.
    _until_then: Sender<Infallible>,
}

#[derive(Default)]
struct Place {
    /// `None` where the pending policy does not know the vnic.
    index: Option<VnicIndex>,
    changes: [Changes; 2],
}

impl Staged {
    /// Begins to judge packets of these vnics, and drops the sender once what they would change counts.
    pub(super) fn new<'a>(
        pending: Pending,
        vnics: impl Iterator<Item = (&'a VnicId, Zone)>,
        until_then: Sender<Infallible>,
    ) -> Staged {
        let Pending { policy, mut conntrack } = pending;
        engine::adopt(&policy, &mut conntrack);
        let throttles = [Throttle::new(TOLD), Throttle::new(TOLD)];
        let copying = Some(Copying { next: 0, _until_then: until_then });
        let mut staged = Staged { policy, conntrack, seats: HashMap::new(), copying, throttles };
        vnics.for_each(|(vnic, zone)| staged.add(vnic, zone));
        staged
    }

    /// Whether flows are still to be copied.
    pub(super) fn is_copying(&self) -> bool {
        self.copying.is_some()
    }

    /// Goes on with the copy of `live`, by so many places of its table.
    pub(super) fn copy_more(&mut self, live: &Conntrack, places: usize, now: Instant) {
        if let Some(Copying { next, _until_then }) = self.copying.take() {
            let next = engine::copy(&self.policy, &mut self.conntrack, live, next, places, now);
            self.copying = next.map(|next| Copying { next, _until_then });
        }
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
                let differs = self.copying.is_none() && verdict.is_accept() != live.is_accept();
                differs.then(|| verdict.named(&self.policy))?
            }
            None if self.copying.is_none() && live.is_accept() => Ruling::unknown_vnic(),
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
