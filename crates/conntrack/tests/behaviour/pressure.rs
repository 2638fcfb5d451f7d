//! What happens when there is no room.

use conntrack::Way::{self, Original, Reply};
use conntrack::{Class, Config, Conntrack, FlowId, TableFull, Zone};
use wire::{Datagram, Gist, Ports, TcpFlags, Transport};

use crate::packets::{LENGTH, PORTS, ms, sender, strict, tcp, udp};

fn small(capacity: usize, share: usize) -> Conntrack {
    Conntrack::new(Config { capacity, share, ..strict() })
}

/// The same packet, of the flow with another opener's port.
fn from_port(mut packet: Datagram, way: Way, port: u16) -> Datagram {
    let moved = Ports { source: port, ..PORTS };
    let moved = match way {
        Original => moved,
        Reply => moved.reverse(),
    };
    match &mut packet.transport {
        Transport::Tcp(tcp) => tcp.ports = moved,
        Transport::Udp(udp) => udp.ports = moved,
        other => panic!("no ports to move in {other:?}"),
    }
    packet
}

/// Accepts a packet; the flow that has it then.
fn accept(table: &mut Conntrack, zone: Zone, packet: &Datagram, millis: u64) -> Result<FlowId, TableFull> {
    match table.classify(zone, sender(packet), packet, ms(millis)) {
        Class::New(tentative) => table.commit(tentative, 1, 0, LENGTH, ms(millis)),
        Class::Established(step) => {
            let id = step.flow();
            table.advance(step, LENGTH, ms(millis));
            Ok(id)
        }
        other => panic!("{other:?}"),
    }
}

/// Completes a handshake: an assured flow.
fn establish(table: &mut Conntrack, zone: Zone, port: u16, millis: u64) -> FlowId {
    let segments = [
        (Original, tcp(Original, "S", 1000, 0, 0)),
        (Reply, tcp(Reply, "SA", 9000, 1001, 0)),
        (Original, tcp(Original, "A", 1001, 9001, 0)),
    ];
    let [.., id] = segments.map(|(way, segment)| accept(table, zone, &from_port(segment, way, port), millis).unwrap());
    id
}

fn open_udp(table: &mut Conntrack, zone: Zone, port: u16, millis: u64) -> Result<FlowId, TableFull> {
    accept(table, zone, &from_port(udp(Original), Original, port), millis)
}

fn syn(table: &mut Conntrack, zone: Zone, port: u16, millis: u64) -> Result<FlowId, TableFull> {
    accept(table, zone, &from_port(tcp(Original, "S", 5, 0, 0), Original, port), millis)
}

#[test]
fn assured_flows_survive_a_syn_flood() {
    let mut table = small(64, 32);
    let assured: Vec<_> = (1..=8).map(|port| establish(&mut table, Zone(1), port, 10)).collect();
    for port in 1000..3000 {
        assert!(syn(&mut table, Zone(1), port, 20).is_ok());
        assert!(table.len() <= 32);
    }
    for id in assured {
        assert!(table.flow(id).is_some_and(|flow| flow.is_assured()));
    }
    let data = from_port(tcp(Reply, "PA", 9001, 1001, 10), Reply, 3);
    assert!(matches!(table.classify(Zone(1), sender(&data), &data, ms(30)), Class::Established(_)));
}

#[test]
fn a_share_of_assured_flows_is_full() {
    let mut table = small(64, 4);
    for port in 1..=4 {
        establish(&mut table, Zone(1), port, 10);
    }
    assert_eq!(syn(&mut table, Zone(1), 5, 20), Err(TableFull::Share));
    assert_eq!(table.zone_len(Zone(1)), 4);
    assert!(syn(&mut table, Zone(2), 5, 20).is_ok());
}

#[test]
fn the_least_worthy_makes_room() {
    let mut table = small(64, 5);
    let first = open_udp(&mut table, Zone(1), 1, 10).unwrap();
    let second = open_udp(&mut table, Zone(1), 2, 10).unwrap();
    let closed = establish(&mut table, Zone(1), 3, 10);
    let revoked = establish(&mut table, Zone(1), 4, 10);
    let assured = establish(&mut table, Zone(1), 5, 10);
    accept(&mut table, Zone(1), &from_port(tcp(Original, "R", 1001, 0, 0), Original, 3), 20).unwrap();
    table.revoke(revoked, 2, ms(20));
    let mut port = 100;
    for gone in [revoked, closed, first, second] {
        assert!(table.flow(gone).is_some());
        port += 1;
        syn(&mut table, Zone(1), port, 30).unwrap();
        assert_eq!(table.flow(gone), None);
        assert_eq!(table.len(), 5);
    }
    assert!(table.flow(assured).is_some());
    assert_eq!(table.evicted(), 4);
}

#[test]
fn a_full_table_takes_from_larger_zones_only() {
    let mut table = small(6, 6);
    for port in 1..=4 {
        open_udp(&mut table, Zone(1), port, 10).unwrap();
    }
    let small: Vec<_> = (1..=2).map(|port| establish(&mut table, Zone(2), port, 10)).collect();
    // The small zone grows at the cost of the large one, until both are as large.
    establish(&mut table, Zone(2), 3, 20);
    assert_eq!((table.zone_len(Zone(1)), table.zone_len(Zone(2))), (3, 3));
    assert_eq!(syn(&mut table, Zone(2), 4, 30), Err(TableFull::Capacity));
    // A flow of the large zone takes only from its own.
    open_udp(&mut table, Zone(1), 50, 30).unwrap();
    assert_eq!((table.zone_len(Zone(1)), table.zone_len(Zone(2))), (3, 3));
    assert!(small.into_iter().all(|id| table.flow(id).is_some()));
}

#[test]
fn assured_flows_of_a_larger_zone_stay() {
    let mut table = small(3, 3);
    for port in 1..=3 {
        establish(&mut table, Zone(1), port, 10);
    }
    assert_eq!(syn(&mut table, Zone(2), 1, 20), Err(TableFull::Capacity));
}

#[test]
fn expired_flows_make_room() {
    const SIX_DAYS: u64 = 6 * 24 * 60 * 60 * 1000;
    for (capacity, share) in [(64, 20), (20, 64)] {
        let mut table = small(capacity, share);
        for port in 1..=20 {
            establish(&mut table, Zone(1), port, 10);
        }
        assert!(syn(&mut table, Zone(1), 30, 20).is_err());
        assert!(syn(&mut table, Zone(1), 30, SIX_DAYS).is_ok());
        assert_eq!(table.evicted(), 0);
    }
    // One expired flow among many that are not is found after a few attempts.
    let mut table = small(64, 20);
    let old = establish(&mut table, Zone(1), 1, 0);
    for port in 2..=20 {
        establish(&mut table, Zone(1), port, SIX_DAYS);
    }
    table.renew(old, 1, 0);
    assert!((0..3).any(|_| syn(&mut table, Zone(1), 30, SIX_DAYS).is_ok()));
}

#[test]
fn expire_is_bounded_and_comes_round() {
    let mut table = small(64, 64);
    for port in 1..=20 {
        open_udp(&mut table, Zone(1), port, if port % 2 == 0 { 0 } else { 20_000 }).unwrap();
    }
    assert_eq!(table.expire(ms(29_999), 100), 0);
    let removed: Vec<_> = (0..4).map(|_| table.expire(ms(30_000), 5)).collect();
    assert!(removed.iter().all(|&count| count <= 5), "{removed:?}");
    assert_eq!(removed.iter().sum::<usize>(), 10);
    assert_eq!((table.len(), table.zone_len(Zone(1))), (10, 10));
    assert_eq!(table.expire(ms(50_000), usize::MAX), 10);
    assert!(table.is_empty());
    assert_eq!(Conntrack::new(strict()).expire(ms(0), 10), 0);
}

#[test]
fn a_zone_leaves_with_its_flows() {
    let mut table = small(64, 64);
    let gone = establish(&mut table, Zone(1), 1, 10);
    open_udp(&mut table, Zone(1), 2, 10).unwrap();
    let stays = open_udp(&mut table, Zone(2), 2, 10).unwrap();
    table.remove(Zone(1));
    table.remove(Zone(7));
    assert_eq!((table.flow(gone), table.len(), table.zone_len(Zone(1))), (None, 1, 0));
    assert!(table.flow(stays).is_some());
}

#[test]
fn a_name_outlives_no_flow() {
    let mut table = small(1, 1);
    let first = open_udp(&mut table, Zone(1), 1, 10).unwrap();
    let second = open_udp(&mut table, Zone(1), 2, 10).unwrap();
    assert_eq!(table.flow(first), None);
    table.revoke(first, 9, ms(20));
    table.renew(first, 9, 9);
    assert_eq!(table.flow(second).map(|flow| flow.revision()), Some(1));
}

#[test]
fn the_seed_changes_no_answer() {
    let flows = |seed| {
        let mut table = Conntrack::new(Config { seed, capacity: 8, share: 4, ..strict() });
        for port in 0..40 {
            let _ = syn(&mut table, Zone(u32::from(port % 3)), port, port.into());
        }
        table.flows().collect::<Vec<_>>()
    };
    assert_eq!(flows([0, 0]), flows([0x0123_4567_89ab_cdef, TcpFlags::SYN.0.into()]));
}

/// A flow's age is the age of its worth: an answer that does not assure it makes it no younger.
#[test]
fn an_answer_does_not_make_a_flow_younger() {
    let mut table = small(64, 2);
    let first = open_udp(&mut table, Zone(1), 1, 10).unwrap();
    let second = open_udp(&mut table, Zone(1), 2, 20).unwrap();
    accept(&mut table, Zone(1), &from_port(udp(Reply), Reply, 1), 30).unwrap();
    open_udp(&mut table, Zone(1), 3, 40).unwrap();
    assert_eq!(table.flow(first), None);
    assert!(table.flow(second).is_some());
}

/// More packets than are looked at, of flows that are there, of some that are not, and of none; where there is room and where flows
/// have to go.
#[test]
fn looking_ahead_changes_nothing() {
    const FLOWS: u16 = 10_000;
    let check = |capacity: usize, share: usize| {
        let mut table = small(capacity, share);
        (0..FLOWS).for_each(|port| assert!(open_udp(&mut table, Zone(1), port, 0).is_ok()));
        let before = format!("{:?}", table.save(Zone(1), ms(0)));
        let strangers = (FLOWS..FLOWS + 20).map(|port| from_port(udp(Original), Original, port));
        let stranger = from_port(udp(Original), Original, FLOWS);
        let untracked = Datagram { transport: Transport::Missing(wire::IpProtocol::UDP), ..stranger };
        let known = (0..FLOWS).step_by(100).map(|port| from_port(udp(Original), Original, port));
        let packets: Vec<Datagram> = strangers.chain([untracked]).chain(known).collect();
        let gists: Vec<Gist> = packets.iter().filter_map(Gist::of).collect();
        for zone in [Zone(1), Zone(2)] {
            let mut likely = vec![None; gists.len()];
            table.look_ahead(zone, sender(&stranger), gists.iter().zip(&mut likely));
        }
        assert_eq!(format!("{:?}", table.save(Zone(1), ms(0))), before);
        assert!(matches!(table.classify(Zone(1), sender(&stranger), &packets[21], ms(0)), Class::Established(_)));
        assert!(matches!(table.classify(Zone(1), sender(&stranger), &stranger, ms(0)), Class::New(_)));
    };
    check(1 << 14, 1 << 14);
    check(1 << 14, FLOWS.into());
    check(FLOWS.into(), FLOWS.into());
}
