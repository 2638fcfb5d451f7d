//! The core's rule templates as what the first column of the grid is called and fills in.

use policy::Family;
use policy::template::{RULES, RuleTemplate};

/// What the choice is called when no template fits.
pub(super) const CUSTOM: &str = "Custom";

/// Protocols that are offered while typing; the core knows many more, and numbers.
pub(super) const PROTOCOLS: [&str; 12] =
    ["any", "tcp", "udp", "icmp", "icmpv6", "esp", "ah", "gre", "sctp", "udplite", "dccp", "vrrp"];

/// The protocol and the ports or ICMP type that a template fills in.
pub(super) fn fields(template: &RuleTemplate, family: &str) -> (&'static str, &'static str) {
    template.fields(if family == "ipv6" { Family::Ipv6 } else { Family::Ipv4 })
}

/// The template that people call so.
pub(super) fn titled(title: &str) -> Option<&'static RuleTemplate> {
    RULES.iter().find(|template| template.title == title)
}

/// The first template that fills in just these fields.
pub(super) fn fitting(family: &str, protocol: &str, part: &str) -> Option<&'static RuleTemplate> {
    let part = if part == "any" { "" } else { part };
    RULES.iter().find(|template| fields(template, family) == (protocol, part))
}

/// What people call the ports of a list that have a name: `SSH, RDP`. Empty where none has.
pub(super) fn port_names(protocol: &str, ports: &str) -> String {
    let name = |port: &str| {
        let template = RULES.iter().find(|template| fields(template, "ipv4") == (protocol, port))?;
        Some(template.title)
    };
    ports.split(',').filter_map(name).collect::<Vec<_>>().join(", ")
}
