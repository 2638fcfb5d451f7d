//! What arrives is what was sent, and nothing else arrives.

use std::net::UdpSocket;
use std::time::Duration;

use datapath::pnet::Pnet;
use datapath::wait::wait;
use datapath::{Checksum, IoCounters, OwnedFrame, PacketIo, SendError};

use crate::world::{World, skipped};

/// An Ethernet frame of a local experimental EtherType (IEEE 802), filled with a pattern.
fn frame(length: usize, seed: u8) -> Vec<u8> {
    let mut bytes = [&[0xff; 6][..], &[2, 0, 0, 0, 0, 1], &[0x88, 0xb5]].concat();
    bytes.extend((0..length - 14).map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed)));
    bytes
}

/// Polls until `count` frames arrived or none came for a second.
fn collect(link: &mut Pnet, count: usize) -> Vec<Vec<u8>> {
    let (mut frames, mut ready) = (Vec::new(), Vec::new());
    while frames.len() < count {
        wait(&[link.wait_on().unwrap()], Some(Duration::from_secs(1)), &mut ready).unwrap();
        if ready.is_empty() {
            break;
        }
        link.poll(&mut |frame| {
            assert_eq!((frame.checksum(), frame.segments()), (Checksum::Complete, 1));
            frames.push(frame.bytes().to_vec());
        })
        .unwrap();
    }
    frames
}

fn send(link: &mut Pnet, bytes: &[u8]) {
    link.send(OwnedFrame::build(bytes).lend()).unwrap();
}

#[test]
fn frames_arrive_unchanged_and_in_order() {
    if skipped("frames_arrive_unchanged_and_in_order") {
        return;
    }
    let world = World::new();
    let mut sender = world.guest.inside(|| Pnet::open("eth0").unwrap());
    let mut receiver = world.mid.inside(|| Pnet::open("g0").unwrap());
    let sent: Vec<_> = [14, 15, 60, 64, 590, 1514].iter().zip(0..).map(|(length, seed)| frame(*length, seed)).collect();
    sent.iter().for_each(|bytes| send(&mut sender, bytes));
    assert_eq!(collect(&mut receiver, sent.len()), sent);
    assert_eq!(receiver.counters(), IoCounters { received: 6, ..IoCounters::default() });
    assert_eq!(sender.counters(), IoCounters { sent: 6, ..IoCounters::default() });
}

#[test]
fn own_frames_are_not_seen() {
    if skipped("own_frames_are_not_seen") {
        return;
    }
    let world = World::new();
    let (mut sender, mut neighbour) = world.guest.inside(|| (Pnet::open("eth0").unwrap(), Pnet::open("eth0").unwrap()));
    let mut receiver = world.mid.inside(|| Pnet::open("g0").unwrap());
    send(&mut sender, &frame(60, 1));
    // What comes the other way shows that both would have seen something.
    assert_eq!(collect(&mut receiver, 1), [frame(60, 1)]);
    send(&mut receiver, &frame(60, 2));
    assert_eq!(collect(&mut sender, 1), [frame(60, 2)]);
    assert_eq!(collect(&mut neighbour, 1), [frame(60, 2)]);
    assert_eq!(neighbour.counters().received, 1);
}

#[test]
fn what_the_kernel_sends_is_not_seen() {
    if skipped("what_the_kernel_sends_is_not_seen") {
        return;
    }
    let world = World::new();
    world.guest.ip("addr add 10.7.0.1/24 dev eth0");
    let mut link = world.guest.inside(|| Pnet::open("eth0").unwrap());
    let mut peer = world.mid.inside(|| Pnet::open("g0").unwrap());
    let socket = world.guest.inside(|| UdpSocket::bind("10.7.0.1:0").unwrap());
    socket.set_broadcast(true).unwrap();
    socket.send_to(b"out", "10.7.0.255:9").unwrap();

    let mut left = Vec::new();
    while left.is_empty() {
        wait(&[peer.wait_on().unwrap()], Some(Duration::from_secs(1)), &mut Vec::new()).unwrap();
        assert!(peer.poll(&mut |frame| left.push(frame.to_owned())).unwrap() > 0, "the broadcast was not sent");
    }
    send(&mut peer, &frame(60, 1));
    assert_eq!(collect(&mut link, 1), [frame(60, 1)]);
}

#[test]
fn tagged_frames_never_arrive_as_untagged() {
    if skipped("tagged_frames_never_arrive_as_untagged") {
        return;
    }
    let world = World::new();
    let mut sender = world.guest.inside(|| Pnet::open("eth0").unwrap());
    let mut receiver = world.mid.inside(|| Pnet::open("g0").unwrap());

    let untagged = frame(60, 2);
    // Customer tag, service tag, and a tag of VLAN 0, all written into the frame itself.
    for tag in [[0x81, 0, 0, 5], [0x88, 0xa8, 0, 5], [0x81, 0, 0, 0]] {
        send(&mut sender, &[&untagged[..12], &tag, &untagged[12..]].concat());
    }
    send(&mut sender, &untagged);

    assert_eq!(collect(&mut receiver, 1), [untagged]);
    assert_eq!(receiver.counters(), IoCounters { received: 1, tagged_dropped: 3, ..IoCounters::default() });
}

#[test]
fn a_frame_beyond_the_mtu_is_refused_and_counted() {
    if skipped("a_frame_beyond_the_mtu_is_refused_and_counted") {
        return;
    }
    let world = World::new();
    let mut sender = world.guest.inside(|| Pnet::open("eth0").unwrap());
    let error = sender.send(OwnedFrame::build(&frame(1600, 0)).lend()).unwrap_err();
    assert!(matches!(error, SendError::TooLong { length: 1600 }), "{error}");
    assert_eq!(sender.counters(), IoCounters { send_refused: 1, ..IoCounters::default() });
}

#[test]
fn frames_that_find_no_room_are_counted() {
    if skipped("frames_that_find_no_room_are_counted") {
        return;
    }
    const SENT: u64 = 20_000;
    let world = World::new();
    let mut sender = world.guest.inside(|| Pnet::open("eth0").unwrap());
    let mut receiver = world.mid.inside(|| Pnet::open("g0").unwrap());
    let full = OwnedFrame::build(&frame(1514, 0));
    for _ in 0..SENT {
        sender.send(full.lend()).unwrap();
    }
    while receiver.poll(&mut |_| {}).unwrap() > 0 {}
    let counters = receiver.counters();
    assert!(counters.dropped_by_kernel > 0, "{counters:?}");
    assert_eq!(counters.received + counters.dropped_by_kernel, SENT);
    assert_eq!(receiver.counters(), counters, "asking does not change the answer");
}
