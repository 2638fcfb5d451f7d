//! Flows that are saved, and go on in another table.

mod laws;
mod missed;

use core::time::Duration;
use std::collections::BTreeMap;

use conntrack::Way::{Original, Reply};
use conntrack::{Class, Config, Conntrack, FlowFault, Missed, Resumption, Saved, SavedError, Sweep, Zone};
use wire::IpProtocol;

use crate::conversation::{HANDSHAKE, after, play, shift};
use crate::packets::{ZONE, ms, other, query, sender, strict, tcp, udp, v4, v6};

/// The same flows, at once and without anything missed.
const AT_ONCE: Resumption = Resumption { elapsed: Duration::ZERO, missed: Missed::Nothing };

/// The revision that [`play`] admits flows with.
const REVISION: u32 = 1;

/// A seed that no other table has.
const OTHER_SEED: [u64; 2] = [7, 8];

/// Where bytes of the head stand.
const VERSION: usize = 8;
const HEAD: usize = 16;

/// A flow of each kind, saved after 3.5 s.
fn all_kinds() -> Vec<u8> {
    let mut table = after(Config::default(), &HANDSHAKE);
    // A SYN in the open connection, which stands in an annex.
    play(&mut table, &tcp(Original, "S", 777, 0, 0), 50);
    let (id, _) = table.flows().next().unwrap();
    table.revoke(id, 1, ms(60));
    for millis in [1000, 3500] {
        for packet in [
            udp(Original),
            udp(Reply),
            other(Original, IpProtocol::GRE),
            query(v4(Original), 8, 7),
            query(v6(Original), 128, 8),
            query(v6(Reply), 129, 8),
        ] {
            play(&mut table, &packet, millis);
        }
    }
    table.save(ZONE, ms(3500))
}

/// Bytes with a checksum that is right, so that the rest of them is looked at.
fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let body = bytes.len() - 4;
    let checksum = crc32fast::hash(&bytes[..body]);
    bytes[body..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

fn restored(config: Config, bytes: &[u8], resumption: Resumption, millis: u64) -> Conntrack {
    let mut table = Conntrack::new(config);
    table.restore(ZONE, &Saved::read(bytes).unwrap(), &resumption, REVISION, ms(millis));
    table
}

#[test]
fn what_was_saved_is_saved_again_the_same() {
    let bytes = all_kinds();
    let saved = Saved::read(&bytes).unwrap();
    assert_eq!(saved.len(), 5);
    let table = restored(Config { seed: OTHER_SEED, ..Config::default() }, &bytes, AT_ONCE, 9_000);
    assert_eq!(table.len(), 5);
    assert_eq!(table.save(ZONE, ms(9_000)), bytes);
}

#[test]
fn a_zone_without_flows_is_saved_too() {
    let bytes = after(strict(), &HANDSHAKE).save(Zone(2), ms(40));
    assert!(Saved::read(&bytes).unwrap().is_empty());
}

#[test]
fn a_cut_or_flipped_copy_is_refused() {
    let bytes = all_kinds();
    for length in 0..bytes.len() {
        let error = Saved::read(&bytes[..length]).unwrap_err();
        assert!(
            matches!(error, SavedError::Foreign | SavedError::Cut { .. } | SavedError::Checksum),
            "{length}: {error}"
        );
    }
    for at in 0..bytes.len() {
        for flip in (0..8).map(|bit| 1 << bit).chain([0xff]) {
            let mut flipped = bytes.clone();
            flipped[at] ^= flip;
            assert!(Saved::read(&flipped).is_err(), "byte {at} with {flip:#x}");
        }
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(Saved::read(&longer), Err(SavedError::Checksum));
}

#[test]
fn faults_are_told_by_name() {
    let check = |change: &dyn Fn(&mut Vec<u8>), expect: &str| {
        let mut bytes = all_kinds();
        change(&mut bytes);
        assert_eq!(Saved::read(&seal(bytes)).unwrap_err().to_string(), expect);
    };
    check(&|bytes| bytes[0] = b'P', "these are no saved flows");
    check(&|bytes| bytes[VERSION] = 2, "the flows were saved in version 2, and only version 1 is read here");
    check(&|bytes| bytes.truncate(17), "the saved flows are cut after 17 bytes");
    check(&|bytes| bytes[12] = 6, "saved flow 5 at byte 382 cannot be: it ends too early");
    check(&|bytes| bytes[12] = 4, "63 bytes follow the last saved flow");
    check(&|bytes| bytes[HEAD] = 9, "saved flow 0 at byte 16 cannot be: no kind of flow is 9");
    check(&|bytes| bytes[HEAD + 1] = 16, "saved flow 0 at byte 16 cannot be: no set of flags is 16");
    check(&|bytes| bytes[HEAD + 54] = 8, "saved flow 0 at byte 16 cannot be: no stage of TCP is 8");
    check(&|bytes| bytes[HEAD + 71] = 65, "saved flow 0 at byte 16 cannot be: no window is 1090583280");
    check(&|bytes| drop(bytes.splice(12..16, [0xff; 4])), "saved flow 5 at byte 382 cannot be: it ends too early");
    assert_eq!(FlowFault::Cut.to_string(), "it ends too early");
}

#[test]
fn what_has_expired_stays_away_and_the_rest_lives_no_longer() {
    let check = |elapsed: u64, flows: usize| {
        let resumption = Resumption { elapsed: Duration::from_millis(elapsed), ..AT_ONCE };
        let table = restored(Config::default(), &all_kinds(), resumption, 9_000);
        assert_eq!(table.len(), flows, "{elapsed}");
        assert!(table.flows().all(|(_, flow)| flow.expires() > ms(9_000)));
    };
    check(0, 5);
    // The queries and the packets of UDP were seen last at 3.5 s, the revoked connection at 0.06 s.
    check(29_999, 5);
    check(30_000, 3);
    check(120_000, 2);
    check(296_560, 1);
    check(600_000, 0);
    check(u64::MAX, 0);
}

/// A copy may tell any time that is left: a flow of it lives no longer than another one may.
#[test]
fn a_flow_lives_no_longer_than_the_longest_timeout() {
    let mut bytes = after(strict(), &HANDSHAKE).save(ZONE, ms(30));
    bytes[HEAD + 14..HEAD + 22].copy_from_slice(&u64::MAX.to_le_bytes());
    let table = restored(strict(), &seal(bytes), AT_ONCE, 1_000);
    let (_, flow) = table.flows().next().unwrap();
    assert_eq!(flow.expires(), ms(1_000) + strict().timeouts.tcp_established);
}

#[test]
fn the_caller_names_the_revision_and_no_rule() {
    let mut table = after(strict(), &HANDSHAKE);
    let (id, _) = table.flows().next().unwrap();
    table.renew(id, 5, 9);
    let saved = Saved::read(&table.save(ZONE, ms(40))).unwrap();
    let mut table = Conntrack::new(strict());
    table.restore(ZONE, &saved, &AT_ONCE, 4, ms(40));
    let (id, _) = table.flows().next().unwrap();
    assert_eq!(table.admission(id), Some((4, 0)));
}

#[test]
fn a_flow_that_is_there_already_stays() {
    let bytes = after(strict(), &HANDSHAKE).save(ZONE, ms(40));
    let mut table = after(strict(), &HANDSHAKE[..1]);
    assert_eq!(table.restore(ZONE, &Saved::read(&bytes).unwrap(), &AT_ONCE, REVISION, ms(40)), 0);
    assert_eq!(play(&mut table, &shift(&HANDSHAKE[1], 0, 0), 50), "SYN_RECV");
}

#[test]
fn a_restored_zone_keeps_to_its_share() {
    let mut table = after(strict(), &HANDSHAKE);
    for identifier in 0..20 {
        play(&mut table, &query(v4(Original), 8, identifier), 50);
    }
    let bytes = table.save(ZONE, ms(60));
    for (capacity, share) in [(64, 4), (4, 64)] {
        let mut table = restored(Config { capacity, share, ..strict() }, &bytes, AT_ONCE, 60);
        assert_eq!((table.len(), table.zone_len(ZONE)), (4, 4));
        // The assured connection has its place, the latest of the questions have the others.
        assert_eq!(play(&mut table, &tcp(Original, "PA", 1001, 9001, 5), 70), "ESTABLISHED");
        assert_eq!(play(&mut table, &query(v4(Reply), 0, 19), 70), "replied");
        assert_eq!(play(&mut table, &query(v4(Reply), 0, 16), 70), "icmp-reply-without-request");
    }
}

/// A sweep through the whole table, and how many steps it took.
fn sweep(table: &Conntrack, budget: usize, millis: u64) -> (BTreeMap<Zone, Vec<u8>>, usize) {
    let mut sweep = Sweep::default();
    for steps in 1.. {
        match table.sweep(sweep, budget, ms(millis)) {
            Ok(zones) => return (zones, steps),
            Err(unfinished) => sweep = unfinished,
        }
    }
    unreachable!("a table has an end")
}

#[test]
fn a_sweep_saves_what_is_there_a_little_at_a_time() {
    let mut table = after(strict(), &HANDSHAKE);
    for identifier in 0..6 {
        play(&mut table, &query(v4(Original), 8, identifier), 50);
    }
    // In another zone, and one that has expired.
    for (zone, identifier) in [(Zone(2), 1), (Zone(2), 2), (Zone(3), 3)] {
        let question = query(v6(Original), 128, identifier);
        let Class::New(tentative) = table.classify(zone, sender(&question), &question, ms(50)) else { panic!("known") };
        let id = table.commit(tentative, 1, 0, 1, ms(50)).unwrap();
        if zone == Zone(3) {
            table.revoke(id, 1, ms(50));
        }
    }
    let check = |budget: usize, millis: u64, steps: usize, counts: &[(u32, usize)]| {
        let (zones, taken) = sweep(&table, budget, millis);
        assert_eq!(taken, steps, "{budget}");
        let found: Vec<(u32, usize)> =
            zones.iter().map(|(zone, bytes)| (zone.0, Saved::read(bytes).unwrap().len())).collect();
        assert_eq!(found, counts);
        for (zone, bytes) in &zones {
            let mut flows = [bytes, &table.save(*zone, ms(millis))].map(|bytes| {
                let mut table = Conntrack::new(strict());
                table.restore(*zone, &Saved::read(bytes).unwrap(), &AT_ONCE, REVISION, ms(millis));
                table.flows().map(|(_, flow)| format!("{flow:?}")).collect::<Vec<_>>()
            });
            flows.iter_mut().for_each(|flows| flows.sort());
            assert_eq!(flows[0], flows[1]);
        }
    };
    let all = [(1, 7), (2, 2), (3, 1)];
    check(1, 60, 10, &all);
    check(3, 60, 4, &all);
    check(10, 60, 1, &all);
    check(usize::MAX, 60, 1, &all);
    check(4, 40_000, 3, &[(1, 1), (2, 0), (3, 1)]);
    assert_eq!(sweep(&Conntrack::new(strict()), 1, 0), (BTreeMap::new(), 1));
}

#[test]
fn a_copy_takes_what_is_there_a_little_at_a_time() {
    let mut table = after(strict(), &HANDSHAKE);
    for identifier in 0..6 {
        play(&mut table, &query(v4(Original), 8, identifier), 50);
    }
    for (millis, count) in [(60, 7), (40_000, 1)] {
        for budget in [1, 3, 7, usize::MAX] {
            // It made something else of the first connection, and of another it alone knows.
            let mut copy = after(strict(), &HANDSHAKE[..1]);
            play(&mut copy, &query(v4(Original), 8, 77), 50);
            let mut next = Some(0);
            let mut steps = 0;
            while let Some(place) = next {
                next = copy.copy(&table, place, budget, 4, ms(millis));
                steps += 1;
            }
            assert_eq!((copy.len(), steps), (count + 1, 7_usize.div_ceil(budget)), "{budget} at {millis}");
            let (id, _) = copy.flows().find(|(_, flow)| flow.state().to_string() == "ESTABLISHED").unwrap();
            assert_eq!(copy.admission(id), Some((4, 0)));
            assert_eq!(play(&mut copy, &tcp(Original, "PA", 1001, 9001, 5), millis), "ESTABLISHED");
        }
    }
}
