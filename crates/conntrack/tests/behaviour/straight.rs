//! The straight road: what passes at once.

use conntrack::Way::{Original, Reply};
use conntrack::{Config, Conntrack, Passing, Zone};
use wire::{Datagram, Gist};

use crate::conversation::{HANDSHAKE, Line, after, play, shift};
use crate::packets::{LENGTH, ZONE, ms, sender, strict, udp};

/// An established connection, and where one more segment of it goes.
const ANSWERED: [Line; 4] =
    [HANDSHAKE[0], HANDSHAKE[1], HANDSHAKE[2], (40, Reply, "PA", 9001, 1001, 100, "ESTABLISHED")];

fn pass(table: &mut Conntrack, datagram: &Datagram, revision: u32, length: u32, millis: u64) -> Option<u32> {
    let (sender, gist, now) = (sender(datagram), &Gist::of(datagram)?, ms(millis));
    table.pass(ZONE, &Passing { sender, gist, likely: None, revision, length, now })
}

fn passes(table: &mut Conntrack, datagram: &Datagram, millis: u64) -> bool {
    pass(table, datagram, 1, LENGTH, millis).is_some()
}

#[test]
fn segments_in_the_middle_pass_at_once() {
    let check = |line: Line, expect: bool| {
        let mut table = after(strict(), &ANSWERED);
        assert_eq!(passes(&mut table, &shift(&line, 0, 0), line.0), expect, "{line:?}");
    };
    check((50, Original, "A", 1001, 9101, 0, ""), true);
    check((50, Original, "PA", 1001, 9001, 1000, ""), true);
    check((50, Reply, "PA", 9101, 1001, 1000, ""), true);
    // These end, reset, open, report a gap, or lie outside the window.
    check((50, Original, "FA", 1001, 9101, 0, ""), false);
    check((50, Original, "R", 1001, 0, 0, ""), false);
    check((50, Original, "S", 5000, 0, 0, ""), false);
    check((50, Original, "A sack 9050", 1001, 9001, 0, ""), false);
    check((50, Original, "A", 1001, 9102, 0, ""), false);
    check((50, Original, "PA", 900_000, 9101, 10, ""), false);
    // So does what comes too late.
    check((400_040, Original, "A", 1001, 9101, 0, ""), false);
}

#[test]
fn a_connection_that_has_not_begun_or_that_ends_is_looked_at() {
    let check = |lines: &[Line], last: Line| {
        let mut table = after(strict(), lines);
        assert!(!passes(&mut table, &shift(&last, 0, 0), last.0), "{last:?}");
        play(&mut table, &shift(&last, 0, 0), last.0)
    };
    assert_eq!(check(&HANDSHAKE[..2], HANDSHAKE[2]), "ESTABLISHED");
    let fin = (50, Original, "FA", 1001, 9101, 0, "FIN_WAIT");
    assert_eq!(check(&[ANSWERED.as_slice(), &[fin]].concat(), (60, Reply, "A", 9101, 1002, 0, "")), "CLOSE_WAIT");
    let probe = (50, Original, "S", 5000, 0, 0, "ESTABLISHED");
    assert_eq!(check(&[ANSWERED.as_slice(), &[probe]].concat(), (60, Reply, "A", 9101, 1001, 0, "")), "ESTABLISHED");
}

#[test]
fn a_stream_passes_at_once() {
    let mut table = Conntrack::new(strict());
    for (millis, way, straight) in
        [(10, Original, false), (20, Reply, false), (2_011, Original, false), (2_012, Reply, true)]
    {
        assert_eq!(passes(&mut table, &udp(way), millis), straight, "at {millis} ms");
        if !straight {
            play(&mut table, &udp(way), millis);
        }
    }
    let (id, flow) = table.flows().next().unwrap();
    assert_eq!((flow.counters(Original).packets, flow.counters(Reply).packets), (2, 2));
    assert_eq!(flow.expires(), ms(2_012 + 120_000));
    assert!(!passes(&mut table, &udp(Original), 122_012), "an expired flow");
    table.revoke(id, 1, ms(2_013));
    assert!(!passes(&mut table, &udp(Original), 2_014), "a revoked flow");
}

#[test]
fn only_the_revision_that_admitted_a_flow_lets_it_pass() {
    let mut table = after(strict(), &ANSWERED);
    let next = shift(&(50, Original, "A", 1001, 9101, 0, ""), 0, 0);
    let (id, _) = table.flows().next().unwrap();
    assert_eq!(table.admission(id), Some((1, 0)));
    table.renew(id, 2, 77);
    assert_eq!(table.admission(id), Some((2, 77)));
    assert_eq!(pass(&mut table, &next, 1, LENGTH, 50), None);
    assert_eq!(pass(&mut table, &next, 2, LENGTH, 50), Some(77));
    table.revoke(id, 3, ms(60));
    assert_eq!(table.admission(id), Some((3, 77)));
}

/// What was found ahead may be of another zone, of another packet, or of a flow that has gone since.
#[test]
fn whatever_was_found_ahead_a_packet_passes_in_its_own_flow() {
    let mut table = after(strict(), &ANSWERED);
    let next = shift(&(50, Original, "A", 1001, 9101, 0, ""), 0, 0);
    let (sender, gist) = (sender(&next), Gist::of(&next).unwrap());
    let found = |table: &Conntrack, zone| {
        let mut likely = None;
        table.look_ahead(zone, sender, std::iter::once((&gist, &mut likely)));
        likely
    };
    let likely = found(&table, ZONE);
    assert!(likely.is_some());
    let pass = |table: &mut Conntrack, zone, gist: &Gist| {
        table.pass(zone, &Passing { sender, gist, likely, revision: 1, length: LENGTH, now: ms(50) }).is_some()
    };
    assert!(pass(&mut table, ZONE, &gist));
    assert!(!pass(&mut table, Zone(ZONE.0 + 1), &gist), "another zone");
    assert!(!pass(&mut table, ZONE, &Gist { ports: gist.ports + (1 << 16), ..gist }), "another packet");
    table.remove(ZONE);
    assert!(!pass(&mut table, ZONE, &gist), "a flow that has gone");
    assert_eq!(found(&table, ZONE), None);
}

/// A counter that would begin again at zero is carried on elsewhere.
#[test]
fn no_packet_is_lost_to_a_full_counter() {
    let mut table = after(Config::default(), &ANSWERED);
    let next = shift(&(50, Original, "A", 1001, 9101, 0, ""), 0, 0);
    assert!(pass(&mut table, &next, 1, u32::MAX - 2 * LENGTH, 50).is_some());
    assert_eq!(pass(&mut table, &next, 1, LENGTH, 50), None);
    play(&mut table, &next, 50);
    let (_, flow) = table.flows().next().unwrap();
    assert_eq!(flow.counters(Original).bytes, u64::from(u32::MAX) + u64::from(LENGTH));
}
