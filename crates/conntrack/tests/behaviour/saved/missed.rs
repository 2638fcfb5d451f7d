//! TCP connections that went on after they were saved.

use conntrack::Way::{self, Original, Reply};
use conntrack::{Missed, Resumption};
use proptest::prelude::*;

use super::{AT_ONCE, restored};
use crate::conversation::{HANDSHAKE, Line, after, play, shift};
use crate::packets::{ZONE, ms, strict, tcp};

const MISSED: Resumption = Resumption { missed: Missed::Packets, ..AT_ONCE };

proptest! {
    /// However far a connection went on, and whoever speaks first: nothing honest is dropped, and from then on its window is
    /// known as that of any other.
    #[test]
    fn an_honest_connection_goes_on(
        original in any::<u32>(),
        reply in any::<u32>(),
        first in prop_oneof![Just(Original), Just(Reply)],
    ) {
        let mut table = restored(strict(), &after(strict(), &HANDSHAKE).save(ZONE, ms(40)), MISSED, 40);
        let mut speak = |way: Way, sequence: u32, acknowledgment: u32, millis: u64| {
            play(&mut table, &shift(&(millis, way, "PA", sequence, acknowledgment, 100, ""), original, reply), millis)
        };
        let mut next = [1_000, 5_000];
        for round in 0..6 {
            let way = if round % 2 == 0 { first } else { first.reverse() };
            let [sender, receiver] = match way { Original => [0, 1], Reply => [1, 0] };
            for _ in 0..3 {
                prop_assert_eq!(speak(way, next[sender], next[receiver], 50 + round), "ESTABLISHED");
                next[sender] += 100;
            }
        }
        prop_assert_eq!(speak(Original, next[0], next[1].wrapping_add(1 << 30), 90), "tcp-ack");
        prop_assert_eq!(speak(Reply, next[1], next[0].wrapping_add(1 << 30), 90), "tcp-ack");
        prop_assert_eq!(speak(Original, next[0].wrapping_add(1 << 31), next[1], 90), "tcp-window");
    }
}

/// Without the note that packets were missed, the window is what it was.
#[test]
fn what_missed_nothing_is_as_strict_as_before() {
    let far = tcp(Original, "PA", 5_000_000, 9001, 10);
    let bytes = after(strict(), &HANDSHAKE).save(ZONE, ms(40));
    assert_eq!(play(&mut restored(strict(), &bytes, AT_ONCE, 40), &far, 50), "tcp-window");
    assert_eq!(play(&mut restored(strict(), &bytes, MISSED, 40), &far, 50), "ESTABLISHED");
}

#[test]
fn what_was_opening_or_closing_is_left_out() {
    let check = |lines: &[Line], expect: usize| {
        let bytes = after(strict(), lines).save(ZONE, ms(100));
        assert_eq!(restored(strict(), &bytes, AT_ONCE, 100).len(), 1, "{lines:?}");
        assert_eq!(restored(strict(), &bytes, MISSED, 100).len(), expect, "{lines:?}");
    };
    let closing = |most: usize| {
        let lines = [
            (40, Original, "FA", 1001, 9001, 0, ""),
            (50, Reply, "A", 9001, 1002, 0, ""),
            (60, Reply, "FA", 9001, 1002, 0, ""),
            (70, Original, "A", 1002, 9002, 0, ""),
        ];
        [&HANDSHAKE, &lines[..most]].concat()
    };
    check(&HANDSHAKE[..1], 0);
    check(&HANDSHAKE[..2], 0);
    check(&HANDSHAKE, 1);
    check(&closing(1), 1);
    check(&closing(2), 1);
    check(&closing(3), 0);
    check(&closing(4), 0);
    check(&[&HANDSHAKE[..], &[(40, Original, "R", 1001, 0, 0, "")]].concat(), 0);
    check(&[HANDSHAKE[0], (40, Reply, "RA", 0, 1001, 0, "")], 0);
}

/// The end of a connection is seen, whoever ends it, and whatever passed before.
#[test]
fn the_end_is_seen() {
    let check = |lines: &[Line]| {
        let mut table = restored(strict(), &after(strict(), &HANDSHAKE).save(ZONE, ms(40)), MISSED, 40);
        for line in lines {
            assert_eq!(play(&mut table, &shift(line, 4_000_000, 3_000_000_000), line.0), line.6, "{line:?}");
        }
    };
    check(&[
        (50, Original, "FA", 1001, 9001, 0, "FIN_WAIT"),
        (60, Reply, "FA", 9001, 1002, 0, "LAST_ACK"),
        (70, Original, "A", 1002, 9002, 0, "TIME_WAIT"),
    ]);
    check(&[(50, Reply, "A", 9001, 1001, 0, "ESTABLISHED"), (60, Reply, "R", 9001, 1001, 0, "CLOSE")]);
    // A reset alone proves nothing.
    check(&[(50, Reply, "R", 9001, 1001, 0, "rst-window"), (60, Original, "A", 1001, 9001, 0, "ESTABLISHED")]);
    // The other end has forgotten the connection, and a new one begins.
    check(&[(50, Original, "S", 77, 0, 0, "ESTABLISHED"), (60, Reply, "SA", 88, 78, 0, "SYN_RECV")]);
}
