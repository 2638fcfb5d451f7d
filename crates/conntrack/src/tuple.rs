//! What names a flow, seen from one of its ends.

use wire::{Datagram, Endpoints, Family, IcmpBody, IpProtocol, Ports, Quote, QuotedTransport, Transport};

use crate::icmp;

/// Sender, addresses, protocol and the part of the transport header that tell one flow from another.
///
/// The sender is a part because addresses can be forged: what looks like a packet of the instance, but comes from the
/// other side, is no packet of the instance's flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tuple {
    pub(crate) sender: Sender,
    pub(crate) endpoints: Endpoints,
    pub(crate) protocol: IpProtocol,
    pub(crate) part: TuplePart,
}

/// The side of a vnic that a packet comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sender {
    /// The instance.
    Instance,
    /// The other end.
    Remote,
}

/// What a protocol adds to the addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TuplePart {
    /// Ports of TCP, UDP, UDP-Lite, SCTP or DCCP.
    Ports(Ports),
    /// An ICMP or ICMPv6 question or answer.
    Query(Query),
    /// Nothing: one flow for the addresses and the protocol.
    None,
}

/// What names an ICMP or ICMPv6 question or answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// Identifier. The sequence number is not a part: one flow for all echoes of one `ping`.
    pub identifier: u16,
}

impl Tuple {
    /// The tuple of a packet, as its sender sees it.
    ///
    /// Returns `None` for what is not tracked as a flow of its own: ICMP that is no query, and a fragment without the
    /// transport header.
    pub fn of(sender: Sender, datagram: &Datagram) -> Option<Tuple> {
        let family = datagram.endpoints.family();
        let part = match datagram.transport {
            Transport::Tcp(tcp) => TuplePart::Ports(tcp.ports),
            Transport::Udp(udp) => TuplePart::Ports(udp.ports),
            Transport::UdpLite(ports) | Transport::Sctp(ports) | Transport::Dccp(ports) => TuplePart::Ports(ports),
            Transport::Icmp(message) => match message.body {
                IcmpBody::Query { identifier, sequence: _ } => {
                    TuplePart::query(family, message.kind, message.code, identifier)?
                }
                IcmpBody::Error(_) | IcmpBody::Neighbor(_) | IcmpBody::Plain => return None,
            },
            Transport::Other(_) => TuplePart::None,
            Transport::Missing(_) => return None,
        };
        Some(Tuple { sender, endpoints: datagram.endpoints, protocol: datagram.protocol(), part })
    }

    /// The tuple of the packet that an ICMP error quotes, as that packet's sender saw it.
    pub(crate) fn quoted(sender: Sender, quote: &Quote) -> Option<Tuple> {
        let family = quote.endpoints.family();
        let (protocol, part) = match quote.transport {
            QuotedTransport::Tcp { ports, sequence: _ } => (IpProtocol::TCP, TuplePart::Ports(ports)),
            QuotedTransport::Ports { protocol, ports } => (protocol, TuplePart::Ports(ports)),
            QuotedTransport::Query { kind, code, identifier } => {
                (IpProtocol::icmp(family), TuplePart::query(family, kind, code, identifier)?)
            }
            QuotedTransport::Other(protocol) => (protocol, TuplePart::None),
        };
        Some(Tuple { sender, endpoints: quote.endpoints, protocol, part })
    }

    /// The tuple of the packets that answer: sender, addresses and ports change places, a question becomes its answer.
    pub fn reply(self) -> Tuple {
        let part = match self.part {
            TuplePart::Ports(ports) => TuplePart::Ports(ports.reverse()),
            TuplePart::Query(query) => TuplePart::Query(query.reply(self.endpoints.family())),
            TuplePart::None => TuplePart::None,
        };
        Tuple { sender: self.sender.other(), endpoints: self.endpoints.reverse(), protocol: self.protocol, part }
    }

    /// Who sends such packets.
    pub fn sender(&self) -> Sender {
        self.sender
    }

    /// Source and destination address.
    pub fn endpoints(&self) -> Endpoints {
        self.endpoints
    }

    /// The IP protocol.
    pub fn protocol(&self) -> IpProtocol {
        self.protocol
    }

    /// What the protocol adds.
    pub fn part(&self) -> TuplePart {
        self.part
    }

    /// Whether packets of this tuple answer ICMP questions.
    pub(crate) fn role(&self) -> Option<icmp::Role> {
        match self.part {
            TuplePart::Query(query) => icmp::role(self.endpoints.family(), query.kind),
            TuplePart::Ports(_) | TuplePart::None => None,
        }
    }
}

impl Sender {
    /// The other side.
    pub fn other(self) -> Sender {
        match self {
            Sender::Instance => Sender::Remote,
            Sender::Remote => Sender::Instance,
        }
    }
}

impl TuplePart {
    fn query(family: Family, kind: u8, code: u8, identifier: u16) -> Option<TuplePart> {
        icmp::role(family, kind).map(|_| TuplePart::Query(Query { kind, code, identifier }))
    }
}

impl Query {
    pub(crate) fn reply(self, family: Family) -> Query {
        // A tuple holds only types that have a counterpart.
        Query { kind: icmp::counterpart(family, self.kind).unwrap_or(self.kind), ..self }
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use wire::{Icmp, Udp};

    use super::*;

    const V4: Endpoints = Endpoints::V4(Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
    const V6: Endpoints = Endpoints::V6(Ipv6Addr::LOCALHOST, Ipv6Addr::UNSPECIFIED);

    fn datagram(endpoints: Endpoints, transport: Transport) -> Datagram {
        Datagram { endpoints, hop_limit: 64, fragment: None, transport, payload: 0 }
    }

    fn query(kind: u8) -> Transport {
        Transport::Icmp(Icmp { kind, code: 3, body: IcmpBody::Query { identifier: 77, sequence: 1 } })
    }

    #[test]
    fn a_reply_mirrors() {
        let check = |endpoints: Endpoints, transport, reply| {
            let tuple = Tuple::of(Sender::Instance, &datagram(endpoints, transport)).unwrap();
            assert_eq!(tuple.reply(), Tuple::of(Sender::Remote, &datagram(endpoints.reverse(), reply)).unwrap());
            assert_eq!(tuple.reply().reply(), tuple);
        };
        let ports = Ports { source: 1000, destination: 53 };
        let udp = |ports| Transport::Udp(Udp { ports, dhcp: None });
        check(V4, udp(ports), udp(ports.reverse()));
        check(V6, Transport::Sctp(ports), Transport::Sctp(ports.reverse()));
        check(V4, Transport::Other(IpProtocol::GRE), Transport::Other(IpProtocol::GRE));
        for (question, answer) in [(8, 0), (13, 14), (15, 16), (17, 18)] {
            check(V4, query(question), query(answer));
        }
        for (question, answer) in [(128, 129), (139, 140)] {
            check(V6, query(question), query(answer));
        }
    }

    #[test]
    fn what_is_no_flow_has_no_tuple() {
        let check = |endpoints, transport| assert_eq!(Tuple::of(Sender::Remote, &datagram(endpoints, transport)), None);
        check(V4, Transport::Missing(IpProtocol::UDP));
        check(V4, Transport::Icmp(Icmp { kind: 3, code: 0, body: IcmpBody::Error(None) }));
        check(V6, Transport::Icmp(Icmp { kind: 143, code: 0, body: IcmpBody::Plain }));
        check(V6, query(8));
    }
}
