//! The states of a TCP connection, and the table by which segments move between them.

use super::Dir;
use super::segment::Kind;

/// The states, as `conntrack -L` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpState {
    /// `SYN_SENT`
    SynSent,
    /// `SYN_SENT2`
    SynSent2,
    /// `SYN_RECV`
    SynRecv,
    /// `ESTABLISHED`
    Established,
    /// `FIN_WAIT`
    FinWait,
    /// `CLOSE_WAIT`
    CloseWait,
    /// `LAST_ACK`
    LastAck,
    /// `TIME_WAIT`
    TimeWait,
    /// `CLOSE`
    Close,
}

/// What the table says.
#[derive(Clone, Copy)]
pub(super) enum Move {
    To(TcpState),
    Ignore,
    Invalid,
}

impl Move {
    pub(super) fn of(dir: Dir, kind: Kind, state: TcpState) -> Move {
        use TcpState::{Close, CloseWait, Established, FinWait, LastAck, SynRecv, SynSent, SynSent2, TimeWait};
        match (kind, dir, state) {
            (Kind::None, _, _) => Move::Invalid,
            (Kind::Rst, _, _) => Move::To(Close),

            (Kind::Syn, Dir::Original, SynSent | TimeWait | Close) => Move::To(SynSent),
            (Kind::Syn, Dir::Original, SynSent2) => Move::To(SynSent2),
            (Kind::Syn, Dir::Original, _) => Move::Ignore,
            (Kind::Syn, Dir::Reply, SynSent | SynSent2) => Move::To(SynSent2),
            (Kind::Syn, Dir::Reply, TimeWait) => Move::To(SynSent),
            (Kind::Syn, Dir::Reply, _) => Move::Invalid,

            (Kind::SynAck, Dir::Original, SynRecv | SynSent2) => Move::To(SynRecv),
            (Kind::SynAck, Dir::Original, _) => Move::Invalid,
            (Kind::SynAck, Dir::Reply, SynSent | SynSent2) => Move::To(SynRecv),
            (Kind::SynAck, Dir::Reply, _) => Move::Ignore,

            (Kind::Fin, _, SynSent | SynSent2) => Move::Invalid,
            (Kind::Fin, _, SynRecv | Established) => Move::To(FinWait),
            (Kind::Fin, _, FinWait | CloseWait | LastAck) => Move::To(LastAck),
            (Kind::Ack, Dir::Original, SynSent | SynSent2) => Move::Invalid,
            (Kind::Ack, Dir::Original, SynRecv) => Move::To(Established),
            (Kind::Ack, Dir::Reply, SynSent | SynSent2) => Move::Ignore,
            (Kind::Ack, Dir::Reply, SynRecv) => Move::To(SynRecv),
            (Kind::Ack, _, Established) => Move::To(Established),
            (Kind::Ack, _, FinWait | CloseWait) => Move::To(CloseWait),
            (Kind::Ack, _, LastAck) => Move::To(TimeWait),
            (Kind::Fin | Kind::Ack, _, TimeWait) => Move::To(TimeWait),
            (Kind::Fin | Kind::Ack, _, Close) => Move::To(Close),
        }
    }
}

impl TcpState {
    /// Whether a SYN may start over.
    pub(super) fn is_over(self) -> bool {
        matches!(self, TcpState::TimeWait | TcpState::Close)
    }

    /// Whether its place may be given away.
    pub(super) fn is_closing(self) -> bool {
        use TcpState::{Close, CloseWait, FinWait, LastAck, TimeWait};
        matches!(self, FinWait | CloseWait | LastAck | TimeWait | Close)
    }
}
