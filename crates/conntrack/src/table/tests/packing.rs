//! What is packed comes out as it went in.

use core::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use wire::IpProtocol;

use crate::tcp::{Open, Opening, Origin, Side, Stage, Syn};
use crate::tracker::{Heard, Plain, Udp, UdpStage};
use crate::tuple::{Query, TuplePart};
use crate::way::Way;

use super::super::annex::Annex;
use super::*;

fn numbers() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(1), Just(u32::MAX), any::<u32>()]
}

fn scales() -> impl Strategy<Value = Option<u8>> {
    proptest::option::of(0_u8..=14)
}

fn syns() -> impl Strategy<Value = Syn> {
    (numbers(), numbers(), any::<u16>(), scales()).prop_map(|(sequence, end, window, scale)| Syn {
        sequence,
        end,
        window,
        scale,
    })
}

fn sides() -> BoxedStrategy<Side> {
    let windows = prop_oneof![Just(0), Just(1 << 30), 0_u32..=1 << 30];
    let fin = proptest::option::of(prop_oneof![Just(None), numbers().prop_map(Some)]);
    (numbers(), numbers(), numbers(), windows, proptest::option::of(numbers()), fin, scales())
        .prop_map(|(start, end, limit, window, acknowledged, fin, scale)| {
            // Most are at the end.
            let fin = fin.map(|fin| fin.unwrap_or(end));
            Side { start, end, limit, window, acknowledged, fin, scale }
        })
        .boxed()
}

fn tcp() -> BoxedStrategy<Tcp> {
    let stages = proptest::sample::select(Stage::ALL.to_vec());
    let origins = proptest::sample::select(vec![Origin::Handshake, Origin::OneSide, Origin::BothSides]);
    let open = (stages, origins, sides(), sides(), proptest::option::of(syns()))
        .prop_map(|(stage, origin, original, reply, probe)| Tcp::Open(Open { stage, origin, original, reply, probe }));
    let opening =
        (syns(), proptest::option::of(numbers())).prop_map(|(syn, challenge)| Tcp::Opening(Opening { syn, challenge }));
    prop_oneof![6 => open, 2 => opening, 1 => Just(Tcp::Refused)].boxed()
}

/// A protocol, the part of its tuple, and what is remembered of it.
fn protocols(v6: bool) -> BoxedStrategy<(IpProtocol, TuplePart, Tracker)> {
    let ports = || {
        (any::<u16>(), any::<u16>()).prop_map(|(source, destination)| TuplePart::Ports(Ports { source, destination }))
    };
    let heard = || proptest::sample::select(vec![Heard::Opener, Heard::Both]);
    let stages = proptest::sample::select(vec![UdpStage::Unreplied, UdpStage::Replied, UdpStage::Stream]);
    let udp = (any::<u64>(), stages).prop_map(|(opened, stage)| Udp { opened: Instant::from_nanos(opened), stage });
    let questions = if v6 { vec![128, 139] } else { vec![8, 13, 15, 17] };
    let query = (proptest::sample::select(questions), any::<u8>(), any::<u16>())
        .prop_map(|(kind, code, identifier)| TuplePart::Query(Query { kind, code, identifier }));
    let icmp = if v6 { IpProtocol::ICMPV6 } else { IpProtocol::ICMP };
    prop_oneof![
        6 => (ports(), tcp()).prop_map(|(part, tcp)| (IpProtocol::TCP, part, Tracker::Tcp(tcp))),
        2 => (ports(), udp, proptest::sample::select(vec![17, 136]))
            .prop_map(|(part, udp, protocol)| (IpProtocol(protocol), part, Tracker::Udp(udp))),
        1 => (query, heard()).prop_map(move |(part, heard)| (icmp, part, Tracker::Query(heard))),
        1 => (ports(), heard()).prop_map(|(part, heard)| (IpProtocol(132), part, Tracker::Plain(Plain::Sctp, heard))),
        1 => (ports(), heard()).prop_map(|(part, heard)| (IpProtocol(33), part, Tracker::Plain(Plain::Dccp, heard))),
        1 => (any::<u8>(), heard())
            .prop_map(|(protocol, heard)| (IpProtocol(protocol), TuplePart::None, Tracker::Plain(Plain::Other, heard))),
    ]
    .boxed()
}

fn endpoints(v6: bool) -> impl Strategy<Value = Endpoints> {
    any::<[u128; 2]>().prop_map(move |[source, destination]| {
        if v6 {
            Endpoints::V6(Ipv6Addr::from(source), Ipv6Addr::from(destination))
        } else {
            Endpoints::V4(Ipv4Addr::from(source as u32), Ipv4Addr::from(destination as u32))
        }
    })
}

fn counters() -> impl Strategy<Value = Counters> {
    let count = || prop_oneof![3 => 0_u64..1 << 32, 1 => Just(u64::from(u32::MAX)), 1 => any::<u64>()];
    (count(), count()).prop_map(|(packets, bytes)| Counters { packets, bytes })
}

fn flows() -> impl Strategy<Value = Flow> {
    let senders = proptest::sample::select(vec![Sender::Instance, Sender::Remote]);
    let what = any::<bool>().prop_flat_map(|v6| (endpoints(v6), protocols(v6)));
    let judged = (numbers(), numbers(), any::<bool>(), any::<bool>());
    (any::<u32>(), senders, what, judged, 0_u64..(1 << 44), counters(), counters()).prop_map(
        |(
            zone,
            sender,
            (endpoints, (protocol, part, tracker)),
            (revision, mark, assured, revoked),
            expires,
            sent,
            received,
        )| Flow {
            zone: Zone(zone),
            original: Tuple { sender, endpoints, protocol, part },
            tracker,
            revision,
            mark,
            assured: if assured { Assured::Yes } else { Assured::NotYet },
            standing: if revoked { Standing::Revoked } else { Standing::Live },
            expires: ms(expires),
            sent,
            received,
        },
    )
}

proptest! {
    #[test]
    fn a_flow_comes_out_as_it_went_in(flow in flows(), lane in 0_u32..65_536) {
        let (mut slot, mut annex) = (Slot::default(), Annex::default());
        let needs = Slot::needs_annex(&flow);
        slot.pack(&flow, lane, needs.then_some((7, &mut annex)));
        prop_assert_eq!(slot.annex(), needs.then_some(7));
        prop_assert_eq!((slot.lane(), slot.key()), (lane, Key::of(&flow.original)));
        prop_assert_eq!(slot.unpack(flow.zone, needs.then_some(&annex)), flow);
    }

    #[test]
    fn counters_add_up_and_stop_at_the_highest(flow in flows(), near in any::<bool>(), lengths in proptest::collection::vec(any::<u32>(), 1..5)) {
        let highest = Counters { packets: u64::MAX - 1, bytes: u64::MAX - u64::from(u32::MAX) };
        let flow = if near { Flow { sent: highest, ..flow } } else { flow };
        let (mut slot, mut annex) = (Slot::default(), Annex::default());
        slot.pack(&flow, 0, Some((7, &mut annex)));
        let mut expect = flow.sent;
        for length in lengths {
            let carries = slot.count(Way::Original, length);
            slot.carry(Way::Original, carries, Some(&mut annex));
            expect.packets = expect.packets.saturating_add(1);
            expect.bytes = expect.bytes.saturating_add(length.into());
        }
        let counted = slot.unpack(flow.zone, Some(&annex));
        prop_assert_eq!((counted.sent, counted.received), (expect, flow.received));
    }

    /// An annex that is not needed does no harm.
    #[test]
    fn what_is_remembered_may_change(flow in flows(), trackers in proptest::collection::vec(tcp(), 1..4)) {
        let (mut slot, mut annex) = (Slot::default(), Annex::default());
        slot.pack(&flow, 0, Some((7, &mut annex)));
        prop_assert_eq!(slot.unpack(flow.zone, Some(&annex)), flow.clone());
        let Tracker::Tcp(_) = flow.tracker else { return Ok(()) };
        for tracker in trackers.into_iter().map(Tracker::Tcp) {
            slot.set_tracker(&tracker, Some(&mut annex));
            prop_assert_eq!(slot.unpack(flow.zone, Some(&annex)), Flow { tracker, ..flow.clone() });
        }
    }

    #[test]
    fn a_key_is_the_same_in_both_directions(flow in flows()) {
        let tuple = flow.original;
        prop_assert_eq!(Key::of(&tuple), Key::of(&tuple.reply()));
        prop_assert_eq!(Key::of(&tuple).tuple(tuple.sender), tuple);
        prop_assert_eq!(Key::of(&tuple).tuple(tuple.sender.other()), tuple.reply());
        // Who else sends the same has another flow, and so has who asks the same the other way.
        let forged = Tuple { sender: tuple.sender.other(), ..tuple };
        prop_assert_eq!(Key::of(&forged) == Key::of(&tuple), forged == tuple.reply());
    }
}

/// Without an annex a flow goes on with what its place has room for.
#[test]
fn what_finds_no_annex_is_left_out() {
    let config = Config { capacity: 64, share: 64, memory: Memory::AtStart, ..Config::default() };
    let mut table = Table::new(&config);
    let ids: Vec<_> = (0..40).map(|port| table.insert(&flow(1, port, ms(9)), ms(0)).expect("room")).collect();
    for &id in &ids {
        table.change(id, |entry| (0..3).for_each(|_| entry.count(Way::Original, u32::MAX)));
    }
    let bytes = |table: &Table, id| table.get(id).map(|flow| flow.sent.bytes);
    // There is one annex for 64 flows and 16 more.
    let exact = ids.iter().filter(|&&id| bytes(&table, id) == Some(3 * u64::from(u32::MAX))).count();
    let at_most = ids.iter().filter(|&&id| bytes(&table, id) == Some(u32::MAX.into())).count();
    assert_eq!((exact, at_most), (17, 23));
    // Who leaves gives its annex back.
    table.remove(ids[0]);
    table.change(ids[39], |entry| entry.count(Way::Original, 1));
    assert_eq!(bytes(&table, ids[39]), Some(1 << 32));
}
