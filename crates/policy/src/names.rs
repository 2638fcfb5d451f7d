//! Names of IP protocols, as OpenStack Neutron's API spells them, and of services that nobody should reach from everywhere.
//!
//! Absent: the texts that stand for every protocol, see [`crate::model::Protocol`].

use wire::IpProtocol;

/// Name and number, one line each; the first name of a number is the one that is printed.
const PROTOCOLS: [(&str, u8); 29] = [
    ("hopopt", 0),
    ("ipv6-hopopt", 0),
    ("icmp", 1),
    ("igmp", 2),
    ("ipip", 4),
    ("tcp", 6),
    ("egp", 8),
    ("udp", 17),
    ("dccp", 33),
    ("ipv6-encap", 41),
    ("ipv6-route", 43),
    ("ipv6-frag", 44),
    ("rsvp", 46),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("icmpv6", 58),
    ("ipv6-icmp", 58),
    ("icmp6", 58),
    ("ipv6-nonxt", 59),
    ("ipv6-opts", 60),
    ("ospf", 89),
    ("pim", 103),
    ("vrrp", 112),
    ("pgm", 113),
    ("l2tp", 115),
    ("sctp", 132),
    ("udplite", 136),
    ("udp-lite", 136),
];

/// Services that are attacked as soon as they can be reached, by destination port.
pub const SENSITIVE: [(u16, &str); 11] = [
    (22, "SSH"),
    (1433, "MS SQL"),
    (1521, "Oracle"),
    (3306, "MySQL"),
    (3389, "RDP"),
    (5432, "PostgreSQL"),
    (6379, "Redis"),
    (8848, "Nacos"),
    (9200, "Elasticsearch"),
    (11211, "Memcached"),
    (27017, "MongoDB"),
];

/// The printed name of a protocol, where it has one.
pub fn protocol_name(number: IpProtocol) -> Option<&'static str> {
    PROTOCOLS.iter().find(|(_, candidate)| *candidate == number.0).map(|(name, _)| *name)
}

/// The number of a lower-case name, or of a decimal number from 0 to 255.
pub(crate) fn protocol_number(name: &str) -> Option<IpProtocol> {
    if let Some((_, number)) = PROTOCOLS.iter().find(|(candidate, _)| *candidate == name) {
        return Some(IpProtocol(*number));
    }
    let decimal = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    if decimal { name.parse().ok().map(IpProtocol) } else { None }
}
