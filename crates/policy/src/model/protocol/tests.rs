//! Every name, every number, and what each matches.

use super::*;

/// The names of Neutron's API and other common ones: family, text, the one spelling, the number.
const NAMES: [(Family, &str, &str, Option<u8>); 39] = [
    (Family::Ipv4, "any", "any", None),
    (Family::Ipv4, "ip", "any", None),
    (Family::Ipv6, "ip", "any", None),
    (Family::Ipv4, "0", "any", None),
    (Family::Ipv4, "ah", "ah", Some(51)),
    (Family::Ipv4, "dccp", "dccp", Some(33)),
    (Family::Ipv4, "egp", "egp", Some(8)),
    (Family::Ipv4, "esp", "esp", Some(50)),
    (Family::Ipv4, "gre", "gre", Some(47)),
    (Family::Ipv4, "hopopt", "hopopt", Some(0)),
    (Family::Ipv6, "ipv6-hopopt", "hopopt", Some(0)),
    (Family::Ipv4, "icmp", "icmp", Some(1)),
    (Family::Ipv6, "icmp", "icmpv6", Some(58)),
    (Family::Ipv6, "icmpv6", "icmpv6", Some(58)),
    (Family::Ipv6, "icmp6", "icmpv6", Some(58)),
    (Family::Ipv6, "ipv6-icmp", "icmpv6", Some(58)),
    (Family::Ipv4, "igmp", "igmp", Some(2)),
    (Family::Ipv4, "ipip", "ipip", Some(4)),
    (Family::Ipv4, "ipv6-encap", "ipv6-encap", Some(41)),
    (Family::Ipv6, "ipv6-frag", "ipv6-frag", Some(44)),
    (Family::Ipv6, "ipv6-nonxt", "ipv6-nonxt", Some(59)),
    (Family::Ipv6, "ipv6-opts", "ipv6-opts", Some(60)),
    (Family::Ipv6, "ipv6-route", "ipv6-route", Some(43)),
    (Family::Ipv4, "ospf", "ospf", Some(89)),
    (Family::Ipv4, "pgm", "pgm", Some(113)),
    (Family::Ipv4, "rsvp", "rsvp", Some(46)),
    (Family::Ipv4, "sctp", "sctp", Some(132)),
    (Family::Ipv4, "tcp", "tcp", Some(6)),
    (Family::Ipv6, "tcp", "tcp", Some(6)),
    (Family::Ipv4, "udp", "udp", Some(17)),
    (Family::Ipv4, "udplite", "udplite", Some(136)),
    (Family::Ipv4, "udp-lite", "udplite", Some(136)),
    (Family::Ipv4, "vrrp", "vrrp", Some(112)),
    (Family::Ipv4, "l2tp", "l2tp", Some(115)),
    (Family::Ipv4, "pim", "pim", Some(103)),
    (Family::Ipv4, "UDP", "udp", Some(17)),
    (Family::Ipv4, " Esp ", "esp", Some(50)),
    (Family::Ipv4, "006", "tcp", Some(6)),
    (Family::Ipv4, "", "any", None),
];

#[test]
fn every_name_has_one_spelling_and_one_number() {
    for (family, text, name, number) in NAMES {
        let protocol = Protocol::read(family, text, None, None).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((protocol.name(family).as_str(), protocol.number(family)), (name, number.map(IpProtocol)), "{text}");
        assert_eq!(Protocol::read(family, name, None, None), Ok(protocol), "{text}");
    }
}

#[test]
fn every_number_is_read_and_written_back() {
    for family in Family::ALL {
        for number in 1..=u8::MAX {
            let found = Protocol::read(family, &number.to_string(), None, None);
            let is_foreign = IpProtocol(number) == IpProtocol::icmp(other(family));
            let Ok(protocol) = found else {
                assert!(is_foreign, "{number}: {found:?}");
                continue;
            };
            assert!(!is_foreign, "{number}");
            assert_eq!(protocol.number(family), Some(IpProtocol(number)));
            assert_eq!(protocol, Protocol::of_number(family, IpProtocol(number)));
            assert_eq!(Protocol::read(family, &protocol.name(family), None, None), Ok(protocol));
        }
    }
}

fn other(family: Family) -> Family {
    match family {
        Family::Ipv4 => Family::Ipv6,
        Family::Ipv6 => Family::Ipv4,
    }
}

/// CVE-2019-9735: a port for a protocol that has none broke the compilation of all rules.
#[test]
fn ports_go_with_protocols_that_have_them() {
    for number in 1..=u8::MAX {
        let found = Protocol::read(Family::Ipv4, &number.to_string(), Some("22"), None);
        let has_ports = [6, 17, 33, 132, 136].contains(&number);
        assert_eq!(found.is_ok(), has_ports, "{number}: {found:?}");
    }
    for text in ["any", "ip", "hopopt", "icmp", "ah", "esp", "gre", "vrrp"] {
        assert_eq!(
            Protocol::read(Family::Ipv4, text, Some("22"), None),
            Err(ProtocolError::PortsWithout(text.to_owned()))
        );
    }
}

/// Reads protocol, ports and ICMP part; expects name, ports and ICMP part of what was read.
fn check(family: Family, texts: [&str; 3], expect: Result<[&str; 3], &str>) {
    let [protocol, ports, icmp] = texts;
    let found = Protocol::read(family, protocol, Some(ports), Some(icmp)).map(|protocol| {
        let ports = protocol.ports().map(PortMatch::to_string).unwrap_or_default();
        let icmp = protocol.icmp().map(|icmp| icmp.to_string()).unwrap_or_default();
        [protocol.name(family), ports, icmp]
    });
    let expect = expect.map(|texts| texts.map(str::to_owned)).map_err(str::to_owned);
    assert_eq!(found.map_err(|error| error.to_string()), expect, "{family:?} {texts:?}");
}

#[test]
fn each_protocol_has_one_spelling() {
    check(Family::Ipv4, ["", "", ""], Ok(["any", "", ""]));
    check(Family::Ipv4, ["TCP", "22,80", ""], Ok(["tcp", "22,80", ""]));
    check(Family::Ipv4, ["6", "", ""], Ok(["tcp", "any", ""]));
    check(Family::Ipv4, ["udp-lite", "any", ""], Ok(["udplite", "any", ""]));
    check(Family::Ipv4, ["icmp", "", "8/0"], Ok(["icmp", "", "8/0"]));
    check(Family::Ipv4, ["1", "", "0"], Ok(["icmp", "", "0"]));
    check(Family::Ipv6, ["icmp", "", "128"], Ok(["icmpv6", "", "128"]));
    check(Family::Ipv6, ["ipv6-icmp", "", "any"], Ok(["icmpv6", "", "any"]));
    check(Family::Ipv6, ["50", "", ""], Ok(["esp", "", ""]));
    check(Family::Ipv6, ["200", "any", "any"], Ok(["200", "", ""]));
}

#[test]
fn faults_say_how_to_mend_them() {
    let unknown = |text: &str| {
        format!(
            "`{text}` is no protocol: write `any`, a name such as `tcp`, `udp`, `icmp`, `esp`, or a number from 0 to 255"
        )
    };
    check(Family::Ipv4, ["tpc", "", ""], Err(&unknown("tpc")));
    check(Family::Ipv4, ["256", "", ""], Err(&unknown("256")));
    check(Family::Ipv4, ["+6", "", ""], Err(&unknown("+6")));
    check(
        Family::Ipv4,
        ["icmpv6", "", ""],
        Err("`icmpv6` belongs to IPv6, the rule to IPv4: write `icmp`, or make it an IPv6 rule"),
    );
    check(
        Family::Ipv6,
        ["1", "", ""],
        Err("`1` belongs to IPv4, the rule to IPv6: write `icmpv6`, or make it an IPv4 rule"),
    );
    check(
        Family::Ipv4,
        ["esp", "22", ""],
        Err("`esp` has no ports: leave the ports empty, or choose `tcp`, `udp`, `sctp`, `dccp` or `udplite`"),
    );
    check(Family::Ipv4, ["tcp", "", "8"], Err("`tcp` has no ICMP type: leave it empty, or choose `icmp`"));
    check(Family::Ipv4, ["tcp", "90-80", ""], Err("the range `90-80` runs backwards: write `80-90`"));
    for text in ["256", "8/", "8/256", "-1", "8/0/0"] {
        let fault = format!(
            "`{text}` is no ICMP type: write a type such as `8`, a type and code such as `3/4`, or `any`; both run from 0 to 255"
        );
        check(Family::Ipv4, ["icmp", "", text], Err(&fault));
    }
}

#[test]
fn an_icmp_code_needs_its_type() {
    let fault = "`/0` is an ICMP code without its type: write both, such as `3/4`";
    check(Family::Ipv4, ["icmp", "", "/0"], Err(fault));
}

#[test]
fn icmp_parts_match_themselves_alone() {
    let check = |text: &str, expect: &[(u8, u8)]| {
        let part: IcmpMatch = text.parse().unwrap();
        let messages = [(0, 0), (0, 1), (3, 4), (8, 0)];
        let found: Vec<(u8, u8)> = messages.into_iter().filter(|(kind, code)| part.contains(*kind, *code)).collect();
        assert_eq!(found, expect, "{text}");
    };
    check("any", &[(0, 0), (0, 1), (3, 4), (8, 0)]);
    check("0", &[(0, 0), (0, 1)]);
    check("0/0", &[(0, 0)]);
    check("3/4", &[(3, 4)]);
}
