//! Services and protocols by name.

use super::{Part, RuleTemplate, UsualRemote};

/// Every rule template, in the order in which people are offered them.
pub static RULES: [RuleTemplate; 20] = [
    both("all", "All traffic", ("any", "")),
    RuleTemplate { remote: UsualRemote::Members, ..both("members", "Members of this group", ("any", "")) },
    both("all-tcp", "All TCP", ("tcp", "")),
    both("all-udp", "All UDP", ("udp", "")),
    icmp("all-icmp", "All ICMP", "", ""),
    icmp("ping", "Ping", "8/0", "128/0"),
    both("ssh", "SSH", ("tcp", "22")),
    both("http", "HTTP", ("tcp", "80")),
    both("https", "HTTPS", ("tcp", "443")),
    both("web", "HTTP(S)", ("tcp", "80,443")),
    both("rdp", "RDP", ("tcp", "3389")),
    both("dns", "DNS", ("udp", "53")),
    both("dns-tcp", "DNS over TCP", ("tcp", "53")),
    both("smtp", "SMTP", ("tcp", "25")),
    both("ftp", "FTP", ("tcp", "20-21")),
    both("mysql", "MySQL", ("tcp", "3306")),
    both("postgresql", "PostgreSQL", ("tcp", "5432")),
    both("mssql", "MS SQL", ("tcp", "1433")),
    both("oracle", "Oracle", ("tcp", "1521")),
    both("redis", "Redis", ("tcp", "6379")),
];

const fn both(name: &'static str, title: &'static str, part: Part) -> RuleTemplate {
    RuleTemplate { name, title, ipv4: part, ipv6: part, remote: UsualRemote::Any }
}

const fn icmp(name: &'static str, title: &'static str, ipv4: &'static str, ipv6: &'static str) -> RuleTemplate {
    RuleTemplate { name, title, ipv4: ("icmp", ipv4), ipv6: ("icmpv6", ipv6), remote: UsualRemote::Any }
}
