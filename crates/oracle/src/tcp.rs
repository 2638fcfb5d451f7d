//! TCP connections, from the outside.
//!
//! Positions count the bytes of a stream from the first number seen, without end; a sequence number of 32 bits becomes one by its
//! distance from a position that is known (RFC 9293 section 3.4). The rest is written as the sentences of RFC 9293, RFC 5961 and
//! van Rooij's "Real Stateful TCP Packet Filtering in IP Filter", one after the other.

mod segment;

use conntrack::{Invalid, PickUp};
use wire::Tcp;

use crate::track::Speaker;
use segment::{Kind, Segment, Syn, distance, place};

/// The largest window that TCP can offer (RFC 7323 section 2.3).
const LARGEST_WINDOW: i64 = 1 << 30;
/// The largest shift count (RFC 7323 section 2.3).
const LARGEST_SHIFT: u8 = 14;
/// How old an acknowledgment or a repetition may be at least: the largest window without scaling, and a little more.
const LEAST_WINDOW: i64 = 66_000;

/// A connection.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    state: State,
    birth: Birth,
    /// The side that sent the first packet seen.
    opener: Side,
    /// The other one; nothing is known of it before it spoke, unless the opener acknowledged something.
    answerer: Side,
    /// A SYN that the opener sent while the connection was open.
    second_syn: Option<Syn>,
    /// What the answerer acknowledged when it met the opener's SYN with a bare ACK.
    challenge: Option<u32>,
}

/// The states of netfilter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    SynSent,
    SynSent2,
    SynReceived,
    Established,
    FinWait,
    CloseWait,
    LastAck,
    TimeWait,
    Close,
    /// Reset before the answerer had a sequence number.
    Refused,
}

/// How the connection came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Birth {
    Syn,
    /// In the middle, and only the opener spoke.
    MiddleUnanswered,
    Middle,
}

/// What is known of one side.
#[derive(Clone, Debug)]
struct Side {
    /// Where it started.
    first: i64,
    /// Behind all that it sent.
    sent: i64,
    /// The last place where the other side lets it begin a segment.
    may_begin_at: i64,
    /// The largest window that it offered.
    window: i64,
    /// How far it acknowledged the other side.
    received: Option<i64>,
    /// Behind its FIN.
    fin: Option<i64>,
    /// The shift count that it offered.
    shift: Option<u8>,
}

/// What a packet of a connection that passes does to it.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Nothing,
    /// It is so from now on, and ends no later for it.
    Remembers(Connection),
    /// It is so from now on, and lives on.
    Lives(Connection),
    /// It opens another connection with the same ports.
    OpensAnew,
}

impl Side {
    fn opened_by(syn: Syn) -> Side {
        let first = i64::from(syn.sequence);
        let sent = first + syn.length;
        Side {
            first,
            sent,
            may_begin_at: sent,
            window: i64::from(syn.window).max(1),
            received: None,
            fin: None,
            shift: syn.shift.map(|shift| shift.min(LARGEST_SHIFT)),
        }
    }

    /// Lets it send a window from here on. A window that was opened is not closed again, and a closed one is probed with one
    /// byte (RFC 9293 sections 3.8.6, 3.8.6.1).
    fn allow(&mut self, from: i64, window: i64) {
        let edge = from + window;
        if edge >= self.may_begin_at {
            self.may_begin_at = if window == 0 { edge + 1 } else { edge };
        }
    }
}

impl Connection {
    /// The connection that a segment starts.
    pub(crate) fn begin(tcp: &Tcp, data: u32, pick_up: PickUp) -> Result<Connection, Invalid> {
        let segment = Segment::read(tcp, data)?;
        match (segment.kind, pick_up) {
            (Kind::Syn, _) => Ok(Connection::opened(segment.syn())),
            (Kind::Ack, PickUp::MidStream) => Ok(Connection::found(&segment)),
            _ => Err(Invalid::MidStream),
        }
    }

    fn opened(syn: Syn) -> Connection {
        Connection {
            state: State::SynSent,
            birth: Birth::Syn,
            opener: Side::opened_by(syn),
            answerer: Side::opened_by(Syn { sequence: 0, length: 0, window: 0, shift: None }),
            second_syn: None,
            challenge: None,
        }
    }

    /// A connection met in its middle: both may send as much as TCP allows at all.
    fn found(segment: &Segment) -> Connection {
        let number = segment.acknowledges.unwrap_or_default();
        let acknowledged = i64::from(number);
        let first = i64::from(segment.sequence);
        let sent = first + segment.length;
        let window = (i64::from(segment.window) << LARGEST_SHIFT).max(1);
        let shift = Some(LARGEST_SHIFT);
        let opener = Side {
            first,
            sent,
            may_begin_at: sent + LARGEST_WINDOW,
            window,
            received: Some(acknowledged),
            fin: None,
            shift,
        };
        let reach = acknowledged + segment.selectively;
        let answerer = Side {
            first: acknowledged,
            sent: reach,
            may_begin_at: acknowledged + window,
            window: 0,
            received: None,
            fin: None,
            shift,
        };
        Connection {
            state: State::Established,
            birth: Birth::MiddleUnanswered,
            opener,
            answerer,
            second_syn: None,
            challenge: None,
        }
    }

    /// What a segment means to the connection.
    pub(crate) fn hear(&self, speaker: Speaker, tcp: &Tcp, data: u32) -> Result<Change, Invalid> {
        let segment = Segment::read(tcp, data)?;
        match self.state {
            State::SynSent => self.hear_unanswered(speaker, &segment),
            State::Refused => match segment.kind {
                Kind::Syn => Ok(Change::OpensAnew),
                Kind::Rst => Ok(Change::Nothing),
                Kind::SynAck | Kind::Ack | Kind::Fin => Err(Invalid::TcpState),
            },
            _ => self.hear_open(speaker, &segment),
        }
    }

    /// Whether a packet that starts with this number may still be on its way.
    pub(crate) fn is_on_its_way(&self, speaker: Speaker, sequence: u32) -> bool {
        let (sender, receiver) = self.sides(speaker);
        match (self.state, speaker) {
            (State::Refused, _) | (State::SynSent, Speaker::Answerer) => false,
            _ => {
                let first_open = receiver.received.unwrap_or(sender.first);
                distance(sequence, first_open) >= 0 && distance(sequence, sender.sent) <= 0
            }
        }
    }

    /// Seconds until it ends if nothing comes.
    pub(crate) fn lifetime(&self) -> u64 {
        let quiet = match self.state {
            State::SynSent => return 120,
            State::Refused => return 10,
            State::SynSent2 => 120,
            State::SynReceived => 60,
            State::Established => match self.birth {
                Birth::Syn => 5 * 24 * 60 * 60,
                Birth::MiddleUnanswered | Birth::Middle => 6 * 60 * 60,
            },
            State::FinWait => 120,
            State::CloseWait => 60,
            State::LastAck => 30,
            State::TimeWait => 120,
            State::Close => 10,
        };
        let has_all =
            |receiver: &Side, sender: &Side| receiver.received.is_some_and(|received| received >= sender.sent);
        let all_acknowledged = has_all(&self.opener, &self.answerer) && has_all(&self.answerer, &self.opener);
        if all_acknowledged { quiet } else { quiet.min(300) }
    }

    fn sides(&self, speaker: Speaker) -> (&Side, &Side) {
        match speaker {
            Speaker::Opener => (&self.opener, &self.answerer),
            Speaker::Answerer => (&self.answerer, &self.opener),
        }
    }

    fn sides_mut(&mut self, speaker: Speaker) -> (&mut Side, &mut Side) {
        match speaker {
            Speaker::Opener => (&mut self.opener, &mut self.answerer),
            Speaker::Answerer => (&mut self.answerer, &mut self.opener),
        }
    }

    /// The SYN that the opener sent, while that is all it sent.
    fn first_syn(&self) -> Syn {
        Syn {
            sequence: self.opener.first as u32,
            length: self.opener.sent - self.opener.first,
            window: u16::try_from(self.opener.window).unwrap_or(u16::MAX),
            shift: self.opener.shift,
        }
    }

    /// Only the opener's SYN was seen.
    fn hear_unanswered(&self, speaker: Speaker, segment: &Segment) -> Result<Change, Invalid> {
        match (speaker, segment.kind) {
            (Speaker::Opener, Kind::Syn) => Ok(Change::Lives(Connection::opened(segment.syn()))),
            // The opener gives up, or resets the old connection that the challenge told of.
            (Speaker::Opener, Kind::Rst) => {
                let gives_up = distance(segment.sequence, self.opener.sent) == 0;
                let meant = gives_up || self.challenge == Some(segment.sequence);
                if meant { Ok(Change::Lives(self.refused())) } else { Err(Invalid::RstWindow) }
            }
            (Speaker::Opener, Kind::SynAck | Kind::Ack | Kind::Fin) => Err(Invalid::TcpState),
            // Both open at once (RFC 9293 section 3.5).
            (Speaker::Answerer, Kind::Syn) => {
                let answerer = Side::opened_by(segment.syn());
                Ok(Change::Lives(Connection { state: State::SynSent2, answerer, challenge: None, ..self.clone() }))
            }
            (Speaker::Answerer, Kind::SynAck) => Connection::answered(self.first_syn(), segment),
            // An old connection met the SYN and says where it stands (RFC 9293 section 3.10.7.4). Once for each SYN.
            (Speaker::Answerer, Kind::Ack) if self.challenge.is_none() => {
                Ok(Change::Remembers(Connection { challenge: segment.acknowledges, ..self.clone() }))
            }
            (Speaker::Answerer, Kind::Ack) => Err(Invalid::TcpAck),
            (Speaker::Answerer, Kind::Fin) => Err(Invalid::TcpState),
            // A refusal acknowledges the SYN (RFC 9293 section 3.10.7.3).
            (Speaker::Answerer, Kind::Rst) if segment.takes(&self.first_syn()) => Ok(Change::Lives(self.refused())),
            (Speaker::Answerer, Kind::Rst) => Err(Invalid::TcpAck),
        }
    }

    fn refused(&self) -> Connection {
        Connection { state: State::Refused, ..self.clone() }
    }

    /// A SYN and the SYN-ACK for it.
    fn answered(syn: Syn, segment: &Segment) -> Result<Change, Invalid> {
        if !segment.takes(&syn) {
            return Err(Invalid::TcpAck);
        }
        let mut connection = Connection::opened(syn);
        connection.state = State::SynReceived;
        connection.answerer = Side::opened_by(segment.syn());
        let (opener, answerer) = (&mut connection.opener, &mut connection.answerer);
        let acknowledged = segment.acknowledges.map_or(opener.first, |number| place(number, opener.first));
        answerer.received = Some(acknowledged);
        opener.allow(acknowledged, answerer.window);
        answerer.allow(answerer.sent, opener.window);
        Ok(Change::Lives(connection))
    }

    /// Both sides have numbers.
    fn hear_open(&self, speaker: Speaker, segment: &Segment) -> Result<Change, Invalid> {
        let is_over = matches!(self.state, State::TimeWait | State::Close);
        match segment.kind {
            Kind::Rst => self.reset(speaker, segment),
            Kind::Syn if is_over => Ok(Change::OpensAnew),
            // The answerer, if it still has the connection, answers it with a challenge (RFC 5961 section 4).
            Kind::Syn if speaker == Speaker::Opener && self.state != State::SynSent2 => {
                Ok(Change::Remembers(Connection { second_syn: Some(segment.syn()), ..self.clone() }))
            }
            Kind::SynAck if self.state == State::SynSent2 => self.end_simultaneous_open(speaker, segment),
            Kind::Syn | Kind::SynAck => self.repeat_syn(speaker, segment),
            Kind::Ack | Kind::Fin if self.state == State::SynSent2 => Err(Invalid::TcpState),
            Kind::Ack | Kind::Fin if self.state == State::Close => self.take(speaker, segment, |next| next.state),
            Kind::Ack if self.state == State::SynReceived && speaker == Speaker::Answerer => {
                self.take(speaker, segment, |next| next.state)
            }
            Kind::Ack | Kind::Fin => {
                // Only who saw the answerer's SYN can acknowledge it: that ends the handshake.
                let ends_handshake = self.state == State::SynReceived && speaker == Speaker::Opener;
                let beyond_syn = segment.acknowledges.is_some_and(|number| distance(number, self.answerer.first) > 0);
                if ends_handshake && !beyond_syn {
                    return Err(Invalid::TcpAck);
                }
                self.take(speaker, segment, Connection::state_by_fins)
            }
        }
    }

    /// The SYN-ACK of a simultaneous open repeats the SYN of its sender and takes that of the other side.
    fn end_simultaneous_open(&self, speaker: Speaker, segment: &Segment) -> Result<Change, Invalid> {
        let (sender, receiver) = self.sides(speaker);
        if distance(segment.sequence, sender.first) != 0 {
            return Err(Invalid::TcpState);
        }
        let takes_syn = segment
            .acknowledges
            .is_some_and(|number| distance(number, receiver.first) > 0 && distance(number, receiver.sent) <= 0);
        if !takes_syn {
            return Err(Invalid::TcpAck);
        }
        self.take(speaker, segment, |_| State::SynReceived)
    }

    /// A SYN or SYN-ACK is a repetition, or a SYN-ACK for the opener's second SYN, be it with the number of the first SYN-ACK.
    fn repeat_syn(&self, speaker: Speaker, segment: &Segment) -> Result<Change, Invalid> {
        let (sender, receiver) = self.sides(speaker);
        let repeats = distance(segment.sequence, sender.first) == 0;
        let may_answer = speaker == Speaker::Answerer && segment.kind == Kind::SynAck;
        if let Some(syn) = self.second_syn.filter(|_| may_answer) {
            let is_another = distance(syn.sequence, receiver.first) != 0;
            if !repeats || is_another && segment.takes(&syn) {
                return Connection::answered(syn, segment);
            }
        }
        if repeats { self.take(speaker, segment, |next| next.state) } else { Err(Invalid::TcpState) }
    }

    /// RFC 5961 section 3.2: outside the window it is dropped, at the expected number it closes, elsewhere its receiver answers
    /// with a challenge.
    fn reset(&self, speaker: Speaker, segment: &Segment) -> Result<Change, Invalid> {
        let closed = Change::Lives(Connection { state: State::Close, ..self.clone() });
        if speaker == Speaker::Answerer && self.second_syn.is_some_and(|syn| segment.takes(&syn)) {
            return Ok(closed);
        }
        if matches!(self.state, State::TimeWait | State::Close) {
            return Ok(Change::Nothing);
        }
        let (sender, receiver) = self.sides(speaker);
        let from = receiver.received.unwrap_or(sender.first);
        let to = sender.may_begin_at.max(sender.sent);
        if distance(segment.sequence, from) < 0 || distance(segment.sequence, to) > 0 {
            return Err(Invalid::RstWindow);
        }
        if self.acknowledges_unsent(segment, receiver) {
            return Err(Invalid::TcpAck);
        }
        let is_expected = receiver.received.is_some_and(|received| distance(segment.sequence, received) == 0);
        let is_behind_all = distance(segment.sequence, sender.sent) == 0;
        Ok(if is_expected || is_behind_all { closed } else { Change::Nothing })
    }

    /// Takes in a segment that is in the window.
    fn take(&self, speaker: Speaker, segment: &Segment, state: fn(&Connection) -> State) -> Result<Change, Invalid> {
        let (sender, receiver) = self.sides(speaker);
        // I. It begins no later than its receiver allows, and than its sender ended where that sent more than was allowed.
        let sent_too_much = sender.sent > sender.may_begin_at;
        let last = if sent_too_much { sender.sent } else { sender.may_begin_at };
        if distance(segment.sequence, sender.may_begin_at) > 0 || distance(segment.sequence, last) > 0 {
            return Err(Invalid::TcpWindow);
        }
        // II. It acknowledges nothing that its receiver did not send.
        if self.acknowledges_unsent(segment, receiver) {
            return Err(Invalid::TcpAck);
        }
        // III. It ends no more than one window of its receiver before all that was sent. From one window more it is a
        // repetition of something whose acknowledgment was lost.
        let age = (sender.sent - segment.end(sender.sent)).max(0);
        if age > receiver.window + receiver.window.max(LEAST_WINDOW) {
            return Err(Invalid::TcpWindow);
        }
        // IV. It acknowledges all that was sent one window of its sender ago. Data that does not is forged (RFC 5961
        // section 5).
        let behind = segment.reach(receiver.sent).map_or(0, |reach| receiver.sent - reach);
        let is_late = behind > sender.window.max(LEAST_WINDOW);
        if is_late && segment.data > 0 {
            return Err(Invalid::TcpAck);
        }
        if is_late || age > receiver.window {
            return Ok(Change::Nothing);
        }
        let mut next = self.clone();
        next.learn(speaker, segment);
        next.state = state(&next);
        Ok(Change::Lives(next))
    }

    /// Whether a segment acknowledges what its receiver cannot have sent. Of a connection that was met in its middle, the
    /// receiver may have sent all that it was allowed to.
    fn acknowledges_unsent(&self, segment: &Segment, receiver: &Side) -> bool {
        let sent = match self.birth {
            Birth::Syn => receiver.sent,
            Birth::MiddleUnanswered | Birth::Middle => receiver.sent.max(receiver.may_begin_at),
        };
        let acknowledged = segment.acknowledges.map(|number| place(number, sent));
        [acknowledged, segment.reach(sent)].into_iter().flatten().any(|reach| reach > sent)
    }

    /// Takes over what a segment in the window says.
    fn learn(&mut self, speaker: Speaker, segment: &Segment) {
        if self.birth == Birth::MiddleUnanswered && speaker == Speaker::Answerer {
            // Now the answerer's own window says what the opener may send.
            self.birth = Birth::Middle;
            self.opener.may_begin_at = self.opener.sent;
        }
        let (sender, receiver) = self.sides_mut(speaker);
        let is_syn = matches!(segment.kind, Kind::Syn | Kind::SynAck);
        // RFC 7323 section 2.2: both must have offered to scale, and a SYN's window is not scaled.
        let shift = match (sender.shift, receiver.shift) {
            (Some(shift), Some(_)) if !is_syn => shift,
            _ => 0,
        };
        let window = i64::from(segment.window) << shift;
        let end = segment.end(sender.sent);
        // A receiver that takes more than it offered has that much more room.
        let excess = (end - sender.may_begin_at).max(0);
        receiver.window = if excess > 0 { (receiver.window + excess).min(LARGEST_WINDOW) } else { receiver.window };
        // Data behind a FIN shows that the FIN was forged.
        sender.fin = sender.fin.filter(|fin| end <= *fin);
        if segment.kind == Kind::Fin {
            sender.fin = Some(end);
        }
        sender.sent = sender.sent.max(end);
        let (Some(number), Some(reach)) = (segment.acknowledges, segment.reach(receiver.sent)) else {
            sender.window = sender.window.max(window);
            return;
        };
        let room = (window + segment.selectively).min(LARGEST_WINDOW);
        sender.window = sender.window.max(room);
        let acknowledged = place(number, receiver.sent);
        sender.received = Some(sender.received.map_or(acknowledged, |before| before.max(acknowledged)));
        receiver.sent = receiver.sent.max(reach);
        receiver.allow(acknowledged, window);
    }

    /// The state of a connection whose handshake is over.
    fn state_by_fins(&self) -> State {
        let is_taken = |sender: &Side, receiver: &Side| match (sender.fin, receiver.received) {
            (Some(fin), Some(received)) => received >= fin,
            _ => false,
        };
        let opener_is_taken = is_taken(&self.opener, &self.answerer);
        let answerer_is_taken = is_taken(&self.answerer, &self.opener);
        match (self.opener.fin.is_some(), self.answerer.fin.is_some()) {
            (false, false) => State::Established,
            (true, true) if opener_is_taken && answerer_is_taken => State::TimeWait,
            (true, true) => State::LastAck,
            _ if opener_is_taken || answerer_is_taken => State::CloseWait,
            _ => State::FinWait,
        }
    }
}
