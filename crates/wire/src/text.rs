//! Packets as one line of text.
//!
//! `Display` and `FromStr` are inverse of each other for every packet that [`parse`](crate::parse()) can yield; what has its
//! usual value is not printed. A [`Sketch`] may leave the Ethernet addresses open, a [`Packet`] may not.
//!
//! | text | meaning |
//! |---|---|
//! | `tcp 198.51.100.7:5000 > 192.0.2.10:443` | a SYN, sequence number 0, window 65535 |
//! | `tcp [2001:db8::7]:5000 > [2001:db8::1]:443 [SA] seq=9 ack=1 win=512 ws=7 sackok sack=77 len=100` | all of a segment; flags `FSRPAUEC` or `[none]` |
//! | `udp 192.0.2.10:5000 > 198.51.100.7:53 len=30` | also `udplite`, `sctp`, `dccp` |
//! | `udp 0.0.0.0:68 > 255.255.255.255:67 dhcp-request 52:54:00:00:00:01` | DHCP and its `chaddr`; also `dhcp-reply` |
//! | `icmp 192.0.2.10 > 198.51.100.7 echo-request id=1 seq=1` | also `echo-reply`; `icmpv6` between IPv6 addresses |
//! | `icmp 192.0.2.10 > 198.51.100.7 type 13 code 0 id=1 seq=1` | any type; the numbers of queries only |
//! | `icmp 198.51.100.1 > 192.0.2.10 type 3 code 3 about (udp 192.0.2.10:5000 > 198.51.100.7:9)` | an error and the packet that it quotes |
//! | `icmp 198.51.100.1 > 192.0.2.10 port-unreachable about (icmp 192.0.2.10 > 198.51.100.7 echo-request id=1)` | names of errors are read, not printed |
//! | `icmpv6 fe80::1 > ff02::1 router-advertisement mac=52:54:00:00:00:fe` | link-layer address option; also `router-solicitation` |
//! | `icmpv6 fe80::2 > ff02::1:ff00:1 neighbor-solicitation 2001:db8::1 mac=52:54:00:00:00:02` | also `neighbor-advertisement` |
//! | `icmpv6 fe80::1 > fe80::2 redirect 2001:db8::1` | neighbor discovery takes `code N` where it is not 0 |
//! | `esp 192.0.2.10 > 198.51.100.7 len=64` | also `ah`, `gre` |
//! | `proto 89 192.0.2.10 > 224.0.0.5 ttl=1` | any other protocol by its number |
//! | `udp 192.0.2.10:1 > 192.0.2.20:2 frag id=7 offset=0 length=24 more` | a first fragment; the length counts the UDP header |
//! | `later 17 192.0.2.10 > 192.0.2.20 frag id=7 offset=24 length=8` | a later fragment; the first number is the protocol |
//! | `arp who-has 192.0.2.20 tell 192.0.2.10 sha=52:54:00:00:00:0a` | `tha=` where it is not zero; a probe tells `0.0.0.0` |
//! | `arp reply 192.0.2.20 is-at 52:54:00:00:00:14 to 192.0.2.10 tha=52:54:00:00:00:0a` | the sender comes first |
//! | `rarp who-is 52:54:00:00:00:0a sha=52:54:00:00:00:0a` | also `rarp reply`; `spa=` and `tpa=` where they are not zero |
//! | `arp op=9 sha=52:54:00:00:00:0a spa=192.0.2.10` | any other operation |
//! | `vlan 0x8100` | a tag and its TPID |
//! | `llc 100` | a frame with a length instead of an EtherType |
//! | `ethertype 0x88cc` | any other EtherType |
//! | `52:54:00:00:00:0a > ff:ff:ff:ff:ff:ff udp 192.0.2.10:1 > 192.0.2.20:2` | any of them with Ethernet addresses |
//!
//! Behind any datagram: `len=N` bytes behind the transport header (else none, or what the message or the fragment needs; 300
//! for DHCP), `ttl=N` for the hop limit (else 64; 255 for neighbor discovery, 1 for MLD). Behind a [`Packet`] also `frame=N`,
//! the length of a padded frame. Words with `=` stand in any order.

mod nearest;
mod print;
mod read;
mod words;

use std::fmt;
use std::str::FromStr;

use crate::build::frame_length;
use crate::{Fragment, Icmp, IcmpBody, MacAddr, Packet, Payload, Transport, icmpv6};

pub use words::TextError;

/// A packet in text, whose Ethernet addresses may be left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sketch {
    /// Source and destination address of the frame, where they are given.
    pub macs: Option<(MacAddr, MacAddr)>,
    /// What it carries.
    pub payload: Payload,
}

impl Sketch {
    /// The packet, with these addresses where the sketch gives none, and without padding.
    pub fn onto(&self, source_mac: MacAddr, destination_mac: MacAddr) -> Packet {
        let (source_mac, destination_mac) = self.macs.unwrap_or((source_mac, destination_mac));
        Packet::new(source_mac, destination_mac, self.payload)
    }
}

/// The hop limit that is not written.
fn usual_hop_limit(transport: &Transport) -> u8 {
    match transport {
        Transport::Icmp(Icmp { body: IcmpBody::Neighbor(_), .. }) => 255,
        Transport::Icmp(Icmp {
            kind: icmpv6::MLD_QUERY..=icmpv6::MLD_DONE | icmpv6::MLD2_REPORT,
            body: IcmpBody::Plain,
            ..
        }) => 1,
        _ => 64,
    }
}

/// The payload length that is not written: no data, or what the message needs; a DHCP message has 300 bytes (RFC 1542 section 2.1).
fn usual_payload(transport: &Transport, fragment: Option<Fragment>) -> u32 {
    match (transport, fragment) {
        (Transport::Udp(udp), None) if udp.dhcp.is_some() => 300,
        _ => crate::build::usual_payload(transport, fragment) as u32,
    }
}

impl fmt::Display for Sketch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((source, destination)) = self.macs {
            write!(out, "{source} > {destination} ")?;
        }
        print::payload(out, &self.payload)
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} > {} ", self.source_mac, self.destination_mac)?;
        print::payload(out, &self.payload)?;
        if self.length != frame_length(&self.payload) {
            write!(out, " frame={}", self.length)?;
        }
        Ok(())
    }
}

impl FromStr for Sketch {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Sketch, TextError> {
        read::sketch(text)
    }
}

impl FromStr for Packet {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Packet, TextError> {
        read::packet(text)
    }
}
