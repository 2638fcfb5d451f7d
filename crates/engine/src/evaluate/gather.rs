//! Fragments: they wait until their datagram is whole, which is then judged as one packet.

use conntrack::{Gathered, HeldFragment};
use wire::{Checksum, Fragment, Malformed, Packet};

use super::{Arrival, Evaluation, Judged, sender};
use crate::trace::{Joined, Trace, TraceStep};
use crate::verdict::{Dropped, Verdict};

impl<T: Trace> Evaluation<'_, T> {
    /// A fragment behind the guard.
    pub(super) fn gather(&mut self, arrival: Arrival<'_>, place: Fragment) -> Judged {
        let (zone, from) = (self.hook.zone, sender(self.hook.direction));
        let frame = arrival.bytes.map_or(&[][..], |(frame, _)| frame);
        let gathered = self.conntrack.gather(zone, from, arrival.packet, place, frame, self.now);
        self.trace.record(TraceStep::Fragment(Joined::of(&gathered)));
        match gathered {
            Gathered::Held => Judged::at_once(Verdict::Hold),
            Gathered::Refused(invalid) => Judged::at_once(Verdict::Drop(Dropped::Invalid(invalid))),
            Gathered::Whole(fragments) => {
                let whole = join(&fragments, arrival.bytes.map(|(_, checksum)| checksum));
                self.judge_whole(whole).release(fragments, place)
            }
        }
    }

    fn judge_whole(&mut self, whole: Result<Packet, Malformed>) -> Judged {
        match whole {
            Ok(packet) => self.judge(Arrival { packet: &packet, bytes: None }),
            Err(malformed) => {
                self.trace.record(TraceStep::Malformed(malformed));
                Judged::at_once(Verdict::Drop(Dropped::Malformed(malformed)))
            }
        }
    }
}

impl Judged {
    /// Sets the fragments of an accepted datagram free, but for the one at `last`, which is the packet itself.
    fn release(self, mut fragments: Vec<HeldFragment>, last: Fragment) -> Judged {
        match self.verdict {
            Verdict::Accept(_) => {
                fragments.retain(|held| held.place != last);
                Judged { released: fragments, ..self }
            }
            Verdict::Drop(_) | Verdict::Hold => self,
        }
    }
}

/// Makes one packet of all fragments of a datagram; of their frames, where they came in frames.
fn join(fragments: &[HeldFragment], checksum: Option<Checksum>) -> Result<Packet, Malformed> {
    match (checksum, fragments) {
        (Some(checksum), _) => {
            wire::join_frames(fragments.iter().map(|held| (held.place, held.frame.as_ref())), checksum)
        }
        (None, [first, ..]) => {
            let payload = fragments.iter().map(|held| u32::from(held.place.length)).sum();
            let length = fragments.iter().map(|held| held.packet.length).sum();
            Ok(wire::join_packets(&first.packet, payload, length))
        }
        (None, []) => Err(Malformed::FragmentEmpty),
    }
}
