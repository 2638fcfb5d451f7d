//! A connection of which both sides have sequence numbers.

use core::time::Duration;

use crate::config::Timeouts;
use crate::effect::Effect;
use crate::invalid::Invalid;
use crate::way::Way;

use super::TcpState;
use super::opening::Opening;
use super::segment::{Acknowledgment, Segment, SegmentKind, Syn, after, before};
use super::window::{Fit, Knowledge, ResetFit, Side, TcpSide, fit, fit_reset, update};

/// A connection of which both sides have sequence numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) stage: Stage,
    pub(crate) origin: Origin,
    pub(crate) original: Side,
    pub(crate) reply: Side,
    /// A SYN of the opener that passed in an open connection. If the other side has forgotten that connection, it
    /// answers this one.
    pub(crate) probe: Option<Syn>,
}

/// [`TcpState`] without `SynSent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    SynSent2,
    SynReceived,
    Established,
    FinWait,
    CloseWait,
    LastAck,
    TimeWait,
    Close,
}

impl Stage {
    /// Every stage, in the order of declaration.
    pub(crate) const ALL: [Stage; 8] = [
        Stage::SynSent2,
        Stage::SynReceived,
        Stage::Established,
        Stage::FinWait,
        Stage::CloseWait,
        Stage::LastAck,
        Stage::TimeWait,
        Stage::Close,
    ];
}

/// How the connection became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// By its SYN.
    Handshake,
    /// Mid-stream; only its opener was heard.
    OneSide,
    /// Mid-stream; both sides were heard.
    BothSides,
    /// From a copy of what was known some time ago. The next segments tell how far it is now.
    Copy,
}

/// What a kind of segment means at a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// It belongs here and leaves the stage.
    Stay,
    /// It belongs here; the FINs seen and acknowledged tell the stage.
    Progress,
    /// The second half of a simultaneous open.
    Answer,
    /// Sent again; or a SYN-ACK for the probe.
    Repetition,
    /// A SYN that passes and changes nothing: its receiver answers with a challenge ACK (RFC 5961 section 4).
    Probe,
    /// A reset.
    Reset,
    /// A new connection with the same ports (RFC 9293 section 3.10.7.4, RFC 6191).
    Reopen,
    /// Nobody sends that here.
    Impossible,
}

impl Stage {
    /// Whether neither side has anything left to send.
    pub(crate) fn is_closing(self) -> bool {
        match self {
            Stage::LastAck | Stage::TimeWait | Stage::Close => true,
            Stage::SynSent2 | Stage::SynReceived | Stage::Established | Stage::FinWait | Stage::CloseWait => false,
        }
    }
}

impl Origin {
    /// Every origin, in the order of declaration.
    pub(crate) const ALL: [Origin; 4] = [Origin::Handshake, Origin::OneSide, Origin::BothSides, Origin::Copy];

    fn knowledge(self) -> Knowledge {
        match self {
            Origin::Handshake => Knowledge::Whole,
            Origin::OneSide | Origin::BothSides | Origin::Copy => Knowledge::Part,
        }
    }

    /// How long an established connection of this origin lives without a packet.
    fn lifetime(self, timeouts: &Timeouts) -> Duration {
        match self {
            Origin::Handshake => timeouts.tcp_established,
            Origin::OneSide | Origin::BothSides | Origin::Copy => timeouts.tcp_mid_stream,
        }
    }
}

impl Meaning {
    fn of(stage: Stage, way: Way, kind: SegmentKind) -> Meaning {
        use SegmentKind::{Ack, Fin, Rst, Syn, SynAck};
        use Stage::{Close, CloseWait, Established, FinWait, LastAck, SynReceived, SynSent2, TimeWait};
        use Way::{Original, Reply};
        match (stage, way, kind) {
            (SynSent2, _, Syn) => Meaning::Repetition,
            (SynSent2, _, SynAck) => Meaning::Answer,
            (SynSent2, _, Ack | Fin) => Meaning::Impossible,

            (SynReceived | Established | FinWait | CloseWait | LastAck, Original, Syn) => Meaning::Probe,
            (SynReceived | Established | FinWait | CloseWait | LastAck, Reply, Syn) => Meaning::Repetition,
            (SynReceived | Established | FinWait | CloseWait | LastAck, _, SynAck) => Meaning::Repetition,

            (SynReceived, Original, Ack) => Meaning::Progress,
            (SynReceived, Reply, Ack) => Meaning::Stay,
            (SynReceived, _, Fin) => Meaning::Progress,
            (Established | FinWait | CloseWait | LastAck | TimeWait, _, Ack | Fin) => Meaning::Progress,

            (TimeWait | Close, _, Syn) => Meaning::Reopen,
            (TimeWait | Close, _, SynAck) => Meaning::Repetition,
            (Close, _, Ack | Fin) => Meaning::Stay,

            (_, _, Rst) => Meaning::Reset,
        }
    }
}

impl Open {
    pub(super) fn new(stage: Stage, original: Side, reply: Side) -> Open {
        Open { stage, origin: Origin::Handshake, original, reply, probe: None }
    }

    /// A connection whose beginning was not seen, picked up with a segment of its original direction.
    pub(super) fn pick_up(segment: &Segment, acknowledgment: Acknowledgment) -> Open {
        let original = Side::picked_up(segment, acknowledgment);
        let reply = Side::picked_up_unheard(&original, acknowledgment);
        Open { stage: Stage::Established, origin: Origin::OneSide, original, reply, probe: None }
    }

    /// The connection after some time in which it may have gone on unseen; `None` of one that may be another by now.
    pub(super) fn resumed(&self) -> Option<Open> {
        match self.stage {
            Stage::Established | Stage::FinWait | Stage::CloseWait => Some(Open { origin: Origin::Copy, ..*self }),
            Stage::SynSent2 | Stage::SynReceived | Stage::LastAck | Stage::TimeWait | Stage::Close => None,
        }
    }

    /// Takes a segment in, and tells what that changes.
    pub(super) fn receive(&mut self, way: Way, segment: &Segment) -> Result<Effect, Invalid> {
        self.catch_up(way, segment);
        match Meaning::of(self.stage, way, segment.kind) {
            Meaning::Stay => self.advance(way, segment, |next| next.stage),
            Meaning::Progress => self.progress(way, segment),
            Meaning::Answer => self.answer(way, segment),
            Meaning::Repetition => self.repeat(way, segment),
            Meaning::Probe => {
                self.probe = Some(segment.syn());
                Ok(Effect::Note)
            }
            Meaning::Reset => self.reset(way, segment),
            Meaning::Reopen => Ok(Effect::Reopen),
            Meaning::Impossible => Err(Invalid::TcpState),
        }
    }

    pub(super) fn in_flight(&self, way: Way, sequence: u32) -> bool {
        let (sender, receiver) = self.sides(way);
        let first = receiver.acknowledged.unwrap_or(sender.start);
        !before(sequence, first) && !after(sequence, sender.end)
    }

    pub(super) fn lifetime(&self, timeouts: &Timeouts) -> Duration {
        let quiet = match self.stage {
            Stage::SynSent2 => timeouts.tcp_syn_sent,
            Stage::SynReceived => timeouts.tcp_syn_received,
            Stage::Established => self.origin.lifetime(timeouts),
            Stage::FinWait => timeouts.tcp_fin_wait,
            Stage::CloseWait => timeouts.tcp_close_wait,
            Stage::LastAck => timeouts.tcp_last_ack,
            Stage::TimeWait => timeouts.tcp_time_wait,
            Stage::Close => timeouts.tcp_close,
        };
        lifetime_by_gaps(quiet, &self.original, &self.reply, timeouts)
    }

    pub(super) fn sides_shown(&self) -> [Option<TcpSide>; 2] {
        [Some(self.original.shown()), Some(self.reply.shown())]
    }

    pub(super) fn is_assured(&self) -> bool {
        let heard = match self.origin {
            Origin::Handshake | Origin::BothSides => true,
            Origin::OneSide | Origin::Copy => false,
        };
        heard && self.stage == Stage::Established
    }

    pub(super) fn state(&self) -> TcpState {
        match self.stage {
            Stage::SynSent2 => TcpState::SynSent2,
            Stage::SynReceived => TcpState::SynReceived,
            Stage::Established => TcpState::Established,
            Stage::FinWait => TcpState::FinWait,
            Stage::CloseWait => TcpState::CloseWait,
            Stage::LastAck => TcpState::LastAck,
            Stage::TimeWait => TcpState::TimeWait,
            Stage::Close => TcpState::Close,
        }
    }

    /// Picks a connection up anew that may have gone on unseen, because its own numbers may be far behind. As long as only the
    /// answering side is heard, each of its segments does so.
    fn catch_up(&mut self, way: Way, segment: &Segment) {
        let (Origin::Copy, SegmentKind::Ack | SegmentKind::Fin, Some(acknowledgment)) =
            (self.origin, segment.kind, segment.acknowledgment)
        else {
            return;
        };
        let picked_up = Open::pick_up(segment, acknowledgment);
        *self = match way {
            Way::Original => picked_up,
            Way::Reply => {
                Open { origin: Origin::Copy, original: picked_up.reply, reply: picked_up.original, ..picked_up }
            }
        };
    }

    /// A segment that belongs here, if it is in the window.
    fn advance(&mut self, way: Way, segment: &Segment, stage: fn(&Open) -> Stage) -> Result<Effect, Invalid> {
        let (sender, receiver) = self.sides(way);
        match fit(segment, sender, receiver, self.knowledge())? {
            Fit::Old => Ok(Effect::Pass),
            Fit::Inside => {
                self.hear(way);
                let (sender, receiver) = self.sides_mut(way);
                update(segment, sender, receiver);
                self.stage = stage(self);
                Ok(Effect::Move)
            }
        }
    }

    fn progress(&mut self, way: Way, segment: &Segment) -> Result<Effect, Invalid> {
        let completes = self.stage == Stage::SynReceived && way == Way::Original;
        let takes_syn =
            segment.acknowledgment.is_some_and(|acknowledgment| after(acknowledgment.next, self.reply.start));
        // The handshake ends only with an acknowledgment of the other side's SYN: who did not see it cannot give that.
        if completes && !takes_syn {
            return Err(Invalid::TcpAck);
        }
        self.advance(way, segment, Open::stage_by_fins)
    }

    /// A SYN-ACK in a simultaneous open: it repeats its sender's SYN and takes the other's.
    fn answer(&mut self, way: Way, segment: &Segment) -> Result<Effect, Invalid> {
        let (sender, receiver) = self.sides(way);
        if segment.sequence != sender.start {
            return Err(Invalid::TcpState);
        }
        if !segment.acknowledgment.is_some_and(|acknowledgment| receiver.is_opened_by(acknowledgment.next)) {
            return Err(Invalid::TcpAck);
        }
        self.advance(way, segment, |_| Stage::SynReceived)
    }

    /// A SYN or SYN-ACK where its sender sent one before. An answer to the probe may have the number of the first SYN-ACK:
    /// a server without memory makes it of the addresses and the time (RFC 6528).
    fn repeat(&mut self, way: Way, segment: &Segment) -> Result<Effect, Invalid> {
        let (sender, receiver) = self.sides(way);
        let is_repetition = segment.sequence == sender.start;
        match (way, segment.kind, self.probe) {
            (Way::Reply, SegmentKind::SynAck, Some(syn)) if !is_repetition => self.begin_again(syn, segment),
            (Way::Reply, SegmentKind::SynAck, Some(syn)) if syn.sequence != receiver.start && segment.takes(&syn) => {
                self.begin_again(syn, segment)
            }
            _ if is_repetition => self.advance(way, segment, |next| next.stage),
            _ => Err(Invalid::TcpState),
        }
    }

    fn reset(&mut self, way: Way, segment: &Segment) -> Result<Effect, Invalid> {
        if self.refuses_probe(way, segment) {
            return Ok(self.close());
        }
        let (sender, receiver) = self.sides(way);
        match self.stage {
            // The ends forgot the connection, or are about to: they answer what is late from its own numbers.
            Stage::TimeWait | Stage::Close => Ok(Effect::Pass),
            Stage::SynSent2
            | Stage::SynReceived
            | Stage::Established
            | Stage::FinWait
            | Stage::CloseWait
            | Stage::LastAck => match fit_reset(segment, sender, receiver, self.knowledge())? {
                ResetFit::Exact => Ok(self.close()),
                ResetFit::Inside => Ok(Effect::Pass),
            },
        }
    }

    fn close(&mut self) -> Effect {
        self.stage = Stage::Close;
        Effect::Move
    }

    /// The connection that the probe opens, where the segment answers it.
    fn begin_again(&mut self, probe: Syn, segment: &Segment) -> Result<Effect, Invalid> {
        *self = Opening::new(probe).answer(segment)?;
        Ok(Effect::Move)
    }

    /// Whether the other side answers a SYN that passed here by refusing it: it has no such connection any more.
    fn refuses_probe(&self, way: Way, segment: &Segment) -> bool {
        way == Way::Reply && self.probe.is_some_and(|syn| segment.takes(&syn))
    }

    /// The stage of a connection past its handshake.
    fn stage_by_fins(&self) -> Stage {
        let taken = (self.reply.has_fin_of(&self.original), self.original.has_fin_of(&self.reply));
        match (self.original.fin, self.reply.fin) {
            (None, None) => Stage::Established,
            (Some(_), Some(_)) if taken == (true, true) => Stage::TimeWait,
            (Some(_), Some(_)) => Stage::LastAck,
            (Some(_), None) | (None, Some(_)) if taken == (false, false) => Stage::FinWait,
            (Some(_), None) | (None, Some(_)) => Stage::CloseWait,
        }
    }

    /// Notes that a side of a picked-up connection was heard. From the second side on, what either may send is known
    /// from the other's window.
    fn hear(&mut self, way: Way) {
        if self.origin == Origin::OneSide && way == Way::Reply {
            self.origin = Origin::BothSides;
            self.original.limit = self.original.end;
        }
    }

    fn knowledge(&self) -> Knowledge {
        self.origin.knowledge()
    }

    /// Sender and receiver of a segment.
    fn sides(&self, way: Way) -> (&Side, &Side) {
        match way {
            Way::Original => (&self.original, &self.reply),
            Way::Reply => (&self.reply, &self.original),
        }
    }

    fn sides_mut(&mut self, way: Way) -> (&mut Side, &mut Side) {
        match way {
            Way::Original => (&mut self.original, &mut self.reply),
            Way::Reply => (&mut self.reply, &mut self.original),
        }
    }
}

/// A connection lives no longer than [`Timeouts::tcp_unacknowledged`] while something that was sent is not acknowledged.
fn lifetime_by_gaps(quiet: Duration, original: &Side, reply: &Side, timeouts: &Timeouts) -> Duration {
    let settled = reply.has_all_of(original) && original.has_all_of(reply);
    if settled { quiet } else { quiet.min(timeouts.tcp_unacknowledged) }
}
