//! Laws over random conversations.

use conntrack::Way::{self, Original, Reply};
use conntrack::{Class, Config, Conntrack, Flow, FlowId, Passing, PickUp};
use proptest::prelude::*;
use wire::Gist;

use crate::conversation::{HANDSHAKE, Line, play, shift};
use crate::packets::{LENGTH, ZONE, ms, sender};

/// Flags that occur, most of them as often as in real connections.
fn headers() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        4 => Just("PA"),
        4 => Just("A"),
        2 => Just("A win 0"),
        2 => Just("S ws 7"),
        1 => Just("S"),
        2 => Just("SA ws 3"),
        2 => Just("FA"),
        2 => Just("R"),
        1 => Just("RA"),
        1 => Just("SF"),
    ]
}

/// Offsets from the start of a side, most of them at the borders of what it sent.
fn offsets() -> impl Strategy<Value = u32> {
    prop_oneof![6 => 0_u32..4, 3 => 0_u32..2000, 1 => 64_000_u32..67_000, 1 => any::<u32>()]
}

fn segments() -> impl Strategy<Value = Vec<Line<'static>>> {
    let segment = (
        0_u64..70_000,
        prop_oneof![Just(Original), Just(Reply)],
        headers(),
        offsets(),
        offsets(),
        prop_oneof![3 => Just(0_u32), 1 => 1_u32..3, 1 => Just(1460_u32)],
    );
    proptest::collection::vec(segment, 1..40).prop_map(|segments| {
        let mut clock = 100;
        segments
            .into_iter()
            .map(|(gap, way, header, sequence, acknowledgment, payload)| {
                // Most segments follow at once.
                clock += if gap % 5 == 0 { gap } else { gap % 100 };
                let (own, other) = starts(way);
                let acknowledgment = other.wrapping_add(acknowledgment);
                (clock, way, header, own.wrapping_add(sequence), acknowledgment, payload, "")
            })
            .collect()
    })
}

fn starts(way: Way) -> (u32, u32) {
    match way {
        Original => (1000, 9000),
        Reply => (9000, 1000),
    }
}

pub(crate) fn configs() -> impl Strategy<Value = Config> {
    prop_oneof![Just(PickUp::Never), Just(PickUp::MidStream)]
        .prop_map(|pick_up| Config { pick_up, ..Config::default() })
}

/// With or without a handshake in front.
pub(crate) fn conversations() -> impl Strategy<Value = Vec<Line<'static>>> {
    (any::<bool>(), segments()).prop_map(|(opens, segments)| {
        let handshake = if opens { HANDSHAKE.as_slice() } else { &[] };
        [handshake, &segments].concat()
    })
}

fn contents(table: &Conntrack) -> Vec<(FlowId, Flow)> {
    table.flows().collect()
}

proptest! {
    #[test]
    fn sequence_numbers_may_start_anywhere(
        config in configs(),
        lines in conversations(),
        original in any::<u32>(),
        reply in any::<u32>(),
    ) {
        let (mut here, mut there) = (Conntrack::new(config), Conntrack::new(config));
        for line in &lines {
            let expect = play(&mut here, &shift(line, 0, 0), line.0);
            prop_assert_eq!(play(&mut there, &shift(line, original, reply), line.0), expect, "{:?}", line);
        }
    }

    #[test]
    fn what_is_dropped_leaves_no_mark(config in configs(), lines in conversations(), dropped in any::<u64>()) {
        let (mut with, mut without) = (Conntrack::new(config), Conntrack::new(config));
        for (number, line) in lines.iter().enumerate() {
            let segment = shift(line, 0, 0);
            if dropped >> (number % 64) & 1 == 0 {
                prop_assert_eq!(play(&mut with, &segment, line.0), play(&mut without, &segment, line.0));
            } else {
                let _ = with.classify(ZONE, sender(&segment), &segment, ms(line.0));
            }
        }
        prop_assert_eq!(contents(&with), contents(&without));
    }

    /// What passes at once is what would have been classified as established and carried out, and leaves the same behind.
    #[test]
    fn the_straight_road_leads_to_the_same_place(config in configs(), lines in conversations()) {
        let (mut straight, mut whole) = (Conntrack::new(config), Conntrack::new(config));
        for line in &lines {
            let segment = shift(line, 0, 0);
            let id = match whole.classify(ZONE, sender(&segment), &segment, ms(line.0)) {
                Class::Established(step) => Some(step.flow()),
                _ => None,
            };
            let before = contents(&straight);
            play(&mut whole, &segment, line.0);
            let (sender, now) = (sender(&segment), ms(line.0));
            let pass = |gist| straight.pass(ZONE, &Passing { sender, gist: &gist, likely: None, revision: 1, length: LENGTH, now });
            match Gist::of(&segment).and_then(pass) {
                Some(mark) => prop_assert_eq!(whole.admission(id.unwrap()), Some((1, mark))),
                None => {
                    prop_assert_eq!(contents(&straight), before);
                    play(&mut straight, &segment, line.0);
                }
            }
            prop_assert_eq!(contents(&straight), contents(&whole), "{:?}", line);
        }
    }

    #[test]
    fn an_invalid_segment_changes_nothing(config in configs(), lines in conversations()) {
        let mut table = Conntrack::new(config);
        for line in &lines {
            let segment = shift(line, 0, 0);
            let before = contents(&table);
            let invalid = matches!(table.classify(ZONE, sender(&segment), &segment, ms(line.0)), Class::Invalid(_));
            play(&mut table, &segment, line.0);
            if invalid {
                prop_assert_eq!(contents(&table), before);
            }
        }
    }

    /// Without the numbers of the connection, nobody closes it or moves its window.
    #[test]
    fn a_blind_attacker_does_not_get_through(
        way in prop_oneof![Just(Original), Just(Reply)],
        header in prop_oneof![Just("R"), Just("RA"), Just("FA"), Just("PA"), Just("SA"), Just("S")],
        sequence in 200_000_u32..0xfff0_0000,
        acknowledgment in 200_000_u32..0xfff0_0000,
    ) {
        let mut table = Conntrack::new(crate::packets::strict());
        for line in HANDSHAKE {
            play(&mut table, &shift(&line, 0, 0), line.0);
        }
        play(&mut table, &shift(&(40, way, header, sequence, acknowledgment, 1, ""), 0, 0), 40);
        let next = shift(&(50, Original, "PA", 1001, 9001, 10, ""), 0, 0);
        prop_assert_eq!(play(&mut table, &next, 50), "ESTABLISHED");
        let answer = shift(&(60, Reply, "PA", 9001, 1011, 10, ""), 0, 0);
        prop_assert_eq!(play(&mut table, &answer, 60), "ESTABLISHED");
        let future = shift(&(70, Original, "PA", 1011, 9012, 10, ""), 0, 0);
        prop_assert_eq!(play(&mut table, &future, 70), "tcp-ack");
    }
}
