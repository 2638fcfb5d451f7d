//! A vnic's policy as an nftables ruleset.
//!
//! The side that a frame comes from is marked in the bridge family, because a rule in the inet family sees only the bridge.

use std::fmt::Write;

use policy::{
    AddressBlock, Direction, Document, Family, IcmpMatch, PortMatch, Prefix, Protocol, Remote, Rule, RuleSpec, Vnic,
};

/// The mark of frames from the instance.
const FROM_INSTANCE: u32 = 1;
/// The mark of frames to it.
const TO_INSTANCE: u32 = 2;

/// The ruleset of the first vnic of a document whose rules only allow and whose groups are stateful.
///
/// `instance` and `remote` are the bridge ports that the frames of the instance and of everybody else come in at.
///
/// # Panics
/// The document has no vnic.
pub fn ruleset(document: &Document, instance: &str, remote: &str) -> String {
    let vnic = document.instances.iter().flat_map(|instance| &instance.vnics).next().expect("a vnic");
    let mut text = format!(
        "flush ruleset
table bridge sides {{
    chain sides {{
        type filter hook prerouting priority -300; policy accept;
        iifname \"{instance}\" meta mark set {FROM_INSTANCE}
        iifname \"{remote}\" meta mark set {TO_INSTANCE}
    }}
}}
table inet portcullis {{
    counter invalid {{}}
    chain forward {{
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        ct state invalid counter name invalid drop
"
    );
    let groups = document.groups.iter().filter(|group| vnic.groups.contains(&group.id));
    for rule in groups.flat_map(|group| &group.rules).filter(|rule| rule.enabled) {
        write_rule(&mut text, document, rule);
    }
    text.push_str("    }\n}\n");
    text
}

/// A rule as lines; none where its remote is empty.
fn write_rule(text: &mut String, document: &Document, rule: &Rule) {
    let spec = &rule.spec;
    let (mark, end) = match spec.direction {
        Direction::Ingress => (TO_INSTANCE, "saddr"),
        Direction::Egress => (FROM_INSTANCE, "daddr"),
    };
    let (version, keyword) = match spec.family {
        Family::Ipv4 => ("ipv4", "ip"),
        Family::Ipv6 => ("ipv6", "ip6"),
    };
    let head = format!("        meta mark {mark} meta nfproto {version}");
    let remotes = match remotes(document, spec) {
        None => vec![String::new()],
        Some(blocks) => blocks.iter().map(|block| format!(" {keyword} {end} {block}")).collect(),
    };
    for remote in remotes {
        let _ = writeln!(text, "{head}{remote}{} accept", protocol(spec));
    }
}

/// What a remote stands for; `None` for all addresses.
fn remotes(document: &Document, spec: &RuleSpec) -> Option<Vec<AddressBlock>> {
    let blocks = match &spec.remote {
        Remote::Any => return None,
        Remote::Prefix(prefix) => vec![AddressBlock::Prefix(*prefix)],
        Remote::AddressGroup(id) => {
            let group = document.address_groups.iter().find(|group| group.id == *id);
            group.map(|group| group.prefixes.clone()).unwrap_or_default()
        }
        Remote::Group(id) => {
            let vnics = document.instances.iter().flat_map(|instance| &instance.vnics);
            let members = vnics.filter(|vnic| vnic.groups.contains(id)).flat_map(own_blocks);
            let group = document.groups.iter().find(|group| group.id == *id);
            let extra = group.into_iter().flat_map(|group| &group.sources).map(|prefix| AddressBlock::Prefix(*prefix));
            members.chain(extra).collect()
        }
    };
    Some(blocks.into_iter().filter(|block| block.family() == spec.family).collect())
}

fn own_blocks(vnic: &Vnic) -> Vec<AddressBlock> {
    let addresses = vnic.addresses.iter().map(|address| Prefix::host(*address));
    addresses.chain(vnic.allowed_pairs.iter().map(|pair| pair.prefix)).map(AddressBlock::Prefix).collect()
}

fn protocol(spec: &RuleSpec) -> String {
    let icmp = match spec.family {
        Family::Ipv4 => "icmp",
        Family::Ipv6 => "icmpv6",
    };
    let ports = |protocol: &str, ports: &PortMatch| match ports {
        PortMatch::Any => format!(" meta l4proto {protocol}"),
        PortMatch::Ranges(ranges) => {
            let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
            format!(" {protocol} dport {{ {} }}", ranges.join(", "))
        }
    };
    match &spec.protocol {
        Protocol::Any => String::new(),
        Protocol::Tcp(matched) => ports("tcp", matched),
        Protocol::Udp(matched) => ports("udp", matched),
        Protocol::UdpLite(matched) => ports("udplite", matched),
        Protocol::Sctp(matched) => ports("sctp", matched),
        Protocol::Dccp(matched) => ports("dccp", matched),
        Protocol::Icmp(IcmpMatch::Any) => format!(" meta l4proto {icmp}"),
        Protocol::Icmp(IcmpMatch::Type(kind)) => format!(" {icmp} type {kind}"),
        Protocol::Icmp(IcmpMatch::TypeCode(kind, code)) => format!(" {icmp} type {kind} {icmp} code {code}"),
        Protocol::Number(number) => format!(" meta l4proto {}", number.0),
    }
}
