//! Broadcast and multicast, in a profile that lets no instance send it.

use policy::Direction;

use super::check_in;

#[test]
fn what_goes_to_many_is_dropped_where_the_profile_says_so() {
    let frames = [
        // The limited broadcast, and that of each subnet but for links of two.
        ("udp 192.0.2.10:1 > 255.255.255.255:2", "guard:bum"),
        ("udp 192.0.2.10:1 > 192.0.2.255:2", "guard:bum"),
        ("udp 192.0.2.10:1 > 10.0.0.11:2", "guard:bum"),
        ("udp 192.0.2.10:1 > 10.0.0.5:2", "pass"),
        ("udp 192.0.2.10:1 > 10.0.0.32:2", "pass"),
        ("udp 192.0.2.10:1 > 192.0.2.254:2", "pass"),
        ("udp 192.0.2.10:1 > 192.0.2.0:2", "pass"),
        ("udp 192.0.2.10:1 > 198.51.100.255:2", "pass"),
        ("udp [2001:db8::10]:1 > [2001:db8::ffff:ffff:ffff:ffff]:2", "pass"),
        // Multicast by its address, or by its MAC alone.
        ("udp 192.0.2.10:1 > 224.0.0.251:2", "guard:bum"),
        ("udp [2001:db8::10]:1 > [ff02::fb]:2", "guard:bum"),
        ("02:00:00:00:00:0a > 01:00:5e:00:00:fb udp 192.0.2.10:1 > 192.0.2.1:2", "guard:bum"),
        ("02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff udp 192.0.2.10:1 > 192.0.2.1:2", "guard:bum"),
        ("02:00:00:00:00:0a > 33:33:00:00:00:fb udp [2001:db8::10]:1 > [2001:db8::1]:2", "guard:bum"),
        ("tcp 192.0.2.10:1 > 192.0.2.1:2", "pass"),
        ("tcp [2001:db8::10]:1 > [2001:db8::1]:2", "pass"),
    ];
    for profile in ["aws", "exoscale"] {
        check_in(profile, "web", Direction::Egress, &frames);
    }
    let allowed = frames.map(|(text, _)| (text, "pass"));
    for profile in ["portcullis", "openstack", "huawei"] {
        check_in(profile, "web", Direction::Egress, &allowed);
    }
    check_in(
        "aws",
        "web",
        Direction::Ingress,
        &[("02:00:00:00:00:fe > ff:ff:ff:ff:ff:ff udp 192.0.2.1:1 > 255.255.255.255:2", "pass")],
    );
}

#[test]
fn what_an_instance_needs_goes_to_many_in_every_profile() {
    check_in(
        "aws",
        "web",
        Direction::Egress,
        &[
            (
                "02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff arp who-has 192.0.2.1 tell 192.0.2.10 sha=02:00:00:00:00:0a",
                "infra:arp",
            ),
            ("02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff ethertype 0x88cc", "infra:ethertype"),
            (
                "02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff udp 0.0.0.0:68 > 255.255.255.255:67 dhcp-request 02:00:00:00:00:0a",
                "infra:dhcp-client",
            ),
            ("icmpv6 fe80::ff:fe00:a > ff02::2 router-solicitation", "infra:router-solicitation"),
            // What is wrong besides is said first.
            ("udp 192.0.2.11:1 > 255.255.255.255:2", "guard:source-address"),
            ("02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff vlan 0x8100", "guard:vlan"),
        ],
    );
}
