//! Two sockets joined as the enforcer joins them, with real traffic of the kernel at default offloads.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use datapath::wait::{Waker, wait};
use datapath::{BATCH, Checksum, IoCounters};

use crate::world::{Backend, World, each_backend};

const TRANSFER: usize = 64 << 20;
/// When to give up, so that a fault ends a test instead of hanging it. Far above what anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What passed from the guest to the host.
#[derive(Debug, Default)]
struct Passed {
    unfinished: u64,
    segmented: u64,
    segments: u64,
}

/// Runs `exchange` while frames move between the guest and the host, and answers what moved.
fn forwarding(backend: Backend, world: &World, exchange: impl FnOnce() + Send) -> (Passed, IoCounters, IoCounters) {
    let (mut guest, mut uplink) = world.mid.inside(|| (backend.open("g0").unwrap(), backend.open("u0").unwrap()));
    let (over, waker) = (AtomicBool::new(false), Waker::new().unwrap());
    thread::scope(|scope| {
        let forwarder = scope.spawn(|| {
            let (mut passed, mut ready) = (Passed::default(), Vec::new());
            while !over.load(SeqCst) {
                let links = [guest.wait_on().unwrap(), uplink.wait_on().unwrap(), waker.as_fd()];
                wait(&links, Some(PATIENCE), &mut ready).unwrap();
                let taken = guest.poll(BATCH, &mut |frames| {
                    for frame in frames {
                        passed.unfinished += u64::from(frame.checksum() == Checksum::Unfinished);
                        passed.segmented += u64::from(frame.segments() > 1);
                        passed.segments += u64::from(frame.segments());
                    }
                    let _ = uplink.send(frames);
                });
                assert!(taken.unwrap() <= BATCH);
                uplink.poll(BATCH, &mut |frames| drop(guest.send(frames))).unwrap();
            }
            (passed, guest.counters(), uplink.counters())
        });
        // The forwarder must end also when the exchange panics.
        let exchanged = scope.spawn(exchange).join();
        over.store(true, SeqCst);
        waker.wake();
        let moved = forwarder.join().unwrap();
        exchanged.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        moved
    })
}

fn world_with_mtu(mtu: u32) -> World {
    let world = World::new();
    for (namespace, links) in [(&world.guest, &["eth0"][..]), (&world.mid, &["g0", "u0"]), (&world.host, &["eth0"])] {
        for link in links {
            namespace.ip(&format!("link set {link} mtu {mtu}"));
        }
    }
    world.guest.ip("addr add 10.7.0.1/24 dev eth0");
    world.host.ip("addr add 10.7.0.2/24 dev eth0");
    world
}

/// A stream in which every eight bytes tell their place.
fn fill(chunk: &mut [u8], from: usize) {
    for (at, word) in chunk.chunks_exact_mut(8).enumerate() {
        let place = (from + at * 8) as u64;
        word.copy_from_slice(&place.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    }
}

fn write_all(mut stream: TcpStream) {
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let (mut chunk, began) = (vec![0; 1 << 16], Instant::now());
    for from in (0..TRANSFER).step_by(chunk.len()) {
        assert!(began.elapsed() < PATIENCE, "only {from} bytes were taken");
        fill(&mut chunk, from);
        stream.write_all(&chunk).unwrap();
    }
}

fn read_all(mut stream: TcpStream) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut chunk, mut expect) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    for from in (0..TRANSFER).step_by(chunk.len()) {
        stream.read_exact(&mut chunk).unwrap();
        fill(&mut expect, from);
        assert!(chunk == expect, "the stream differs within 64 KiB of byte {from}");
    }
    assert_eq!(stream.read(&mut chunk).unwrap(), 0, "the stream is longer than what was sent");
}

fn check_bulk_tcp(backend: Backend, mtu: u32) {
    let world = world_with_mtu(mtu);
    let listener = world.host.inside(|| TcpListener::bind("10.7.0.2:7000").unwrap());
    let (passed, guest, uplink) = forwarding(backend, &world, || {
        let address = listener.local_addr().unwrap();
        let sending = world.guest.inside(|| TcpStream::connect_timeout(&address, PATIENCE).unwrap());
        let receiving = listener.accept().unwrap().0;
        thread::scope(|scope| {
            let reader = scope.spawn(|| read_all(receiving));
            write_all(sending);
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        });
    });
    eprintln!("{backend:?}, mtu {mtu}: {passed:?}\n  guest {guest:?}\n  uplink {uplink:?}");
    // Without these the transfer would not have shown anything about offloads.
    assert!(passed.unfinished > 0 && passed.segmented > 0, "{passed:?}");
    // Every byte went in a segment of at most one MTU.
    assert!(passed.segments * u64::from(mtu) > TRANSFER as u64, "{passed:?}");
    assert_eq!((guest.cut, uplink.cut, guest.tagged_dropped, uplink.tagged_dropped), (0, 0, 0, 0));
    assert!(uplink.sent <= guest.received && guest.sent <= uplink.received);
}

#[test]
fn bulk_tcp_arrives_intact_at_mtu_1500() {
    each_backend("bulk_tcp_arrives_intact_at_mtu_1500", |backend| check_bulk_tcp(backend, 1500));
}

#[test]
fn bulk_tcp_arrives_intact_at_mtu_9000() {
    each_backend("bulk_tcp_arrives_intact_at_mtu_9000", |backend| check_bulk_tcp(backend, 9000));
}

#[test]
fn udp_goes_there_and_back() {
    each_backend("udp_goes_there_and_back", |backend| {
        let world = world_with_mtu(1500);
        let bind = |address: &str| {
            let socket = UdpSocket::bind(address).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket
        };
        let (client, server) = (world.guest.inside(|| bind("10.7.0.1:0")), world.host.inside(|| bind("10.7.0.2:7000")));
        let (passed, ..) = forwarding(backend, &world, || {
            // The last goes out in three fragments.
            for length in [1, 512, 1472, 4000] {
                let (sent, mut received) = (vec![length as u8; length], [0; 5000]);
                client.send_to(&sent, "10.7.0.2:7000").unwrap();
                let (there, from) = server.recv_from(&mut received).unwrap();
                assert_eq!(received[..there], sent);
                server.send_to(&received[..there], from).unwrap();
                let (back, _) = client.recv_from(&mut received).unwrap();
                assert_eq!(received[..back], sent);
            }
        });
        assert!(passed.unfinished > 0, "{passed:?}");
    });
}
