//! Why a rule did not match, in words.

use policy::{Direction, Document, Part, Revision, Subject, resolve};
use wire::{Endpoints, IpProtocol, Ports};

/// The fields in which a packet from 203.0.113.7 to 192.0.2.1 differs from a rule, and what is said of them.
fn check(rule: &str, protocol: IpProtocol, part: Part, expect: &[(&str, &str)]) {
    let text = format!(
        "version: 1\nnetworks: [{{id: lan, subnets: [{{prefix: 192.0.2.0/24}}]}}]\n\
         groups: [{{id: default}}, {{id: empty}}, {{id: g, rules: [{rule}]}}]\ninstances:\n  - id: i\n    \
         vnics: [{{network: lan, mac: \"52:54:00:00:00:01\", addresses: [192.0.2.1], groups: [g]}}]\n"
    );
    let (document, faults) = Document::read(&text);
    assert!(faults.is_empty(), "{faults:?}");
    let policy = resolve(&document, Revision(1)).expect("it resolves");
    let (vnic, _) = policy.vnics().next().expect("a vnic");
    let endpoints = Endpoints::V4([203, 0, 113, 7].into(), [192, 0, 2, 1].into());
    let explained = policy.explain(vnic, Direction::Ingress, &Subject { endpoints, protocol, part });
    let told: Vec<(&str, String)> =
        explained[0].mismatches.iter().map(|mismatch| (mismatch.field(), mismatch.to_string())).collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(field, text)| (*field, text.as_str())).collect();
    assert_eq!(told, expect, "{rule}");
}

#[test]
fn every_field_is_told() {
    let web = Part::Ports(Ports { source: 5000, destination: 80 });
    let ping = Part::Icmp { kind: 8, code: 0 };
    let (tcp, icmp) = (IpProtocol::TCP, IpProtocol::ICMP);
    check("r: ingress ipv4 tcp 80 from any", tcp, web, &[]);
    let off = "{id: r, direction: ingress, family: ipv4, protocol: tcp, ports: 80, remote: any, enabled: false}";
    check(off, tcp, web, &[("enabled", "the rule is disabled")]);
    check("r: ingress ipv6 tcp 80 from any", tcp, web, &[("family", "the packet is not ipv6")]);
    check("r: ingress ipv4 udp 80 from any", tcp, web, &[("protocol", "protocol `tcp` is not `udp`")]);
    check("r: ingress ipv4 tcp 81-90 from any", tcp, web, &[("ports", "port `80` is not in `81-90`")]);
    check("r: ingress ipv4 icmp 8/0 from any", icmp, ping, &[]);
    check("r: ingress ipv4 icmp 3/4 from any", icmp, ping, &[("icmp", "ICMP `8/0` is not `3/4`")]);
    let bare = [("ports", "the packet does not show the header that the rule looks at")];
    check("r: ingress ipv4 tcp 80 from any", tcp, Part::None, &bare);
    let far = [("remote", "`203.0.113.7` is not in `10.0.0.0/8`")];
    check("r: ingress ipv4 tcp 80 from 10.0.0.0/8", tcp, web, &far);
    let nobody = [("remote", "`group:empty` has no address: it matches nothing")];
    check("r: ingress ipv4 tcp 80 from group:empty", tcp, web, &nobody);
    check(
        "r: ingress ipv4 tcp 81 from 10.0.0.0/8",
        tcp,
        web,
        &[("ports", "port `80` is not in `81`"), ("remote", "`203.0.113.7` is not in `10.0.0.0/8`")],
    );
}
