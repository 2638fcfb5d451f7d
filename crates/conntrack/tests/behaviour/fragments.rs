//! Fragments, and the room that they may take.

use core::time::Duration;

use conntrack::{Config, Conntrack, FragmentLimits, Gathered, Instant, Invalid, Sender, Zone};
use wire::{Fragment, IpProtocol, MacAddr, Packet, Payload, Transport};

use crate::packets::{ZONE, datagram, ms, strict, udp, v4, v6};
use conntrack::Way::Original;

const LIFETIME: Duration = Duration::from_secs(30);

fn table(capacity: usize, share: usize) -> Conntrack {
    Conntrack::new(Config { fragments: FragmentLimits { capacity, share, lifetime: LIFETIME }, ..strict() })
}

/// A fragment of a UDP datagram as a value; of 100 bytes where it is kept.
pub(crate) fn fragment(identification: u32, offset: u16, length: u16, more: bool) -> Packet {
    let mut part = match offset {
        0 => udp(Original),
        _ => datagram(v4(Original), Transport::Missing(IpProtocol::UDP), u32::from(length)),
    };
    part.fragment = Some(Fragment { identification, offset, length, more });
    let mac = |last| MacAddr([2, 0, 0, 0, 0, last]);
    Packet { source_mac: mac(1), destination_mac: mac(2), payload: Payload::Ip(part), length: 100 }
}

pub(crate) fn gather(table: &mut Conntrack, zone: Zone, packet: &Packet, frame: &[u8], now: Instant) -> Gathered {
    let place = packet.datagram().and_then(|datagram| datagram.fragment).expect("a fragment");
    table.gather(zone, Sender::Remote, packet, place, frame, now)
}

/// How many fragments a datagram was whole of.
fn whole(gathered: Gathered) -> Option<usize> {
    match gathered {
        Gathered::Whole(fragments) => Some(fragments.len()),
        Gathered::Held | Gathered::Refused(_) => None,
    }
}

#[test]
fn a_whole_datagram_gives_back_its_frames_by_offset() {
    let mut table = table(100_000, 100_000);
    let pieces =
        [(fragment(1, 24, 8, false), b"c"), (fragment(1, 0, 16, true), b"a"), (fragment(1, 16, 8, true), b"b")];
    let [first, second, third] = pieces.map(|(packet, frame)| gather(&mut table, ZONE, &packet, frame, ms(0)));
    assert_eq!((first, second), (Gathered::Held, Gathered::Held));
    let Gathered::Whole(fragments) = third else { panic!("{third:?}") };
    assert_eq!(fragments.iter().map(|held| held.frame.to_vec()).collect::<Vec<_>>(), [b"a", b"b", b"c"]);
    assert_eq!(table.kept_fragments(), 0);
}

#[test]
fn the_same_headers_with_other_bytes_are_no_duplicate() {
    let mut table = table(100_000, 100_000);
    let first = fragment(1, 0, 16, true);
    assert_eq!(gather(&mut table, ZONE, &first, b"one", ms(0)), Gathered::Held);
    assert_eq!(gather(&mut table, ZONE, &first, b"one", ms(1)), Gathered::Refused(Invalid::FragmentDuplicate));
    assert_eq!(gather(&mut table, ZONE, &first, b"two", ms(2)), Gathered::Refused(Invalid::FragmentOverlap));
    assert_eq!(
        gather(&mut table, ZONE, &fragment(1, 16, 8, false), b"", ms(3)),
        Gathered::Refused(Invalid::FragmentOverlap)
    );
}

#[test]
fn a_datagram_in_too_many_pieces_is_given_up() {
    let mut table = table(1 << 20, 1 << 20);
    for piece in 0..128_u16 {
        assert_eq!(gather(&mut table, ZONE, &fragment(1, piece * 8, 8, true), b"", ms(0)), Gathered::Held, "{piece}");
    }
    let one_more = gather(&mut table, ZONE, &fragment(1, 1024, 8, false), b"", ms(0));
    assert_eq!(one_more, Gathered::Refused(Invalid::FragmentCount));
    assert!(table.kept_fragments() < 1_000, "{}", table.kept_fragments());
}

#[test]
fn a_flood_takes_the_room_of_its_own_oldest_datagrams() {
    let mut table = table(100_000, 10_000);
    for identification in 0..5_000 {
        assert_eq!(gather(&mut table, ZONE, &fragment(identification, 0, 16, true), b"", ms(0)), Gathered::Held);
        assert!(table.kept_fragments() <= 10_000);
    }
    // The latest are there, the first are gone.
    assert_eq!(whole(gather(&mut table, ZONE, &fragment(4_999, 16, 8, false), b"", ms(1))), Some(2));
    assert_eq!(whole(gather(&mut table, ZONE, &fragment(0, 16, 8, false), b"", ms(1))), None);
}

#[test]
fn a_flood_does_not_take_the_room_of_a_quiet_zone() {
    let quiet = Zone(9);
    let mut table = table(20_000, 15_000);
    assert_eq!(gather(&mut table, quiet, &fragment(1, 0, 16, true), b"", ms(0)), Gathered::Held);
    for identification in 0..1_000 {
        for zone in [Zone(2), Zone(3)] {
            assert_eq!(gather(&mut table, zone, &fragment(identification, 0, 16, true), b"", ms(0)), Gathered::Held);
            assert!(table.kept_fragments() <= 20_000);
        }
    }
    assert_eq!(whole(gather(&mut table, quiet, &fragment(1, 16, 8, false), b"", ms(1))), Some(2));
}

#[test]
fn what_is_larger_than_the_share_is_refused() {
    let mut table = table(1_000, 50);
    let refused = gather(&mut table, ZONE, &fragment(1, 0, 16, true), b"", ms(0));
    assert_eq!((refused, table.kept_fragments()), (Gathered::Refused(Invalid::FragmentRoom), 0));
}

#[test]
fn time_and_the_end_of_a_zone_give_room_back() {
    let mut table = table(100_000, 100_000);
    gather(&mut table, ZONE, &fragment(1, 0, 16, true), b"", ms(0));
    gather(&mut table, ZONE, &fragment(2, 0, 16, true), b"", ms(10));
    let both = table.kept_fragments();
    table.expire(ms(29_999), 10);
    assert_eq!(table.kept_fragments(), both);
    table.expire(ms(30_000), 10);
    assert_eq!(table.kept_fragments(), both / 2);
    table.remove(ZONE);
    assert_eq!(table.kept_fragments(), 0);
}

#[test]
fn ipv6_fragments_may_name_different_next_headers() {
    let mut table = table(100_000, 100_000);
    let part = |offset, more, transport| {
        let mut packet = fragment(1, 0, 16, true);
        let mut part = datagram(v6(Original), transport, 8);
        part.fragment = Some(Fragment { identification: 1, offset, length: 16, more });
        packet.payload = Payload::Ip(part);
        packet
    };
    let first = part(0, true, udp(Original).transport);
    assert_eq!(gather(&mut table, ZONE, &first, b"", ms(0)), Gathered::Held);
    let last = part(16, false, Transport::Missing(IpProtocol(60)));
    assert_eq!(whole(gather(&mut table, ZONE, &last, b"", ms(1))), Some(2));
}

#[test]
fn contradictions_end_a_datagram() {
    let check = |first: Packet, second: Packet, expect| {
        let mut table = table(100_000, 100_000);
        assert_eq!(gather(&mut table, ZONE, &first, b"", ms(0)), Gathered::Held);
        let got = gather(&mut table, ZONE, &second, b"", ms(0));
        assert_eq!(got, expect, "{first} then {second}");
    };
    let overlap = Gathered::Refused(Invalid::FragmentOverlap);
    // From the left, from the right, beyond the end, an end before what is there, another end.
    check(fragment(1, 0, 16, true), fragment(1, 8, 16, true), overlap.clone());
    check(fragment(1, 8, 16, true), fragment(1, 0, 16, true), overlap.clone());
    check(fragment(1, 16, 8, false), fragment(1, 24, 8, true), overlap.clone());
    check(fragment(1, 16, 8, true), fragment(1, 0, 8, false), overlap.clone());
    check(fragment(1, 16, 8, false), fragment(1, 0, 8, false), overlap);
    // What only touches is in order.
    check(fragment(1, 8, 16, true), fragment(1, 24, 8, true), Gathered::Held);
    check(fragment(1, 8, 16, true), fragment(1, 0, 8, true), Gathered::Held);
}

#[test]
fn room_is_used_to_the_last_byte() {
    let one = {
        let mut table = table(100_000, 100_000);
        gather(&mut table, ZONE, &fragment(1, 0, 16, true), b"", ms(0));
        table.kept_fragments()
    };
    assert!(one > 100, "keeping costs more than the frame: {one}");
    for (capacity, share) in [(10 * one, 2 * one), (2 * one, 10 * one)] {
        let mut table = table(capacity, share);
        let mut kept = |identification| {
            assert_eq!(gather(&mut table, ZONE, &fragment(identification, 0, 16, true), b"", ms(0)), Gathered::Held);
            table.kept_fragments()
        };
        assert_eq!([kept(1), kept(2), kept(3)], [one, 2 * one, 2 * one]);
    }
}

#[test]
fn whole_datagrams_leave_no_trace_beside_one_that_waits() {
    let mut table = table(100_000, 2_000);
    gather(&mut table, ZONE, &fragment(0, 0, 16, true), b"", ms(0));
    for identification in 1..100 {
        gather(&mut table, ZONE, &fragment(identification, 0, 16, true), b"", ms(0));
        assert_eq!(whole(gather(&mut table, ZONE, &fragment(identification, 16, 8, false), b"", ms(0))), Some(2));
    }
    assert_eq!(whole(gather(&mut table, ZONE, &fragment(0, 16, 8, false), b"", ms(0))), Some(2));
}

#[test]
fn a_full_table_takes_from_the_zone_itself_where_the_largest_has_only_this_datagram() {
    let mut table = table(1_000, 1_000);
    let kept = |table: &mut Conntrack, zone, identification, offset| {
        gather(table, zone, &fragment(identification, offset, 8, true), b"", ms(0)) == Gathered::Held
    };
    // One datagram grows until nothing else is there to give up.
    let grown = (0..100).take_while(|piece| kept(&mut table, ZONE, 1, piece * 8)).count();
    assert!((2..10).contains(&grown), "{grown}");
    assert!(kept(&mut table, Zone(2), 2, 0), "another zone's first takes the room of the largest");
}

#[test]
fn giving_up_is_bounded() {
    let mut table = table(100_000, 100_000);
    for identification in 0..4 {
        gather(&mut table, ZONE, &fragment(identification, 0, 16, true), b"", ms(0));
    }
    let one = table.kept_fragments() / 4;
    for left in [3, 2] {
        table.expire(ms(30_000), 1);
        assert_eq!(table.kept_fragments(), left * one);
    }
    table.expire(ms(30_000), 0);
    assert_eq!(table.kept_fragments(), 2 * one);
    table.expire(ms(30_000), 2);
    assert_eq!(table.kept_fragments(), 0);
}
