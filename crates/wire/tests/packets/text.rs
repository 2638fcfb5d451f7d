//! Texts that are read, and texts that are refused with what to write instead.

use wire::{MacAddr, Packet, Sketch};

/// The text reads, and is printed like this.
fn check(text: &str, printed: &str) {
    let sketch: Sketch = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(sketch.to_string(), printed);
    assert_eq!(printed.parse(), Ok(sketch));
}

/// The text is refused at the column that `^` stands under, with this message.
fn refuse(text: &str, caret: &str, message: &str) {
    let error = text.parse::<Sketch>().expect_err(text);
    assert_eq!((error.column, error.message.as_str()), (caret.len(), message), "{text}");
}

#[test]
fn what_is_usual_is_not_printed() {
    check("tcp 192.0.2.1:1 > 192.0.2.2:2 [S] seq=0 win=65535 ttl=64 len=0", "tcp 192.0.2.1:1 > 192.0.2.2:2");
    check("tcp 192.0.2.1:1 > 192.0.2.2:2 [AS] ack=0", "tcp 192.0.2.1:1 > 192.0.2.2:2 [SA]");
    check("icmp 192.0.2.1 > 192.0.2.2 echo-request", "icmp 192.0.2.1 > 192.0.2.2 echo-request id=0 seq=0");
    check("icmp 192.0.2.1 > 192.0.2.2 type 8 code 0 id=3", "icmp 192.0.2.1 > 192.0.2.2 echo-request id=3 seq=0");
    check("icmpv6 fe80::1 > ff02::2 router-solicitation ttl=255", "icmpv6 fe80::1 > ff02::2 router-solicitation");
    check("icmpv6 fe80::1 > ff02::16 type 143 code 0 ttl=1", "icmpv6 fe80::1 > ff02::16 type 143 code 0");
    check(
        "icmpv6 fe80::1 > ff02::1 router-advertisement ttl=64",
        "icmpv6 fe80::1 > ff02::1 router-advertisement ttl=64",
    );
    check("proto 50 192.0.2.1 > 192.0.2.2", "esp 192.0.2.1 > 192.0.2.2");
}

#[test]
fn settings_stand_in_any_order() {
    let tcp = "tcp 192.0.2.1:1 > 192.0.2.2:2 [SA] seq=5 ack=6 win=7 ws=2 sackok sack=9 len=3 ttl=8";
    check("tcp 192.0.2.1:1 > 192.0.2.2:2 ttl=8 len=3 sack=9 sackok ws=2 win=7 ack=6 seq=5 [AS]", tcp);
    let fragment = "udp 192.0.2.1:1 > 192.0.2.2:2 len=4 frag id=7 offset=0 length=24 more ttl=3";
    check("udp 192.0.2.1:1 > 192.0.2.2:2 ttl=3 len=4 frag more length=24 id=7 offset=0", fragment);
    check("udp 192.0.2.1:1 > 192.0.2.2:2 frag length=24 id=7 ttl=3 offset=0 more len=4", fragment);
}

#[test]
fn errors_may_be_named() {
    check(
        "icmp 192.0.2.9 > 192.0.2.1 port-unreachable about (udp 192.0.2.1:1 > 192.0.2.2:2)",
        "icmp 192.0.2.9 > 192.0.2.1 type 3 code 3 about (udp 192.0.2.1:1 > 192.0.2.2:2)",
    );
}

#[test]
fn a_wrong_word_is_answered_with_the_one_that_was_meant() {
    refuse("tpc 192.0.2.1:1 > 192.0.2.2:2", "^", "`tpc` is no kind of packet: did you mean `tcp`?");
    refuse(
        "tcp 192.0.2.1:1 > 192.0.2.2:2 sqe=4",
        "                              ^",
        "`sqe=4` is not known here: did you mean `seq=`?",
    );
    refuse(
        "udp 192.0.2.1:1 > 192.0.2.2:2 seq=4",
        "                              ^",
        "`seq=4` has no meaning in such a packet: leave it out",
    );
    refuse(
        "udp 192.0.2.1:1 > 192.0.2.2:2 len=4 len=5",
        "                                    ^",
        "`len=` is given twice: write it once",
    );
    refuse(
        "tcp 192.0.2.1:1 > 192.0.2.2:2 [SX]",
        "                              ^",
        "`X` is no TCP flag: write letters of `FSRPAUEC`, or `[none]`",
    );
    refuse(
        "icmp 192.0.2.1 > 192.0.2.2 echo-requst",
        "                           ^",
        "`echo-requst` is no ICMP message: did you mean `echo-request`?",
    );
}

#[test]
fn an_address_is_answered_with_the_form_that_it_needs() {
    refuse("tcp 198.51.100.7 > 192.0.2.10:443", "    ^", "`198.51.100.7` has no port: write `198.51.100.7:PORT`");
    refuse(
        "tcp 198.51.100.7:1 > 192.0.2.10:",
        "                     ^",
        "`192.0.2.10:` has no port: write `192.0.2.10:PORT`",
    );
    refuse("tcp [2001:db8::1] > [2001:db8::2]:2", "    ^", "`[2001:db8::1]` has no port: write `[2001:db8::1]:PORT`");
    refuse("tcp 2001:db8::1 > [2001:db8::2]:2", "    ^", "`2001:db8::1` has no port: write `[2001:db8::1]:PORT`");
    refuse(
        "tcp 2001:db8:0:0:0:0:0:1:443 > [2001:db8::2]:2",
        "    ^",
        "an IPv6 address stands in brackets before its port: write `[2001:db8::1]:443`",
    );
    refuse("tcp 192.0.2.1:70000 > 192.0.2.2:2", "    ^", "port `70000` is too large: ports run from 0 to 65535");
    refuse("tcp 192.0.2.1:http > 192.0.2.2:2", "    ^", "`http` is no port: write a number from 0 to 65535");
    refuse(
        "tcp web:80 > 192.0.2.2:2",
        "    ^",
        "`web:80` is no address with a port: write it like `192.0.2.10:443` or `[2001:db8::1]:443`",
    );
    refuse(
        "tcp 192.0.2.1:1 > [2001:db8::2]:2",
        "    ^",
        "`192.0.2.1` and `2001:db8::2` are of different families: write both in one",
    );
    refuse(
        "esp 192.0.2.1:1 > 192.0.2.2",
        "    ^",
        "`192.0.2.1:1` has a port, but this protocol has none: write `192.0.2.1`",
    );
    refuse("esp 192.0.2.256 > 192.0.2.2", "    ^", "`192.0.2.256` is no IP address");
}

#[test]
fn a_protocol_goes_with_its_family_and_its_own_word() {
    refuse(
        "icmp 2001:db8::1 > 2001:db8::2 echo-request",
        "^",
        "`icmp` does not go with these addresses: write `icmpv6`",
    );
    refuse("icmpv6 192.0.2.1 > 192.0.2.2 echo-request", "^", "`icmpv6` does not go with these addresses: write `icmp`");
    refuse("proto 6 192.0.2.1 > 192.0.2.2", "^", "protocol `6` has a form of its own: write `tcp ...`");
    refuse("proto 256 192.0.2.1 > 192.0.2.2", "      ^", "`256` is no protocol number from 0 to 255");
    refuse(
        "icmpv6 fe80::1 > fe80::2 type 136 code 0",
        "                              ^",
        "type `136` has a word of its own: write `neighbor-advertisement`",
    );
    check("proto 1 2001:db8::1 > 2001:db8::2", "proto 1 2001:db8::1 > 2001:db8::2");
}

#[test]
fn what_is_missing_is_named() {
    refuse("tcp", "   ^", "the address with its port is missing");
    refuse("tcp 192.0.2.1:1 192.0.2.2:2", "                ^", "expected `>`, found `192.0.2.2:2`");
    refuse("icmp 192.0.2.1 > 192.0.2.2 type 3", "                                 ^", "expected `code`, found the end");
    refuse(
        "arp who-has 192.0.2.1 tell 192.0.2.2",
        "                                    ^",
        "the sender's MAC address is missing: write `sha=MAC`",
    );
    refuse(
        "later 17 192.0.2.1 > 192.0.2.2",
        "                              ^",
        "a later fragment needs its place: write `frag id=N offset=N length=N`",
    );
    refuse(
        "udp 192.0.2.1:1 > 192.0.2.2:2 frag id=7 offset=0",
        "                                                ^",
        "`length=N` is missing: write `frag id=N offset=N length=N`",
    );
}

#[test]
fn a_packet_needs_its_ethernet_addresses_and_may_be_padded() {
    let text = "52:54:00:00:00:0a > 52:54:00:00:00:fe udp 192.0.2.1:1 > 192.0.2.2:2";
    let packet: Packet = text.parse().expect(text);
    assert_eq!((packet.length, packet.to_string().as_str()), (42, text));
    let padded = format!("{text} frame=60");
    assert_eq!(padded.parse(), Ok(Packet { length: 60, ..packet }));
    let error = "udp 192.0.2.1:1 > 192.0.2.2:2".parse::<Packet>().expect_err("no addresses");
    assert_eq!(error.to_string(), "column 1: the Ethernet addresses are missing: begin with `MAC > MAC`");
    let caret = " ".repeat(text.len() + 1) + "^";
    refuse(&padded, &caret, "`frame=60` has no meaning in such a packet: leave it out");
}

#[test]
fn addresses_of_a_sketch_win_over_the_given_ones() {
    let (first, second) = (MacAddr([2, 0, 0, 0, 0, 1]), MacAddr([2, 0, 0, 0, 0, 2]));
    let open: Sketch = "udp 192.0.2.1:1 > 192.0.2.2:2".parse().expect("open");
    let given: Sketch = format!("{second} > {first} {open}").parse().expect("given");
    assert_eq!(open.onto(first, second), Packet::new(first, second, open.payload));
    assert_eq!(given.onto(first, second), Packet::new(second, first, open.payload));
}

/// The table of the module's documentation: every example reads, and but for the one that says so is printed as it stands.
#[test]
fn the_documented_examples_are_the_grammar() {
    let source = include_str!("../../src/text.rs");
    let examples: Vec<(&str, &str)> =
        source.lines().filter_map(|line| line.strip_prefix("//! | `")?.split_once("` | ")).collect();
    assert!(examples.len() > 15, "{examples:?}");
    for (text, meaning) in examples {
        let sketch: Sketch = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(sketch.to_string() == text || meaning.contains("not printed"), "{text}\n{sketch}");
    }
}
