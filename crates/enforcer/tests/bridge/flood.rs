//! A neighbour that sends as fast as it can, and an instance of the same enforcer that lives on.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use datapath::OwnedFrame;
use wire::Packet;

use super::super::world::{Connection, Flow, Probes, UdpEcho, World};
use super::{alone, document, inward, outward_as, quantile};

const TIME: Duration = Duration::from_secs(1);

/// Far above what an answer takes; what does not come by then is lost.
const PATIENCE: Duration = Duration::from_millis(300);

/// Frames of which each has a flow, or a datagram that never becomes whole, of its own.
const VARIETY: u16 = 8_192;

#[test]
fn a_flood_of_a_neighbour_of_another_worker_ends_nothing() {
    check("2");
}

#[test]
fn a_flood_of_a_neighbour_of_the_same_worker_ends_nothing() {
    check("1");
}

/// The flow table is smaller than the floods.
fn check(workers: &str) {
    let rules = ["in: ingress ipv4 tcp 80 from any", "in-udp: ingress ipv4 udp 1000-1001 from any"];
    let Some(mut world) = World::build_namespaces(&document(&rules)) else { return };
    let _alone = alone();
    world.plug_neighbour();
    world.add_aside();
    world.start_enforcer(&["--workers", workers, "--flows", "8192"]);
    let mut live = Connection::open(&world, 80).expect("an allowed connection");
    let mut echo = UdpEcho::open(&world, 1000);
    let classes = [
        inward(1001, Flow::Same),
        inward(1002, Flow::New),
        outward_as("192.0.2.10", 2000, Flow::New),
        outward_as("192.0.2.66", 2000, Flow::New),
    ];
    let probes = Probes::start(&world, &classes);
    probes.wait_for(&[0], probes.now());
    Figures::measure(&world, &mut live, &mut echo).print(workers, "no flood", 0);
    // The bridge itself takes the flood, so that nobody else has to.
    let macs = format!("52:54:00:00:02:0b > {}", world.mac("br0"));
    // What the sender of a flood takes from all others, before the enforcer has anything to do with it.
    type Datagram = fn(u16) -> String;
    let floods: [(&str, &str, Datagram); 5] = [
        ("aside", "a flood that nobody takes", |n| format!("udp 192.0.2.11:{} > 192.0.2.9:9 len=64", 1_024 + n)),
        ("vm2", "SYNs", |n| format!("tcp 192.0.2.11:{} > 192.0.2.9:{}", 1_024 + n, 9 + n % 7)),
        ("vm2", "spoofed SYNs", |n| format!("tcp 192.0.2.66:{} > 192.0.2.9:{}", 1_024 + n, 9 + n % 7)),
        ("vm2", "UDP", |n| format!("udp 192.0.2.11:{} > 192.0.2.9:{} len=64", 1_024 + n, 9 + n % 7)),
        ("vm2", "fragments", |n| format!("later 17 192.0.2.11 > 192.0.2.9 frag id={n} offset=64 length=64 more")),
    ];
    for (role, name, datagram) in floods {
        let frames: Vec<OwnedFrame> = (0..VARIETY).map(|n| build(&format!("{macs} {}", datagram(n)))).collect();
        let mut source = world.end(role);
        let over = AtomicBool::new(false);
        let (figures, sent) = std::thread::scope(|scope| {
            let flood = scope.spawn(|| {
                let mut sent = 0;
                while !over.load(SeqCst) {
                    sent += source.send_many(&frames);
                }
                sent
            });
            let figures = Figures::measure(&world, &mut live, &mut echo);
            // Verdicts go on as well.
            probes.wait_for(&[0], probes.now());
            over.store(true, SeqCst);
            (figures, flood.join().unwrap())
        });
        assert!(sent > u64::from(VARIETY), "that is no flood: {sent} {name}");
        figures.print(workers, name, sent);
    }
    assert!(live.echoes_soon(), "the connection is lost");
    assert!(echo.round_trip(64, 10 * PATIENCE).is_some(), "the flow of datagrams is lost");
    let flights = probes.finish();
    for class in [1, 2, 3] {
        assert_eq!(flights.arrived(class, &flights.all()), 0, "{:?} passes", classes[class]);
    }
}

fn build(text: &str) -> OwnedFrame {
    let packet: Packet = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    OwnedFrame::build(&wire::build(&packet))
}

/// Round trips between the outside and the instance.
struct Figures {
    tcp: Vec<Duration>,
    udp: Vec<Duration>,
    udp_lost: usize,
    /// What the enforcer took of one processor.
    share: f64,
}

impl Figures {
    /// Asks again and again over both.
    fn measure(world: &World, live: &mut Connection, echo: &mut UdpEcho) -> Figures {
        let mut figures = Figures { tcp: Vec::new(), udp: Vec::new(), udp_lost: 0, share: 0.0 };
        let (begun, work) = (Instant::now(), world.enforcer_work());
        while begun.elapsed() < TIME {
            let asked = Instant::now();
            assert!(live.echoes_soon(), "the connection is lost");
            figures.tcp.push(asked.elapsed());
            match echo.round_trip(64, PATIENCE) {
                Some(time) => figures.udp.push(time),
                None => figures.udp_lost += 1,
            }
        }
        figures.share = (world.enforcer_work() - work).as_secs_f64() / begun.elapsed().as_secs_f64();
        figures
    }

    fn print(mut self, workers: &str, flood: &str, sent: u64) {
        let (count, lost) = (self.udp.len(), self.udp_lost);
        assert!(count > 0, "no datagram comes back under {flood}");
        eprintln!(
            "{workers} workers, {flood} ({sent} frames): TCP p50 {:?} p99 {:?}, UDP p50 {:?} p99 {:?} of {count}, {lost} lost; \
             {:.0} % of a processor",
            quantile(&mut self.tcp, 500),
            quantile(&mut self.tcp, 990),
            quantile(&mut self.udp, 500),
            quantile(&mut self.udp, 990),
            100.0 * self.share,
        );
    }
}
