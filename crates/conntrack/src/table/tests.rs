//! The table's own bookkeeping.

mod hashing;
mod model;
mod packing;
mod timing;

use core::net::Ipv4Addr;

use wire::{Datagram, Endpoints, Ports, Transport};

use crate::config::PickUp;
use crate::flow::{Counters, Standing};
use crate::tcp::Tcp;
use crate::tracker::{Assured, Tracker};
use crate::tuple::Sender;

use super::index::Home;
use super::*;

/// A UDP flow of a port.
fn flow(zone: u32, port: u16, expires: Instant) -> Flow {
    let host = |last| Ipv4Addr::new(192, 0, 2, last);
    let ports = Ports { source: port, destination: 53 };
    let datagram = Datagram {
        endpoints: Endpoints::V4(host(1), host(2)),
        hop_limit: 64,
        fragment: None,
        transport: Transport::Udp(wire::Udp { ports, dhcp: None }),
        payload: 0,
    };
    let original = Tuple::of(Sender::Instance, &datagram).expect("UDP has a tuple");
    Flow {
        zone: Zone(zone),
        original,
        tracker: Tracker::open(&original, &datagram, PickUp::Never, Instant::default()).expect("UDP opens"),
        revision: 0,
        mark: 0,
        assured: Assured::NotYet,
        standing: Standing::Live,
        expires,
        sent: Counters::default(),
        received: Counters::default(),
    }
}

/// A TCP flow of a port that was refused: it is closing.
fn closing(zone: u32, port: u16, expires: Instant) -> Flow {
    let mut flow = flow(zone, port, expires);
    flow.original.protocol = wire::IpProtocol::TCP;
    flow.tracker = Tracker::Tcp(Tcp::Refused);
    flow
}

fn ms(millis: u64) -> Instant {
    Instant::from_millis(millis)
}
