//! The fields of a packet's text, so that a form can change one of them and leave the rest as it is.
//!
//! This cuts the text at its blanks and colons and knows nothing else of it: a text that is half typed keeps its fields.

/// A packet's text, cut into fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PacketText {
    /// `MAC > MAC `, where the text has Ethernet addresses.
    pub(super) macs: String,
    pub(super) protocol: String,
    pub(super) source: End,
    pub(super) destination: End,
    /// Everything behind the destination: flags, numbers, or the kind of an ICMP message.
    pub(super) rest: String,
}

/// One end of a packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    pub(super) address: String,
    /// Where the protocol has ports.
    pub(super) port: Option<String>,
}

/// Protocols whose text has ports.
pub(super) const WITH_PORTS: [&str; 5] = ["tcp", "udp", "sctp", "dccp", "udplite"];
/// Protocols whose text names a message.
pub(super) const WITH_MESSAGE: [&str; 2] = ["icmp", "icmpv6"];
/// Protocols whose text has neither.
pub(super) const BARE: [&str; 3] = ["esp", "ah", "gre"];

impl PacketText {
    /// Cuts a text; `None` where it is of another shape, such as ARP.
    pub(super) fn cut(text: &str) -> Option<PacketText> {
        let all: Vec<&str> = text.split_whitespace().collect();
        let (macs, packet) = match all.as_slice() {
            [source, ">", destination, packet @ ..] => (format!("{source} > {destination} "), packet),
            packet => (String::new(), packet),
        };
        let mut words = packet.iter().copied();
        let protocol = words.next()?;
        let ported = WITH_PORTS.contains(&protocol);
        if !ported && !WITH_MESSAGE.contains(&protocol) && !BARE.contains(&protocol) {
            return None;
        }
        let source = words.next()?;
        if words.next()? != ">" {
            return None;
        }
        let destination = words.next()?;
        let rest = words.collect::<Vec<_>>().join(" ");
        let end = |text: &str| if ported { End::with_port(text) } else { End { address: text.to_owned(), port: None } };
        Some(PacketText {
            macs,
            protocol: protocol.to_owned(),
            source: end(source),
            destination: end(destination),
            rest,
        })
    }

    /// The same with another protocol; ends get or lose their ports, and what belongs to the old protocol goes.
    pub(super) fn with_protocol(self, protocol: &str) -> PacketText {
        let ported = WITH_PORTS.contains(&protocol);
        let port =
            |end: End, usual: &str| End { port: ported.then(|| end.port.unwrap_or_else(|| usual.to_owned())), ..end };
        let rest = if WITH_MESSAGE.contains(&protocol) { "echo-request" } else { "" };
        PacketText {
            macs: self.macs,
            protocol: protocol.to_owned(),
            source: port(self.source, "40000"),
            destination: port(self.destination, "443"),
            rest: rest.to_owned(),
        }
    }

    /// The text.
    pub(super) fn join(&self) -> String {
        let PacketText { macs, protocol, source, destination, rest } = self;
        format!("{macs}{protocol} {} > {} {rest}", source.join(), destination.join()).trim_end().to_owned()
    }
}

/// The packet with its ends in each other's place, and nothing that belongs to one direction only.
pub(super) fn turned(packet: &str) -> String {
    let Some(PacketText { protocol, source, destination, .. }) = PacketText::cut(packet) else {
        return packet.to_owned();
    };
    let rest = match protocol.as_str() {
        "tcp" => "[SA] ack=1",
        "icmp" | "icmpv6" => "echo-reply",
        _ => "",
    };
    let (macs, rest) = (String::new(), rest.to_owned());
    PacketText { macs, protocol, source: destination, destination: source, rest }.join()
}

impl End {
    fn with_port(text: &str) -> End {
        let (address, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, port)) => (address, port.trim_start_matches(':')),
            None => text.rsplit_once(':').unwrap_or((text, "")),
        };
        End { address: address.to_owned(), port: Some(port.to_owned()) }
    }

    fn join(&self) -> String {
        match (&self.port, self.address.contains(':')) {
            (None, _) => self.address.clone(),
            (Some(port), true) => format!("[{}]:{port}", self.address),
            (Some(port), false) => format!("{}:{port}", self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn cutting_and_joining_are_inverse() {
        for text in [
            "tcp 198.51.100.7:5000 > 192.0.2.10:443",
            "tcp [2001:db8::7]:5000 > [2001:db8:1::10]:443 [SA] seq=9 ack=1",
            "udp 192.0.2.10: > 192.0.2.20:53 len=30",
            "icmp 192.0.2.10 > 198.51.100.7 echo-request id=1 seq=1",
            "icmpv6 2001:db8::1 > 2001:db8::2 type 1 code 4",
            "esp 192.0.2.10 > 198.51.100.7 len=64",
            "52:54:00:00:00:0a > 52:54:00:00:00:14 udp 192.0.2.10:5 > 192.0.2.20:53",
        ] {
            assert_eq!(PacketText::cut(text).expect(text).join(), text);
        }
        for other in ["", "tcp", "tcp 1.2.3.4:5", "arp who-has 192.0.2.20 tell 192.0.2.10 sha=52:54:00:00:00:0a"] {
            assert_eq!(PacketText::cut(other), None, "{other:?}");
        }
    }

    #[wasm_bindgen_test]
    fn a_turned_packet_goes_back() {
        let check = |packet: &str, expect: &str| assert_eq!(turned(packet), expect);
        check("tcp [2001:db8::1]:7 > [2001:db8::2]:80", "tcp [2001:db8::2]:80 > [2001:db8::1]:7 [SA] ack=1");
        check("udp 192.0.2.1:7 > 192.0.2.2:53 len=30", "udp 192.0.2.2:53 > 192.0.2.1:7");
        check("icmp 192.0.2.1 > 192.0.2.2 echo-request", "icmp 192.0.2.2 > 192.0.2.1 echo-reply");
    }

    #[wasm_bindgen_test]
    fn another_protocol_keeps_the_addresses() {
        let check = |from: &str, protocol: &str, expect: &str| {
            assert_eq!(PacketText::cut(from).expect(from).with_protocol(protocol).join(), expect);
        };
        check("tcp 192.0.2.1:7 > 192.0.2.2:80 [A]", "udp", "udp 192.0.2.1:7 > 192.0.2.2:80");
        check("tcp 192.0.2.1:7 > 192.0.2.2:80", "icmp", "icmp 192.0.2.1 > 192.0.2.2 echo-request");
        check("icmp 192.0.2.1 > 192.0.2.2 echo-request", "tcp", "tcp 192.0.2.1:40000 > 192.0.2.2:443");
        check("tcp [2001:db8::1]:7 > [2001:db8::2]:80", "esp", "esp 2001:db8::1 > 2001:db8::2");
    }
}
