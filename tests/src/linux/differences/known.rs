//! The differences that are known. Each is one state, one kind of packet, and what both do with it.

mod fin;
mod icmp;
mod open;
mod opening;
mod picked_up;
mod reset;
mod window;

use conntrack::{FlowState, Invalid, TcpSide, TcpState, Way};
use wire::{TcpFlags, Transport};

use super::{Encounter, comes_from_other_side, invalid, is_spoofed};
use crate::linux::netfilter::{self, Cause, Tcp};

/// A difference, and why it is one.
#[derive(Debug)]
pub struct Difference {
    /// What it is called.
    pub name: &'static str,
    /// The flow that the packet meets.
    pub state: &'static str,
    /// The packet.
    pub packet: &'static str,
    /// What Linux does with it.
    pub linux: &'static str,
    /// What the engine does with it.
    pub engine: &'static str,
    /// Why the engine does so.
    pub why: &'static str,
    /// Whether this is what an encounter shows.
    pub(super) applies: fn(&Encounter) -> bool,
}

impl Difference {
    /// All that are known, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = &'static Difference> {
        let tables: [&'static [Difference]; 8] = [
            &SIDES,
            opening::DIFFERENCES,
            open::DIFFERENCES,
            window::DIFFERENCES,
            fin::DIFFERENCES,
            reset::DIFFERENCES,
            picked_up::DIFFERENCES,
            icmp::DIFFERENCES,
        ];
        tables.into_iter().flatten()
    }

    /// The first that an encounter shows.
    pub(super) fn of(encounter: &Encounter) -> Option<&'static Difference> {
        Difference::all().find(|difference| (difference.applies)(encounter))
    }
}

static SIDES: [Difference; 1] = [Difference {
    name: "other-side",
    state: "any",
    packet: "to the instance, with the instance's own address as its source",
    linux: "takes it for a packet of the flow that has these addresses, whoever sent that",
    engine: "knows which side of the vnic sent it, so it is no packet of that flow",
    why: "a neighbour that forges the instance's address must not move its flows; the rules judge the packet",
    applies: |encounter| comes_from_other_side(encounter) || is_spoofed_error(encounter),
}];

fn is_spoofed_error(encounter: &Encounter) -> bool {
    let is_error = matches!(encounter.datagram.transport, Transport::Icmp(_));
    is_error && is_spoofed(encounter) && invalid(encounter) == Some(Invalid::IcmpUnknownFlow)
}

/// A segment of a connection that both know, and what both did with it.
struct Meeting<'a> {
    header: &'a wire::Tcp,
    payload: u32,
    kind: Kind,
    way: Way,
    /// The state before it, in which both agreed.
    before: TcpState,
    /// The engine's state after it.
    after: Option<TcpState>,
    /// Linux's state after it; `None` where it has forgotten the flow.
    linux: Option<netfilter::TcpState>,
    cause: Cause,
    /// Whether Linux does not enforce windows here.
    is_liberal: bool,
    invalid: Option<Invalid>,
    engine_passes: bool,
    linux_passes: bool,
    encounter: &'a Encounter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Syn,
    SynAck,
    Ack,
    Fin,
    Rst,
}

impl Meeting<'_> {
    fn of(encounter: &Encounter) -> Option<Meeting<'_>> {
        let Transport::Tcp(header) = &encounter.datagram.transport else { return None };
        let before = encounter.before?;
        let FlowState::Tcp(state) = before.state else { return None };
        let (flow, _) = encounter.linux.before.as_ref()?;
        let tcp_after = encounter.linux.after.as_ref().and_then(|flow| flow.tcp.as_ref());
        Some(Meeting {
            header,
            payload: encounter.datagram.payload,
            kind: Kind::of(header.flags),
            way: before.way,
            before: state,
            after: encounter.after.and_then(|known| match known.state {
                FlowState::Tcp(state) => Some(state),
                _ => None,
            }),
            linux: tcp_after.map(|tcp| tcp.state),
            cause: encounter.linux.cause?,
            is_liberal: flow.tcp.as_ref()?.is_liberal(),
            invalid: invalid(encounter),
            engine_passes: encounter.verdict.is_accept(),
            linux_passes: encounter.passes,
            encounter,
        })
    }

    /// Whether the engine drops it for this reason and Linux lets it pass for that.
    fn engine_drops(&self, reason: Invalid, cause: Cause) -> bool {
        self.invalid == Some(reason) && self.linux_passes && self.cause == cause
    }

    /// Whether both let it pass.
    fn both_pass(&self) -> bool {
        self.engine_passes && self.linux_passes
    }

    /// Whether nothing changed in the engine.
    fn changes_nothing(&self) -> bool {
        let sides = |known: Option<crate::linux::trial::Known>| known.map(|known| known.sides);
        self.after == Some(self.before) && sides(self.encounter.before) == sides(self.encounter.after)
    }

    /// What the engine knew of its sender and of its receiver.
    fn sides(&self) -> Option<(TcpSide, TcpSide)> {
        let [Some(opener), Some(answerer)] = self.encounter.before?.sides else { return None };
        Some(match self.way {
            Way::Original => (opener, answerer),
            Way::Reply => (answerer, opener),
        })
    }

    /// The sequence number behind it.
    fn end(&self) -> u32 {
        let control = u32::from(matches!(self.kind, Kind::Syn | Kind::SynAck | Kind::Fin));
        self.header.sequence.wrapping_add(self.payload).wrapping_add(control)
    }

    /// Whether it acknowledges what its receiver did not send.
    fn acknowledges_unsent(&self) -> bool {
        self.sides().is_some_and(|(_, receiver)| is_after(self.header.acknowledgment, receiver.end))
    }

    /// Whether one of its numbers is opposite of the border that it may not pass.
    fn is_opposite(&self) -> bool {
        let is_opposite = |a: u32, b: u32| a.wrapping_sub(b) == 1 << 31;
        self.sides().is_some_and(|(sender, receiver)| {
            is_opposite(self.header.sequence, sender.limit)
                || is_opposite(self.header.acknowledgment, receiver.end)
                || self.header.sack_edge.is_some_and(|edge| is_opposite(edge, receiver.end))
        })
    }

    /// Whether it ends behind what Linux lets its sender begin at, where the engine's limit is further.
    fn ends_behind_linux_limit_only(&self) -> bool {
        let linux = self.encounter.linux.before.as_ref().and_then(|(flow, _)| flow.tcp.as_ref()).map(Tcp::sides);
        let (Some((sender, _)), Some([_, Some(linux)])) = (self.sides(), linux) else { return false };
        is_after(sender.limit, linux.limit) && is_after(self.end(), linux.limit)
    }

    /// Whether it reports with SACK what no window can hold (RFC 7323 section 2.3).
    fn has_impossible_sack(&self) -> bool {
        self.header.sack_edge.is_some_and(|edge| edge.wrapping_sub(self.header.acknowledgment) > 1 << 30)
    }

    /// Whether it says with SACK what it has although Linux did not see that this side was allowed to.
    fn has_unpermitted_sack(&self) -> bool {
        let (Some((flow, _)), Some(_)) = (&self.encounter.linux.before, self.header.sack_edge) else { return false };
        let receiver = match self.way {
            Way::Original => 1,
            Way::Reply => 0,
        };
        flow.tcp.as_ref().is_some_and(|tcp| !tcp.permits_sack()[receiver])
    }
}

impl Kind {
    fn of(flags: TcpFlags) -> Kind {
        if flags.contains(TcpFlags::RST) {
            Kind::Rst
        } else if flags.contains(TcpFlags::SYN) {
            if flags.contains(TcpFlags::ACK) { Kind::SynAck } else { Kind::Syn }
        } else if flags.contains(TcpFlags::FIN) {
            Kind::Fin
        } else {
            Kind::Ack
        }
    }
}

/// Whether `a` comes after `b`, modulo 2^32.
fn is_after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() > 0
}

/// Whether an encounter is a segment of a known connection that is so.
fn meets(encounter: &Encounter, is_so: impl FnOnce(&Meeting<'_>) -> bool) -> bool {
    Meeting::of(encounter).is_some_and(|meeting| is_so(&meeting))
}
