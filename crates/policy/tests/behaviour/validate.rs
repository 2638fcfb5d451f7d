//! What validation says of documents whose parts do not fit.

use policy::{BuiltIn, Diagnostic, Document, Edit, Severity};

/// Checks what validation adds when the lines are in the document; each fault is severity, path, message and fix.
fn check(text: &str, expect: &[&str]) {
    let (document, faults) = Document::read(text);
    assert_eq!(faults, [], "{text}");
    let found: Vec<String> = document.validate().iter().map(line).collect();
    assert_eq!(found, expect, "{text}");
}

fn line(Diagnostic { severity, path, message, fix }: &Diagnostic) -> String {
    match fix {
        Some(fix) => format!("{severity} {path} | {message} | {fix}"),
        None => format!("{severity} {path} | {message}"),
    }
}

/// A document whose group `web` has these rules; an instance with an IPv4 address is in it, `office` is 192.0.2.0/24.
fn check_rules(rules: &str, expect: &[&str]) {
    let text = format!(
        "{{version: 1, networks: [{{id: tenant, subnets: [{{prefix: 10.0.0.0/24}}]}}],
          groups: [{{id: web, rules: [{rules}]}}, {{id: empty}}],
          address_groups: [{{id: office, prefixes: [192.0.2.0/24]}}, {{id: nowhere, prefixes: []}}],
          instances: [{{id: web1, vnics: [{{network: tenant, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10], groups: [web]}}]}},
                      {{id: db1, vnics: [{{network: tenant, mac: '52:54:00:00:00:0b', addresses: [10.0.0.11]}}]}}]}}"
    );
    check(&text, expect);
}

/// A document with the network `tenant` (10.0.0.0/24, gateway 10.0.0.1; 2001:db8::/64), `web1` in it, and this vnic of `web2`.
fn check_vnic(vnic: &str, expect: &[&str]) {
    let text = format!(
        "{{version: 1, networks: [{{id: tenant, subnets: [{{prefix: 10.0.0.0/24, gateway: 10.0.0.1}}, {{prefix: '2001:db8::/64'}}]}}, {{id: other}}],
          instances: [{{id: web1, vnics: [{{network: tenant, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10], interface: tap1}}]}},
                      {{id: web2, vnics: [{vnic}]}}]}}"
    );
    check(&text, expect);
}

#[test]
fn ids_and_names_are_unique() {
    check(
        "{version: 1, networks: [{id: a}, {id: a}],
          groups: [{id: g, rules: [x: ingress ipv4 tcp 80 from any]}, {id: g, name: h, rules: [x: ingress ipv4 tcp 81 from any]}, {id: h}],
          address_groups: [{id: o, prefixes: [10.0.0.0/8, 10.0.0.0/8, 10.0.0.0-10.255.255.255]}, {id: o, prefixes: []}],
          instances: [{id: i, vnics: [{network: a, mac: '52:54:00:00:00:0a'}]}, {id: i, vnics: [{network: a, mac: '52:54:00:00:00:0b'}]}]}",
        &[
            "error networks[1].id | the network id `a` is taken by `networks[0]`: choose another one",
            "error groups[1].id | the security group id `g` is taken by `groups[0]`: choose another one",
            "error groups[2].name | `groups[1]` has the name `h` too: choose another one",
            "error groups[1].rules[0].id | the rule id `x` is taken by `groups[0].rules[0]`: choose another one",
            "error address_groups[1].id | the address group id `o` is taken by `address_groups[0]`: choose another one",
            "warning address_groups[1].name | `address_groups[0]` has the name `o` too: choose another one",
            "warning address_groups[0].prefixes[1] | `10.0.0.0/8` stands in the list twice: remove one",
            "warning address_groups[0].prefixes[2] | `10.0.0.0-10.255.255.255` stands in the list twice: remove one",
            "error instances[1].id | the instance id `i` is taken by `instances[0]`: choose another one",
            "warning instances[1].name | `instances[0]` has the name `i` too: choose another one",
            "error instances[1].vnics[0].id | the vnic id `i` is taken by `instances[0].vnics[0]`: choose another one",
        ],
    );
    check(
        &format!(
            "{{version: 1, groups: [{{id: a, name: ''}}, {{id: b, name: {}}}, {{id: c, name: {}}}]}}",
            "é".repeat(255),
            "x".repeat(256)
        ),
        &[
            "error groups[0].name | the name is empty: write one, or leave the field out",
            "error groups[2].name | the name has 256 characters: shorten it to 255",
        ],
    );
}

#[test]
fn a_project_has_a_default_group() {
    let found: Vec<String> = Document::default().validate().iter().map(line).collect();
    assert_eq!(found, ["error groups | the group `default` is missing: every project has it"]);
}

#[test]
fn profiles_limit_projects() {
    let document = |groups: usize, rules: usize| {
        let groups: String = (1..groups).map(|g| format!("{{id: g{g}}}, ")).collect();
        let rules: String = (1..=rules).map(|port| format!("egress ipv4 tcp {port} to any, ")).collect();
        format!("{{version: 1, profile: openstack, groups: [{groups} {{id: default, rules: [{rules}]}}]}}")
    };
    check(&document(10, 100), &[]);
    check(
        &document(12, 101),
        &[
            "error groups | the profile `openstack` allows 10 security groups, here are 12: remove 2",
            "error groups | the profile `openstack` allows 100 rules, here are 101: remove 1",
        ],
    );
}

#[test]
fn profiles_limit_groups_and_vnics() {
    let rules =
        |count: usize| (1..=count).map(|port| format!("ingress ipv4 tcp {port} from 10.0.0.0/8, ")).collect::<String>();
    let group = |id: &str, count: usize| format!("{{id: {id}, rules: [{}]}}", rules(count));
    let document = |profile: &str, groups: &[String], attached: &str| {
        let vnic = format!("{{network: n, mac: '52:54:00:00:00:0a', groups: [{attached}]}}");
        let groups = groups.join(", ");
        format!(
            "{{version: 1, profile: {profile}, networks: [{{id: n}}], groups: [{groups}], instances: [{{id: a, vnics: [{vnic}]}}]}}"
        )
    };
    check(&document("exoscale", &[group("web", 50)], "web"), &[]);
    check(
        &document("exoscale", &[group("web", 51)], ""),
        &[
            "error groups[0].rules | the profile `exoscale` allows 50 rules a group, here are 51: remove 1",
            "error instances[0].vnics[0].groups | the profile `exoscale` wants 1 security group at least: attach one, such as `default`",
        ],
    );
    check(
        &document("aws", &[group("web", 61)], "web"),
        &["error groups[0].rules | the profile `aws` allows 60 ingress ipv4 rules a group, here are 61: remove 1"],
    );
    let six: Vec<String> = ["a", "b", "c", "d", "e", "f"].iter().map(|id| group(id, 1)).collect();
    let attached = "error instances[0].vnics[0].groups | the profile";
    for profile in ["huawei", "aws"] {
        let fault = format!("{attached} `{profile}` allows 5 security groups a vnic, here are 6: detach 1");
        check(&document(profile, &six, "a, b, c, d, e, f"), &[&fault]);
    }
    let five = |count: usize| {
        let groups = [group("long", count)].into_iter().chain(six[..4].iter().cloned()).collect::<Vec<String>>();
        document("aws", &groups, "long, a, b, c, d")
    };
    let long = |count: usize, over: usize| {
        format!(
            "error groups[0].rules | the profile `aws` allows 60 ingress ipv4 rules a group, here are {count}: remove {over}"
        )
    };
    check(&five(200), &[&long(200, 140)]);
    let times = "`aws` allows 1000 groups times rules a vnic, here are 5 times 201: detach a group, or remove rules from the longest";
    check(&five(201), &[&long(201, 141), &format!("{attached} {times}")]);
    let own = "{name: own, limits: {groups_times_rules_per_vnic: 8}}";
    check(&document(own, &[group("a", 4), group("b", 3)], "a, b"), &[]);
    check(
        &document(own, &[group("a", 5), group("b", 3)], "a, b"),
        &[
            "error instances[0].vnics[0].groups | the profile `own` allows 8 groups times rules a vnic, here are 2 times 5: detach a group, or remove rules from the longest",
        ],
    );
}

#[test]
fn profiles_name_their_protocols() {
    let check_rule = |profile: &str, rule: &str, expect: &[&str]| {
        check(&format!("{{version: 1, profile: {profile}, groups: [{{id: web, rules: ['{rule}']}}]}}"), expect);
    };
    for (profile, rule) in [
        ("exoscale", "ingress ipv4 ah from any"),
        ("exoscale", "ingress ipv4 ipip from any"),
        ("exoscale", "ingress ipv6 icmpv6 128/0 from any"),
        ("huawei", "ingress ipv4 sctp from any"),
        ("aws", "egress ipv6 any to any"),
        ("openstack", "ingress ipv4 sctp 80 from any"),
    ] {
        check_rule(profile, rule, &[]);
    }
    check_rule(
        "exoscale",
        "egress ipv4 any to any",
        &[
            "error groups[0].rules[0].protocol | the profile `exoscale` has no ipv4 rules for `any`: write rules for what it has, `icmp`, `ipip`, `tcp`, `udp`, `gre`, `esp`, `ah`, `icmpv6`",
        ],
    );
    check_rule(
        "exoscale",
        "ingress ipv4 sctp from any",
        &[
            "error groups[0].rules[0].protocol | the profile `exoscale` has no ipv4 rules for `sctp`: write rules for what it has, `icmp`, `ipip`, `tcp`, `udp`, `gre`, `esp`, `ah`, `icmpv6`",
        ],
    );
    check_rule(
        "aws",
        "ingress ipv4 sctp 80 from any",
        &["error groups[0].rules[0].ports | the profile `aws` takes no ports with `sctp`: leave them out"],
    );
}

#[test]
fn groups_stand_for_what_the_profile_counts() {
    let document = |profile: &str, sources: &str| {
        format!(
            "{{version: 1, profile: {profile}, networks: [{{id: n, subnets: [{{prefix: 10.0.0.0/24}}]}}],
              groups: [{{id: vip, sources: [{sources}]}}, {{id: web, rules: [in: ingress ipv6 tcp from group:vip]}}],
              instances: [{{id: a, vnics: [{{network: n, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10], allowed_pairs: ['2001:db8::64/128'], groups: [vip]}}]}},
                          {{id: b, vnics: [{{network: n, mac: '52:54:00:00:00:0b', groups: [web]}}]}}]}}"
        )
    };
    check(&document("portcullis", ""), &[]);
    check(&document("exoscale", "2001:db8:1::/48, 203.0.113.0/24"), &[]);
    check(
        &document("exoscale", "203.0.113.0/24, 203.0.113.0/24"),
        &["warning groups[0].sources[1] | `203.0.113.0/24` stands in the list twice: remove one"],
    );
    check(
        &document("openstack", "203.0.113.0/24"),
        &[
            "error groups[0].sources | the profile `openstack` has no extra sources: remove them, and name them in rules of their own",
        ],
    );
    check(
        &document("huawei", ""),
        &[
            "warning groups[1].rules[0].remote | the security group `vip` has no ipv6 address: the rule matches nothing",
            "warning instances[0].vnics[0].allowed_pairs[0] | in the profile `huawei` the pair `2001:db8::64/128` is no member of `vip`, the remote of the rule `in`: write a rule for the prefix",
        ],
    );
}

#[test]
fn profiles_hold_together_by_themselves() {
    let check_profile = |profile: &str, expect: &[&str]| check(&format!("{{version: 1, profile: {profile}}}"), expect);
    check_profile(
        "{name: aws, base: exoscale, minimum_groups: 3, maximum_groups: 2}",
        &[
            "error profile.name | `aws` is a built-in profile, and this one is another: choose another name",
            "error profile.maximum_groups | `2` is less than `minimum_groups`, which is 3: change one of them",
        ],
    );
    check_profile(
        "{name: '', maximum_groups: 0, protocols: [], new_group_rules: [], default_group_rules: []}",
        &[
            "error profile.name | the name is empty: write one",
            "error profile.maximum_groups | a vnic that may have 0 groups has no use for them: write at least 1",
            "error profile.protocols | no rule could name a protocol: list one, or write `all`",
        ],
    );
    check_profile(
        "{name: own, base: exoscale, new_group_rules: [egress ipv4 any to any], default_group_rules: []}",
        &[
            "error profile.new_group_rules[0] | the profile `own` has no ipv4 rules for `any`: write rules for what it has, `icmp`, `ipip`, `tcp`, `udp`, `gre`, `esp`, `ah`, `icmpv6`",
        ],
    );
    check(
        "{version: 1, primary_group: comon, groups: [{id: common}]}",
        &["error primary_group | there is no security group `comon`: did you mean `common` | common"],
    );
}

/// What no longer fits shows at once when the profile of a document changes.
#[test]
fn another_profile_reports_what_no_longer_fits() {
    let text = "{version: 1, profile: huawei, groups: [{id: web, rules: [deny ingress ipv4 tcp 22 from any priority 9, ingress ipv4 any from 10.0.0.0/8]}, {id: default, rules: []}]}";
    let mut document: Document = text.parse().expect("a document without faults");
    Edit::SetProfile { profile: BuiltIn::Exoscale.profile() }.apply(&mut document).expect("profiles can be set");
    let found: Vec<String> = document.validate().into_iter().map(|fault| fault.path).collect();
    assert_eq!(found, ["groups[0].rules[0].action", "groups[0].rules[0].priority", "groups[0].rules[1].protocol"]);
}

#[test]
fn profiles_that_only_allow_have_no_deny_and_no_order() {
    check_rules(
        "deny ingress ipv4 tcp 80 from any priority 7",
        &[
            "error groups[0].rules[0].action | the profile `portcullis` has no deny: remove the rule; what no rule allows is denied",
            "error groups[0].rules[0].priority | the profile `portcullis` has no priorities: leave the field out | 1",
        ],
    );
}

#[test]
fn twins_are_found_whatever_their_spelling() {
    let twin = ["error groups[0].rules[1] | the rule says the same as the rule `web/1`: remove one of them"];
    check_rules(
        "egress ipv4 tcp 80 to any, {direction: egress, family: ipv4, protocol: 6, ports: '80', remote: 0.0.0.0/0, description: x}",
        &twin,
    );
    check_rules("egress ipv6 udp to any, 'egress ipv6 udp 1-65535 to ::/0'", &twin);
    check_rules(
        "egress ipv4 icmp to any, {direction: egress, family: ipv4, protocol: 1, remote: any, enabled: false}",
        &twin,
    );
    check_rules(
        "egress ipv4 tcp 80 to any, egress ipv6 tcp 80 to any, egress ipv4 udp 80 to any, egress ipv4 tcp 81 to any",
        &[],
    );
    check_rules("egress ipv4 icmp 0 to any, egress ipv4 icmp 0/0 to any, egress ipv4 icmp to any", &[]);
}

#[test]
fn remotes_exist_and_have_addresses() {
    check_rules(
        "'ingress ipv4 tcp 80 from group:wbe', 'ingress ipv4 tcp 81 from address-group:offices', 'ingress ipv4 tcp 82 from group:nobody'",
        &[
            "error groups[0].rules[0].remote | there is no security group `wbe`: did you mean `web` | group:web",
            "error groups[0].rules[1].remote | there is no address group `offices`: did you mean `office` | address-group:office",
            "error groups[0].rules[2].remote | there is no security group `nobody`: add it, or choose another one",
        ],
    );
    check_rules(
        "'ingress ipv4 tcp 80 from group:default', 'ingress ipv4 tcp 80 from address-group:office', 'ingress ipv6 tcp 80 from group:web'",
        &[],
    );
    check_rules(
        "'ingress ipv6 tcp 80 from group:default', 'ingress ipv6 tcp 80 from address-group:office', 'ingress ipv4 tcp 80 from group:empty', 'ingress ipv4 tcp 80 from address-group:nowhere'",
        &[
            "warning groups[0].rules[0].remote | the security group `default` has no ipv6 address: the rule matches nothing",
            "warning groups[0].rules[1].remote | the address group `office` has no ipv6 address: the rule matches nothing",
            "warning groups[0].rules[2].remote | the security group `empty` has no address: the rule matches nothing",
            "warning groups[0].rules[3].remote | the address group `nowhere` has no address: the rule matches nothing",
        ],
    );
    check_rules("{direction: ingress, family: ipv4, protocol: any, remote: 'group:empty', enabled: false}", &[]);
}

#[test]
fn sensitive_ports_are_not_open_to_the_world() {
    check_rules(
        "ingress ipv4 tcp 22 from any, 'ingress ipv6 tcp 3000-4000 from ::/0', ingress ipv4 udp 11211 from 0.0.0.0/0, ingress ipv4 any from any, ingress ipv4 tcp from any",
        &[
            "warning groups[0].rules[0].remote | port 22 (SSH) is open to every address: name the addresses that need it",
            "warning groups[0].rules[1].remote | ports 3306 (MySQL) and 3389 (RDP) are open to every address: name the addresses that need it",
            "warning groups[0].rules[2].remote | port 11211 (Memcached) is open to every address: name the addresses that need it",
            "warning groups[0].rules[3].remote | everything is open to every address: name the addresses that need it",
            "warning groups[0].rules[4].remote | every TCP port is open to every address: name the addresses that need it",
        ],
    );
    check_rules(
        "ingress ipv4 tcp 22 from 10.0.0.0/8, egress ipv4 tcp 22 to any, 'ingress ipv4 tcp 80,443,8080 from any', ingress ipv4 icmp from any,
         {direction: ingress, family: ipv4, protocol: tcp, ports: 3389, remote: any, enabled: false}",
        &[],
    );
}

#[test]
fn macs_and_addresses_have_one_owner_in_a_network() {
    check_vnic("{network: tenant, mac: '52:54:00:00:00:0b', addresses: [10.0.0.11, '2001:db8::11']}", &[]);
    check_vnic("{network: other, mac: '52:54:00:00:00:0a'}", &[]);
    check_vnic(
        "{network: tenant, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10, 10.0.0.11, 10.0.0.11, 10.0.0.1]}",
        &[
            "error instances[1].vnics[0].mac | the vnic `web1` has `52:54:00:00:00:0a` in the same network: choose another MAC address",
            "error instances[1].vnics[0].addresses[0] | the vnic `web1` has `10.0.0.10` in the same network: choose another address",
            "error instances[1].vnics[0].addresses[2] | `10.0.0.11` stands in the list twice: remove one",
            "warning instances[1].vnics[0].addresses[3] | `10.0.0.1` is the gateway of `10.0.0.0/24`: the instance will be taken for the router",
        ],
    );
    check_vnic(
        "{network: tenant, mac: '00:00:00:00:00:00', addresses: [10.0.1.10]}",
        &[
            "error instances[1].vnics[0].mac | no interface may use `00:00:00:00:00:00`: choose another MAC address",
            "error instances[1].vnics[0].addresses[0] | `10.0.1.10` is in no subnet of the network `tenant`: choose one in `10.0.0.0/24` or `2001:db8::/64`",
        ],
    );
    check_vnic(
        "{network: other, mac: '53:54:00:00:00:0b', addresses: [10.0.0.11]}",
        &[
            "error instances[1].vnics[0].mac | `53:54:00:00:00:0b` is a multicast address: write a unicast one such as `52:54:00:00:00:0b`",
            "error instances[1].vnics[0].addresses[0] | `10.0.0.11` is in no subnet of the network `other`, which has none",
        ],
    );
    check_vnic(
        "{network: tennant, mac: '52:54:00:00:00:0b', addresses: [10.9.9.9]}",
        &["error instances[1].vnics[0].network | there is no network `tennant`: did you mean `tenant` | tenant"],
    );
    check(
        "{version: 1, instances: [{id: a, vnics: []}]}",
        &["error instances[0].vnics | an instance needs a vnic: add one, or remove the instance"],
    );
}

#[test]
fn allowed_pairs_are_few_and_unicast() {
    let pairs = |pairs: &str| format!("{{network: tenant, mac: '52:54:00:00:00:0b', allowed_pairs: [{pairs}]}}");
    let many: String = (1..=11).map(|n| format!("10.1.0.{n}, ")).collect();
    check_vnic(&pairs("10.0.0.100, 10.0.0.100 52:54:00:00:00:64, 10.0.0.0/8"), &[]);
    check_vnic(&pairs(&many), &["error instances[1].vnics[0].allowed_pairs | 11 pairs are listed, 10 are the most"]);
    check_vnic(
        &pairs(
            "10.0.0.100, 10.0.0.100/32 52:54:00:00:00:0b, 224.0.0.0/4, 'ff02::/16', 10.0.0.7 01:00:5e:00:00:01, 0.0.0.0/0",
        ),
        &[
            "error instances[1].vnics[0].allowed_pairs[1] | `10.0.0.100/32` stands in the list twice with one MAC address: remove one",
            "error instances[1].vnics[0].allowed_pairs[2] | `224.0.0.0/4` is multicast, which is never a source: remove it",
            "error instances[1].vnics[0].allowed_pairs[3] | `ff02::/16` is multicast, which is never a source: remove it",
            "error instances[1].vnics[0].allowed_pairs[4] | `01:00:5e:00:00:01` is a multicast address: write a unicast one such as `00:00:5e:00:00:01`",
            "warning instances[1].vnics[0].allowed_pairs[5] | `0.0.0.0/0` lets the instance use any source address: name the ones that it needs",
            "warning instances[1].vnics[0].allowed_pairs[5] | `0.0.0.0/0` makes the rule `default/3` match every address, because its remote is the group `default` of this vnic",
        ],
    );
}

#[test]
fn vnics_have_groups_that_exist() {
    check_vnic(
        "{network: tenant, mac: '52:54:00:00:00:0b', groups: [defualt, default, default]}",
        &[
            "error instances[1].vnics[0].groups[0] | there is no security group `defualt`: did you mean `default` | default",
            "error instances[1].vnics[0].groups[2] | the group `default` stands in the list twice: remove one",
        ],
    );
    check_vnic(
        "{network: tenant, mac: '52:54:00:00:00:0b', groups: []}",
        &[
            "error instances[1].vnics[0].groups | the profile `portcullis` wants 1 security group at least: attach one, such as `default`",
        ],
    );
    check(
        "{version: 1, profile: openstack, networks: [{id: n}], instances: [{id: a, vnics: [{network: n, mac: '52:54:00:00:00:0b', groups: []}]}]}",
        &[],
    );
}

#[test]
fn a_vnic_tracks_everything_or_nothing() {
    let attached = |groups: &str| {
        format!(
            "{{version: 1, networks: [{{id: n}}], groups: [{{id: web}}, {{id: fast, stateful: false}}, {{id: quick, stateful: false}}],
              instances: [{{id: a, vnics: [{{network: n, mac: '52:54:00:00:00:0b', groups: [{groups}]}}]}}]}}"
        )
    };
    check(&attached("web, default"), &[]);
    check(&attached("fast, quick"), &[]);
    check(
        &attached("fast, web"),
        &[
            "error instances[0].vnics[0].groups | the group `web` is stateful and `fast` is stateless, and a vnic tracks all of its traffic or none: detach one of them, or make them alike",
        ],
    );
}

#[test]
fn without_port_security_nothing_is_attached() {
    check_vnic("{network: tenant, mac: '52:54:00:00:00:0b', port_security: false}", &[]);
    check_vnic(
        "{network: tenant, mac: '52:54:00:00:00:0b', port_security: false, groups: [default], allowed_pairs: [10.0.0.100]}",
        &[
            "error instances[1].vnics[0].allowed_pairs | port security is off, so any address may be used and pairs mean nothing: remove them, or turn port security on",
            "error instances[1].vnics[0].groups | port security is off, so nothing is filtered and groups mean nothing: detach them with `groups: []`, or turn port security on",
        ],
    );
}

#[test]
fn vlans_and_ethertypes_are_told_apart() {
    check(
        "{version: 1, networks: [{id: a, vlan: 7, ethertypes: [0x88cc, '0x88CC']}, {id: b, vlan: 8}, {id: c, vlan: 7}]}",
        &[
            "warning networks[0].ethertypes[1] | `0x88cc` stands in the list twice: remove one",
            "warning networks[2].vlan | the network `a` has the VLAN `7` too: choose another one, unless they share no wire",
        ],
    );
}

#[test]
fn interfaces_can_exist() {
    let named = |name: &str| format!("{{network: tenant, mac: '52:54:00:00:00:0b', interface: {name}}}");
    let check_name = |name: &str, fault: &str| {
        check_vnic(&named(name), &[&format!("error instances[1].vnics[0].interface | {fault}")]);
    };
    check_vnic(&named("tap-0123456789a"), &[]);
    check_name("tap-0123456789ab", "`tap-0123456789ab` has 16 bytes: shorten the interface name to 15");
    check_name("tap/1", "`tap/1` is no interface name: leave out `/`, `:` and spaces");
    check_name("'tap 1'", "`tap 1` is no interface name: leave out `/`, `:` and spaces");
    check_name("..", "`..` is no interface name: write one such as `tap-web1`");
    check_name("''", "the interface name is empty: write one, or leave the field out");
    check_name("tap1", "the vnic `web1` has the interface `tap1`: choose another one");
}

#[test]
fn subnets_fit_their_network() {
    let check_subnets = |subnets: &str, expect: &[&str]| {
        check(&format!("{{version: 1, networks: [{{id: a, subnets: [{subnets}]}}]}}"), expect);
    };
    check_subnets(
        "{prefix: 10.0.0.0/24, gateway: 10.0.0.1, dhcp: [10.0.0.2]}, {prefix: '2001:db8::/64', gateway: 'fe80::1'}",
        &[],
    );
    check_subnets(
        "{prefix: 10.0.0.0/24, gateway: 10.0.1.1}, {prefix: 10.0.0.0/8, dhcp: ['2001:db8::2']}, {prefix: 11.0.0.0/24, gateway: 'fe80::1'}",
        &[
            "error networks[0].subnets[0].gateway | the gateway `10.0.1.1` is outside of its subnet `10.0.0.0/24`",
            "error networks[0].subnets[1].prefix | `10.0.0.0/8` overlaps `10.0.0.0/24` of the same network: an address would be in both",
            "error networks[0].subnets[1].dhcp[0] | the DHCP server `2001:db8::2` is of another family than its subnet `10.0.0.0/8`",
            "error networks[0].subnets[2].gateway | the gateway `fe80::1` is outside of its subnet `11.0.0.0/24`",
        ],
    );
}

#[test]
fn errors_and_warnings_come_at_once_and_only_errors_refuse() {
    let warned: Result<Document, _> =
        "{version: 1, groups: [{id: web, rules: [ingress ipv4 tcp 22 from any]}]}".parse();
    assert!(warned.is_ok());
    let text = "{version: 1, groups: [{id: web, rules: [nonsense, 'ingress ipv4 tcp 22 from group:nobody']}]}";
    let faults = text.parse::<Document>().unwrap_err().0;
    let paths: Vec<(Severity, &str)> = faults.iter().map(|fault| (fault.severity, fault.path.as_str())).collect();
    assert_eq!(paths, [(Severity::Error, "groups[0].rules[0]"), (Severity::Error, "groups[0].rules[1].remote")]);
}
