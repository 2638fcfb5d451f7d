//! Laws of saving, over random conversations.

use core::time::Duration;
use std::collections::BTreeMap;

use conntrack::Way::{Original, Reply};
use conntrack::{Class, Config, Conntrack, FlowId, Resumption, Saved, Zone};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wire::{Datagram, IpProtocol, Ports, Transport};

use super::{AT_ONCE, OTHER_SEED, REVISION, ZONE, all_kinds, restored, seal};
use crate::conversation::{play, shift};
use crate::laws::{configs, conversations};
use crate::packets::{LENGTH, ms, other, query, sender, tcp, udp, v4, v6};

/// What happens to a table.
#[derive(Clone, Debug)]
enum Happening {
    Packet(Datagram),
    /// All live flows are revoked.
    Revoke,
    /// All live flows are admitted again.
    Renew,
}

/// TCP and all else, with the milliseconds at which it happens.
fn happenings() -> impl Strategy<Value = Vec<(u64, Happening)>> {
    let others: Vec<Happening> = [Original, Reply]
        .into_iter()
        .flat_map(|way| {
            let answers = way == Reply;
            [
                udp(way),
                other(way, IpProtocol::GRE),
                query(v4(way), if answers { 0 } else { 8 }, 7),
                query(v6(way), if answers { 129 } else { 128 }, 8),
            ]
        })
        .map(Happening::Packet)
        .chain([Happening::Revoke, Happening::Renew])
        .collect();
    (conversations(), vec((0_u64..200_000, select(others)), 0..12)).prop_map(|(lines, others)| {
        let segments = lines.iter().map(|line| (line.0, Happening::Packet(shift(line, 0, 0))));
        let mut all: Vec<_> = segments.chain(others).collect();
        all.sort_by_key(|(millis, _)| *millis);
        all
    })
}

fn happen(table: &mut Conntrack, what: &Happening, millis: u64) -> String {
    let live = table.flows().filter(|(_, flow)| flow.expires() > ms(millis));
    // In an order that does not depend on the table.
    let ids: BTreeMap<String, FlowId> = live.map(|(id, flow)| (format!("{:?}", flow.original()), id)).collect();
    match what {
        Happening::Packet(packet) => return play(table, packet, millis),
        Happening::Revoke => ids.into_values().for_each(|id| table.revoke(id, 1, ms(millis))),
        Happening::Renew => ids.into_values().for_each(|id| table.renew(id, 1, 0)),
    }
    String::new()
}

/// A packet that opens, completes or resets one of a few flows, in one of a few zones.
fn crowd() -> impl Strategy<Value = Vec<(Zone, Datagram)>> {
    let packets = [
        (Original, udp(Original)),
        (Reply, udp(Reply)),
        (Original, tcp(Original, "S", 1000, 0, 0)),
        (Reply, tcp(Reply, "SA", 9000, 1001, 0)),
        (Original, tcp(Original, "A", 1001, 9001, 0)),
        (Original, tcp(Original, "R", 1001, 0, 0)),
    ];
    let packet = (0_u32..3, 1_u16..6, select(packets.to_vec())).prop_map(|(zone, port, (way, mut packet))| {
        let ports = Ports { source: port, destination: 80 };
        let ports = if way == Original { ports } else { ports.reverse() };
        match &mut packet.transport {
            Transport::Tcp(tcp) => tcp.ports = ports,
            Transport::Udp(udp) => udp.ports = ports,
            other => unreachable!("no ports in {other:?}"),
        }
        (Zone(zone), packet)
    });
    vec(packet, 1..60)
}

fn squeeze(table: &mut Conntrack, (zone, packet): &(Zone, Datagram), millis: u64) -> &'static str {
    match table.classify(*zone, sender(packet), packet, ms(millis)) {
        Class::New(tentative) => match table.commit(tentative, 1, 0, LENGTH, ms(millis)) {
            Ok(_) => "new",
            Err(full) => full.name(),
        },
        Class::Established(step) => {
            table.advance(step, LENGTH, ms(millis));
            "established"
        }
        Class::Invalid(invalid) => invalid.name(),
        other => unreachable!("{other:?}"),
    }
}

proptest! {
    /// A table that was saved and restored, under another key and with another clock, goes on as the one that was not.
    #[test]
    fn a_restored_table_goes_on_as_if_nothing_had_been(
        config in configs(),
        happenings in happenings(),
        split in any::<prop::sample::Index>(),
        gap in prop_oneof![Just(0_u64), 0_u64..100_000],
        start in 10_000_000_u64..10_000_000_000,
    ) {
        let (before, behind) = happenings.split_at(split.index(happenings.len()));
        let mut table = Conntrack::new(config);
        for (millis, what) in before {
            happen(&mut table, what, *millis);
        }
        let end = before.last().map_or(0, |(millis, _)| *millis);
        let saved = Saved::read(&table.save(ZONE, ms(end))).unwrap();
        let mut other = Conntrack::new(Config { seed: OTHER_SEED, ..config });
        let resumption = Resumption { elapsed: Duration::from_millis(gap), ..AT_ONCE };
        other.restore(ZONE, &saved, &resumption, REVISION, ms(start));
        for (millis, what) in behind {
            let since = millis - end;
            let expect = happen(&mut table, what, end + gap + since);
            prop_assert_eq!(happen(&mut other, what, start + since), expect, "{:?}", what);
            // All that is known of every flow, counted from now.
            prop_assert_eq!(other.save(ZONE, ms(start + since)), table.save(ZONE, ms(end + gap + since)));
        }
    }

    /// Where there is no room, a restored table evicts and refuses what the other one does.
    #[test]
    fn a_restored_table_is_as_full(
        before in crowd(),
        behind in crowd(),
        (capacity, share) in select(vec![(6, 6), (6, 3), (9, 4)]),
    ) {
        let config = Config { capacity, share, ..crate::packets::strict() };
        let mut table = Conntrack::new(config);
        for (millis, packet) in (0..).zip(&before) {
            squeeze(&mut table, packet, millis);
        }
        let mut other = Conntrack::new(Config { seed: OTHER_SEED, ..config });
        for zone in (0..3).map(Zone) {
            let saved = Saved::read(&table.save(zone, ms(100))).unwrap();
            prop_assert_eq!(other.restore(zone, &saved, &AT_ONCE, REVISION, ms(100)), saved.len());
        }
        for (millis, packet) in (100..).zip(&behind) {
            prop_assert_eq!(squeeze(&mut other, packet, millis), squeeze(&mut table, packet, millis));
        }
        for zone in (0..3).map(Zone) {
            prop_assert_eq!(other.save(zone, ms(200)), table.save(zone, ms(200)));
        }
    }

    /// Whoever makes a copy with the right checksum gets flows that are flows, or an error.
    #[test]
    fn no_copy_does_harm(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        lines in conversations(),
        config in configs(),
    ) {
        let mut bytes = all_kinds();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let bytes = seal(bytes);
        if Saved::read(&bytes).is_ok() {
            let mut table = restored(config, &bytes, AT_ONCE, 100);
            for line in &lines {
                play(&mut table, &shift(line, 0, 0), line.0);
            }
            table.expire(ms(u64::MAX / 1_000_000), usize::MAX);
            prop_assert!(table.is_empty());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200), head in any::<bool>()) {
        let bytes = if head { [&all_kinds()[..12], &bytes[..], &[0; 4][..]].concat() } else { bytes };
        let _ = Saved::read(&bytes);
        if bytes.len() >= 4 {
            let _ = Saved::read(&seal(bytes));
        }
    }
}
