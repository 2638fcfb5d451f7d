//! Sequence numbers and windows of the two sides (van Rooij; RFC 9293 section 3.4, RFC 7323 section 2).

use wire::AckSegment;

use crate::invalid::Invalid;

use super::segment::{Acknowledgment, MAX_SCALE, MAX_WINDOW, Segment, SegmentKind, Syn, after, before, behind, later};

/// An acknowledgment may be this old whatever the window: a window is at most 65,535 without scaling (van Rooij).
const MIN_REACH: u32 = 66_000;

/// What is known of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    /// Its first sequence number: that of its SYN.
    pub(crate) start: u32,
    /// The sequence number behind all that it sent.
    pub(crate) end: u32,
    /// The last sequence number at which the other side lets it begin a segment.
    pub(crate) limit: u32,
    /// The largest window that it offered, in bytes.
    pub(crate) window: u32,
    /// The highest acknowledgment number that it sent.
    pub(crate) acknowledged: Option<u32>,
    /// The sequence number behind its FIN.
    pub(crate) fin: Option<u32>,
    /// The shift count that it offered.
    pub(crate) scale: Option<u8>,
}

/// What is known of a side of a TCP connection, for display and for comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpSide {
    /// The sequence number behind all that it sent.
    pub end: u32,
    /// The last sequence number at which the other side lets it begin a segment.
    pub limit: u32,
    /// The largest window that it offered, in bytes.
    pub window: u32,
    /// The highest acknowledgment number that it sent.
    pub acknowledged: Option<u32>,
    /// The sequence number behind its FIN.
    pub fin: Option<u32>,
    /// The shift count that it offered, at most 14 (RFC 7323 section 2.3).
    pub scale: Option<u8>,
}

/// The numbers of a side that acknowledged something and has not ended: those of [`Side`] that move.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edges {
    pub(crate) end: u32,
    pub(crate) limit: u32,
    pub(crate) window: u32,
    pub(crate) acknowledged: u32,
}

/// How much of what its sides sent before is known of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knowledge {
    /// All.
    Whole,
    /// Either side may have sent more than was seen, within the window of the other.
    Part,
}

/// Where a segment lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// In the window.
    Inside,
    /// Before the window: sent again, or late. It passes and changes nothing.
    Old,
}

/// Where a reset lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResetFit {
    /// Exactly where its receiver expects the next segment (RFC 5961 section 3.2).
    Exact,
    /// Elsewhere in the window: its receiver answers with a challenge ACK.
    Inside,
}

impl Side {
    /// What to show of it.
    pub(super) fn shown(&self) -> TcpSide {
        let Side { start: _, end, limit, window, acknowledged, fin, scale } = *self;
        TcpSide { end, limit, window, acknowledged, fin, scale }
    }

    /// A side that sent this SYN or SYN-ACK.
    pub(super) fn opening(syn: Syn, acknowledged: Option<u32>) -> Side {
        Side {
            start: syn.sequence,
            end: syn.end,
            limit: syn.end,
            window: u32::from(syn.window).max(1),
            acknowledged,
            fin: None,
            scale: syn.scale,
        }
    }

    /// A side picked up with this segment. Its scale is not known, so it is taken to be the largest.
    pub(super) fn picked_up(segment: &Segment, acknowledgment: Acknowledgment) -> Side {
        Side {
            start: segment.sequence,
            end: segment.end,
            limit: segment.end.wrapping_add(MAX_WINDOW),
            window: (u32::from(segment.window) << MAX_SCALE).max(1),
            acknowledged: Some(acknowledgment.next),
            fin: None,
            scale: Some(MAX_SCALE),
        }
    }

    /// The side that `other`, picked up with this segment, talks to: known only from what is acknowledged to it.
    pub(super) fn picked_up_unheard(other: &Side, acknowledgment: Acknowledgment) -> Side {
        Side {
            start: acknowledgment.next,
            end: acknowledgment.reach,
            limit: acknowledgment.next.wrapping_add(other.window),
            window: 0,
            acknowledged: None,
            fin: None,
            scale: Some(MAX_SCALE),
        }
    }

    /// Lets this side send up to the window of the other, from an acknowledged point on.
    pub(super) fn allow(&mut self, from: u32, window: u32) {
        self.limit = allowed(self.limit, from, window);
    }

    /// Whether an acknowledgment takes the SYN that this side opened with, and nothing that it did not send.
    pub(super) fn is_opened_by(&self, acknowledgment: u32) -> bool {
        after(acknowledgment, self.start) && !after(acknowledgment, self.end)
    }

    /// Whether all that `sender` sent was acknowledged by this side.
    pub(super) fn has_all_of(&self, sender: &Side) -> bool {
        self.acknowledged.is_some_and(|acknowledged| !after(sender.end, acknowledged))
    }

    /// Whether this side acknowledged the FIN of `sender`.
    pub(super) fn has_fin_of(&self, sender: &Side) -> bool {
        match (self.acknowledged, sender.fin) {
            (Some(acknowledged), Some(fin)) => !after(fin, acknowledged),
            (None, _) | (_, None) => false,
        }
    }
}

/// The limit of a side that may send up to a window from an acknowledged point on, and had this limit before.
#[inline]
fn allowed(before: u32, from: u32, window: u32) -> u32 {
    let limit = from.wrapping_add(window);
    match (after(before, limit), window) {
        (true, _) => before,
        // A closed window is probed with one byte (RFC 9293 section 3.8.6.1).
        (false, 0) => limit.wrapping_add(1),
        (false, _) => limit,
    }
}

/// Places a segment that is no reset by van Rooij's four conditions.
pub(super) fn fit(segment: &Segment, sender: &Side, receiver: &Side, knowledge: Knowledge) -> Result<Fit, Invalid> {
    // I. It begins no later than the receiver allows. A sender that sent more than that begins no later than it ended either,
    // or else what is just ahead of the half circle would be behind the limit and ahead of the end.
    let sent_too_much = after(sender.end, sender.limit);
    if after(segment.sequence, sender.limit) || sent_too_much && after(segment.sequence, sender.end) {
        return Err(Invalid::TcpWindow);
    }
    // III. It acknowledges nothing that the receiver did not send.
    if segment.acknowledgment.is_some_and(|acknowledgment| acknowledgment.is_beyond(receiver.sent_at_most(knowledge))) {
        return Err(Invalid::TcpAck);
    }
    // II. It ends no earlier than one window of the receiver before all that was sent. What is older was acknowledged,
    // but the acknowledgment may have been lost behind this point, so its sender repeats it and waits for another.
    let age = behind(segment.end, sender.end);
    if age > receiver.window + receiver.window.max(MIN_REACH) {
        return Err(Invalid::TcpWindow);
    }
    // IV. It acknowledges no less than what was sent one window of the sender ago.
    let reach = segment.acknowledgment.map_or(receiver.end, |acknowledgment| acknowledgment.reach);
    let late = behind(reach, receiver.end) > sender.window.max(MIN_REACH);
    if late && segment.payload > 0 {
        return Err(Invalid::TcpAck);
    }
    Ok(if late || age > receiver.window { Fit::Old } else { Fit::Inside })
}

/// Places a reset. Its sequence number alone decides (RFC 9293 section 3.10.7.4, RFC 5961 section 3.2).
pub(super) fn fit_reset(
    segment: &Segment,
    sender: &Side,
    receiver: &Side,
    knowledge: Knowledge,
) -> Result<ResetFit, Invalid> {
    let low = receiver.acknowledged.unwrap_or(sender.start);
    let high = later(sender.limit, sender.end);
    if before(segment.sequence, low) || after(segment.sequence, high) {
        return Err(Invalid::RstWindow);
    }
    if segment.acknowledgment.is_some_and(|acknowledgment| acknowledgment.is_beyond(receiver.sent_at_most(knowledge))) {
        return Err(Invalid::TcpAck);
    }
    // Its receiver may have taken all that was sent and not said so yet.
    let exact = receiver.acknowledged == Some(segment.sequence) || segment.sequence == sender.end;
    Ok(if exact { ResetFit::Exact } else { ResetFit::Inside })
}

/// Takes over what a segment inside the window says.
pub(super) fn update(segment: &Segment, sender: &mut Side, receiver: &mut Side) {
    let window = sender.scaled(segment, receiver);
    if after(segment.end, sender.limit) {
        // A receiver that takes more than it offered has that much more room.
        let excess = behind(sender.limit, segment.end);
        receiver.window = receiver.window.saturating_add(excess).min(MAX_WINDOW);
    }
    if sender.fin.is_some_and(|fin| after(segment.end, fin)) {
        sender.fin = None;
    }
    if segment.kind == SegmentKind::Fin {
        sender.fin = Some(segment.end);
    }
    sender.end = later(segment.end, sender.end);
    let Some(acknowledgment) = segment.acknowledgment else {
        sender.window = sender.window.max(window);
        return;
    };
    // Data behind a gap counts as room that the sender of the acknowledgment has.
    let room = window.saturating_add(behind(acknowledgment.next, acknowledgment.reach)).min(MAX_WINDOW);
    sender.window = sender.window.max(room);
    sender.acknowledged =
        Some(sender.acknowledged.map_or(acknowledgment.next, |before| later(acknowledgment.next, before)));
    receiver.end = later(acknowledgment.reach, receiver.end);
    receiver.allow(acknowledgment.next, window);
}

/// Takes over what a segment says that only acknowledges and lies plainly inside the window; its own window is shifted by so many
/// bits. The same as [`fit`] and [`update`].
///
/// Returns `None`, and changes nothing, where it may lie elsewhere.
#[inline]
pub(crate) fn slide(
    segment: &AckSegment,
    shift: u32,
    [sender, receiver]: [&mut Edges; 2],
    knowledge: Knowledge,
) -> Option<()> {
    let (first, next) = (segment.sequence, segment.acknowledgment);
    let (end, window) = (first.wrapping_add(segment.payload), u32::from(segment.window) << shift);
    let sent = match knowledge {
        Knowledge::Whole => receiver.end,
        Knowledge::Part => later(receiver.limit, receiver.end),
    };
    // The conditions of `fit`, but that a sender that sent too much is not looked at here. Each is left on its own: so fewer numbers
    // are held at once.
    if after(sender.end, sender.limit) || after(first, sender.limit) || after(end, sender.limit) {
        return None;
    }
    if behind(end, sender.end) > receiver.window || after(next, sent) {
        return None;
    }
    if behind(next, receiver.end) > sender.window.max(MIN_REACH) {
        return None;
    }
    sender.end = later(end, sender.end);
    sender.window = sender.window.max(window);
    sender.acknowledged = later(next, sender.acknowledged);
    receiver.end = later(next, receiver.end);
    receiver.limit = allowed(receiver.limit, next, window);
    Some(())
}

impl Edges {
    /// Whether all that `sender` sent was acknowledged by this side.
    pub(crate) fn has_all_of(&self, sender: &Edges) -> bool {
        !after(sender.end, self.acknowledged)
    }
}

impl Side {
    /// The sequence number behind all that this side can have sent.
    fn sent_at_most(&self, knowledge: Knowledge) -> u32 {
        match knowledge {
            Knowledge::Whole => self.end,
            Knowledge::Part => later(self.limit, self.end),
        }
    }

    /// The window of a segment of this side, in bytes. A SYN's is never scaled, the others' only when both sides
    /// offered to (RFC 7323 section 2.2).
    fn scaled(&self, segment: &Segment, other: &Side) -> u32 {
        let shift = match (segment.kind, self.scale, other.scale) {
            (SegmentKind::Syn | SegmentKind::SynAck, _, _) => 0,
            (_, Some(scale), Some(_)) => scale,
            (_, None, _) | (_, _, None) => 0,
        };
        u32::from(segment.window) << shift
    }
}
