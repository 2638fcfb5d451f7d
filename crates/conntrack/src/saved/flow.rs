//! One flow as bytes.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | kind: protocol and, for TCP, how far it came |
//! | 1 | flags: IPv6, opened by the remote end, revoked, assured |
//! | 8 or 32 | source and destination of the opener's packets |
//! | 4 | its ports; type, code and identifier of its question; or the protocol |
//! | 8 | nanoseconds that are left |
//! | 32 | packets and bytes, of the opener and of the other side |
//! | | what is remembered, by kind |

mod connection;

use core::net::{Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use wire::{Endpoints, Family, IpProtocol, Ports};

use crate::config::Timeouts;
use crate::flow::{Counters, Flow, Standing, Zone};
use crate::icmp::{self, Role};
use crate::tcp::Tcp;
use crate::time::Instant;
use crate::tracker::{Assured, Heard, Plain, Tracker, Udp, UdpStage};
use crate::tuple::{Query, Sender, Tuple, TuplePart};

use super::bytes::Reader;
use super::fault::FlowFault;
use super::{Missed, Resumption};

/// Bytes of most flows: an open TCP connection over IPv4.
pub(super) const USUAL: usize = 120;

const IS_V6: u8 = 1;
const REMOTE_OPENED: u8 = 2;
const IS_REVOKED: u8 = 4;
const IS_ASSURED: u8 = 8;

/// A flow that waits to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SavedFlow {
    original: Tuple,
    memory: Memory,
    standing: Standing,
    assured: Assured,
    left: Duration,
    sent: Counters,
    received: Counters,
}

/// What is remembered of a flow: a [`Tracker`] without a point in time.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Memory {
    Tcp(Tcp),
    Udp { stage: UdpStage, age: Duration },
    Query(Heard),
    Plain(Plain, Heard),
}

/// Protocol and, for TCP, how far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Opening,
    Open,
    Refused,
    Udp,
    UdpLite,
    Query,
    Sctp,
    Dccp,
    Other,
}

const KINDS: [Kind; 9] = [
    Kind::Opening,
    Kind::Open,
    Kind::Refused,
    Kind::Udp,
    Kind::UdpLite,
    Kind::Query,
    Kind::Sctp,
    Kind::Dccp,
    Kind::Other,
];
const UDP_STAGES: [UdpStage; 3] = [UdpStage::Unreplied, UdpStage::Replied, UdpStage::Stream];
const HEARD: [Heard; 2] = [Heard::Opener, Heard::Both];

/// Writes a flow that has not expired.
pub(super) fn write(flow: &Flow, now: Instant, bytes: &mut Vec<u8>) {
    bytes.extend([Kind::of(flow) as u8, flags(flow)]);
    match flow.original.endpoints {
        Endpoints::V4(source, destination) => bytes.extend([source.octets(), destination.octets()].as_flattened()),
        Endpoints::V6(source, destination) => bytes.extend([source.octets(), destination.octets()].as_flattened()),
    }
    bytes.extend(part(&flow.original).to_le_bytes());
    bytes.extend(nanoseconds(flow.expires.since(now)).to_le_bytes());
    let Flow { sent, received, .. } = flow;
    for count in [sent.packets, sent.bytes, received.packets, received.bytes] {
        bytes.extend(count.to_le_bytes());
    }
    match &flow.tracker {
        Tracker::Tcp(tcp) => connection::write(tcp, bytes),
        Tracker::Udp(udp) => {
            bytes.push(udp.stage as u8);
            bytes.extend(nanoseconds(now.since(udp.opened)).to_le_bytes());
        }
        Tracker::Query(heard) | Tracker::Plain(_, heard) => bytes.push(*heard as u8),
    }
}

impl SavedFlow {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<SavedFlow, FlowFault> {
        let kind = reader.one_of("kind of flow", &KINDS)?;
        let flags = reader.u8()?;
        if flags & !(IS_V6 | REMOTE_OPENED | IS_REVOKED | IS_ASSURED) != 0 {
            return Err(FlowFault::Unknown { what: "set of flags", number: flags.into() });
        }
        let sender = if flags & REMOTE_OPENED == 0 { Sender::Instance } else { Sender::Remote };
        let endpoints = if flags & IS_V6 == 0 {
            Endpoints::V4(Ipv4Addr::from(reader.array::<4>()?), Ipv4Addr::from(reader.array::<4>()?))
        } else {
            Endpoints::V6(Ipv6Addr::from(reader.array::<16>()?), Ipv6Addr::from(reader.array::<16>()?))
        };
        let (protocol, part) = kind.protocol_and_part(endpoints.family(), reader.u32()?)?;
        let left = Duration::from_nanos(reader.u64()?);
        let sent = Counters { packets: reader.u64()?, bytes: reader.u64()? };
        let received = Counters { packets: reader.u64()?, bytes: reader.u64()? };
        Ok(SavedFlow {
            original: Tuple { sender, endpoints, protocol, part },
            memory: Memory::read(kind, reader)?,
            standing: if flags & IS_REVOKED == 0 { Standing::Live } else { Standing::Revoked },
            assured: if flags & IS_ASSURED == 0 { Assured::NotYet } else { Assured::Yes },
            left,
            sent,
            received,
        })
    }

    /// The flow as it goes on; `None` if it has expired, or may have become another.
    pub(super) fn resumed(
        &self,
        zone: Zone,
        revision: u32,
        resumption: &Resumption,
        timeouts: &Timeouts,
        now: Instant,
    ) -> Option<Flow> {
        let &SavedFlow { original, ref memory, standing, assured, left, sent, received } = self;
        let left = left.checked_sub(resumption.elapsed).filter(|left| !left.is_zero())?;
        Some(Flow {
            zone,
            original,
            tracker: memory.resumed(resumption, now)?,
            revision,
            mark: 0,
            assured,
            standing,
            expires: now + left.min(timeouts.longest()),
            sent,
            received,
        })
    }
}

impl Memory {
    fn read(kind: Kind, reader: &mut Reader<'_>) -> Result<Memory, FlowFault> {
        Ok(match kind {
            Kind::Opening => Memory::Tcp(connection::read_opening(reader)?),
            Kind::Open => Memory::Tcp(connection::read_open(reader)?),
            Kind::Refused => Memory::Tcp(Tcp::Refused),
            Kind::Udp | Kind::UdpLite => Memory::Udp {
                stage: reader.one_of("stage of UDP", &UDP_STAGES)?,
                age: Duration::from_nanos(reader.u64()?),
            },
            Kind::Query => Memory::Query(heard(reader)?),
            Kind::Sctp => Memory::Plain(Plain::Sctp, heard(reader)?),
            Kind::Dccp => Memory::Plain(Plain::Dccp, heard(reader)?),
            Kind::Other => Memory::Plain(Plain::Other, heard(reader)?),
        })
    }

    fn resumed(&self, resumption: &Resumption, now: Instant) -> Option<Tracker> {
        Some(match *self {
            Memory::Tcp(tcp) => Tracker::Tcp(match resumption.missed {
                Missed::Nothing => tcp,
                Missed::Packets => tcp.resumed()?,
            }),
            Memory::Udp { stage, age } => {
                let age = nanoseconds(age).saturating_add(nanoseconds(resumption.elapsed));
                Tracker::Udp(Udp { opened: Instant::from_nanos(now.as_nanos().saturating_sub(age)), stage })
            }
            Memory::Query(heard) => Tracker::Query(heard),
            Memory::Plain(plain, heard) => Tracker::Plain(plain, heard),
        })
    }
}

impl Kind {
    fn of(flow: &Flow) -> Kind {
        match &flow.tracker {
            Tracker::Tcp(Tcp::Opening(_)) => Kind::Opening,
            Tracker::Tcp(Tcp::Open(_)) => Kind::Open,
            Tracker::Tcp(Tcp::Refused) => Kind::Refused,
            Tracker::Udp(_) if flow.original.protocol == IpProtocol::UDP_LITE => Kind::UdpLite,
            Tracker::Udp(_) => Kind::Udp,
            Tracker::Query(_) => Kind::Query,
            Tracker::Plain(Plain::Sctp, _) => Kind::Sctp,
            Tracker::Plain(Plain::Dccp, _) => Kind::Dccp,
            Tracker::Plain(Plain::Other, _) => Kind::Other,
        }
    }

    /// Protocol and part of the opener's tuple, of which this kind takes only what it can have.
    fn protocol_and_part(self, family: Family, part: u32) -> Result<(IpProtocol, TuplePart), FlowFault> {
        let protocol = match self {
            Kind::Opening | Kind::Open | Kind::Refused => IpProtocol::TCP,
            Kind::Udp => IpProtocol::UDP,
            Kind::UdpLite => IpProtocol::UDP_LITE,
            Kind::Sctp => IpProtocol::SCTP,
            Kind::Dccp => IpProtocol::DCCP,
            Kind::Query => return Ok((IpProtocol::icmp(family), TuplePart::Query(question(family, part)?))),
            Kind::Other => return Ok((protocol_without_part(family, part)?, TuplePart::None)),
        };
        let [source, destination] = [(part >> 16) as u16, part as u16];
        Ok((protocol, TuplePart::Ports(Ports { source, destination })))
    }
}

fn flags(flow: &Flow) -> u8 {
    let flags = [
        (flow.original.endpoints.family() == Family::Ipv6, IS_V6),
        (flow.original.sender == Sender::Remote, REMOTE_OPENED),
        (flow.standing == Standing::Revoked, IS_REVOKED),
        (flow.assured == Assured::Yes, IS_ASSURED),
    ];
    flags.into_iter().filter(|(is_set, _)| *is_set).fold(0, |all, (_, flag)| all | flag)
}

fn part(original: &Tuple) -> u32 {
    match original.part {
        TuplePart::Ports(Ports { source, destination }) => u32::from(source) << 16 | u32::from(destination),
        TuplePart::Query(Query { kind, code, identifier }) => {
            u32::from_be_bytes([kind, code, 0, 0]) | u32::from(identifier)
        }
        TuplePart::None => original.protocol.0.into(),
    }
}

fn question(family: Family, part: u32) -> Result<Query, FlowFault> {
    let [kind, code, ..] = part.to_be_bytes();
    match icmp::role(family, kind) {
        Some(Role::Question) => Ok(Query { kind, code, identifier: part as u16 }),
        Some(Role::Answer) | None => Err(FlowFault::Unknown { what: "type of question", number: kind.into() }),
    }
}

/// A protocol whose packets are told apart by nothing but their addresses.
fn protocol_without_part(family: Family, part: u32) -> Result<IpProtocol, FlowFault> {
    let protocol = u8::try_from(part).ok().map(IpProtocol);
    protocol
        .filter(|protocol| !protocol.has_ports() && *protocol != IpProtocol::icmp(family))
        .ok_or(FlowFault::Unknown { what: "protocol without ports", number: part.into() })
}

fn heard(reader: &mut Reader<'_>) -> Result<Heard, FlowFault> {
    reader.one_of("set of heard sides", &HEARD)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
