//! What reading says of faulty documents, and what it makes of good ones.

use policy::{BuiltIn, Diagnostic, Document, Limits, Profile, SameSubnet, Switch};
use serde_json::json;

/// The faults of reading, one line each: path, message, and the fix where there is one.
fn faults(text: &str) -> Vec<String> {
    Document::read(text).1.iter().map(line).collect()
}

fn line(Diagnostic { path, message, fix, .. }: &Diagnostic) -> String {
    match fix {
        Some(fix) => format!("{path} | {message} | {fix}"),
        None => format!("{path} | {message}"),
    }
}

fn check(text: &str, expect: &[&str]) {
    assert_eq!(faults(text), expect, "{text}");
}

/// A document with one group `web` that has this rule.
fn check_rule(rule: &str, expect: &[&str]) {
    check(&format!("{{version: 1, groups: [{{id: web, rules: [{rule}]}}]}}"), expect);
}

/// A document with one instance that has this vnic.
fn check_vnic(vnic: &str, expect: &[&str]) {
    check(&format!("{{version: 1, instances: [{{id: web1, vnics: [{vnic}]}}]}}"), expect);
}

#[test]
fn syntax_errors_have_a_place() {
    check("version: 1\ngroups: [", &[" | line 2, column 9: unclosed bracket '['"]);
    check("version: 1\nversion: 1", &[" | line 2, column 1: duplicate mapping key `version` is not allowed here"]);
    check("{\"version\": 1,,}", &[" | line 1, column 15: unexpected EOF while parsing an implicit flow mapping"]);
}

#[test]
fn what_is_no_utf8_has_a_place() {
    let check = |bytes: &[u8], line: u32, column: u32| {
        let expect = format!("error: line {line}, column {column}: this is no UTF-8: save the file in that encoding");
        assert_eq!(Document::check_bytes(bytes).1.iter().map(ToString::to_string).collect::<Vec<_>>(), [expect]);
    };
    check(b"version: 1\n# B\xfcro", 2, 4);
    check(b"version: 1\n# \xc3\xbc\xc3", 2, 4);
    check(b"\xff\xfev\0e\0", 1, 1);
    check(b"version: 1\n\xc3", 2, 1);
    assert_eq!(Document::check_bytes(b"version: 1"), Document::check("version: 1"));
}

#[test]
fn documents_have_a_version() {
    check("", &[" | the document is empty: start it with `version: 1`"]);
    check(
        "[]",
        &[
            " | a list stands where fields are wanted: write `version`, `profile`, `primary_group`, `networks`, `groups`, `address_groups`, `instances`",
        ],
    );
    check(
        "web",
        &[
            " | the text `web` stands where fields are wanted: write `version`, `profile`, `primary_group`, `networks`, `groups`, `address_groups`, `instances`",
        ],
    );
    check("{}", &["version | the version is missing: write `version: 1` | 1"]);
    check("version: 1", &[]);
    check("version: '1'", &[]);
    check("version: 0", &["version | `0` is no version: write `version: 1`"]);
    check("version: one", &["version | `\"one\"` is no version: write `version: 1`"]);
    // What a newer version means is not known, so nothing else is said of it.
    check(
        "{version: 2, rows: 3}",
        &["version | version 2 is newer than this program, which reads version 1: update Portcullis"],
    );
}

#[test]
fn unknown_fields_and_profiles_are_faults() {
    check("{version: 1, grops: []}", &["grops | `grops` is no field here: write `groups` | groups"]);
    check(
        "{version: 1, networks: [{id: a, mtu: 1500}]}",
        &["networks[0].mtu | `mtu` is no field here: known are `id`, `vlan`, `ethertypes`, `subnets`"],
    );
    check(
        "{version: 1, profile: openstak}",
        &[&format!("profile | `openstak` is no built-in profile: {BUILT_IN} | openstack")],
    );
    check("{version: 1, profile: azure}", &[&format!("profile | `azure` is no built-in profile: {BUILT_IN}")]);
}

const BUILT_IN: &str = "write one of `portcullis`, `openstack`, `mcloud`, `exoscale`, `huawei`, `aws`";

/// A document with this profile.
fn check_profile(profile: &str, expect: &[&str]) {
    check(&format!("{{version: 1, profile: {profile}}}"), expect);
}

#[test]
fn profiles_of_the_users_own_differ_from_a_base() {
    check_profile("{name: my-cloud, base: exoscale, group_changes: live, limits: {groups: none, rules: 7}}", &[]);
    check_profile("{base: exoscale}", &["profile.name | `name` is missing: write it, such as `name: my-cloud`"]);
    check_profile(
        "{name: x, base: amazon, bum: never}",
        &[
            &format!("profile.base | `amazon` is no built-in profile: {BUILT_IN}"),
            "profile.bum | `never` is no setting of `bum`: write `by-rules` or `dropped`",
        ],
    );
    check_profile(
        "{name: x, evaluation: unoin, egres_default: deny, bum: never, protocols: [tpc], maximum_groups: some}",
        &[
            "profile.egres_default | `egres_default` is no field here: write `egress_default` | egress_default",
            "profile.evaluation | `unoin` is no setting of `evaluation`: write `union` or `ordered` | union",
            "profile.maximum_groups | `some` is no limit: write a whole number, or `none`",
            "profile.bum | `never` is no setting of `bum`: write `by-rules` or `dropped`",
            "profile.protocols[0] | `tpc` is no protocol: write `any`, `number` for every one by its number, or a name such as `tcp`",
        ],
    );
    check_profile(
        "{name: x, minimum_groups: -1, protocols: none, udp_stream_timeout: 0, limits: {group: 3}, new_group_rules: [egress ipv4 any]}",
        &[
            "profile.new_group_rules[0] | the rule lacks the remote, such as `from any`: write it like `ingress ipv4 tcp 443 from any`",
            "profile.minimum_groups | `-1` is no number of things: write 0, 1, 2 ...",
            "profile.protocols | write `all`, or a list such as `[any, number, tcp, udp, icmp, icmpv6]`",
            "profile.limits.group | `group` is no field here: write `groups` | groups",
            "profile.udp_stream_timeout | `0` is no time: write whole seconds, from 1 to 432000",
        ],
    );
}

/// Every built-in profile is written as its name, and a copy with another switch as what differs.
#[test]
fn only_differences_from_the_base_are_written() {
    for base in BuiltIn::ALL {
        let profile = base.profile();
        assert_eq!(profile.to_value(), json!(base.name()));
        assert_eq!(Profile::read_value(&json!(base.name())), Ok(profile.clone()));
        let same_subnet = match profile.same_subnet {
            SameSubnet::Filtered => SameSubnet::Exempt,
            SameSubnet::Exempt => SameSubnet::Filtered,
        };
        let limits = Limits { rules: Some(7), ..profile.limits };
        let own = Profile { name: "own".to_owned(), same_subnet, limits, maximum_groups: Some(3), ..profile };
        let written = json!({
            "name": "own", "base": base.name(), "maximum_groups": 3, "same_subnet": same_subnet.word(), "limits": {"rules": 7},
        });
        assert_eq!(own.to_value(), written);
        assert_eq!(Profile::read_value(&written), Ok(own));
    }
}

#[test]
fn vnics_without_groups_have_the_primary_group() {
    let vnic = "vnics: [{network: tenant, mac: '52:54:00:00:00:0a'}]";
    let text = format!(
        "{{version: 1, primary_group: common, groups: [{{id: common}}], instances: [{{id: web1, state: stopped, {vnic}}}]}}"
    );
    let (document, found) = Document::read(&text);
    assert_eq!(found, []);
    assert_eq!(document.instances[0].vnics[0].groups[0].as_str(), "common");
    assert!(!document.to_yaml().contains("groups: [common]"), "{}", document.to_yaml());
    check(
        "{version: 1, primary_group: a b}",
        &["primary_group | the security group id `a b` has a space: write `a-b` | a-b"],
    );
    check_vnic("{network: tenant, mac: '52:54:00:00:00:0a'}", &[]);
    check(
        "{version: 1, instances: [{id: web1, state: off, vnics: []}]}",
        &["instances[0].state | `off` is no state of an instance: write `running` or `stopped`"],
    );
}

#[test]
fn values_have_their_kind() {
    check("{version: 1, groups: web}", &["groups | the text `web` stands where a list is wanted: write `[...]`"]);
    check(
        "{version: 1, groups: }",
        &["groups | the list has no value: write `[]` for an empty one, or leave the field out"],
    );
    check(
        "{version: 1, groups: [7]}",
        &[
            "groups[0] | `7` stands where fields are wanted: write `id`, `name`, `description`, `stateful`, `sources`, `rules`",
        ],
    );
    check("{version: 1, groups: [{id: [a]}]}", &["groups[0].id | a list stands where a text is wanted"]);
    check(
        "{version: 1, groups: [{id: 1.50}]}",
        &["groups[0].id | `1.5` reads as a number with a fraction: put the text in quotes"],
    );
    check(
        "{version: 1, groups: [{id: true}]}",
        &["groups[0].id | `true` reads as true or false: put the text in quotes"],
    );
    check("{version: 1, groups: [{id: 12, name: 007, description: no}]}", &[]);
    check("{version: 1, groups: [{}]}", &["groups[0].id | `id` is missing: write it, such as `id: web`"]);
    check(
        "{version: 1, groups: [{id: my web}]}",
        &["groups[0].id | the security group id `my web` has a space: write `my-web` | my-web"],
    );
}

#[test]
fn every_field_of_a_rule_is_judged() {
    check_rule("{id: a, direction: ingress, family: ipv4, protocol: tcp, ports: 22, remote: any}", &[]);
    check_rule(
        "{direction: egress, family: IPv6, protocol: 6, ports: any, remote: '::/0', priority: 5, enabled: false}",
        &[],
    );
    check_rule(
        "{}",
        &[
            "groups[0].rules[0].direction | `direction` is missing: write it, such as `direction: ingress`",
            "groups[0].rules[0].remote | `remote` is missing: write it, such as `remote: any`",
            "groups[0].rules[0].family | `family` is missing: write `family: ipv4` or `family: ipv6`; traffic of both needs two rules",
            "groups[0].rules[0].protocol | `protocol` is missing: write it, such as `protocol: tcp`",
        ],
    );
    check_rule(
        "{id: -a, direction: ingres, family: ipv5, protocol: tpc, ports: 90-80, icmp: 300, remote: 10.0.0.1/8, action: allw, priority: 0, enabled: yes}",
        &[
            "groups[0].rules[0].id | the rule id `-a` starts with `-`: start it with a letter or digit",
            "groups[0].rules[0].direction | `ingres` is no direction: write `ingress` or `egress` | ingress",
            "groups[0].rules[0].remote | `10.0.0.1/8` has address bits behind its prefix length: write `10.0.0.0/8` | 10.0.0.0/8",
            "groups[0].rules[0].family | `ipv5` is no family: write `ipv4` or `ipv6`",
            "groups[0].rules[0].ports | the range `90-80` runs backwards: write `80-90` | 80-90",
            "groups[0].rules[0].icmp | `300` is no ICMP type: write a type such as `8`, a type and code such as `3/4`, or `any`; both run from 0 to 255",
            "groups[0].rules[0].protocol | `tpc` is no protocol: write `any`, a name such as `tcp`, `udp`, `icmp`, `esp`, or a number from 0 to 255 | tcp",
            "groups[0].rules[0].action | `allw` is no action: write `allow` or `deny` | allow",
            "groups[0].rules[0].priority | `0` is no priority: write a number from 1 to 100, 1 wins",
            "groups[0].rules[0].enabled | the text `yes` stands where `true` or `false` is wanted | true",
        ],
    );
}

#[test]
fn fields_of_a_rule_fit_each_other() {
    check_rule(
        "{direction: ingress, protocol: any, remote: 10.0.0.0/8}",
        &[
            "groups[0].rules[0].family | `family` is missing: write `family: ipv4` or `family: ipv6`; traffic of both needs two rules | ipv4",
        ],
    );
    check_rule(
        "{direction: ingress, family: ipv6, protocol: any, remote: 10.0.0.0/8}",
        &["groups[0].rules[0].remote | the prefix `10.0.0.0/8` is ipv4, the rule ipv6: change one of them"],
    );
    check_rule(
        "{direction: ingress, family: ipv4, protocol: icmpv6, remote: any}",
        &[
            "groups[0].rules[0].protocol | `icmpv6` belongs to IPv6, the rule to IPv4: write `icmp`, or make it an IPv6 rule",
        ],
    );
    check_rule(
        "{direction: ingress, family: ipv4, protocol: esp, ports: 22, icmp: 8, remote: any}",
        &[
            "groups[0].rules[0].ports | `esp` has no ports: leave the ports empty, or choose `tcp`, `udp`, `sctp`, `dccp` or `udplite`",
            "groups[0].rules[0].icmp | `esp` has no ICMP type: leave it empty, or choose `icmp`",
        ],
    );
    check_rule(
        "{direction: ingress, family: ipv4, protocol: tcp, ports: [22, 80], remote: any}",
        &[
            "groups[0].rules[0].ports | a list stands where a text is wanted: write ports behind commas, such as `22,80,8000-8090` | 22,80",
        ],
    );
}

#[test]
fn short_rules_are_judged_as_one_text() {
    check_rule("ingress ipv4 tcp 443 from any", &[]);
    check_rule("'web-https': 'ingress ipv4 tcp 443 from group:web'", &[]);
    check_rule(
        "egress ipv4 tcp 443 from any",
        &["groups[0].rules[0] | an egress rule names its remote with `to`: write it so"],
    );
    check_rule(
        "ingres ipv4 tcp '90-80' from 10.0.0.1/8",
        &["groups[0].rules[0] | `ingres` is no direction: write `ingress` or `egress`"],
    );
    check_rule(
        "ingres ipv4 tcp 90-80 from 10.0.0.1/8",
        &[
            "groups[0].rules[0] | `ingres` is no direction: write `ingress` or `egress` | ingress ipv4 tcp 80-90 from 10.0.0.0/8",
        ],
    );
}

#[test]
fn every_field_of_a_vnic_is_judged() {
    check_vnic(
        "{network: a, mac: '52:54:00:00:00:0a', addresses: [192.0.2.1, '::1'], allowed_pairs: ['10.0.0.0/8 52:54:00:00:00:0b']}",
        &[],
    );
    check_vnic(
        "{}",
        &[
            "instances[0].vnics[0].network | `network` is missing: write it, such as `network: tenant`",
            "instances[0].vnics[0].mac | `mac` is missing: write it, such as `mac: 52:54:00:12:34:56`",
        ],
    );
    check_vnic(
        "{network: a b, mac: 52-54, addresses: [192.0.2.1/24, x], allowed_pairs: [10.0.0.1/8], groups: [a b], interface: [x]}",
        &[
            "instances[0].vnics[0].network | the network id `a b` has a space: write `a-b` | a-b",
            "instances[0].vnics[0].mac | `52-54` is no MAC address: write six hex octets such as `52:54:00:12:34:56`",
            "instances[0].vnics[0].addresses[0] | `192.0.2.1/24` is no IP address: write one such as `192.0.2.10` or `2001:db8::10` | 192.0.2.1",
            "instances[0].vnics[0].addresses[1] | `x` is no IP address: write one such as `192.0.2.10` or `2001:db8::10`",
            "instances[0].vnics[0].allowed_pairs[0] | `10.0.0.1/8` has address bits behind its prefix length: write `10.0.0.0/8` | 10.0.0.0/8",
            "instances[0].vnics[0].groups[0] | the security group id `a b` has a space: write `a-b` | a-b",
            "instances[0].vnics[0].interface | a list stands where a text is wanted",
        ],
    );
    check(
        "{version: 1, instances: [{id: a}, {id: b, vnics: [{network: n, mac: '52:54:00:00:00:0a'}, {id: c, network: n, mac: '52:54:00:00:00:0b'}]}]}",
        &[
            "instances[0].vnics | `vnics` is missing: write it, such as `vnics: [...]`",
            "instances[1].vnics[0].id | `id` is missing: write it, such as `id: web`",
        ],
    );
}

#[test]
fn nothing_but_port_security_turns_filtering_off() {
    check_vnic("{network: a, mac: '52:54:00:00:00:0a', port_security: false, groups: []}", &[]);
    check_vnic(
        "{network: a, mac: '52:54:00:00:00:0a', port_security: off}",
        &["instances[0].vnics[0].port_security | the text `off` stands where `true` or `false` is wanted | false"],
    );
    // CVE-2015-5240: in Neutron a port with an owner such as `network:dhcp` was not filtered.
    let known =
        "known are `id`, `network`, `mac`, `addresses`, `allowed_pairs`, `groups`, `port_security`, `interface`";
    check_vnic(
        "{network: a, mac: '52:54:00:00:00:0a', device_owner: 'network:dhcp', trusted: true}",
        &[
            &format!("instances[0].vnics[0].device_owner | `device_owner` is no field here: {known}"),
            &format!("instances[0].vnics[0].trusted | `trusted` is no field here: {known}"),
        ],
    );
}

#[test]
fn vnics_without_port_security_have_no_group_unless_they_name_one() {
    let (document, faults) = Document::read(
        "{version: 1, instances: [{id: a, vnics: [{network: net, mac: '52:54:00:00:00:0a', port_security: false}]}]}",
    );
    assert_eq!(faults, []);
    assert_eq!(document.instances[0].vnics[0].groups, []);
    let yaml = document.to_yaml();
    assert!(yaml.ends_with("- {network: net, mac: 52:54:00:00:00:0a, port_security: false}\n"), "{yaml}");
}

#[test]
fn layer_2_of_a_network_is_judged() {
    check("{version: 1, networks: [{id: a, vlan: 4094, ethertypes: [0x88cc, '0x88F7']}]}", &[]);
    check(
        "{version: 1, networks: [{id: a, vlan: 0, ethertypes: [88cc, 0x0800, '0x86dd', 0x806, 0x8035, 0x8100, 1500, 70000, lldp]}]}",
        &[
            "networks[0].vlan | `0` is no VLAN: write a number from 1 to 4094, or leave the field out",
            "networks[0].ethertypes[0] | `88cc` is no EtherType: write `0x` and four hex digits such as `0x88cc` | 0x88cc",
            "networks[0].ethertypes[1] | `0x0800` is IPv4, which guard and rules judge: remove it, and write rules instead",
            "networks[0].ethertypes[2] | `0x86dd` is IPv6, which guard and rules judge: remove it, and write rules instead",
            "networks[0].ethertypes[3] | `0x0806` is ARP, which guard and rules judge: remove it, and write rules instead",
            "networks[0].ethertypes[4] | `0x8035` is RARP, which guard and rules judge: remove it, and write rules instead",
            "networks[0].ethertypes[5] | `0x8100` is a VLAN tag, behind which any frame could hide: remove it",
            "networks[0].ethertypes[6] | `0x05dc` is a length, not an EtherType: those start at `0x0600`; LLC never passes",
            "networks[0].ethertypes[7] | `70000` is no EtherType: write `0x` and four hex digits such as `0x88cc`",
            "networks[0].ethertypes[8] | `lldp` is no EtherType: write `0x` and four hex digits such as `0x88cc`",
        ],
    );
    let text = "{version: 1, networks: [{id: a, vlan: 7, ethertypes: [0x88cc]}]}";
    let yaml = Document::read(text).0.to_yaml();
    assert!(yaml.contains("  - id: a\n    vlan: 7\n    ethertypes: [\"0x88cc\"]\n"), "{yaml}");
}

#[test]
fn subnets_and_address_groups_are_judged() {
    check(
        "{version: 1, networks: [{id: a, subnets: [{prefix: 192.0.2.1/24, gateway: x, dhcp: [y]}, {}]}]}",
        &[
            "networks[0].subnets[0].prefix | `192.0.2.1/24` has address bits behind its prefix length: write `192.0.2.0/24` | 192.0.2.0/24",
            "networks[0].subnets[0].gateway | `x` is no IP address: write one such as `192.0.2.10` or `2001:db8::10`",
            "networks[0].subnets[0].dhcp[0] | `y` is no IP address: write one such as `192.0.2.10` or `2001:db8::10`",
            "networks[0].subnets[1].prefix | `prefix` is missing: write it, such as `prefix: 192.0.2.0/24`",
        ],
    );
    check(
        "{version: 1, address_groups: [{id: a}, {id: b, prefixes: [10.0.0.9-10.0.0.1, '10.0.0.1-::1', 10.0.0.1-x, 10.0.0.0/33]}]}",
        &[
            "address_groups[0].prefixes | `prefixes` is missing: write `[]` for a group that matches nothing",
            "address_groups[1].prefixes[0] | the range `10.0.0.9-10.0.0.1` runs backwards: write `10.0.0.1-10.0.0.9` | 10.0.0.1-10.0.0.9",
            "address_groups[1].prefixes[1] | the range `10.0.0.1-::1` goes from one family to the other: end it in its own",
            "address_groups[1].prefixes[2] | `x` is no IP address: write a range such as `10.0.0.5-10.0.0.9`",
            "address_groups[1].prefixes[3] | `10.0.0.0/33` has no such prefix length: its family goes from `/0` to `/32`",
        ],
    );
}

#[test]
fn what_is_left_out_has_its_default() {
    let (document, faults) = Document::read(
        "
        version: 1
        groups:
          - id: web
            rules:
              - ingress ipv4 tcp 80 from any
              - web/2: ingress ipv4 tcp 81 from any
              - {direction: ingress, family: ipv4, protocol: any, remote: any}
        address_groups:
          - {id: office, prefixes: [198.51.100.10-198.51.100.13]}
        instances:
          - id: web1
            vnics: [{network: tenant, mac: '52:54:00:00:00:0a'}]
          - id: web2
            vnics: [{network: tenant, mac: '52:54:00:00:00:0b', groups: []}]
        ",
    );
    assert_eq!(faults, []);
    let expect = "\
version: 1
profile: portcullis
groups:
  - id: web
    rules:
      - {id: web/1, direction: ingress, family: ipv4, protocol: tcp, ports: 80, remote: any}
      - {id: web/2, direction: ingress, family: ipv4, protocol: tcp, ports: 81, remote: any}
      - {id: web/3, direction: ingress, family: ipv4, protocol: any, remote: any}
  - id: default
    rules:
      - {id: default/1, direction: egress, family: ipv4, protocol: any, remote: any}
      - {id: default/2, direction: egress, family: ipv6, protocol: any, remote: any}
      - {id: default/3, direction: ingress, family: ipv4, protocol: any, remote: group:default}
      - {id: default/4, direction: ingress, family: ipv6, protocol: any, remote: group:default}
address_groups:
  - id: office
    prefixes: [198.51.100.10-198.51.100.13]
instances:
  - id: web1
    vnics:
      - {network: tenant, mac: 52:54:00:00:00:0a}
  - id: web2
    vnics:
      - network: tenant
        mac: 52:54:00:00:00:0b
        groups: []
";
    assert_eq!(document.to_yaml(), expect);
    assert_eq!(document.instances[0].name, "web1");
    assert_eq!(document.instances[0].vnics[0].id.as_str(), "web1");
    assert_eq!(document.instances[0].vnics[0].groups, [Document::default_group_id()]);
}

#[test]
fn what_has_no_fault_is_kept_and_paths_stay_those_of_the_text() {
    let text = "
        version: 1
        groups:
          - id: bad id
          - id: web
            rules:
              - nonsense
              - web-ssh: ingress ipv4 tcp 80 from group:nobody
        ";
    let (document, found) = Document::check(text);
    let kept: Vec<&str> = document.groups.iter().map(|group| group.id.as_str()).collect();
    assert_eq!(kept, ["web", "default"]);
    assert_eq!(document.groups[0].rules.len(), 1);
    let paths: Vec<&str> = found.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["groups[0].id", "groups[1].rules[0]", "groups[1].rules[1].remote"]);
}

#[test]
fn nesting_and_repetition_are_bounded() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]";
    for text in
        ["[".repeat(100_000), "{a: ".repeat(50_000), "- ".repeat(50_000), "[[1],".repeat(50_000), bomb.to_owned()]
    {
        let (document, found) = Document::read(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(document, Document::new(policy::Profile::default()));
    }
    let long = format!("version: 1 #{}", "x".repeat(17 << 20));
    assert_eq!(faults(&long), [format!(" | the document has {} bytes: 16777216 is the most", long.len())]);
}

#[test]
fn the_sample_reads_without_a_doubt_and_is_written_as_it_stands() {
    let text = include_str!("../../../../public/samples/three-tier.yaml");
    let (document, found) = Document::check(text);
    assert_eq!(found, []);
    let without_comments: String =
        text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    assert_eq!(document.to_yaml(), without_comments);
    assert!(policy::resolve(&document, policy::Revision(1)).is_ok());
}
