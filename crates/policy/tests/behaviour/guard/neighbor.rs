//! Neighbor discovery and multicast listeners, both ways.

use super::{from, to};

#[test]
fn a_solicitation_names_the_mac_that_sends_it() {
    from(
        "web",
        &[
            ("icmpv6 2001:db8::10 > ff02::1:ff00:1 neighbor-solicitation 2001:db8::1", "infra:neighbor-solicitation"),
            (
                "icmpv6 fe80::ff:fe00:a > ff02::1:ff00:1 neighbor-solicitation 2001:db8::1 mac=02:00:00:00:00:0a",
                "infra:neighbor-solicitation",
            ),
            (
                "icmpv6 2001:db8::10 > ff02::1:ff00:1 neighbor-solicitation 2001:db8::1 mac=02:00:00:00:00:0b",
                "guard:neighbor-mac",
            ),
            (
                "icmpv6 2001:db8::10 > ff02::1:ff00:1 neighbor-solicitation 2001:db8::1 mac=02:00:00:00:00:aa",
                "guard:neighbor-mac",
            ),
            (
                "icmpv6 2001:db8::11 > ff02::1:ff00:1 neighbor-solicitation 2001:db8::1 mac=02:00:00:00:00:0a",
                "guard:source-address",
            ),
            ("icmpv6 fe80::ff:fe00:a > ff02::2 router-solicitation", "infra:router-solicitation"),
            ("icmpv6 :: > ff02::2 router-solicitation", "infra:router-solicitation"),
            ("icmpv6 fe80::ff:fe00:a > ff02::2 router-solicitation mac=02:00:00:00:00:0a", "infra:router-solicitation"),
            ("icmpv6 fe80::ff:fe00:a > ff02::2 router-solicitation mac=02:00:00:00:00:0b", "guard:neighbor-mac"),
            ("icmpv6 fe80::ff:fe00:b > ff02::2 router-solicitation", "guard:source-address"),
        ],
    );
}

#[test]
fn who_has_no_address_yet_asks_for_its_own_only() {
    from(
        "web",
        &[
            ("icmpv6 :: > ff02::1:ff00:10 neighbor-solicitation 2001:db8::10", "infra:neighbor-solicitation"),
            ("icmpv6 :: > ff02::1:ff00:a neighbor-solicitation fe80::ff:fe00:a", "infra:neighbor-solicitation"),
            ("icmpv6 :: > ff02::1:ff00:11 neighbor-solicitation 2001:db8::11", "guard:neighbor-target"),
            ("icmpv6 :: > ff02::1:ff00:b neighbor-solicitation fe80::ff:fe00:b", "guard:neighbor-target"),
        ],
    );
}

#[test]
fn an_advertisement_is_of_an_address_and_the_mac_of_the_vnic() {
    from(
        "web",
        &[
            ("icmpv6 2001:db8::10 > ff02::1 neighbor-advertisement 2001:db8::10", "infra:neighbor-advertisement"),
            (
                "icmpv6 fe80::ff:fe00:a > ff02::1 neighbor-advertisement 2001:db8:7::5 mac=02:00:00:00:00:0a",
                "infra:neighbor-advertisement",
            ),
            (
                "02:00:00:00:00:aa > 33:33:00:00:00:01 icmpv6 fe80::ff:fe00:aa > ff02::1 \
                 neighbor-advertisement fe80::ff:fe00:aa mac=02:00:00:00:00:aa",
                "infra:neighbor-advertisement",
            ),
            (
                "02:00:00:00:00:aa > 33:33:00:00:00:01 icmpv6 fe80::ff:fe00:aa > ff02::1 \
                 neighbor-advertisement 2001:db8::10 mac=02:00:00:00:00:aa",
                "guard:neighbor-target",
            ),
            ("icmpv6 2001:db8::10 > ff02::1 neighbor-advertisement 2001:db8::11", "guard:neighbor-target"),
            ("icmpv6 2001:db8::10 > ff02::1 neighbor-advertisement fe80::1", "guard:neighbor-target"),
            (
                "icmpv6 2001:db8::10 > ff02::1 neighbor-advertisement 2001:db8::10 mac=02:00:00:00:00:0b",
                "guard:neighbor-mac",
            ),
            ("icmpv6 :: > ff02::1 neighbor-advertisement 2001:db8::10", "guard:source-address"),
            ("icmpv6 2001:db8::11 > ff02::1 neighbor-advertisement 2001:db8::10", "guard:source-address"),
        ],
    );
}

#[test]
fn an_instance_is_no_router() {
    from(
        "web",
        &[
            ("icmpv6 fe80::ff:fe00:a > ff02::1 router-advertisement", "guard:router-advertisement"),
            ("icmpv6 fe80::1 > ff02::1 router-advertisement ttl=64", "guard:router-advertisement"),
            (
                "icmpv6 fe80::ff:fe00:a > ff02::1 router-advertisement frag id=7 offset=0 length=16 more",
                "guard:router-advertisement",
            ),
            ("icmpv6 fe80::ff:fe00:a > fe80::2 redirect 2001:db8::1", "guard:redirect"),
            ("icmpv6 fe80::1 > fe80::2 redirect 2001:db8::1 ttl=64", "guard:redirect"),
            (
                "icmpv6 fe80::ff:fe00:a > fe80::2 redirect 2001:db8::1 frag id=7 offset=0 length=40 more",
                "guard:redirect",
            ),
        ],
    );
}

#[test]
fn neighbor_discovery_is_whole_and_starts_at_a_neighbour() {
    let frames = [
        ("icmpv6 2001:db8::10 > 2001:db8::10 neighbor-solicitation 2001:db8::10 ttl=254", "guard:hop-limit"),
        ("icmpv6 2001:db8::10 > 2001:db8::10 neighbor-advertisement 2001:db8::10 ttl=254", "guard:hop-limit"),
        ("icmpv6 fe80::ff:fe00:a > ff02::2 router-solicitation ttl=254", "guard:hop-limit"),
        ("icmpv6 fe80::ff:fe00:a > ff02::2 router-solicitation ttl=1", "guard:hop-limit"),
        (
            "icmpv6 2001:db8::10 > 2001:db8::10 neighbor-solicitation 2001:db8::10 frag id=7 offset=0 length=24 more",
            "guard:neighbor-fragment",
        ),
        (
            "icmpv6 2001:db8::10 > 2001:db8::10 neighbor-advertisement 2001:db8::10 ttl=64 frag id=7 offset=0 length=24 more",
            "guard:neighbor-fragment",
        ),
        (
            "icmpv6 fe80::ff:fe00:a > ff02::2 router-solicitation frag id=7 offset=0 length=8 more",
            "guard:neighbor-fragment",
        ),
    ];
    from("web", &frames);
    to("web", &frames);
    to(
        "web",
        &[
            ("icmpv6 fe80::1 > ff02::1 router-advertisement ttl=254", "guard:hop-limit"),
            ("icmpv6 fe80::1 > fe80::ff:fe00:a redirect 2001:db8::1 ttl=254", "guard:hop-limit"),
            (
                "icmpv6 fe80::1 > ff02::1 router-advertisement frag id=7 offset=0 length=16 more",
                "guard:neighbor-fragment",
            ),
        ],
    );
}

#[test]
fn neighbours_ask_and_answer_whomever_they_want() {
    to(
        "web",
        &[
            ("icmpv6 fe80::1 > ff02::1:ff00:10 neighbor-solicitation 2001:db8::10", "infra:neighbor-solicitation"),
            ("icmpv6 :: > ff02::1:ff00:10 neighbor-solicitation 2001:db8::10", "infra:neighbor-solicitation"),
            ("icmpv6 fe80::1 > 2001:db8::10 neighbor-advertisement 2001:db8::1", "infra:neighbor-advertisement"),
            ("icmpv6 fe80::ff:fe00:b > ff02::2 router-solicitation", "pass"),
        ],
    );
}

#[test]
fn any_link_local_router_that_is_no_instance_advertises_where_none_is_known() {
    to(
        "web",
        &[
            ("icmpv6 fe80::1 > ff02::1 router-advertisement", "infra:router-advertisement"),
            ("icmpv6 fe80::7 > ff02::1 router-advertisement mac=02:00:00:00:00:fe", "infra:router-advertisement"),
            ("icmpv6 2001:db8::1 > ff02::1 router-advertisement", "guard:router-advertisement"),
            ("icmpv6 fe80::ff:fe00:b > ff02::1 router-advertisement", "guard:router-advertisement"),
            ("icmpv6 fe80::ff:fe00:bb > ff02::1 router-advertisement", "guard:router-advertisement"),
            (
                "02:00:00:00:00:0b > 33:33:00:00:00:01 icmpv6 fe80::1 > ff02::1 router-advertisement",
                "guard:router-advertisement",
            ),
        ],
    );
}

#[test]
fn where_a_gateway_is_known_by_its_link_local_address_it_alone_advertises() {
    to(
        "routed",
        &[
            ("icmpv6 fe80::1 > ff02::1 router-advertisement", "infra:router-advertisement"),
            ("icmpv6 fe80::9 > ff02::1 router-advertisement", "infra:router-advertisement"),
            ("icmpv6 fe80::2 > ff02::1 router-advertisement", "guard:router-advertisement"),
            ("icmpv6 2001:db8:6::1 > ff02::1 router-advertisement", "guard:router-advertisement"),
            (
                "02:00:00:00:00:0b > 33:33:00:00:00:01 icmpv6 fe80::1 > ff02::1 router-advertisement",
                "guard:router-advertisement",
            ),
        ],
    );
}

#[test]
fn a_redirect_of_an_instance_is_dropped_and_any_other_is_for_rules() {
    to(
        "web",
        &[
            ("icmpv6 fe80::1 > fe80::ff:fe00:a redirect 2001:db8::1", "pass"),
            ("icmpv6 fe80::ff:fe00:b > fe80::ff:fe00:a redirect 2001:db8::1", "guard:redirect"),
            (
                "02:00:00:00:00:0b > 02:00:00:00:00:0a icmpv6 fe80::1 > fe80::ff:fe00:a redirect 2001:db8::1",
                "guard:redirect",
            ),
        ],
    );
}

#[test]
fn a_listener_reports_to_its_own_link() {
    for kind in [131, 132, 143] {
        let check = |text: &str, expect: &str| {
            from("web", &[(&text.replace("report", &format!("type {kind} code 0")), expect)]);
        };
        check("icmpv6 fe80::ff:fe00:a > ff02::16 report ttl=1", "infra:mld-report");
        check("icmpv6 2001:db8::10 > ff02::16 report ttl=1", "infra:mld-report");
        check("icmpv6 :: > ff02::16 report ttl=1", "infra:mld-report");
        check("icmpv6 fe80::ff:fe00:b > ff02::16 report ttl=1", "guard:source-address");
        check("icmpv6 fe80::ff:fe00:a > ff02::16 report ttl=2", "guard:hop-limit");
        check("icmpv6 fe80::ff:fe00:a > ff02::16 report ttl=0", "guard:hop-limit");
        check("icmpv6 fe80::ff:fe00:b > ff02::16 report ttl=255", "guard:hop-limit");
    }
    // Others of its kind are for rules to say, and in IPv4 the numbers mean something else.
    from(
        "web",
        &[
            ("icmpv6 fe80::ff:fe00:a > ff02::1 type 130 code 0", "pass"),
            ("icmpv6 fe80::ff:fe00:b > ff02::1 type 130 code 0", "guard:source-address"),
            ("icmpv6 fe80::ff:fe00:a > ff02::1 type 144 code 0", "pass"),
            ("icmpv6 :: > ff02::1 type 144 code 0", "guard:source-address"),
            ("icmpv6 2001:db8::10 > 2001:db8::11 echo-request", "pass"),
            ("icmpv6 2001:db8::11 > 2001:db8::10 echo-request", "guard:source-address"),
            ("icmpv6 2001:db8::10 > 2001:db8::11 packet-too-big", "pass"),
            ("icmp 192.0.2.10 > 198.18.0.1 type 143 code 0 ttl=64", "pass"),
            ("icmp 192.0.2.11 > 198.18.0.1 type 143 code 0 ttl=1", "guard:source-address"),
        ],
    );
}

#[test]
fn a_router_asks_for_listeners_on_its_own_link() {
    to(
        "web",
        &[
            ("icmpv6 fe80::1 > ff02::1 type 130 code 0 ttl=1", "infra:mld-query"),
            ("icmpv6 fe80::1 > ff02::1 type 130 code 0 ttl=2", "guard:hop-limit"),
            ("icmpv6 fe80::1 > ff02::1 type 130 code 0 ttl=0", "guard:hop-limit"),
            ("icmpv6 2001:db8::1 > ff02::1 type 130 code 0 ttl=1", "guard:source-address"),
            ("icmpv6 :: > ff02::1 type 130 code 0 ttl=1", "guard:source-address"),
            ("icmpv6 2001:db8::1 > ff02::1 type 130 code 0 ttl=64", "guard:hop-limit"),
            ("icmpv6 fe80::1 > ff02::16 type 131 code 0 ttl=1", "pass"),
            ("icmpv6 fe80::1 > ff02::16 type 143 code 0 ttl=64", "pass"),
            ("icmpv6 2001:db8::11 > 2001:db8::10 echo-request", "pass"),
            ("icmp 192.0.2.1 > 192.0.2.10 type 130 code 0 ttl=64", "pass"),
        ],
    );
}
