//! Frames with one fault each.

use std::collections::BTreeSet;

use wire::Malformed::{self, *};
use wire::{Checksum, MacAddr, Packet, Sketch, build, parse};

use crate::hex;

/// What is done to a good frame.
#[derive(Clone, Copy)]
enum Change {
    /// These bytes, in hex, are written at this offset. IPv4 begins at 14, its payload at 34; IPv6 at 14, its payload at 54.
    At(usize, &'static str),
    /// Nothing is left behind this many bytes.
    Cut(usize),
}
use Change::{At, Cut};

const TCP: &str = "tcp 192.0.2.1:1 > 192.0.2.2:2 len=4";
const TCP6: &str = "tcp [2001:db8::1]:1 > [2001:db8::2]:2";
const UDP: &str = "udp 192.0.2.1:1 > 192.0.2.2:2 len=4";
const UDP6: &str = "udp [2001:db8::1]:1 > [2001:db8::2]:2 len=4";
const SOLICITATION: &str = "icmpv6 fe80::1 > ff02::1 neighbor-solicitation fe80::2 mac=52:54:00:00:00:01 len=32";
const DHCP: &str = "udp 0.0.0.0:68 > 255.255.255.255:67 dhcp-request 52:54:00:00:00:01";
const ARP: &str = "arp who-has 192.0.2.20 tell 192.0.2.10 sha=52:54:00:00:00:0a";
const CHAIN: &str = "proto 253 2001:db8::1 > 2001:db8::2 len=80";
const FIRST: &str = "tcp 192.0.2.1:1 > 192.0.2.2:2 frag id=1 offset=0 length=24 more";
const FIRST6: &str = "tcp [2001:db8::1]:1 > [2001:db8::2]:2 frag id=1 offset=0 length=24 more";

const FAULTS: &[(&str, &[Change], Malformed)] = &[
    ("ethertype 0x88cc", &[Cut(0)], EthernetTruncated),
    (TCP, &[Cut(13)], EthernetTruncated),
    (TCP, &[At(6, "000000000000")], EthernetSource),
    (TCP, &[At(6, "ffffffffffff")], EthernetSource),
    (TCP, &[At(6, "01005e000001")], EthernetSource),
    ("vlan 0x8100", &[At(6, "000000000000")], EthernetSource),
    (ARP, &[Cut(41)], Arp),
    (ARP, &[At(14, "0006")], Arp),
    (ARP, &[At(16, "86dd")], Arp),
    (ARP, &[At(18, "08")], Arp),
    (ARP, &[At(19, "10")], Arp),
    (TCP, &[Cut(33)], Ipv4Truncated),
    (TCP, &[At(14, "55")], Ipv4Version),
    (TCP6, &[At(12, "0800")], Ipv4Version),
    (TCP, &[At(14, "44")], Ipv4HeaderLength),
    (TCP, &[At(14, "4f")], Ipv4HeaderLength),
    (TCP, &[At(16, "0013")], Ipv4TotalLength),
    (TCP, &[At(16, "002d")], Ipv4TotalLength),
    (TCP, &[At(24, "dead")], Ipv4Checksum),
    (TCP, &[At(14, "46"), At(34, "07000000")], Ipv4Options),
    (TCP, &[At(14, "46"), At(34, "07050000")], Ipv4Options),
    (TCP, &[At(14, "46"), At(34, "01010107")], Ipv4Options),
    (TCP, &[At(14, "46"), At(34, "83030400")], Ipv4SourceRoute),
    (TCP, &[At(14, "46"), At(34, "01890304")], Ipv4SourceRoute),
    (TCP6, &[Cut(53)], Ipv6Truncated),
    (TCP6, &[At(14, "40")], Ipv6Version),
    (TCP, &[At(12, "86dd")], Ipv6Version),
    (TCP6, &[At(18, "0015")], Ipv6PayloadLength),
    (CHAIN, &[At(20, "3c"), At(54, "fd0a")], Ipv6ExtensionTruncated),
    (CHAIN, &[At(20, "3c"), At(18, "0007")], Ipv6ExtensionTruncated),
    // Nine extension headers, and a second fragment header.
    (
        CHAIN,
        &[
            At(20, "3c"),
            At(54, "3c"),
            At(62, "3c"),
            At(70, "3c"),
            At(78, "3c"),
            At(86, "3c"),
            At(94, "3c"),
            At(102, "3c"),
            At(110, "3c"),
            At(118, "fd"),
        ],
        Ipv6ExtensionChain,
    ),
    (CHAIN, &[At(20, "2c"), At(54, "2c00000000000001fd00000000000001")], Ipv6ExtensionChain),
    (CHAIN, &[At(20, "3c"), At(54, "00"), At(62, "fd")], Ipv6HopByHop),
    (CHAIN, &[At(20, "2b"), At(54, "fd000000")], Ipv6RoutingHeader),
    (FIRST6, &[At(18, "0010")], Ipv6FragmentChain),
    (FIRST6, &[At(18, "0018")], Ipv6FragmentChain),
    (FIRST6, &[At(54, "3c"), At(62, "0603")], Ipv6FragmentChain),
    ("later 17 192.0.2.1 > 192.0.2.2 frag id=1 offset=8 length=7 more", &[], FragmentLength),
    ("later 17 2001:db8::1 > 2001:db8::2 frag id=1 offset=8 length=7 more", &[], FragmentLength),
    ("later 17 192.0.2.1 > 192.0.2.2 frag id=1 offset=8 length=0", &[], FragmentEmpty),
    ("later 17 192.0.2.1 > 192.0.2.2 frag id=1 offset=0 length=0 more", &[], FragmentEmpty),
    ("later 1 192.0.2.1 > 192.0.2.2 frag id=1 offset=65528 length=8", &[], FragmentEnd),
    ("later 58 2001:db8::1 > 2001:db8::2 frag id=1 offset=65528 length=8", &[], FragmentEnd),
    (FIRST, &[At(16, "001c")], FragmentTiny),
    (FIRST, &[At(16, "0024")], FragmentTiny),
    (FIRST, &[At(46, "70")], FragmentTiny),
    ("sctp 192.0.2.1:1 > 192.0.2.2:2 frag id=1 offset=0 length=16 more", &[At(16, "001c")], FragmentTiny),
    ("later 6 192.0.2.1 > 192.0.2.2 frag id=1 offset=8 length=8", &[], FragmentRewrite),
    ("later 6 192.0.2.1 > 192.0.2.2 frag id=1 offset=16 length=8", &[], FragmentRewrite),
    ("later 6 2001:db8::1 > 2001:db8::2 frag id=1 offset=8 length=8", &[], FragmentRewrite),
    ("tcp 224.0.0.1:1 > 192.0.2.2:2", &[], IpSource),
    ("tcp 255.255.255.255:1 > 192.0.2.2:2", &[], IpSource),
    ("tcp 127.0.0.1:1 > 192.0.2.2:2", &[], IpSource),
    ("tcp 192.0.2.1:1 > 127.1.2.3:2", &[], IpSource),
    ("tcp [ff02::1]:1 > [2001:db8::2]:2", &[], IpSource),
    ("tcp [::1]:1 > [2001:db8::2]:2", &[], IpSource),
    ("tcp [2001:db8::1]:1 > [::1]:2", &[], IpSource),
    (TCP, &[At(16, "0014")], TcpTruncated),
    (TCP, &[At(16, "0027")], TcpTruncated),
    (TCP6, &[At(18, "0013")], TcpTruncated),
    (TCP, &[At(46, "40")], TcpDataOffset),
    (TCP, &[At(46, "70")], TcpDataOffset),
    (TCP, &[At(46, "60"), At(54, "02000000")], TcpOptions),
    (TCP, &[At(46, "60"), At(54, "02010000")], TcpOptions),
    (TCP, &[At(46, "60"), At(54, "02050000")], TcpOptions),
    (TCP, &[At(46, "60"), At(54, "03040000")], TcpOptions),
    (TCP, &[At(46, "60"), At(54, "01010108")], TcpOptions),
    (TCP, &[At(47, "00")], TcpFlags),
    (TCP, &[At(50, "dead")], TcpChecksum),
    (TCP6, &[At(70, "dead")], TcpChecksum),
    (TCP, &[At(57, "01")], TcpChecksum),
    (UDP, &[At(16, "001b")], UdpTruncated),
    (UDP6, &[At(18, "0007")], UdpTruncated),
    (UDP, &[At(38, "0007")], UdpLength),
    (UDP, &[At(38, "0000")], UdpLength),
    (UDP, &[At(38, "000d")], UdpLength),
    (UDP, &[At(40, "dead")], UdpChecksum),
    (UDP6, &[At(60, "0000")], UdpChecksum),
    ("udplite 192.0.2.1:1 > 192.0.2.2:2", &[At(16, "001b")], PortsTruncated),
    ("sctp 192.0.2.1:1 > 192.0.2.2:2", &[At(16, "001f")], PortsTruncated),
    ("dccp 192.0.2.1:1 > 192.0.2.2:2", &[At(16, "001f")], PortsTruncated),
    ("icmp 192.0.2.1 > 192.0.2.2 echo-request id=1", &[At(16, "001b")], IcmpTruncated),
    ("icmpv6 2001:db8::1 > 2001:db8::2 echo-request id=1", &[At(18, "0007")], IcmpTruncated),
    ("icmp 192.0.2.1 > 192.0.2.2 echo-request id=1", &[At(36, "dead")], IcmpChecksum),
    ("icmpv6 2001:db8::1 > 2001:db8::2 echo-request id=1", &[At(56, "dead")], IcmpChecksum),
    // The message is cut, an option is empty, it runs past the end, half of one is left, and two that differ.
    (SOLICITATION, &[At(18, "0017")], Neighbor),
    (SOLICITATION, &[At(79, "00")], Neighbor),
    (SOLICITATION, &[At(79, "03")], Neighbor),
    (SOLICITATION, &[At(18, "0021"), At(87, "01")], Neighbor),
    (SOLICITATION, &[At(86, "0101525400000002")], Neighbor),
    (DHCP, &[At(42, "03")], Dhcp),
    (DHCP, &[At(38, "00f3")], Dhcp),
];

/// Changes that break no rule.
const ALLOWED: &[(&str, &[Change], &str)] = &[
    // The frame is padded behind the datagram, and the IP payload behind the UDP datagram.
    (UDP, &[At(16, "001e"), At(38, "000a")], "udp 192.0.2.1:1 > 192.0.2.2:2 len=2"),
    (UDP, &[At(38, "000a")], "udp 192.0.2.1:1 > 192.0.2.2:2 len=2"),
    (UDP, &[At(40, "0000")], "udp 192.0.2.1:1 > 192.0.2.2:2 len=4"),
    // "Do not fragment" alone, and on a fragment.
    (TCP, &[At(20, "4000")], TCP),
    (
        "later 17 192.0.2.1 > 192.0.2.2 frag id=1 offset=8 length=8",
        &[At(20, "4001")],
        "later 17 192.0.2.1 > 192.0.2.2 frag id=1 offset=8 length=8",
    ),
    // Options that end early, or that are not read.
    (TCP, &[At(46, "60"), At(54, "00ffffff")], "tcp 192.0.2.1:1 > 192.0.2.2:2"),
    (TCP, &[At(46, "60"), At(54, "fe040102")], "tcp 192.0.2.1:1 > 192.0.2.2:2"),
    (TCP, &[At(46, "60"), At(54, "030320ff"), At(57, "00")], "tcp 192.0.2.1:1 > 192.0.2.2:2 ws=32"),
    ("gre 192.0.2.1 > 192.0.2.2 len=8", &[At(14, "46"), At(34, "94040000")], "gre 192.0.2.1 > 192.0.2.2 len=4"),
    // The first fragment of a UDP datagram says the length of the whole.
    (
        "udp 192.0.2.1:1 > 192.0.2.2:2 frag id=1 offset=0 length=24 more",
        &[At(38, "1000")],
        "udp 192.0.2.1:1 > 192.0.2.2:2 frag id=1 offset=0 length=24 more",
    ),
    // Eight extension headers, a routing header of type 4, an atomic fragment.
    (
        CHAIN,
        &[
            At(20, "3c"),
            At(54, "3c"),
            At(62, "3c"),
            At(70, "3c"),
            At(78, "3c"),
            At(86, "3c"),
            At(94, "3c"),
            At(102, "3c"),
            At(110, "fd"),
        ],
        "proto 253 2001:db8::1 > 2001:db8::2 len=16",
    ),
    (CHAIN, &[At(20, "2b"), At(54, "fd000400")], "proto 253 2001:db8::1 > 2001:db8::2 len=72"),
    (CHAIN, &[At(20, "2c"), At(54, "fd00000000000001")], "proto 253 2001:db8::1 > 2001:db8::2 len=72"),
    (
        "later 6 192.0.2.1 > 192.0.2.2 frag id=1 offset=24 length=8",
        &[],
        "later 6 192.0.2.1 > 192.0.2.2 frag id=1 offset=24 length=8",
    ),
    // Two options that agree.
    (SOLICITATION, &[At(86, "0101525400000001")], SOLICITATION),
    // Quotes of a later fragment, of another version, and of too little say nothing.
    (
        "icmp 192.0.2.9 > 192.0.2.1 type 3 code 3 about (udp 192.0.2.1:1 > 192.0.2.2:2)",
        &[At(48, "0001")],
        "icmp 192.0.2.9 > 192.0.2.1 type 3 code 3 len=28",
    ),
    (
        "icmp 192.0.2.9 > 192.0.2.1 type 3 code 3 about (udp 192.0.2.1:1 > 192.0.2.2:2)",
        &[At(42, "65")],
        "icmp 192.0.2.9 > 192.0.2.1 type 3 code 3 len=28",
    ),
    (
        "icmp 192.0.2.9 > 192.0.2.1 type 3 code 3 about (udp 192.0.2.1:1 > 192.0.2.2:2)",
        &[At(42, "44")],
        "icmp 192.0.2.9 > 192.0.2.1 type 3 code 3 len=28",
    ),
    (
        "icmp 192.0.2.9 > 192.0.2.1 type 3 code 3 about (udp 192.0.2.1:1 > 192.0.2.2:2)",
        &[At(16, "0037")],
        "icmp 192.0.2.9 > 192.0.2.1 type 3 code 3 len=27",
    ),
];

#[test]
fn every_fault_is_named() {
    for (text, changes, expect) in FAULTS {
        let is_checksum = matches!(expect, TcpChecksum | UdpChecksum | IcmpChecksum);
        let checksum = if is_checksum { Checksum::Complete } else { Checksum::Unfinished };
        assert_eq!(parse(&damaged(text, changes), checksum), Err(*expect), "{text}");
    }
}

#[test]
fn every_name_has_an_example() {
    let named: BTreeSet<Malformed> = FAULTS.iter().map(|(.., fault)| *fault).collect();
    assert_eq!(named, BTreeSet::from(Malformed::ALL));
}

#[test]
fn what_breaks_no_rule_is_read() {
    for (text, changes, expect) in ALLOWED {
        let packet = parse(&damaged(text, changes), Checksum::Unfinished).map(|packet| packet.payload);
        assert_eq!(packet, Ok(sketch(expect).payload), "{text}");
    }
}

#[test]
fn an_unfinished_transport_checksum_says_nothing_and_that_of_ipv4_always_counts() {
    for (text, changes, expect) in FAULTS {
        let is_checksum = matches!(expect, TcpChecksum | UdpChecksum | IcmpChecksum);
        if is_checksum {
            assert!(parse(&damaged(text, changes), Checksum::Unfinished).is_ok(), "{text}");
        }
    }
    assert_eq!(parse(&damaged(TCP, &[At(24, "dead")]), Checksum::Unfinished), Err(Ipv4Checksum));
}

/// The table of netfilter: every other combination is one that no TCP sends.
#[test]
fn just_these_control_bits_go_together() {
    let possible = ["S", "SU", "SA", "R", "RA", "FA", "FAU", "A", "AU"];
    let possible: BTreeSet<u8> = possible.iter().map(|letters| flags(letters)).collect();
    for bits in 0..=255_u8 {
        let mut frame = damaged(TCP, &[]);
        frame[47] = bits;
        let free = flags("PEC");
        let expect = possible.contains(&(bits & !free));
        let got = parse(&frame, Checksum::Unfinished);
        assert_eq!(got.is_ok(), expect, "{bits:#010b}");
        assert!(expect || got == Err(TcpFlags), "{bits:#010b}");
    }
}

/// In ones' complement 0 and 0xffff are the same number, and Linux writes the second also in TCP.
#[test]
fn a_tcp_checksum_of_zero_is_right_in_both_forms() {
    // A checksum is what the sum lacks, so a sequence number of that much leaves nothing.
    let rest = build(&packet(&format!("{TCP} seq=0")));
    let zero = build(&packet(&format!("{TCP} seq={}", u16::from_be_bytes([rest[50], rest[51]]))));
    assert_eq!(zero[50..52], [0, 0]);
    let ones = [&zero[..50], &[0xff, 0xff], &zero[52..]].concat();
    assert!(parse(&zero, Checksum::Complete).is_ok());
    assert_eq!(parse(&ones, Checksum::Complete), parse(&zero, Checksum::Complete));
}

fn flags(letters: &str) -> u8 {
    letters.chars().map(|letter| 1 << "FSRPAUEC".find(letter).expect("a flag")).sum()
}

fn sketch(text: &str) -> Sketch {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn packet(text: &str) -> Packet {
    sketch(text).onto(MacAddr([0x52, 0x54, 0, 0, 0, 0x0a]), MacAddr::BROADCAST)
}

/// The frame of a packet after the changes. The IPv4 header checksum follows them unless they set it.
fn damaged(text: &str, changes: &[Change]) -> Vec<u8> {
    let mut frame = build(&packet(text));
    for change in changes {
        match change {
            At(at, bytes) => frame[*at..at + hex(bytes).len()].copy_from_slice(&hex(bytes)),
            Cut(length) => frame.truncate(*length),
        }
    }
    if !changes.iter().any(|change| matches!(change, At(24, _))) {
        crate::repair_ipv4_header(&mut frame);
    }
    frame
}
