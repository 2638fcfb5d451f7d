//! To the instance: MAC, ARP and DHCP.

use policy::{Direction, Edit, Policy, Revision, resolve, resolve_after};
use wire::Sketch;

use super::{ROUTER, document, said, to};

#[test]
fn unicast_frames_are_for_their_mac_only() {
    to(
        "web",
        &[
            ("02:00:00:00:00:fe > 02:00:00:00:00:0a tcp 198.18.0.1:1 > 192.0.2.10:2", "pass"),
            ("02:00:00:00:00:fe > 02:00:00:00:00:aa tcp 198.18.0.1:1 > 203.0.113.7:2", "pass"),
            ("02:00:00:00:00:fe > 02:00:00:00:00:0b tcp 198.18.0.1:1 > 192.0.2.10:2", "guard:not-for-me"),
            ("02:00:00:00:00:fe > 02:00:00:00:00:bb tcp 198.18.0.1:1 > 192.0.2.10:2", "guard:not-for-me"),
            ("02:00:00:00:00:fe > 02:00:00:00:00:0b ethertype 0x88cc", "guard:not-for-me"),
            (
                "02:00:00:00:00:fe > 02:00:00:00:00:0b arp who-has 192.0.2.10 tell 192.0.2.1 sha=02:00:00:00:00:fe",
                "guard:not-for-me",
            ),
            ("02:00:00:00:00:fe > ff:ff:ff:ff:ff:ff udp 198.18.0.1:1 > 255.255.255.255:2", "pass"),
            ("02:00:00:00:00:fe > 33:33:00:00:00:01 udp [fe80::1]:1 > [ff02::1]:2", "pass"),
            // Who sends is for the guard of the sender, and where to for rules.
            ("tcp 192.0.2.11:1 > 192.0.2.99:2", "pass"),
        ],
    );
}

#[test]
fn arp_asks_for_an_address_of_the_vnic() {
    to(
        "web",
        &[
            ("arp who-has 192.0.2.10 tell 192.0.2.1 sha=02:00:00:00:00:fe", "infra:arp"),
            ("arp who-has 192.0.2.10 tell 0.0.0.0 sha=02:00:00:00:00:fe", "infra:arp"),
            ("arp who-has 198.51.100.255 tell 192.0.2.1 sha=02:00:00:00:00:fe", "infra:arp"),
            ("arp who-has 203.0.113.7 tell 192.0.2.1 sha=02:00:00:00:00:fe", "infra:arp"),
            ("arp who-has 192.0.2.11 tell 192.0.2.1 sha=02:00:00:00:00:fe", "guard:arp-target"),
            ("arp who-has 198.51.101.0 tell 192.0.2.1 sha=02:00:00:00:00:fe", "guard:arp-target"),
            ("arp who-has 0.0.0.0 tell 192.0.2.1 sha=02:00:00:00:00:fe tha=02:00:00:00:00:0a", "guard:arp-target"),
        ],
    );
    to("bare", &[("arp who-has 192.0.2.10 tell 192.0.2.1 sha=02:00:00:00:00:fe", "guard:arp-target")]);
}

#[test]
fn arp_answers_an_address_of_the_vnic_or_its_probe() {
    to(
        "web",
        &[
            ("arp reply 192.0.2.1 is-at 02:00:00:00:00:fe to 192.0.2.10 tha=02:00:00:00:00:0a", "infra:arp"),
            ("arp reply 192.0.2.1 is-at 02:00:00:00:00:fe to 203.0.113.7 tha=02:00:00:00:00:aa", "infra:arp"),
            ("arp reply 192.0.2.1 is-at 02:00:00:00:00:fe to 192.0.2.10 tha=02:00:00:00:00:99", "infra:arp"),
            ("arp reply 192.0.2.1 is-at 02:00:00:00:00:fe to 0.0.0.0 tha=02:00:00:00:00:0a", "infra:arp"),
            ("arp reply 192.0.2.1 is-at 02:00:00:00:00:fe to 0.0.0.0 tha=02:00:00:00:00:aa", "infra:arp"),
            ("arp reply 192.0.2.1 is-at 02:00:00:00:00:fe to 0.0.0.0 tha=02:00:00:00:00:0b", "guard:arp-target"),
            ("arp reply 192.0.2.1 is-at 02:00:00:00:00:fe to 192.0.2.11 tha=02:00:00:00:00:0a", "guard:arp-target"),
            ("arp reply 192.0.2.1 is-at 02:00:00:00:00:fe to 192.0.2.11 tha=02:00:00:00:00:0b", "guard:arp-target"),
        ],
    );
}

#[test]
fn rarp_answers_a_mac_of_the_vnic_and_is_never_asked() {
    to(
        "web",
        &[
            ("rarp reply 02:00:00:00:00:0a sha=02:00:00:00:00:fe", "infra:rarp"),
            ("rarp reply 02:00:00:00:00:aa sha=02:00:00:00:00:fe", "infra:rarp"),
            ("rarp reply 02:00:00:00:00:0b sha=02:00:00:00:00:fe tpa=192.0.2.10", "guard:arp-target"),
            ("rarp who-is 02:00:00:00:00:0a sha=02:00:00:00:00:fe", "guard:arp-operation"),
            ("arp op=9 sha=02:00:00:00:00:fe tpa=192.0.2.10", "guard:arp-operation"),
        ],
    );
}

#[test]
fn a_dhcp_answer_is_for_the_vnic_or_for_all() {
    to(
        "web",
        &[
            ("udp 192.0.2.1:67 > 192.0.2.10:68 dhcp-reply 02:00:00:00:00:0a", "infra:dhcp-server"),
            ("udp 192.0.2.1:67 > 255.255.255.255:68 dhcp-reply 02:00:00:00:00:0a", "infra:dhcp-server"),
            ("udp 192.0.2.1:67 > 198.51.100.9:68", "infra:dhcp-server"),
            ("udp 192.0.2.1:67 > 203.0.113.7:68", "infra:dhcp-server"),
            ("udp 192.0.2.1:67 > 192.0.2.11:68 dhcp-reply 02:00:00:00:00:0a", "guard:dhcp-server"),
            ("udp 192.0.2.1:67 > 192.0.2.255:68 dhcp-reply 02:00:00:00:00:0a", "guard:dhcp-server"),
            ("udp [fe80::1]:547 > [fe80::ff:fe00:a]:546", "infra:dhcpv6-server"),
            ("udp [fe80::1]:547 > [fe80::ff:fe00:aa]:546", "infra:dhcpv6-server"),
            ("udp [fe80::1]:547 > [2001:db8::10]:546", "infra:dhcpv6-server"),
            ("udp [fe80::1]:547 > [fe80::ff:fe00:b]:546", "guard:dhcp-server"),
            ("udp [fe80::1]:547 > [ff02::1]:546", "guard:dhcp-server"),
            // What asks for answers is for rules to say.
            ("udp 192.0.2.11:68 > 192.0.2.10:67 dhcp-request 02:00:00:00:00:0b", "pass"),
            ("udp [fe80::ff:fe00:b]:546 > [fe80::ff:fe00:a]:547", "pass"),
            ("udp 192.0.2.11:547 > 192.0.2.10:546", "pass"),
        ],
    );
}

#[test]
fn where_no_dhcp_server_is_listed_an_instance_is_none() {
    to(
        "web",
        &[
            ("udp 198.18.0.99:67 > 192.0.2.10:68", "infra:dhcp-server"),
            // By its address, its MAC, the MAC of a pair, or the link-local address of either.
            ("udp 192.0.2.11:67 > 192.0.2.10:68", "guard:dhcp-server"),
            ("02:00:00:00:00:0b > 02:00:00:00:00:0a udp 192.0.2.1:67 > 192.0.2.10:68", "guard:dhcp-server"),
            ("02:00:00:00:00:bb > 02:00:00:00:00:0a udp 192.0.2.1:67 > 192.0.2.10:68", "guard:dhcp-server"),
            ("02:00:00:00:00:0c > 02:00:00:00:00:0a udp 192.0.2.1:67 > 192.0.2.10:68", "guard:dhcp-server"),
            ("udp [fe80::ff:fe00:b]:547 > [2001:db8::10]:546", "guard:dhcp-server"),
            ("udp [fe80::ff:fe00:bb]:547 > [2001:db8::10]:546", "guard:dhcp-server"),
            ("udp [fe80::ff:fe00:99]:547 > [2001:db8::10]:546", "infra:dhcpv6-server"),
        ],
    );
}

#[test]
fn where_dhcp_servers_of_a_family_are_listed_no_other_is_one() {
    to(
        "served",
        &[
            ("udp 198.18.0.2:67 > 198.18.0.10:68", "infra:dhcp-server"),
            ("udp 198.18.0.3:67 > 255.255.255.255:68", "infra:dhcp-server"),
            ("udp 198.18.0.1:67 > 198.18.0.10:68", "guard:dhcp-server"),
            ("udp 198.18.0.4:67 > 255.255.255.255:68", "guard:dhcp-server"),
            ("udp 198.18.0.2:67 > 198.18.0.11:68", "guard:dhcp-server"),
            // A server that is listed may be an instance.
            ("02:00:00:00:00:0b > 02:00:00:00:00:1a udp 198.18.0.2:67 > 198.18.0.10:68", "infra:dhcp-server"),
            // None is listed of the other family.
            ("udp [fe80::7]:547 > [fe80::ff:fe00:1a]:546", "infra:dhcpv6-server"),
            ("udp [fe80::ff:fe00:a]:547 > [fe80::ff:fe00:1a]:546", "guard:dhcp-server"),
        ],
    );
    to(
        "routed",
        &[
            ("udp [fe80::2]:547 > [2001:db8:6::10]:546", "infra:dhcpv6-server"),
            ("udp [fe80::3]:547 > [2001:db8:6::10]:546", "guard:dhcp-server"),
            ("udp 192.0.2.1:67 > 255.255.255.255:68", "infra:dhcp-server"),
            ("udp 192.0.2.11:67 > 255.255.255.255:68", "guard:dhcp-server"),
        ],
    );
}

#[test]
fn who_is_an_instance_changes_with_the_edit() {
    let mut document = document("portcullis");
    let mut followed = resolve(&document, Revision(1)).expect("it resolves");
    let vnic = |mac: &str, address: &str, pairs: &str| {
        format!(
            "{{\"id\":\"other\",\"vnics\":[{{\"id\":\"other\",\"network\":\"lan\",\"mac\":\"02:00:00:00:00:{mac}\",\
             \"addresses\":[\"{address}\"],\"allowed_pairs\":[{pairs}],\"groups\":[\"default\"]}}]}}"
        )
    };
    let edits = [
        format!("replace instance: {}", vnic("51", "192.0.2.11", "")),
        format!("replace instance: {}", vnic("51", "192.0.2.52", "")),
        format!("replace instance: {}", vnic("51", "192.0.2.52", "\"203.0.113.9/32 02:00:00:00:00:53\"")),
        "remove instance other".to_owned(),
        format!("add instance: {}", vnic("0b", "192.0.2.11", "")),
    ];
    let is_instance = |policy: &Policy, source: &str| {
        let text = match source.split_once('/') {
            Some((_, mac)) => format!("{mac} > 02:00:00:00:00:0a udp 192.0.2.1:67 > 192.0.2.10:68"),
            None => format!("udp {source}:67 > 192.0.2.10:68"),
        };
        let frame: Sketch = text.parse().expect("a frame");
        let (index, web) = super::vnic(policy, "web");
        said(policy.guard(index, Direction::Ingress, &frame.onto(ROUTER, web.mac))) == "guard:dhcp-server"
    };
    let sources =
        ["mac/02:00:00:00:00:0b", "192.0.2.11", "mac/02:00:00:00:00:51", "192.0.2.52", "mac/02:00:00:00:00:53"];
    let known = |policy: &Policy| sources.map(|source| is_instance(policy, source));
    assert_eq!(known(&followed), [true, true, false, false, false]);
    let mut seen = Vec::new();
    for (number, edit) in (2..).zip(&edits) {
        let edit: Edit = edit.parse().expect("an edit");
        edit.apply(&mut document).expect("it fits");
        followed = resolve_after(&followed, &document, Revision(number)).expect("it resolves");
        seen.push(known(&followed));
    }
    assert_eq!(
        seen,
        [
            [false, true, true, false, false],
            [false, false, true, true, false],
            [false, false, true, true, true],
            [false; 5],
            [true, true, false, false, false],
        ]
    );
}
