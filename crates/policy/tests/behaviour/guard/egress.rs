//! From the instance: MAC, ARP, DHCP and source address.

use super::from;

#[test]
fn an_instance_sends_from_its_own_macs_only() {
    from(
        "web",
        &[
            ("02:00:00:00:00:0a > 02:00:00:00:00:fe tcp 192.0.2.10:1 > 198.18.0.1:2", "pass"),
            ("02:00:00:00:00:aa > 02:00:00:00:00:fe tcp 203.0.113.7:1 > 198.18.0.1:2", "pass"),
            ("02:00:00:00:00:0b > 02:00:00:00:00:fe tcp 192.0.2.10:1 > 198.18.0.1:2", "guard:source-mac"),
            ("02:00:00:00:00:bb > 02:00:00:00:00:fe tcp 203.0.113.7:1 > 198.18.0.1:2", "guard:source-mac"),
            ("02:00:00:00:00:99 > 02:00:00:00:00:fe ethertype 0x88cc", "guard:source-mac"),
            (
                "02:00:00:00:00:99 > ff:ff:ff:ff:ff:ff arp who-has 192.0.2.1 tell 192.0.2.10 sha=02:00:00:00:00:99",
                "guard:source-mac",
            ),
        ],
    );
}

#[test]
fn a_source_address_belongs_to_its_mac() {
    from(
        "web",
        &[
            ("tcp 192.0.2.10:1 > 198.18.0.1:2", "pass"),
            ("tcp [2001:db8::10]:1 > [2001:db8:ffff::1]:2", "pass"),
            ("tcp 192.0.2.9:1 > 198.18.0.1:2", "guard:source-address"),
            ("tcp 192.0.2.11:1 > 198.18.0.1:2", "guard:source-address"),
            ("tcp [2001:db8::11]:1 > [2001:db8:ffff::1]:2", "guard:source-address"),
            ("tcp 0.0.0.0:1 > 198.18.0.1:2", "guard:source-address"),
            ("udp [::]:1 > [2001:db8:ffff::1]:2", "guard:source-address"),
            // An allowed pair without a MAC goes with the vnic's.
            ("esp 198.51.100.0 > 198.18.0.1", "pass"),
            ("esp 198.51.100.255 > 198.18.0.1", "pass"),
            ("esp 198.51.99.255 > 198.18.0.1", "guard:source-address"),
            ("esp 198.51.101.0 > 198.18.0.1", "guard:source-address"),
            ("udp [2001:db8:7::]:1 > [2001:db8:ffff::1]:2", "pass"),
            ("udp [2001:db8:7:1::]:1 > [2001:db8:ffff::1]:2", "guard:source-address"),
            ("02:00:00:00:00:aa > 02:00:00:00:00:fe esp 198.51.100.5 > 198.18.0.1", "guard:source-address"),
            // One with a MAC goes with that one.
            ("udp 203.0.113.7:1 > 198.18.0.1:2", "guard:source-address"),
            ("02:00:00:00:00:aa > 02:00:00:00:00:fe udp 203.0.113.7:1 > 198.18.0.1:2", "pass"),
            ("02:00:00:00:00:aa > 02:00:00:00:00:fe udp 203.0.113.8:1 > 198.18.0.1:2", "guard:source-address"),
            ("02:00:00:00:00:aa > 02:00:00:00:00:fe udp 192.0.2.10:1 > 198.18.0.1:2", "guard:source-address"),
            // A link-local address goes with the MAC that it is derived from.
            ("udp [fe80::ff:fe00:a]:1 > [fe80::1]:2", "pass"),
            ("udp [fe80::ff:fe00:aa]:1 > [fe80::1]:2", "guard:source-address"),
            ("udp [fe80::ff:fe00:b]:1 > [fe80::1]:2", "guard:source-address"),
            ("02:00:00:00:00:aa > 02:00:00:00:00:fe udp [fe80::ff:fe00:aa]:1 > [fe80::1]:2", "pass"),
            ("02:00:00:00:00:aa > 02:00:00:00:00:fe udp [fe80::ff:fe00:a]:1 > [fe80::1]:2", "guard:source-address"),
            // Fragments and every protocol alike.
            ("later 17 192.0.2.10 > 198.18.0.1 frag id=7 offset=24 length=8", "pass"),
            ("later 17 192.0.2.11 > 198.18.0.1 frag id=7 offset=24 length=8", "guard:source-address"),
            ("icmp 192.0.2.10 > 198.18.0.1 echo-request", "pass"),
            ("icmp 192.0.2.11 > 198.18.0.1 echo-request", "guard:source-address"),
        ],
    );
    from(
        "bare",
        &[("udp [fe80::ff:fe00:d]:1 > [fe80::1]:2", "pass"), ("udp 0.0.0.0:1 > 192.0.2.1:2", "guard:source-address")],
    );
}

#[test]
fn arp_speaks_for_the_one_who_sends_it() {
    from(
        "web",
        &[
            ("arp who-has 192.0.2.1 tell 192.0.2.10 sha=02:00:00:00:00:0a", "infra:arp"),
            ("arp who-has 192.0.2.10 tell 192.0.2.10 sha=02:00:00:00:00:0a", "infra:arp"),
            ("arp who-has 192.0.2.1 tell 198.51.100.9 sha=02:00:00:00:00:0a", "infra:arp"),
            ("arp who-has 192.0.2.10 tell 0.0.0.0 sha=02:00:00:00:00:0a", "infra:arp"),
            ("arp who-has 192.0.2.11 tell 0.0.0.0 sha=02:00:00:00:00:0a", "infra:arp"),
            ("arp who-has 192.0.2.1 tell 192.0.2.11 sha=02:00:00:00:00:0a", "guard:arp-sender-address"),
            ("arp who-has 192.0.2.1 tell 203.0.113.7 sha=02:00:00:00:00:0a", "guard:arp-sender-address"),
            ("arp who-has 192.0.2.1 tell 192.0.2.10 sha=02:00:00:00:00:0b", "guard:arp-sender-mac"),
            ("arp who-has 192.0.2.1 tell 192.0.2.10 sha=02:00:00:00:00:aa", "guard:arp-sender-mac"),
            ("arp reply 192.0.2.10 is-at 02:00:00:00:00:0a to 192.0.2.1", "infra:arp"),
            ("arp reply 198.51.100.9 is-at 02:00:00:00:00:0a to 192.0.2.1", "infra:arp"),
            ("arp reply 192.0.2.11 is-at 02:00:00:00:00:0a to 192.0.2.1", "guard:arp-sender-address"),
            ("arp reply 0.0.0.0 is-at 02:00:00:00:00:0a to 192.0.2.1", "guard:arp-sender-address"),
            ("arp reply 192.0.2.10 is-at 02:00:00:00:00:0b to 192.0.2.1", "guard:arp-sender-mac"),
            ("arp op=9 sha=02:00:00:00:00:0a spa=192.0.2.10", "guard:arp-operation"),
            ("arp op=9 sha=02:00:00:00:00:0b spa=192.0.2.10", "guard:arp-sender-mac"),
        ],
    );
}

#[test]
fn arp_of_an_allowed_pair_comes_from_the_mac_of_the_pair() {
    let from_pair = |text: &str| format!("02:00:00:00:00:aa > ff:ff:ff:ff:ff:ff {text}");
    let check = |text: &str, expect: &str| from("web", &[(&from_pair(text), expect)]);
    check("arp who-has 192.0.2.1 tell 203.0.113.7 sha=02:00:00:00:00:aa", "infra:arp");
    check("arp who-has 192.0.2.1 tell 0.0.0.0 sha=02:00:00:00:00:aa", "infra:arp");
    check("arp reply 203.0.113.7 is-at 02:00:00:00:00:aa to 192.0.2.1", "infra:arp");
    check("arp who-has 192.0.2.1 tell 203.0.113.7 sha=02:00:00:00:00:0a", "guard:arp-sender-mac");
    check("arp who-has 192.0.2.1 tell 192.0.2.10 sha=02:00:00:00:00:aa", "guard:arp-sender-address");
    check("arp reply 192.0.2.10 is-at 02:00:00:00:00:aa to 192.0.2.1", "guard:arp-sender-address");
}

#[test]
fn rarp_asks_for_its_own_mac_and_never_answers() {
    from(
        "web",
        &[
            ("rarp who-is 02:00:00:00:00:0a sha=02:00:00:00:00:0a", "infra:rarp"),
            ("rarp who-is 02:00:00:00:00:0a sha=02:00:00:00:00:0a spa=192.0.2.10", "infra:rarp"),
            ("rarp who-is 02:00:00:00:00:0a sha=02:00:00:00:00:0a spa=192.0.2.11", "guard:arp-sender-address"),
            ("rarp who-is 02:00:00:00:00:0b sha=02:00:00:00:00:0a", "guard:arp-sender-address"),
            ("rarp who-is 02:00:00:00:00:0b sha=02:00:00:00:00:0a spa=192.0.2.10", "guard:arp-sender-address"),
            ("rarp who-is 02:00:00:00:00:0a sha=02:00:00:00:00:0b", "guard:arp-sender-mac"),
            ("rarp reply 02:00:00:00:00:0a sha=02:00:00:00:00:0a spa=192.0.2.10", "guard:arp-operation"),
        ],
    );
}

#[test]
fn a_dhcp_client_asks_for_itself() {
    from(
        "web",
        &[
            ("udp 0.0.0.0:68 > 255.255.255.255:67 dhcp-request 02:00:00:00:00:0a", "infra:dhcp-client"),
            ("udp 192.0.2.10:68 > 192.0.2.1:67 dhcp-request 02:00:00:00:00:0a", "infra:dhcp-client"),
            ("udp 198.51.100.9:68 > 192.0.2.1:67 dhcp-request 02:00:00:00:00:0a", "infra:dhcp-client"),
            ("udp 192.0.2.11:68 > 192.0.2.1:67 dhcp-request 02:00:00:00:00:0a", "guard:dhcp-client"),
            ("udp 0.0.0.0:68 > 255.255.255.255:67 dhcp-request 02:00:00:00:00:0b", "guard:dhcp-client"),
            ("udp 192.0.2.10:68 > 192.0.2.1:67 dhcp-request 02:00:00:00:00:0b", "guard:dhcp-client"),
            ("udp 192.0.2.10:68 > 192.0.2.1:67 dhcp-request 02:00:00:00:00:aa", "guard:dhcp-client"),
            ("udp 0.0.0.0:68 > 255.255.255.255:67 dhcp-reply 02:00:00:00:00:0a", "guard:dhcp-client"),
            ("udp 192.0.2.10:68 > 192.0.2.1:67 dhcp-reply 02:00:00:00:00:0a", "guard:dhcp-client"),
            ("udp 192.0.2.10:68 > 192.0.2.1:67", "guard:dhcp-client"),
            // One port alone is no DHCP, and neither are its ports in the other family.
            ("udp 192.0.2.10:68 > 192.0.2.1:68", "pass"),
            ("udp 192.0.2.10:67 > 192.0.2.1:67", "pass"),
            ("udp 192.0.2.10:546 > 192.0.2.1:547", "pass"),
            ("udp [2001:db8::10]:68 > [2001:db8::1]:67", "pass"),
            ("udp 0.0.0.0:69 > 255.255.255.255:67", "guard:source-address"),
            ("udp 0.0.0.0:68 > 255.255.255.255:66", "guard:source-address"),
        ],
    );
}

#[test]
fn a_dhcpv6_client_asks_from_its_link_local_address() {
    from(
        "web",
        &[
            ("udp [fe80::ff:fe00:a]:546 > [ff02::1:2]:547", "infra:dhcpv6-client"),
            (
                "02:00:00:00:00:aa > 33:33:00:01:00:02 udp [fe80::ff:fe00:aa]:546 > [ff02::1:2]:547",
                "infra:dhcpv6-client",
            ),
            ("udp [fe80::ff:fe00:b]:546 > [ff02::1:2]:547", "guard:source-address"),
            ("udp [::]:546 > [ff02::1:2]:547", "guard:source-address"),
            // From another address of its own it is for rules to say.
            ("udp [2001:db8::10]:546 > [2001:db8::1]:547", "pass"),
            ("udp [2001:db8::11]:546 > [2001:db8::1]:547", "guard:source-address"),
            ("udp [fe80::ff:fe00:a]:546 > [ff02::1:2]:546", "pass"),
            ("udp [fe80::ff:fe00:a]:547 > [ff02::1:2]:547", "pass"),
        ],
    );
}

#[test]
fn an_instance_is_no_dhcp_server() {
    from(
        "web",
        &[
            ("udp 192.0.2.10:67 > 255.255.255.255:68 dhcp-reply 02:00:00:00:00:0b", "guard:dhcp-server"),
            ("udp 192.0.2.10:67 > 192.0.2.11:68 dhcp-request 02:00:00:00:00:0a", "guard:dhcp-server"),
            ("udp 192.0.2.10:67 > 192.0.2.11:68", "guard:dhcp-server"),
            ("udp [fe80::ff:fe00:a]:547 > [fe80::ff:fe00:b]:546", "guard:dhcp-server"),
            ("udp [2001:db8::10]:547 > [2001:db8::11]:546", "guard:dhcp-server"),
            ("udp 192.0.2.10:547 > 192.0.2.11:546", "pass"),
            ("udp [2001:db8::10]:67 > [2001:db8::11]:68", "pass"),
        ],
    );
    from("served", &[("udp 198.18.0.2:67 > 198.18.0.11:68", "guard:dhcp-server")]);
}
