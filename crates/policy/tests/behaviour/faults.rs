//! Every kind of fault, in documents with several: what is said, where, and in which order.

use policy::Document;

/// Checks all that validation says of a document which reads without faults.
fn check(text: &str, expect: &str) {
    let (document, faults) = Document::read(text);
    assert_eq!(faults, [], "{text}");
    let found: Vec<String> = document.validate().iter().map(ToString::to_string).collect();
    assert_eq!(found.join("\n"), expect.trim());
}

#[test]
fn faults_of_a_profile_that_only_allows() {
    let long = "x".repeat(256);
    let text = format!(
        r#"
version: 1
profile:
  name: own
  base: openstack
  minimum_groups: 3
  maximum_groups: 2
  protocols: [tcp, number]
  new_group_rules: [egress ipv4 any to any, egress ipv4 tcp to any priority 2]
  default_group_rules: [ingress ipv4 tcp from any, deny ingress ipv6 udp 53 from any]
  limits: {{groups: 4, rules: 10, rules_per_group: 3, rules_per_direction_and_family: 2, groups_times_rules_per_vnic: 8}}
primary_group: wbe
networks:
  - {{id: lan, vlan: 7, ethertypes: [0x88cc, 0x88b5, '0x88CC'], subnets: [
      {{prefix: 10.0.0.0/24, gateway: 10.0.0.1}},
      {{prefix: 10.0.2.0/24, gateway: 10.0.3.1, dhcp: [10.0.2.2, 'fe80::1', '::1']}},
      {{prefix: 10.0.0.0/16, gateway: 10.0.9.1}},
      {{prefix: 10.0.2.128/25, gateway: 'fe80::1'}},
      {{prefix: 10.0.0.0/24}},
      {{prefix: '2001:db8::/64', gateway: 'fe80::1', dhcp: [10.0.0.1]}}]}}
  - {{id: lan, vlan: 7, subnets: [{{prefix: 10.9.0.0/24}}]}}
  - {{id: dmz, vlan: 7}}
  - {{id: far, vlan: 7}}
groups:
  - id: default
    rules: []
  - id: web
    name: ''
    sources: [10.0.0.0/8, '::/0', 10.0.0.0/8, 10.0.0.0/8]
    rules:
      - in: ingress ipv4 tcp 443 from group:db
      - in: deny ingress ipv4 tcp 443 from group:db priority 9
      - again: ingress ipv4 tcp 443 from group:db
      - in: ingress ipv4 tcp 443 from group:db
      - udp: ingress ipv4 udp 53 from group:wbe
      - sctp: ingress ipv4 sctp 53 from address-group:ofice
      - ah: ingress ipv6 ah from group:db
      - six: ingress ipv6 tcp 1-65535 from ::/0
      - seven: ingress ipv6 tcp from any
  - id: db
    name: {long}
    rules:
      - in: egress ipv4 tcp 22,3389 to any
      - in2: egress ipv4 tcp 22,3389 to 0.0.0.0/0
      - in3: ingress ipv4 tcp 22,3306,3389 from 0.0.0.0/0
      - own: ingress ipv6 tcp 80 from group:db
      - frag: ingress ipv6 44 from any
      - frag4: ingress ipv4 44 from any
      - none4: ingress ipv4 59 from any
  - id: web
    name: default
    stateful: false
    rules:
      - {{id: off, direction: ingress, family: ipv4, protocol: tcp, ports: '80', remote: 'group:web', enabled: false}}
  - id: loose
    name: default
    stateful: false
    rules: ['ingress ipv6 tcp 80 from address-group:office', 'ingress ipv6 tcp 80 from group:loose']
address_groups:
  - {{id: office, name: '', prefixes: [10.0.0.0/8, 10.0.0.0-10.255.255.255, 192.0.2.0/24, 10.0.0.0/8]}}
  - {{id: office, name: same, prefixes: []}}
  - {{id: far, name: same, prefixes: ['::/0', '::/0']}}
instances:
  - id: a
    vnics:
      - {{id: a0, network: lan, mac: '52:54:00:00:00:01', addresses: [10.0.0.1, 10.0.0.9, 10.0.0.9, 10.0.2.200, 10.7.0.1], groups: [web, db, loose, wbe, web, wbe], interface: tap0}}
      - {{id: a1, network: dmz, mac: '52:54:00:00:00:01', addresses: [10.0.0.9], groups: [], interface: 'ta:p'}}
  - id: b
    name: a
    vnics: []
  - id: a
    vnics:
      - {{id: a0, network: lan, mac: '52:54:00:00:00:01', addresses: [10.0.0.9, 10.0.9.1], groups: [loose, web], interface: tap0}}
      - {{id: a2, network: lna, mac: '00:00:00:00:00:00', addresses: [10.0.0.9], groups: [default, db, loose], interface: tap0}}
  - id: c
    name: a
    vnics:
      - {{id: c0, network: lna, mac: '01:00:5e:00:00:01', addresses: [10.0.0.9, 10.0.0.9], groups: [default], port_security: false, interface: a-very-long-name}}
      - {{id: c1, network: lan, mac: '52:54:00:00:00:01', groups: [default, db, nobody], interface: tap0}}
"#
    );
    check(&text, "
error: profile.maximum_groups: `2` is less than `minimum_groups`, which is 3: change one of them
error: profile.new_group_rules[0]: the profile `own` has no ipv4 rules for `any`: write rules for what it has, `number`, `tcp`
error: profile.new_group_rules[1]: the profile `own` has no priorities: leave the field out
error: profile.default_group_rules[1]: the profile `own` has no deny: remove the rule; what no rule allows is denied
error: profile.default_group_rules[1]: the profile `own` takes no ports with `udp`: leave them out
error: networks[1].id: the network id `lan` is taken by `networks[0]`: choose another one
warning: networks[0].ethertypes[2]: `0x88cc` stands in the list twice: remove one
error: networks[0].subnets[1].gateway: the gateway `10.0.3.1` is outside of its subnet `10.0.2.0/24`
error: networks[0].subnets[1].dhcp[1]: the DHCP server `fe80::1` is of another family than its subnet `10.0.2.0/24`
error: networks[0].subnets[1].dhcp[2]: the DHCP server `::1` is of another family than its subnet `10.0.2.0/24`
error: networks[0].subnets[2].prefix: `10.0.0.0/16` overlaps `10.0.0.0/24` of the same network: an address would be in both
error: networks[0].subnets[3].prefix: `10.0.2.128/25` overlaps `10.0.2.0/24` of the same network: an address would be in both
error: networks[0].subnets[3].gateway: the gateway `fe80::1` is outside of its subnet `10.0.2.128/25`
error: networks[0].subnets[4].prefix: `10.0.0.0/24` overlaps `10.0.0.0/24` of the same network: an address would be in both
error: networks[0].subnets[5].dhcp[0]: the DHCP server `10.0.0.1` is of another family than its subnet `2001:db8::/64`
warning: networks[1].vlan: the network `lan` has the VLAN `7` too: choose another one, unless they share no wire
warning: networks[2].vlan: the network `lan` has the VLAN `7` too: choose another one, unless they share no wire
warning: networks[3].vlan: the network `dmz` has the VLAN `7` too: choose another one, unless they share no wire
error: groups[3].id: the security group id `web` is taken by `groups[1]`: choose another one
error: groups[1].name: the name is empty: write one, or leave the field out
error: groups[2].name: the name has 256 characters: shorten it to 255
error: groups[3].name: `groups[0]` has the name `default` too: choose another one
error: groups[4].name: `groups[0]` has the name `default` too: choose another one
error: primary_group: there is no security group `wbe`: add it, or choose another one
error: groups[1].sources: the profile `own` has no extra sources: remove them, and name them in rules of their own
warning: groups[1].sources[2]: `10.0.0.0/8` stands in the list twice: remove one
warning: groups[1].sources[3]: `10.0.0.0/8` stands in the list twice: remove one
error: groups: the profile `own` allows 4 security groups, here are 5: remove 1
error: groups: the profile `own` allows 10 rules, here are 19: remove 9
error: groups[1].rules: the profile `own` allows 3 rules a group, here are 9: remove 6
error: groups[1].rules: the profile `own` allows 2 ingress ipv4 rules a group, here are 6: remove 4
error: groups[1].rules: the profile `own` allows 2 ingress ipv6 rules a group, here are 3: remove 1
error: groups[2].rules: the profile `own` allows 3 rules a group, here are 7: remove 4
error: groups[2].rules: the profile `own` allows 2 ingress ipv4 rules a group, here are 3: remove 1
error: instances[0].vnics[0].groups: the profile `own` allows 8 groups times rules a vnic, here are 4 times 6: detach a group, or remove rules from the longest
error: instances[2].vnics[0].groups: the profile `own` allows 8 groups times rules a vnic, here are 2 times 6: detach a group, or remove rules from the longest
error: instances[2].vnics[1].groups: the profile `own` allows 8 groups times rules a vnic, here are 3 times 3: detach a group, or remove rules from the longest
error: groups[1].rules[1].id: the rule id `in` is taken by `groups[1].rules[0]`: choose another one
error: groups[1].rules[3].id: the rule id `in` is taken by `groups[1].rules[0]`: choose another one
error: groups[2].rules[0].id: the rule id `in` is taken by `groups[1].rules[0]`: choose another one
error: groups[1].rules[1].action: the profile `own` has no deny: remove the rule; what no rule allows is denied
error: groups[1].rules[1].priority: the profile `own` has no priorities: leave the field out
error: groups[1].rules[2]: the rule says the same as the rule `in`: remove one of them
error: groups[1].rules[3]: the rule says the same as the rule `in`: remove one of them
error: groups[1].rules[4].ports: the profile `own` takes no ports with `udp`: leave them out
error: groups[1].rules[4].remote: there is no security group `wbe`: add it, or choose another one
error: groups[1].rules[5].ports: the profile `own` takes no ports with `sctp`: leave them out
error: groups[1].rules[5].remote: there is no address group `ofice`: add it, or choose another one
warning: groups[1].rules[6].remote: the security group `db` has no ipv6 address: the rule matches nothing
warning: groups[1].rules[7].remote: ports 22 (SSH), 1433 (MS SQL), 1521 (Oracle), 3306 (MySQL), 3389 (RDP), 5432 (PostgreSQL), 6379 (Redis), 8848 (Nacos), 9200 (Elasticsearch), 11211 (Memcached) and 27017 (MongoDB) are open to every address: name the addresses that need it
error: groups[1].rules[8]: the rule says the same as the rule `six`: remove one of them
warning: groups[1].rules[8].remote: every TCP port is open to every address: name the addresses that need it
error: groups[2].rules[1]: the rule says the same as the rule `in`: remove one of them
warning: groups[2].rules[2].remote: ports 22 (SSH), 3306 (MySQL) and 3389 (RDP) are open to every address: name the addresses that need it
warning: groups[2].rules[4].protocol: `ipv6-frag` is an extension header, behind which rules look: the rule matches nothing
warning: groups[2].rules[5].protocol: `ipv6-frag` is a header of IPv6: no IPv4 packet of any use has it
warning: groups[2].rules[6].protocol: `ipv6-nonxt` is a header of IPv6: no IPv4 packet of any use has it
warning: groups[4].rules[0].remote: the address group `office` has no address: the rule matches nothing
error: address_groups[1].id: the address group id `office` is taken by `address_groups[0]`: choose another one
error: address_groups[0].name: the name is empty: write one, or leave the field out
warning: address_groups[2].name: `address_groups[1]` has the name `same` too: choose another one
warning: address_groups[0].prefixes[1]: `10.0.0.0-10.255.255.255` stands in the list twice: remove one
warning: address_groups[0].prefixes[3]: `10.0.0.0/8` stands in the list twice: remove one
warning: address_groups[2].prefixes[1]: `::/0` stands in the list twice: remove one
error: instances[2].id: the instance id `a` is taken by `instances[0]`: choose another one
warning: instances[1].name: `instances[0]` has the name `a` too: choose another one
warning: instances[2].name: `instances[0]` has the name `a` too: choose another one
warning: instances[3].name: `instances[0]` has the name `a` too: choose another one
error: instances[2].vnics[0].id: the vnic id `a0` is taken by `instances[0].vnics[0]`: choose another one
error: instances[1].vnics: an instance needs a vnic: add one, or remove the instance
warning: instances[0].vnics[0].addresses[0]: `10.0.0.1` is the gateway of `10.0.0.0/24`: the instance will be taken for the router
error: instances[0].vnics[0].addresses[2]: `10.0.0.9` stands in the list twice: remove one
error: instances[0].vnics[0].addresses[4]: `10.7.0.1` is in no subnet of the network `lan`: choose one in `10.0.0.0/24` or `10.0.2.0/24` or `10.0.0.0/16` or `10.0.2.128/25` or `10.0.0.0/24` or `2001:db8::/64`
error: instances[0].vnics[0].groups[3]: there is no security group `wbe`: add it, or choose another one
error: instances[0].vnics[0].groups[4]: the group `web` stands in the list twice: remove one
error: instances[0].vnics[0].groups[5]: the group `wbe` stands in the list twice: remove one
error: instances[0].vnics[0].groups: the group `web` is stateful and `loose` is stateless, and a vnic tracks all of its traffic or none: detach one of them, or make them alike
error: instances[0].vnics[0].groups: the profile `own` allows 2 security groups a vnic, here are 6: detach 4
error: instances[0].vnics[1].addresses[0]: `10.0.0.9` is in no subnet of the network `dmz`, which has none
error: instances[0].vnics[1].groups: the profile `own` wants 3 security groups at least: attach one, such as `wbe`
error: instances[0].vnics[1].interface: `ta:p` is no interface name: leave out `/`, `:` and spaces
error: instances[2].vnics[0].mac: the vnic `a0` has `52:54:00:00:00:01` in the same network: choose another MAC address
error: instances[2].vnics[0].addresses[0]: `10.0.0.9` stands in the list twice: remove one
warning: instances[2].vnics[0].addresses[1]: `10.0.9.1` is the gateway of `10.0.0.0/16`: the instance will be taken for the router
error: instances[2].vnics[0].groups: the group `web` is stateful and `loose` is stateless, and a vnic tracks all of its traffic or none: detach one of them, or make them alike
error: instances[2].vnics[0].groups: the profile `own` wants 3 security groups at least: attach one, such as `wbe`
error: instances[2].vnics[0].interface: the vnic `a0` has the interface `tap0`: choose another one
error: instances[2].vnics[1].network: there is no network `lna`: add it, or choose another one
error: instances[2].vnics[1].mac: no interface may use `00:00:00:00:00:00`: choose another MAC address
error: instances[2].vnics[1].groups: the group `default` is stateful and `loose` is stateless, and a vnic tracks all of its traffic or none: detach one of them, or make them alike
error: instances[2].vnics[1].groups: the profile `own` allows 2 security groups a vnic, here are 3: detach 1
error: instances[2].vnics[1].interface: the vnic `a0` has the interface `tap0`: choose another one
error: instances[3].vnics[0].network: there is no network `lna`: add it, or choose another one
error: instances[3].vnics[0].mac: `01:00:5e:00:00:01` is a multicast address: write a unicast one such as `00:00:5e:00:00:01`
error: instances[3].vnics[0].addresses[0]: the vnic `a2` has `10.0.0.9` in the same network: choose another address
error: instances[3].vnics[0].addresses[1]: the vnic `a2` has `10.0.0.9` in the same network: choose another address
error: instances[3].vnics[0].groups: port security is off, so nothing is filtered and groups mean nothing: detach them with `groups: []`, or turn port security on
error: instances[3].vnics[0].interface: `a-very-long-name` has 16 bytes: shorten the interface name to 15
error: instances[3].vnics[1].mac: the vnic `a0` has `52:54:00:00:00:01` in the same network: choose another MAC address
error: instances[3].vnics[1].groups[2]: there is no security group `nobody`: add it, or choose another one
error: instances[3].vnics[1].groups: the profile `own` allows 2 security groups a vnic, here are 3: detach 1
error: instances[3].vnics[1].interface: the vnic `a2` has the interface `tap0`: choose another one
");
}

#[test]
fn faults_of_vnics_with_pairs() {
    let text = |profile: &str| {
        let many: String = (0..11).map(|n| format!("10.1.0.{n}, ")).collect();
        format!(
            r#"
version: 1
profile: {profile}
networks: [{{id: lan, subnets: [{{prefix: 10.0.0.0/24}}, {{prefix: '2001:db8::/64'}}]}}]
groups:
  - id: first
    rules:
      - {{id: off, direction: ingress, family: ipv4, protocol: tcp, remote: 'group:second', enabled: false}}
  - id: second
    rules: ['ingress ipv6 tcp 80 from group:second', 'ingress ipv4 tcp 80 from group:second', 'ingress ipv4 tcp 80 from group:third']
  - id: third
    rules: ['ingress ipv6 tcp 80 from group:third', 'ingress ipv6 tcp 81 from group:second']
instances:
  - id: a
    vnics:
      - {{id: a0, network: lan, mac: '52:54:00:00:00:01', addresses: [10.0.0.9], allowed_pairs: [{many}], groups: [first]}}
      - {{id: a1, network: lan, mac: '52:54:00:00:00:02', addresses: [10.0.0.10, '2001:db8::1'], groups: [first, second], allowed_pairs: [
          0.0.0.0/0, '::/0', 10.0.0.10/32, '2001:db8::1 52:54:00:00:00:02', '2001:db8::1', 10.0.0.10 52:54:00:00:00:03,
          224.0.0.0/4, '224.0.0.0/4 52:54:00:00:00:02', 10.0.0.7 01:00:5e:00:00:01, 10.0.0.7 00:00:00:00:00:00]}}
  - id: b
    vnics:
      - {{id: b0, network: lan, mac: '52:54:00:00:00:04', allowed_pairs: [10.0.0.100, '::/0'], groups: [third, second], port_security: false}}
      - {{id: b1, network: lan, mac: '52:54:00:00:00:05', allowed_pairs: ['::/0'], groups: [third, second]}}
"#
        )
    };
    check(&text("portcullis"), "
error: instances[0].vnics[0].allowed_pairs: 11 pairs are listed, 10 are the most
warning: instances[0].vnics[1].allowed_pairs[0]: `0.0.0.0/0` lets the instance use any source address: name the ones that it needs
warning: instances[0].vnics[1].allowed_pairs[0]: `0.0.0.0/0` makes the rule `second/2` match every address, because its remote is the group `second` of this vnic
warning: instances[0].vnics[1].allowed_pairs[1]: `::/0` lets the instance use any source address: name the ones that it needs
warning: instances[0].vnics[1].allowed_pairs[1]: `::/0` makes the rule `second/1` match every address, because its remote is the group `second` of this vnic
warning: instances[0].vnics[1].allowed_pairs[2]: `10.0.0.10/32` is an address of the vnic already: remove the pair
warning: instances[0].vnics[1].allowed_pairs[3]: `2001:db8::1/128` is an address of the vnic already: remove the pair
error: instances[0].vnics[1].allowed_pairs[4]: `2001:db8::1/128` stands in the list twice with one MAC address: remove one
warning: instances[0].vnics[1].allowed_pairs[4]: `2001:db8::1/128` is an address of the vnic already: remove the pair
error: instances[0].vnics[1].allowed_pairs[6]: `224.0.0.0/4` is multicast, which is never a source: remove it
error: instances[0].vnics[1].allowed_pairs[7]: `224.0.0.0/4` stands in the list twice with one MAC address: remove one
error: instances[0].vnics[1].allowed_pairs[7]: `224.0.0.0/4` is multicast, which is never a source: remove it
error: instances[0].vnics[1].allowed_pairs[8]: `01:00:5e:00:00:01` is a multicast address: write a unicast one such as `00:00:5e:00:00:01`
error: instances[0].vnics[1].allowed_pairs[9]: no interface may use `00:00:00:00:00:00`: choose another MAC address
error: instances[1].vnics[0].allowed_pairs: port security is off, so any address may be used and pairs mean nothing: remove them, or turn port security on
warning: instances[1].vnics[0].allowed_pairs[1]: `::/0` lets the instance use any source address: name the ones that it needs
warning: instances[1].vnics[0].allowed_pairs[1]: `::/0` makes the rule `third/1` match every address, because its remote is the group `third` of this vnic
error: instances[1].vnics[0].groups: port security is off, so nothing is filtered and groups mean nothing: detach them with `groups: []`, or turn port security on
warning: instances[1].vnics[1].allowed_pairs[0]: `::/0` lets the instance use any source address: name the ones that it needs
warning: instances[1].vnics[1].allowed_pairs[0]: `::/0` makes the rule `third/1` match every address, because its remote is the group `third` of this vnic
");
    check(&text("huawei"), "
warning: groups[1].rules[2].remote: the security group `third` has no address: the rule matches nothing
error: instances[0].vnics[0].allowed_pairs: 11 pairs are listed, 10 are the most
warning: instances[0].vnics[1].allowed_pairs[0]: `0.0.0.0/0` lets the instance use any source address: name the ones that it needs
warning: instances[0].vnics[1].allowed_pairs[1]: `::/0` lets the instance use any source address: name the ones that it needs
warning: instances[0].vnics[1].allowed_pairs[2]: `10.0.0.10/32` is an address of the vnic already: remove the pair
warning: instances[0].vnics[1].allowed_pairs[3]: `2001:db8::1/128` is an address of the vnic already: remove the pair
error: instances[0].vnics[1].allowed_pairs[4]: `2001:db8::1/128` stands in the list twice with one MAC address: remove one
warning: instances[0].vnics[1].allowed_pairs[4]: `2001:db8::1/128` is an address of the vnic already: remove the pair
error: instances[0].vnics[1].allowed_pairs[6]: `224.0.0.0/4` is multicast, which is never a source: remove it
error: instances[0].vnics[1].allowed_pairs[7]: `224.0.0.0/4` stands in the list twice with one MAC address: remove one
error: instances[0].vnics[1].allowed_pairs[7]: `224.0.0.0/4` is multicast, which is never a source: remove it
error: instances[0].vnics[1].allowed_pairs[8]: `01:00:5e:00:00:01` is a multicast address: write a unicast one such as `00:00:5e:00:00:01`
error: instances[0].vnics[1].allowed_pairs[9]: no interface may use `00:00:00:00:00:00`: choose another MAC address
warning: instances[0].vnics[1].allowed_pairs[0]: in the profile `huawei` the pair `0.0.0.0/0` is no member of `second`, the remote of the rule `second/1`: write a rule for the prefix
warning: instances[0].vnics[1].allowed_pairs[1]: in the profile `huawei` the pair `::/0` is no member of `second`, the remote of the rule `second/1`: write a rule for the prefix
warning: instances[0].vnics[1].allowed_pairs[2]: in the profile `huawei` the pair `10.0.0.10/32` is no member of `second`, the remote of the rule `second/1`: write a rule for the prefix
warning: instances[0].vnics[1].allowed_pairs[3]: in the profile `huawei` the pair `2001:db8::1/128` is no member of `second`, the remote of the rule `second/1`: write a rule for the prefix
warning: instances[0].vnics[1].allowed_pairs[4]: in the profile `huawei` the pair `2001:db8::1/128` is no member of `second`, the remote of the rule `second/1`: write a rule for the prefix
warning: instances[0].vnics[1].allowed_pairs[5]: in the profile `huawei` the pair `10.0.0.10/32` is no member of `second`, the remote of the rule `second/1`: write a rule for the prefix
warning: instances[0].vnics[1].allowed_pairs[6]: in the profile `huawei` the pair `224.0.0.0/4` is no member of `second`, the remote of the rule `second/1`: write a rule for the prefix
warning: instances[0].vnics[1].allowed_pairs[7]: in the profile `huawei` the pair `224.0.0.0/4` is no member of `second`, the remote of the rule `second/1`: write a rule for the prefix
warning: instances[0].vnics[1].allowed_pairs[8]: in the profile `huawei` the pair `10.0.0.7/32` is no member of `second`, the remote of the rule `second/1`: write a rule for the prefix
warning: instances[0].vnics[1].allowed_pairs[9]: in the profile `huawei` the pair `10.0.0.7/32` is no member of `second`, the remote of the rule `second/1`: write a rule for the prefix
error: instances[1].vnics[0].allowed_pairs: port security is off, so any address may be used and pairs mean nothing: remove them, or turn port security on
warning: instances[1].vnics[0].allowed_pairs[1]: `::/0` lets the instance use any source address: name the ones that it needs
warning: instances[1].vnics[0].allowed_pairs[0]: in the profile `huawei` the pair `10.0.0.100/32` is no member of `third`, the remote of the rule `second/3`: write a rule for the prefix
warning: instances[1].vnics[0].allowed_pairs[1]: in the profile `huawei` the pair `::/0` is no member of `third`, the remote of the rule `second/3`: write a rule for the prefix
error: instances[1].vnics[0].groups: port security is off, so nothing is filtered and groups mean nothing: detach them with `groups: []`, or turn port security on
warning: instances[1].vnics[1].allowed_pairs[0]: `::/0` lets the instance use any source address: name the ones that it needs
warning: instances[1].vnics[1].allowed_pairs[0]: in the profile `huawei` the pair `::/0` is no member of `third`, the remote of the rule `second/3`: write a rule for the prefix
");
}
