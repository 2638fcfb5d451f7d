//! The list of what validation must find, item by item: what somebody wrote, where the fault is, its words and its fix.

use policy::{Diagnostic, Document, Edit, Severity};

/// The faults of a document, one line each: path, message, fix.
fn check(text: &str, expect: &[&str]) {
    let line = |Diagnostic { path, message, fix, .. }: &Diagnostic| match fix {
        Some(fix) => format!("{path} | {message} | {fix}"),
        None => format!("{path} | {message}"),
    };
    let found: Vec<String> = Document::check(text).1.iter().map(line).collect();
    assert_eq!(found, expect, "{text}");
}

/// A rule of the group `web`, which is attached to an instance with the address 10.0.0.10; `v6` has only an IPv6 address.
fn check_rule(rule: &str, expect: &[&str]) {
    let text = format!(
        "{{version: 1, networks: [{{id: net, subnets: [{{prefix: 10.0.0.0/24}}, {{prefix: '2001:db8::/64'}}]}}],
          groups: [{{id: web, rules: [{rule}]}}, {{id: six}}], address_groups: [{{id: office, prefixes: ['2001:db8::/32']}}],
          instances: [{{id: a, vnics: [{{network: net, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10], groups: [web]}}]}},
                      {{id: b, vnics: [{{network: net, mac: '52:54:00:00:00:0b', addresses: ['2001:db8::b'], groups: [six]}}]}}]}}"
    );
    check(&text, expect);
}

fn check_field(fields: &str, expect: &str) {
    let rule = format!("{{direction: ingress, family: ipv4, {fields}}}");
    check_rule(&rule, &[&format!("groups[0].rules[0].{expect}")]);
}

#[test]
fn ports() {
    check_field(
        "protocol: tcp, remote: any, ports: 0",
        "ports | port `0` cannot be named: ports run from 1 to 65535; leave the field empty for all ports",
    );
    check_field(
        "protocol: tcp, remote: any, ports: 0-80",
        "ports | port `0` cannot be named: ports run from 1 to 65535; leave the field empty for all ports",
    );
    check_field(
        "protocol: tcp, remote: any, ports: '22,90-80'",
        "ports | the range `90-80` runs backwards: write `80-90` | 22,80-90",
    );
    check_field(
        "protocol: tcp, remote: any, ports: 80-",
        "ports | `80-` has only one end: write both, such as `8000-8090`",
    );
    check_field(
        "protocol: tcp, remote: any, ports: '-80'",
        "ports | `-80` has only one end: write both, such as `8000-8090`",
    );
    // CVE-2019-9735.
    let without = "has no ports: leave the ports empty, or choose `tcp`, `udp`, `sctp`, `dccp` or `udplite`";
    for protocol in ["vrrp", "icmp", "any", "112"] {
        check_field(
            &format!("protocol: {protocol}, remote: any, ports: 22"),
            &format!("ports | `{protocol}` {without}"),
        );
    }
}

#[test]
fn icmp_types_and_codes() {
    let form =
        "is no ICMP type: write a type such as `8`, a type and code such as `3/4`, or `any`; both run from 0 to 255";
    for icmp in ["256", "8/256", "-1"] {
        check_field(&format!("protocol: icmp, remote: any, icmp: '{icmp}'"), &format!("icmp | `{icmp}` {form}"));
    }
    check_field(
        "protocol: icmp, remote: any, icmp: /4",
        "icmp | `/4` is an ICMP code without its type: write both, such as `3/4`",
    );
    for icmp in ["0", "0/0", "3/0"] {
        let rule = format!("{{direction: ingress, family: ipv4, protocol: icmp, remote: any, icmp: {icmp}}}");
        check_rule(&rule, &[]);
        let (document, _) = Document::check(&format!("{{version: 1, groups: [{{id: web, rules: [{rule}]}}]}}"));
        assert!(document.to_yaml().contains(&format!("icmp: {icmp},")), "{}", document.to_yaml());
    }
}

#[test]
fn protocols_and_families() {
    check_field(
        "protocol: tpc, remote: any",
        "protocol | `tpc` is no protocol: write `any`, a name such as `tcp`, `udp`, `icmp`, `esp`, or a number from 0 to 255 | tcp",
    );
    check_field(
        "protocol: 256, remote: any",
        "protocol | `256` is no protocol: write `any`, a name such as `tcp`, `udp`, `icmp`, `esp`, or a number from 0 to 255",
    );
    check_field(
        "protocol: tcp, remote: '2001:db8::/32', ports: 80",
        "remote | the prefix `2001:db8::/32` is ipv6, the rule ipv4: change one of them",
    );
    check_field(
        "protocol: tcp, remote: 'group:six', ports: 80",
        "remote | the security group `six` has no ipv4 address: the rule matches nothing",
    );
    check_field(
        "protocol: tcp, remote: 'address-group:office', ports: 80",
        "remote | the address group `office` has no ipv4 address: the rule matches nothing",
    );
    check_field(
        "protocol: ipv6-icmp, remote: any",
        "protocol | `ipv6-icmp` belongs to IPv6, the rule to IPv4: write `icmp`, or make it an IPv6 rule",
    );
    check_field(
        "protocol: ipv6-route, remote: any",
        "protocol | `ipv6-route` is a header of IPv6: no IPv4 packet of any use has it",
    );
    check_rule(
        "ingress ipv6 44 from any, ingress ipv6 ipv6-nonxt from any, ingress ipv4 ipv6-encap from any",
        &[
            "groups[0].rules[0].protocol | `ipv6-frag` is an extension header, behind which rules look: the rule matches nothing",
        ],
    );
}

#[test]
fn remotes() {
    let address = "is no IP address: write a prefix such as `10.0.0.0/8` or `2001:db8::/32`, `any`, `group:ID` or `address-group:ID`";
    check_field(
        "protocol: tcp, ports: 80, remote: 10.0.0.9/8",
        "remote | `10.0.0.9/8` has address bits behind its prefix length: write `10.0.0.0/8` | 10.0.0.0/8",
    );
    // CVE-2014-0187: a prefix that is none broke the compilation of all rules.
    check_field("protocol: tcp, ports: 80, remote: 256", &format!("remote | `256` {address}"));
    check_field("protocol: tcp, ports: 80, remote: 10.0.0.0.0/8", &format!("remote | `10.0.0.0.0` {address}"));
    check_field(
        "protocol: tcp, ports: 80, remote: [10.0.0.0/8, 'group:web']",
        "remote | a rule has one remote: write a rule for each, or gather the prefixes in an address group",
    );
    check_field(
        "protocol: tcp, ports: 80, remote: 'group:wbe'",
        "remote | there is no security group `wbe`: did you mean `web` | group:web",
    );
    check_field(
        "protocol: tcp, ports: 80, remote: 'address-group:offices'",
        "remote | there is no address group `offices`: did you mean `office` | address-group:office",
    );
}

#[test]
fn rules_among_each_other() {
    check_field(
        "protocol: tcp, ports: 80, remote: any, action: deny",
        "action | the profile `portcullis` has no deny: remove the rule; what no rule allows is denied",
    );
    check_field(
        "protocol: tcp, ports: 80, remote: any, priority: 2",
        "priority | the profile `portcullis` has no priorities: leave the field out | 1",
    );
    let twin = ["groups[0].rules[1] | the rule says the same as the rule `web/1`: remove one of them"];
    for pair in [
        "egress ipv4 6 443 to any, egress ipv4 tcp 443 to 0.0.0.0/0",
        "egress ipv4 udp 1-65535 to any, egress ipv4 udp to any",
        "egress ipv6 any to '::/0', egress ipv6 ip to any",
        "egress ipv4 tcp '22,23' to any, {direction: egress, family: ipv4, protocol: tcp, ports: 22-23, remote: any, description: other}",
    ] {
        check_rule(&pair.replace("'::/0'", "::/0").replace("'22,23'", "22-23"), &twin);
    }
}

#[test]
fn projects() {
    let check_list = |text: &str, expect: &str| check(&format!("{{version: 1, {text}}}"), &[expect]);
    check_list("grups: []", "grups | `grups` is no field here: write `groups` | groups");
    check_list(
        "groups: [{id: a}, {id: b, name: a}]",
        "groups[1].name | `groups[0]` has the name `a` too: choose another one",
    );
    check_list(
        "networks: [{id: n}], instances: [{id: a, vnics: [{network: n, mac: '52:54:00:00:00:0a', groups: []}]}]",
        "instances[0].vnics[0].groups | the profile `portcullis` wants 1 security group at least: attach one, such as `default`",
    );
    check_list(
        "networks: [{id: n, subnets: [{prefix: 10.0.0.0/24}]}], instances: [{id: a, vnics: [{network: n, mac: '52:54:00:00:00:0a', addresses: [10.0.0.1]}]}, {id: b, vnics: [{network: n, mac: '52:54:00:00:00:0b', addresses: [10.0.0.1]}]}]",
        "instances[1].vnics[0].addresses[0] | the vnic `a` has `10.0.0.1` in the same network: choose another address",
    );
}

#[test]
fn pairs() {
    let check_pairs = |pairs: &str, expect: &[&str]| {
        let text = format!(
            "{{version: 1, networks: [{{id: n, subnets: [{{prefix: 10.0.0.0/24}}]}}], groups: [{{id: peers, rules: [x: 'ingress ipv4 tcp 80 from group:peers']}}],
              instances: [{{id: a, vnics: [{{network: n, mac: '52:54:00:00:00:0a', addresses: [10.0.0.1], groups: [peers], allowed_pairs: [{pairs}]}}]}}]}}"
        );
        check(&text, expect);
    };
    check_pairs("10.0.0.2, 10.0.0.1 52:54:00:00:00:0b", &[]);
    check_pairs(
        "10.0.0.1, 10.0.0.1/32 52:54:00:00:00:0a",
        &[
            "instances[0].vnics[0].allowed_pairs[0] | `10.0.0.1/32` is an address of the vnic already: remove the pair",
            "instances[0].vnics[0].allowed_pairs[1] | `10.0.0.1/32` stands in the list twice with one MAC address: remove one",
            "instances[0].vnics[0].allowed_pairs[1] | `10.0.0.1/32` is an address of the vnic already: remove the pair",
        ],
    );
    check_pairs(
        "0.0.0.0/0",
        &[
            "instances[0].vnics[0].allowed_pairs[0] | `0.0.0.0/0` lets the instance use any source address: name the ones that it needs",
            "instances[0].vnics[0].allowed_pairs[0] | `0.0.0.0/0` makes the rule `x` match every address, because its remote is the group `peers` of this vnic",
        ],
    );
}

#[test]
fn deletions() {
    let text = "{version: 1, groups: [{id: web, rules: [x: 'ingress ipv4 tcp 80 from group:db']}, {id: db}]}";
    let refuse = |edit: &str, expect: &str| {
        let mut document: Document = text.parse().expect("a document");
        let refused = edit.parse::<Edit>().expect("an edit").apply(&mut document);
        assert_eq!(refused.map_err(|error| error.to_string()), Err(expect.to_owned()));
    };
    refuse("remove group default", "the group `default` is in every project: change its rules instead of the group");
    refuse(
        "remove group db",
        "the security group `db` is in use by rule `x`: change them first, or remove them with it",
    );
}

#[test]
fn a_document_with_any_error_has_no_policy() {
    let faulty = [
        "{version: 1, groups: [{id: web, rules: [x: ingress ipv4 tcp 80 from 10.0.0.1/8]}]}",
        "{version: 1, groups: [{id: web, rules: [x: ingress ipv4 vrrp 22 from any]}]}",
        "{version: 1, groups: [{id: web, rules: [x: 'ingress ipv4 tcp 80 from group:nobody']}]}",
    ];
    for text in faulty {
        let faults = text.parse::<Document>().expect_err(text);
        assert!(faults.0.iter().any(|fault| fault.severity == Severity::Error));
    }
}
