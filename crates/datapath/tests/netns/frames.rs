//! What arrives is what was sent, and nothing else arrives.

use std::net::UdpSocket;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use datapath::ring::Ring;
use datapath::wait::wait;
use datapath::{BATCH, Checksum, Frame, IoCounters, OwnedFrame, PacketIo, SendError};

use crate::world::{Backend, World, each_backend, skipped};

/// An Ethernet frame of a local experimental EtherType (IEEE 802), filled with a pattern.
fn frame(length: usize, seed: u8) -> Vec<u8> {
    let mut bytes = [&[0xff; 6][..], &[2, 0, 0, 0, 0, 1], &[0x88, 0xb5]].concat();
    bytes.extend((0..length - 14).map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed)));
    bytes
}

/// Polls until `count` frames arrived or none came for a second.
fn collect(link: &mut dyn PacketIo, count: usize) -> Vec<Vec<u8>> {
    let (mut frames, mut ready) = (Vec::new(), Vec::new());
    while frames.len() < count {
        wait(&[link.wait_on().unwrap()], Some(Duration::from_secs(1)), &mut ready).unwrap();
        if ready.is_empty() {
            break;
        }
        link.poll(BATCH, &mut |lent| {
            assert!(lent.iter().all(|frame| (frame.checksum(), frame.segments()) == (Checksum::Complete, 1)));
            frames.extend(lent.iter().map(|frame| frame.bytes().to_vec()));
        })
        .unwrap();
    }
    frames
}

fn send(link: &mut dyn PacketIo, bytes: &[u8]) {
    link.send(&[OwnedFrame::build(bytes).lend()]).unwrap();
}

#[test]
fn frames_arrive_unchanged_and_in_order() {
    each_backend("frames_arrive_unchanged_and_in_order", |backend| {
        let world = World::new();
        let mut sender = world.guest.inside(|| backend.open("eth0").unwrap());
        let mut receiver = world.mid.inside(|| backend.open("g0").unwrap());
        let sent: Vec<_> =
            [14, 15, 60, 64, 590, 1514].iter().zip(0..).map(|(length, seed)| frame(*length, seed)).collect();
        sent.iter().for_each(|bytes| send(sender.as_mut(), bytes));
        assert_eq!(collect(receiver.as_mut(), sent.len()), sent);
        assert_eq!(receiver.counters(), IoCounters { received: 6, ..IoCounters::default() });
        assert_eq!(sender.counters(), IoCounters { sent: 6, ..IoCounters::default() });
    });
}

#[test]
fn the_ring_knows_when_frames_arrived_and_pnet_does_not() {
    each_backend("the_ring_knows_when_frames_arrived_and_pnet_does_not", |backend| {
        let world = World::new();
        let mut sender = world.guest.inside(|| backend.open("eth0").unwrap());
        let mut receiver = world.mid.inside(|| backend.open("g0").unwrap());
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let before = now();
        send(sender.as_mut(), &frame(60, 1));
        wait(&[receiver.wait_on().unwrap()], Some(Duration::from_secs(1)), &mut Vec::new()).unwrap();
        let mut stamps = Vec::new();
        receiver.poll(BATCH, &mut |frames| stamps.extend(frames.iter().map(Frame::stamp))).unwrap();
        match (backend, stamps.as_slice()) {
            (Backend::Pnet, [None]) => {}
            // Over veth a frame arrives while it is sent, or soon after.
            (Backend::Ring, [Some(stamp)]) => assert!((before..=now()).contains(stamp), "{before:?} {stamp:?}"),
            (_, stamps) => panic!("{stamps:?}"),
        }
    });
}

#[test]
fn own_frames_are_not_seen() {
    each_backend("own_frames_are_not_seen", |backend| {
        let world = World::new();
        let (mut sender, mut neighbour) =
            world.guest.inside(|| (backend.open("eth0").unwrap(), backend.open("eth0").unwrap()));
        let mut receiver = world.mid.inside(|| backend.open("g0").unwrap());
        send(sender.as_mut(), &frame(60, 1));
        // What comes the other way shows that both would have seen something.
        assert_eq!(collect(receiver.as_mut(), 1), [frame(60, 1)]);
        send(receiver.as_mut(), &frame(60, 2));
        assert_eq!(collect(sender.as_mut(), 1), [frame(60, 2)]);
        assert_eq!(collect(neighbour.as_mut(), 1), [frame(60, 2)]);
        assert_eq!(neighbour.counters().received, 1);
    });
}

#[test]
fn what_the_kernel_sends_is_not_seen() {
    each_backend("what_the_kernel_sends_is_not_seen", |backend| {
        let world = World::new();
        world.guest.ip("addr add 10.7.0.1/24 dev eth0");
        let mut link = world.guest.inside(|| backend.open("eth0").unwrap());
        let mut peer = world.mid.inside(|| backend.open("g0").unwrap());
        let socket = world.guest.inside(|| UdpSocket::bind("10.7.0.1:0").unwrap());
        socket.set_broadcast(true).unwrap();
        socket.send_to(b"out", "10.7.0.255:9").unwrap();

        let mut left = Vec::new();
        while left.is_empty() {
            wait(&[peer.wait_on().unwrap()], Some(Duration::from_secs(1)), &mut Vec::new()).unwrap();
            assert!(
                peer.poll(BATCH, &mut |frames| left.extend(frames.iter().map(Frame::to_owned))).unwrap() > 0,
                "the broadcast was not sent"
            );
        }
        send(peer.as_mut(), &frame(60, 1));
        assert_eq!(collect(link.as_mut(), 1), [frame(60, 1)]);
    });
}

/// A frame, and the same with each of these tags written into it: customer, service, and one of VLAN 0.
fn tagged(untagged: &[u8]) -> [Vec<u8>; 3] {
    [[0x81, 0, 0, 5], [0x88, 0xa8, 0, 5], [0x81, 0, 0, 0]].map(|tag| [&untagged[..12], &tag, &untagged[12..]].concat())
}

#[test]
fn tagged_frames_never_arrive_as_untagged() {
    if skipped("tagged_frames_never_arrive_as_untagged") {
        return;
    }
    let world = World::new();
    let mut sender = world.guest.inside(|| Backend::Pnet.open("eth0").unwrap());
    let mut receiver = world.mid.inside(|| Backend::Pnet.open("g0").unwrap());
    let untagged = frame(60, 2);
    tagged(&untagged).iter().for_each(|bytes| send(sender.as_mut(), bytes));
    send(sender.as_mut(), &untagged);
    assert_eq!(collect(receiver.as_mut(), 1), [untagged]);
    assert_eq!(receiver.counters(), IoCounters { received: 1, tagged_dropped: 3, ..IoCounters::default() });
}

#[test]
fn a_ring_gives_tags_back() {
    if skipped("a_ring_gives_tags_back") {
        return;
    }
    let world = World::new();
    let mut sender = world.guest.inside(|| Backend::Ring.open("eth0").unwrap());
    let mut receiver = world.mid.inside(|| Backend::Ring.open("g0").unwrap());
    let (short, full) = (frame(60, 2), frame(1514, 3));
    let [customer, service, priority] = tagged(&full);
    // Beyond its MTU a link takes a customer's tag, and no other.
    assert!(matches!(sender.send(&[OwnedFrame::build(&service).lend()]), Err(SendError::TooLong { length: 1518 })));
    let sent = [&tagged(&short)[..], &tagged(&tagged(&short)[0]), &[customer, priority]].concat();
    sent.iter().for_each(|bytes| send(sender.as_mut(), bytes));
    assert_eq!(collect(receiver.as_mut(), sent.len()), sent);
    assert_eq!(receiver.counters(), IoCounters { received: 8, ..IoCounters::default() });
}

#[test]
fn frames_longer_than_a_slot_keep_their_place() {
    if skipped("frames_longer_than_a_slot_keep_their_place") {
        return;
    }
    let world = World::new();
    // The receiver's slots are made for its MTU when it is opened; the link's MTU grows behind it.
    let mut receiver = world.mid.inside(|| Backend::Ring.open("g0").unwrap());
    world.mid.ip("link set g0 mtu 9000");
    world.guest.ip("link set eth0 mtu 9000");
    let mut sender = world.guest.inside(|| Backend::Ring.open("eth0").unwrap());
    let lengths = [60, 9014, 1514, 9014, 8000, 60, 1900, 1935, 1936, 1950, 1972, 2000, 2048, 2100, 60];
    let mut sent: Vec<_> = lengths.iter().zip(0..).map(|(length, seed)| frame(*length, seed)).collect();
    sent.push(tagged(&frame(5000, 99))[0].clone());
    sent.iter().for_each(|bytes| send(sender.as_mut(), bytes));
    assert_eq!(collect(receiver.as_mut(), sent.len()), sent);
    assert_eq!(receiver.counters(), IoCounters { received: sent.len() as u64, ..IoCounters::default() });
}

#[test]
fn a_batch_goes_out_as_far_as_the_link_takes_it() {
    each_backend("a_batch_goes_out_as_far_as_the_link_takes_it", |backend| {
        let world = World::new();
        let mut sender = world.guest.inside(|| backend.open("eth0").unwrap());
        let mut receiver = world.mid.inside(|| backend.open("g0").unwrap());
        // More than go out at once, and some that are too long, also in front and at the end.
        let is_long = |at: &usize| [0, 1, 70, 199].contains(at);
        let owned: Vec<_> =
            (0..200).map(|at| OwnedFrame::build(&frame(if is_long(&at) { 3000 } else { 60 }, at as u8))).collect();
        let lent: Vec<_> = owned.iter().map(OwnedFrame::lend).collect();
        assert!(matches!(sender.send(&lent), Err(SendError::TooLong { length: 3000 })));
        assert_eq!(sender.counters(), IoCounters { sent: 196, send_refused: 4, ..IoCounters::default() });
        let expect: Vec<_> = (0..200).filter(|at| !is_long(at)).map(|at| frame(60, at as u8)).collect();
        assert_eq!(collect(receiver.as_mut(), 196), expect);
    });
}

#[test]
fn a_ring_is_gone_round_many_times() {
    if skipped("a_ring_is_gone_round_many_times") {
        return;
    }
    let world = World::new();
    let mut sender = world.guest.inside(|| Backend::Ring.open("eth0").unwrap());
    // One block of 64 slots, and batches that end anywhere in it.
    let mut receiver = world.mid.inside(|| Ring::open_with("g0", 1).unwrap());
    for round in 0..100 {
        let sent: Vec<_> = (0..round % 37 + 1).map(|at| frame(60 + at, round as u8)).collect();
        sent.iter().for_each(|bytes| send(sender.as_mut(), bytes));
        assert_eq!(collect(&mut receiver, sent.len()), sent, "round {round}");
    }
}

#[test]
fn a_frame_beyond_the_mtu_is_refused_and_counted() {
    each_backend("a_frame_beyond_the_mtu_is_refused_and_counted", |backend| {
        let world = World::new();
        let mut sender = world.guest.inside(|| backend.open("eth0").unwrap());
        let error = sender.send(&[OwnedFrame::build(&frame(1600, 0)).lend()]).unwrap_err();
        assert!(matches!(error, SendError::TooLong { length: 1600 }), "{error}");
        assert_eq!(sender.counters(), IoCounters { send_refused: 1, ..IoCounters::default() });
    });
}

#[test]
fn frames_that_find_no_room_are_counted() {
    each_backend("frames_that_find_no_room_are_counted", |backend| {
        const SENT: u64 = 20_000;
        let world = World::new();
        let mut sender = world.guest.inside(|| backend.open("eth0").unwrap());
        let mut receiver = world.mid.inside(|| backend.open("g0").unwrap());
        let full = OwnedFrame::build(&frame(1514, 0));
        for _ in 0..SENT {
            sender.send(&[full.lend()]).unwrap();
        }
        while receiver.poll(BATCH, &mut |_| {}).unwrap() > 0 {}
        let counters = receiver.counters();
        assert!(counters.dropped_by_kernel > 0, "{counters:?}");
        assert_eq!(counters.received + counters.dropped_by_kernel, SENT);
        assert_eq!(receiver.counters(), counters, "asking does not change the answer");
    });
}
