//! From a packet to its text.

use std::fmt::{Formatter, Result};
use std::net::Ipv4Addr;

use super::{usual_hop_limit, usual_payload};
use crate::{
    Arp, ArpOperation, Datagram, DhcpOperation, Endpoints, Family, Icmp, IcmpBody, IpProtocol, MacAddr, Neighbor,
    OtherLink, Payload, Ports, Quote, QuotedTransport, Tcp, TcpFlags, Transport,
};

pub(super) fn payload(out: &mut Formatter<'_>, payload: &Payload) -> Result {
    match payload {
        Payload::Ip(ip) => datagram(out, ip),
        Payload::Arp(packet) => arp(out, packet),
        Payload::Other(OtherLink::Vlan(tpid)) => write!(out, "vlan {tpid:#06x}"),
        Payload::Other(OtherLink::Llc(length)) => write!(out, "llc {length}"),
        Payload::Other(OtherLink::EtherType(value)) => write!(out, "ethertype {value:#06x}"),
    }
}

fn datagram(out: &mut Formatter<'_>, datagram: &Datagram) -> Result {
    let (ip, transport) = (datagram.endpoints, &datagram.transport);
    match transport {
        Transport::Tcp(segment) => {
            ends(out, "tcp", ip, Some(segment.ports))?;
            tcp(out, segment)?;
        }
        Transport::Udp(udp) => {
            ends(out, "udp", ip, Some(udp.ports))?;
            if let Some(dhcp) = udp.dhcp {
                let word = match dhcp.operation {
                    DhcpOperation::Request => "dhcp-request",
                    DhcpOperation::Reply => "dhcp-reply",
                };
                write!(out, " {word} {}", dhcp.client_mac)?;
            }
        }
        Transport::UdpLite(ports) => ends(out, "udplite", ip, Some(*ports))?,
        Transport::Sctp(ports) => ends(out, "sctp", ip, Some(*ports))?,
        Transport::Dccp(ports) => ends(out, "dccp", ip, Some(*ports))?,
        Transport::Icmp(message) => {
            ends(out, icmp_word(ip.family()), ip, None)?;
            icmp(out, ip.family(), message)?;
        }
        Transport::Other(protocol) => ends(out, &protocol_words(*protocol), ip, None)?,
        Transport::Missing(protocol) => ends(out, &format!("later {}", protocol.0), ip, None)?,
    }
    if datagram.payload != usual_payload(transport, datagram.fragment) {
        write!(out, " len={}", datagram.payload)?;
    }
    if let Some(fragment) = datagram.fragment {
        let more = if fragment.more { " more" } else { "" };
        write!(
            out,
            " frag id={} offset={} length={}{more}",
            fragment.identification, fragment.offset, fragment.length
        )?;
    }
    if datagram.hop_limit != usual_hop_limit(transport) {
        write!(out, " ttl={}", datagram.hop_limit)?;
    }
    Ok(())
}

fn icmp_word(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "icmp",
        Family::Ipv6 => "icmpv6",
    }
}

fn protocol_words(protocol: IpProtocol) -> String {
    match protocol {
        IpProtocol::ESP => "esp".to_owned(),
        IpProtocol::AH => "ah".to_owned(),
        IpProtocol::GRE => "gre".to_owned(),
        other => format!("proto {}", other.0),
    }
}

fn ends(out: &mut Formatter<'_>, word: &str, endpoints: Endpoints, ports: Option<Ports>) -> Result {
    match (endpoints, ports) {
        (_, None) => write!(out, "{word} {} > {}", endpoints.source(), endpoints.destination()),
        (Endpoints::V4(source, destination), Some(ports)) => {
            write!(out, "{word} {source}:{} > {destination}:{}", ports.source, ports.destination)
        }
        (Endpoints::V6(source, destination), Some(ports)) => {
            write!(out, "{word} [{source}]:{} > [{destination}]:{}", ports.source, ports.destination)
        }
    }
}

fn tcp(out: &mut Formatter<'_>, tcp: &Tcp) -> Result {
    let plain_syn = tcp.flags == TcpFlags::SYN;
    if !plain_syn {
        let letters: String = super::read::FLAGS
            .iter()
            .filter(|(_, flag)| tcp.flags.contains(*flag))
            .map(|(letter, _)| *letter)
            .collect();
        write!(out, " [{}]", if letters.is_empty() { "none" } else { &letters })?;
    }
    if tcp.sequence != 0 {
        write!(out, " seq={}", tcp.sequence)?;
    }
    if tcp.acknowledgment != 0 {
        write!(out, " ack={}", tcp.acknowledgment)?;
    }
    if tcp.window != u16::MAX {
        write!(out, " win={}", tcp.window)?;
    }
    if let Some(scale) = tcp.window_scale {
        write!(out, " ws={scale}")?;
    }
    if tcp.sack_permitted {
        out.write_str(" sackok")?;
    }
    if let Some(edge) = tcp.sack_edge {
        write!(out, " sack={edge}")?;
    }
    Ok(())
}

fn icmp(out: &mut Formatter<'_>, family: Family, icmp: &Icmp) -> Result {
    let echo = super::read::ECHO.iter().find(|(_, of, kind)| (*of, *kind) == (family, icmp.kind) && icmp.code == 0);
    match (&icmp.body, echo) {
        (IcmpBody::Query { identifier, sequence }, Some((word, ..))) => {
            write!(out, " {word} id={identifier} seq={sequence}")
        }
        (IcmpBody::Query { identifier, sequence }, None) => {
            write!(out, " type {} code {} id={identifier} seq={sequence}", icmp.kind, icmp.code)
        }
        (IcmpBody::Neighbor(neighbor), _) => {
            out.write_str(" ")?;
            print_neighbor(out, neighbor)?;
            if icmp.code == 0 { Ok(()) } else { write!(out, " code {}", icmp.code) }
        }
        (IcmpBody::Error(quote), _) => {
            write!(out, " type {} code {}", icmp.kind, icmp.code)?;
            quote.map_or(Ok(()), |quote| print_quote(out, &quote))
        }
        (IcmpBody::Plain, _) => write!(out, " type {} code {}", icmp.kind, icmp.code),
    }
}

fn print_neighbor(out: &mut Formatter<'_>, neighbor: &Neighbor) -> Result {
    let option = match neighbor {
        Neighbor::RouterSolicitation { source_mac } => {
            out.write_str("router-solicitation")?;
            source_mac
        }
        Neighbor::RouterAdvertisement { source_mac } => {
            out.write_str("router-advertisement")?;
            source_mac
        }
        Neighbor::Solicitation { target, source_mac } => {
            write!(out, "neighbor-solicitation {target}")?;
            source_mac
        }
        Neighbor::Advertisement { target, target_mac } => {
            write!(out, "neighbor-advertisement {target}")?;
            target_mac
        }
        Neighbor::Redirect { target } => {
            write!(out, "redirect {target}")?;
            &None
        }
    };
    option.map_or(Ok(()), |mac| write!(out, " mac={mac}"))
}

fn print_quote(out: &mut Formatter<'_>, quote: &Quote) -> Result {
    let ip = quote.endpoints;
    out.write_str(" about (")?;
    match &quote.transport {
        QuotedTransport::Tcp { ports, sequence } => {
            ends(out, "tcp", ip, Some(*ports))?;
            write!(out, " seq={sequence}")?;
        }
        QuotedTransport::Ports { protocol, ports } => {
            let word = match *protocol {
                IpProtocol::UDP => "udp",
                IpProtocol::UDP_LITE => "udplite",
                IpProtocol::SCTP => "sctp",
                _ => "dccp",
            };
            ends(out, word, ip, Some(*ports))?;
        }
        QuotedTransport::Query { kind, code, identifier } => {
            ends(out, icmp_word(ip.family()), ip, None)?;
            write!(out, " type {kind} code {code} id={identifier}")?;
        }
        QuotedTransport::Other(protocol) => ends(out, &protocol_words(*protocol), ip, None)?,
    }
    out.write_str(")")
}

fn arp(out: &mut Formatter<'_>, arp: &Arp) -> Result {
    let (sender, target) = (arp.sender_ip, arp.target_ip);
    let mac = |out: &mut Formatter<'_>, key: &str, mac: MacAddr| match mac {
        MacAddr::ZERO => Ok(()),
        mac => write!(out, " {key}={mac}"),
    };
    let address = |out: &mut Formatter<'_>, key: &str, ip: Ipv4Addr| match ip {
        Ipv4Addr::UNSPECIFIED => Ok(()),
        ip => write!(out, " {key}={ip}"),
    };
    match arp.operation {
        ArpOperation::Request => {
            write!(out, "arp who-has {target} tell {sender} sha={}", arp.sender_mac)?;
            mac(out, "tha", arp.target_mac)
        }
        ArpOperation::Reply => {
            write!(out, "arp reply {sender} is-at {} to {target}", arp.sender_mac)?;
            mac(out, "tha", arp.target_mac)
        }
        ArpOperation::ReverseRequest | ArpOperation::ReverseReply => {
            let word = if arp.operation == ArpOperation::ReverseRequest { "who-is" } else { "reply" };
            write!(out, "rarp {word} {} sha={}", arp.target_mac, arp.sender_mac)?;
            address(out, "spa", sender)?;
            address(out, "tpa", target)
        }
        ArpOperation::Other(operation) => {
            write!(out, "arp op={operation} sha={}", arp.sender_mac)?;
            address(out, "spa", sender)?;
            mac(out, "tha", arp.target_mac)?;
            address(out, "tpa", target)
        }
    }
}
