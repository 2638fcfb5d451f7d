//! TCP as nf_conntrack tracks it: a table of states, and windows beside it.

use conntrack::TcpSide;

use super::segment::{Kind, Segment, after, before};
use super::side::Side;
use super::table::Move;
use super::{Cause, Dir, TcpState};

/// An acknowledgment may lag behind by this much, or by the sender's window.
const LAG: u32 = 66_000;

/// A connection.
#[derive(Clone, Debug)]
pub struct Tcp {
    /// Where it stands.
    pub state: TcpState,
    original: Side,
    reply: Side,
    assured: bool,
    simultaneous: bool,
    last: Last,
}

/// The segment that passed last.
#[derive(Clone, Copy, Debug)]
struct Last {
    kind: Kind,
    dir: Dir,
    end: u32,
    acknowledgment: u32,
    window: u16,
    scale: Option<u8>,
    sack: bool,
    challenge: bool,
}

/// What the windows say.
enum Fit {
    Inside,
    Passes(Cause),
    Invalid(Cause),
}

impl Tcp {
    /// The connection that starts with a segment.
    pub(super) fn open(tcp: &wire::Tcp, payload: u32, loose: bool) -> Result<(Tcp, Cause), Cause> {
        let segment = Segment::of(tcp, payload).ok_or(Cause::Flags)?;
        let mut side = Side { end: segment.end, window: u32::from(segment.window).max(1), ..Side::default() };
        let last = Last {
            kind: Kind::None,
            dir: Dir::Original,
            end: 0,
            acknowledgment: 0,
            window: 0,
            scale: None,
            sack: false,
            challenge: false,
        };
        let connection =
            |state, original, reply| Tcp { state, original, reply, assured: false, simultaneous: false, last };
        let (mut opened, cause) = match (segment.kind, loose) {
            (Kind::Syn, _) => {
                side.limit = side.end;
                side.read_options(&segment);
                (connection(TcpState::SynSent, side, Side::default()), Cause::Opened)
            }
            (Kind::Ack, true) => {
                side.limit = side.end.wrapping_add(side.window);
                (side.sack, side.liberal) = (true, true);
                let reply = Side { sack: true, liberal: true, ..Side::default() };
                (connection(TcpState::Established, side, reply), Cause::PickedUp)
            }
            _ => return Err(Cause::NoFlow),
        };
        // The first segment goes through the windows as well.
        opened.fit(Dir::Original, &segment);
        opened.last = Last { kind: segment.kind, ..opened.last };
        Ok((opened, cause))
    }

    /// What a segment of the connection does.
    pub(super) fn receive(&mut self, dir: Dir, seen_reply: bool, tcp: &wire::Tcp, payload: u32) -> Cause {
        let Some(segment) = Segment::of(tcp, payload) else { return Cause::Flags };
        let old = self.state;
        let mut new = match Move::of(dir, segment.kind, old) {
            Move::Invalid => return Cause::Table,
            Move::To(TcpState::SynSent) if old.is_over() => {
                let aborted = self.last.dir == dir && self.last.kind == Kind::Rst;
                if self.original.began_close || self.reply.began_close || aborted {
                    return Cause::Reopened;
                }
                return self.ignore(dir, &segment);
            }
            Move::Ignore if self.answers_last_syn(dir, &segment) => {
                self.begin_again(dir);
                TcpState::SynRecv
            }
            Move::Ignore => return self.ignore(dir, &segment),
            Move::To(new) => new,
        };
        match new {
            TcpState::TimeWait
                if old == TcpState::LastAck
                    && segment.kind == Kind::Ack
                    && self.last.dir != dir
                    && self.last.kind == Kind::Syn
                    && self.last.challenge =>
            {
                self.last.challenge = false;
                return Cause::ChallengeAck;
            }
            TcpState::SynSent2 => self.simultaneous = true,
            TcpState::SynRecv if dir == Dir::Reply && segment.kind == Kind::Ack && self.simultaneous => {
                new = TcpState::Established;
            }
            _ => {}
        }
        let mut checked = true;
        if segment.kind == Kind::Rst {
            let reset = self.reset(dir, &segment);
            match reset {
                Reset::Invalid => return Cause::OldReset,
                Reset::Believed => checked = false,
                Reset::Closes => {}
                Reset::Stays => new = old,
                Reset::Unknown => {}
            }
            if matches!(reset, Reset::Stays | Reset::Unknown) && self.refuses_last(dir, seen_reply, &segment) {
                checked = false;
            }
        }
        let cause = if checked {
            match self.fit(dir, &segment) {
                Fit::Inside => Cause::InWindow,
                Fit::Passes(Cause::Liberal) => Cause::Liberal,
                Fit::Passes(cause) => return cause,
                Fit::Invalid(cause) => {
                    self.note_invalid(dir, &segment);
                    return cause;
                }
            }
        } else {
            Cause::Unchecked
        };
        self.last.kind = segment.kind;
        self.last.dir = dir;
        self.state = new;
        if old != new && new == TcpState::FinWait {
            self.side_mut(dir).began_close = true;
        }
        if !seen_reply {
            if segment.kind == Kind::Rst {
                return Cause::Killed;
            }
        } else if matches!(old, TcpState::SynRecv | TcpState::Established) && new == TcpState::Established {
            self.assured = true;
        }
        cause
    }

    /// What is known of the opener and of the other side; `None` of one that was not heard. Linux does
    /// not keep where a FIN was.
    pub fn sides(&self) -> [Option<TcpSide>; 2] {
        [&self.original, &self.reply].map(|side| {
            let Side { end, limit, window, acknowledged, offered, .. } = *side;
            (window != 0).then_some(TcpSide { end, limit, window, acknowledged, fin: None, scale: offered })
        })
    }

    /// Whether the opener and the other side said that they understand SACK.
    pub fn permits_sack(&self) -> [bool; 2] {
        [self.original.sack, self.reply.sack]
    }

    /// Whether windows are not enforced, because the beginning was not seen.
    pub fn is_liberal(&self) -> bool {
        self.original.liberal || self.reply.liberal
    }

    fn ignore(&mut self, dir: Dir, segment: &Segment) -> Cause {
        self.last.kind = segment.kind;
        self.last.dir = dir;
        self.last.end = segment.end;
        self.last.window = segment.window;
        if segment.kind == Kind::Syn && dir == Dir::Original {
            self.last.scale = segment.scale.map(|scale| scale.min(14));
            self.last.sack = segment.sack_permitted;
            self.last.challenge = self.state == TcpState::LastAck;
            self.simultaneous = false;
        }
        if segment.kind == Kind::Ack && dir == Dir::Reply && self.state == TcpState::SynSent {
            self.last.acknowledgment = segment.acknowledgment;
        }
        Cause::Ignored
    }

    /// A SYN-ACK for a SYN that was ignored: the ends agree, so they are right.
    fn answers_last_syn(&self, dir: Dir, segment: &Segment) -> bool {
        segment.kind == Kind::SynAck
            && self.last.kind == Kind::Syn
            && self.last.dir != dir
            && segment.acknowledgment == self.last.end
    }

    fn begin_again(&mut self, dir: Dir) {
        let Last { end, window, scale, sack, .. } = self.last;
        *self.side_mut(other(dir)) = Side {
            end,
            limit: end,
            window: u32::from(window).max(1),
            scale: scale.unwrap_or(0),
            offered: scale,
            sack,
            ..*self.side(other(dir))
        };
        let side = self.side_mut(other(dir));
        (side.acknowledged, side.liberal, side.began_close) = (side.acknowledged.filter(|_| false), false, false);
        self.last.challenge = false;
        *self.side_mut(dir) = Side { liberal: self.side(dir).liberal, ..Side::default() };
        self.state = TcpState::SynSent;
    }

    fn reset(&self, dir: Dir, segment: &Segment) -> Reset {
        if self.state.is_closing() || self.answers_challenge(segment) {
            return Reset::Believed;
        }
        let established = self.state == TcpState::Established && self.assured;
        let Some(acknowledged) = self.side(other(dir)).acknowledged.filter(|_| self.last.kind != Kind::Syn) else {
            return Reset::Unknown;
        };
        let ends_train = self.last.kind == Kind::Ack && self.last.dir == dir && segment.sequence == self.last.end;
        if segment.sequence == 0 && !established {
            Reset::Closes
        } else if before(segment.sequence, acknowledged) {
            Reset::Invalid
        } else if !established || segment.sequence == acknowledged || ends_train {
            Reset::Closes
        } else {
            Reset::Stays
        }
    }

    /// A reset of the old connection that an ACK after the SYN told of, whoever sends it.
    fn answers_challenge(&self, segment: &Segment) -> bool {
        self.state == TcpState::SynSent
            && self.last.kind == Kind::Ack
            && self.last.dir == Dir::Reply
            && segment.sequence == self.last.acknowledgment
    }

    /// A reset that answers a SYN or an ACK that was let pass unbelieved.
    fn refuses_last(&self, dir: Dir, seen_reply: bool, segment: &Segment) -> bool {
        let syn = seen_reply && self.last.kind == Kind::Syn && self.last.dir != dir;
        let ack = !self.assured && self.last.kind == Kind::Ack;
        (syn || ack) && segment.acknowledgment == self.last.end
    }

    /// Resets and FINs out of the window are remembered.
    fn note_invalid(&mut self, dir: Dir, segment: &Segment) {
        let is_end = |kind| matches!(kind, Kind::Rst | Kind::Fin);
        if self.assured && is_end(segment.kind) && !(self.last.dir != dir && is_end(self.last.kind)) {
            self.last.kind = segment.kind;
            self.last.dir = dir;
        }
    }

    /// Places a segment, and takes over what it says if it is inside.
    fn fit(&mut self, dir: Dir, segment: &Segment) -> Fit {
        let (mut sender, mut receiver) = (*self.side(dir), *self.side(other(dir)));
        let fit = self.place(dir, segment, &mut sender, &mut receiver);
        *self.side_mut(dir) = sender;
        *self.side_mut(other(dir)) = receiver;
        fit
    }

    fn place(&mut self, dir: Dir, segment: &Segment, sender: &mut Side, receiver: &mut Side) -> Fit {
        let (mut sequence, mut end, mut ack) = (segment.sequence, segment.end, segment.acknowledgment);
        let mut sack = if receiver.sack { segment.sack() } else { ack };
        let is_syn = matches!(segment.kind, Kind::Syn | Kind::SynAck);
        if sender.window == 0 {
            if is_syn {
                sender.begin(dir, receiver, segment);
                if segment.kind == Kind::Syn {
                    return Fit::Inside;
                }
            } else {
                sender.end = end;
                sender.window = (u32::from(segment.window) << sender.scale).max(1);
                sender.limit = end.wrapping_add(sender.window);
                if receiver.window == 0 {
                    (receiver.end, receiver.limit) = (sack, sack);
                } else if sack == receiver.end.wrapping_add(1) {
                    receiver.end = sack;
                }
            }
        } else if is_syn && after(end, sender.end) && matches!(self.state, TcpState::SynSent | TcpState::SynRecv) {
            sender.begin(dir, receiver, segment);
            if dir == Dir::Reply && segment.kind == Kind::Syn {
                return Fit::Inside;
            }
        }
        if !segment.has_ack || (segment.kind == Kind::Rst && ack == 0) {
            (ack, sack) = (receiver.end, receiver.end);
        }
        if segment.kind == Kind::Rst && sequence == 0 && self.state == TcpState::SynSent {
            (sequence, end) = (sender.end, sender.end);
        }
        let lag = sender.window.max(LAG);
        let ack_is_recent = after(sack, receiver.end.wrapping_sub(lag).wrapping_sub(1));
        let in_window = |sender: &Side| after(end, sender.end.wrapping_sub(receiver.window).wrapping_sub(1));
        if !before(sequence, sender.limit.wrapping_add(1)) {
            let overshot = end.wrapping_sub(sender.limit).wrapping_add(1);
            let is_little = receiver.window != 0 && in_window(sender) && ack_is_recent && overshot <= receiver.window;
            if is_little && before(sack, receiver.end.wrapping_add(1)) {
                sender.end = end;
                return pass_by(sender, Cause::Overshot);
            }
            return refuse(sender, Cause::SequenceAbove);
        }
        if !before(sack, receiver.end.wrapping_add(1)) {
            return refuse(sender, Cause::AcknowledgmentAbove);
        }
        if receiver.window != 0 && !in_window(sender) {
            return pass_by(sender, Cause::Retransmitted);
        }
        if !ack_is_recent {
            return pass_by(sender, Cause::Delayed);
        }
        let window = if is_syn { u32::from(segment.window) } else { u32::from(segment.window) << sender.scale };
        sender.window = sender.window.max(window.wrapping_add(sack.wrapping_sub(ack)));
        if after(end, sender.end) {
            sender.end = end;
        }
        if segment.has_ack {
            sender.acknowledged = Some(match sender.acknowledged {
                Some(before) if !after(ack, before) => before,
                Some(_) | None => ack,
            });
        }
        if receiver.window != 0 && after(end, sender.limit) {
            receiver.window = receiver.window.wrapping_add(end.wrapping_sub(sender.limit));
        }
        if after(sack.wrapping_add(window), receiver.limit.wrapping_sub(1)) {
            receiver.limit = sack.wrapping_add(window).wrapping_add(u32::from(window == 0));
        }
        if segment.kind == Kind::Ack {
            self.last.dir = dir;
            self.last.end = end;
        }
        Fit::Inside
    }

    fn side(&self, dir: Dir) -> &Side {
        match dir {
            Dir::Original => &self.original,
            Dir::Reply => &self.reply,
        }
    }

    fn side_mut(&mut self, dir: Dir) -> &mut Side {
        match dir {
            Dir::Original => &mut self.original,
            Dir::Reply => &mut self.reply,
        }
    }
}

/// What a reset does before its window is looked at.
enum Reset {
    Invalid,
    /// It closes, and no window is looked at.
    Believed,
    Closes,
    /// It passes, and its receiver answers with a challenge ACK.
    Stays,
    /// Its receiver acknowledged nothing yet.
    Unknown,
}

fn pass_by(sender: &Side, cause: Cause) -> Fit {
    Fit::Passes(if sender.liberal { Cause::Liberal } else { cause })
}

fn refuse(sender: &Side, cause: Cause) -> Fit {
    if sender.liberal { Fit::Passes(Cause::Liberal) } else { Fit::Invalid(cause) }
}

fn other(dir: Dir) -> Dir {
    match dir {
        Dir::Original => Dir::Reply,
        Dir::Reply => Dir::Original,
    }
}
