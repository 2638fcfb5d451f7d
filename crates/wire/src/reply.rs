//! The packet that comes back.

use crate::{Datagram, Icmp, IcmpBody, Payload, Sketch, Tcp, TcpFlags, Transport, Udp, icmp, icmpv6};

impl Sketch {
    /// What a receiver that accepts the packet sends back first: SYN and ACK to a SYN (RFC 9293 section 3.5), an ACK to any other
    /// segment, an echo reply to an echo (RFC 792, RFC 4443 section 4.2), else the same protocol the other way round.
    ///
    /// `None` where nothing comes back: a reset, a fragment, an ICMP message that is no echo, DHCP, frames without IP.
    pub fn reply(&self) -> Option<Sketch> {
        let Payload::Ip(datagram @ Datagram { fragment: None, .. }) = self.payload else {
            return None;
        };
        let (transport, payload) = match datagram.transport {
            Transport::Tcp(tcp) => (Transport::Tcp(answer(tcp, datagram.payload)?), 0),
            Transport::Udp(Udp { ports, dhcp: None }) => {
                (Transport::Udp(Udp { ports: ports.reverse(), dhcp: None }), datagram.payload)
            }
            Transport::UdpLite(ports) => (Transport::UdpLite(ports.reverse()), datagram.payload),
            Transport::Sctp(ports) => (Transport::Sctp(ports.reverse()), datagram.payload),
            Transport::Dccp(ports) => (Transport::Dccp(ports.reverse()), datagram.payload),
            Transport::Icmp(message) => (Transport::Icmp(echo_reply(message)?), datagram.payload),
            Transport::Other(protocol) => (Transport::Other(protocol), datagram.payload),
            Transport::Udp(Udp { dhcp: Some(_), .. }) | Transport::Missing(_) => return None,
        };
        let datagram = Datagram { endpoints: datagram.endpoints.reverse(), transport, payload, ..datagram };
        let macs = self.macs.map(|(source, destination)| (destination, source));
        Some(Sketch { macs, payload: Payload::Ip(datagram) })
    }
}

/// `length` is how many bytes of data the segment carries.
fn answer(tcp: Tcp, length: u32) -> Option<Tcp> {
    if tcp.flags.contains(TcpFlags::RST) {
        return None;
    }
    // SYN and FIN take a sequence number each.
    let one = |flag| u32::from(tcp.flags.contains(flag));
    let acknowledgment =
        tcp.sequence.wrapping_add(length).wrapping_add(one(TcpFlags::SYN)).wrapping_add(one(TcpFlags::FIN));
    let opens = tcp.flags.contains(TcpFlags::SYN) && !tcp.flags.contains(TcpFlags::ACK);
    let flags = if opens { TcpFlags::SYN.with(TcpFlags::ACK) } else { TcpFlags::ACK };
    let (ports, sequence) = (tcp.ports.reverse(), tcp.acknowledgment);
    let (window_scale, sack_permitted) = (tcp.window_scale.filter(|_| opens), tcp.sack_permitted && opens);
    Some(Tcp {
        ports,
        flags,
        sequence,
        acknowledgment,
        window: u16::MAX,
        window_scale,
        sack_permitted,
        sack_edge: None,
    })
}

fn echo_reply(message: Icmp) -> Option<Icmp> {
    let kind = match (message.kind, message.body) {
        (icmp::ECHO, IcmpBody::Query { .. }) => icmp::ECHO_REPLY,
        (icmpv6::ECHO, IcmpBody::Query { .. }) => icmpv6::ECHO_REPLY,
        _ => return None,
    };
    Some(Icmp { kind, ..message })
}

#[cfg(test)]
mod tests {
    use crate::Sketch;

    fn check(text: &str, expect: Option<&str>) {
        let reply = text.parse::<Sketch>().expect(text).reply();
        assert_eq!(reply.map(|reply| reply.to_string()).as_deref(), expect, "{text}");
    }

    #[test]
    fn the_reply_is_what_a_receiver_sends() {
        check(
            "tcp 198.51.100.7:5000 > 192.0.2.10:443 seq=9",
            Some("tcp 192.0.2.10:443 > 198.51.100.7:5000 [SA] ack=10"),
        );
        check(
            "tcp 192.0.2.1:1 > 192.0.2.2:2 [PA] seq=9 ack=5 len=10",
            Some("tcp 192.0.2.2:2 > 192.0.2.1:1 [A] seq=5 ack=19"),
        );
        check(
            "udp [2001:db8::7]:5000 > [2001:db8::1]:53 len=30",
            Some("udp [2001:db8::1]:53 > [2001:db8::7]:5000 len=30"),
        );
        check(
            "icmp 192.0.2.1 > 192.0.2.2 echo-request id=7 seq=1",
            Some("icmp 192.0.2.2 > 192.0.2.1 echo-reply id=7 seq=1"),
        );
        check(
            "icmpv6 2001:db8::7 > 2001:db8::1 echo-request id=7 seq=1",
            Some("icmpv6 2001:db8::1 > 2001:db8::7 echo-reply id=7 seq=1"),
        );
        check("esp 192.0.2.1 > 192.0.2.2 len=64", Some("esp 192.0.2.2 > 192.0.2.1 len=64"));
    }

    #[test]
    fn nothing_answers_what_asks_nothing() {
        check("tcp 192.0.2.1:1 > 192.0.2.2:2 [R] seq=9", None);
        check("icmp 192.0.2.1 > 192.0.2.2 echo-reply id=7 seq=1", None);
        check("arp who-has 192.0.2.20 tell 192.0.2.10 sha=52:54:00:00:00:0a", None);
        check("udp 192.0.2.1:1 > 192.0.2.2:2 frag id=7 offset=0 length=24 more", None);
    }
}
