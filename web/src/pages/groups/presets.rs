//! Rules that people want often, by name. They only fill fields; what the fields mean is the core's business.

/// A name that stands for a protocol and ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Preset {
    /// How people call it.
    pub(super) name: &'static str,
    ipv4: (&'static str, &'static str),
    ipv6: (&'static str, &'static str),
}

/// In the order in which they are offered.
pub(super) const PRESETS: [Preset; 19] = [
    Preset::both("All traffic", "any", ""),
    Preset::both("All TCP", "tcp", ""),
    Preset::both("All UDP", "udp", ""),
    Preset::icmp("All ICMP", "", ""),
    Preset::icmp("Ping", "8/0", "128/0"),
    Preset::both("SSH", "tcp", "22"),
    Preset::both("HTTP", "tcp", "80"),
    Preset::both("HTTPS", "tcp", "443"),
    Preset::both("HTTP(S)", "tcp", "80,443"),
    Preset::both("RDP", "tcp", "3389"),
    Preset::both("DNS", "udp", "53"),
    Preset::both("DNS over TCP", "tcp", "53"),
    Preset::both("SMTP", "tcp", "25"),
    Preset::both("FTP", "tcp", "20-21"),
    Preset::both("MySQL", "tcp", "3306"),
    Preset::both("PostgreSQL", "tcp", "5432"),
    Preset::both("MS SQL", "tcp", "1433"),
    Preset::both("Oracle", "tcp", "1521"),
    Preset::both("Redis", "tcp", "6379"),
];

/// What the choice is called when no preset fits.
pub(super) const CUSTOM: &str = "Custom";

/// Protocols that are offered while typing; the core knows many more, and numbers.
pub(super) const PROTOCOLS: [&str; 12] =
    ["any", "tcp", "udp", "icmp", "icmpv6", "esp", "ah", "gre", "sctp", "udplite", "dccp", "vrrp"];

impl Preset {
    const fn both(name: &'static str, protocol: &'static str, part: &'static str) -> Preset {
        Preset { name, ipv4: (protocol, part), ipv6: (protocol, part) }
    }

    const fn icmp(name: &'static str, ipv4: &'static str, ipv6: &'static str) -> Preset {
        Preset { name, ipv4: ("icmp", ipv4), ipv6: ("icmpv6", ipv6) }
    }

    /// The protocol and the ports or ICMP type that it fills in.
    pub(super) fn fields(&self, family: &str) -> (&'static str, &'static str) {
        if family == "ipv6" { self.ipv6 } else { self.ipv4 }
    }

    /// The preset of this name.
    pub(super) fn named(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The preset that fills in just these fields.
    pub(super) fn of(family: &str, protocol: &str, part: &str) -> Option<&'static Preset> {
        let part = if part == "any" { "" } else { part };
        PRESETS.iter().find(|preset| preset.fields(family) == (protocol, part))
    }
}
