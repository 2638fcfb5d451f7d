//! A plain `HashMap` of 5-tuples: what a flow table is at its simplest.
//!
//! It has no zones, no states, no windows, no limits and no expiry beyond a time that is noted; so it shows what finding and
//! counting alone cost.

use std::collections::HashMap;
use std::net::IpAddr;

/// Addresses, protocol, ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FiveTuple {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    ports: (u16, u16),
}

/// What is known of a flow.
#[derive(Clone, Copy, Debug, Default)]
pub struct MapFlow {
    packets: [u64; 2],
    bytes: [u64; 2],
    expires: u64,
}

/// Flows by the 5-tuple of their openers.
#[derive(Clone, Debug, Default)]
pub struct FlowMap(HashMap<FiveTuple, MapFlow>);

impl FiveTuple {
    /// That of a datagram with ports.
    pub fn of(datagram: &wire::Datagram) -> FiveTuple {
        let endpoints = datagram.endpoints;
        let ports = datagram.ports().map_or((0, 0), |ports| (ports.source, ports.destination));
        let (source, destination) = (endpoints.source(), endpoints.destination());
        FiveTuple { source, destination, protocol: datagram.protocol().0, ports }
    }

    /// That of an Ethernet frame with IPv4 and TCP, read where the fields stand when nothing is unusual, and unchecked.
    pub fn read(frame: &[u8; 54]) -> FiveTuple {
        let address = |at: usize| IpAddr::from([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
        let port = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
        let (source, destination) = (address(26), address(30));
        FiveTuple { source, destination, protocol: frame[23], ports: (port(34), port(36)) }
    }

    fn reverse(self) -> FiveTuple {
        let (source, destination, (from, to)) = (self.source, self.destination, self.ports);
        FiveTuple { source: destination, destination: source, ports: (to, from), ..self }
    }
}

impl FlowMap {
    /// Counts a packet of a flow; of none, it opens one.
    pub fn open(&mut self, tuple: FiveTuple, length: u32, now: u64) {
        if !self.follow(tuple, length, now) {
            let flow = MapFlow { packets: [1, 0], bytes: [length.into(), 0], expires: now + 60_000 };
            self.0.insert(tuple, flow);
        }
    }

    /// Counts a packet of a flow that is there, whichever way it goes.
    pub fn follow(&mut self, tuple: FiveTuple, length: u32, now: u64) -> bool {
        let count = |flow: &mut MapFlow, way: usize| {
            flow.packets[way] += 1;
            flow.bytes[way] += u64::from(length);
            flow.expires = now + 60_000;
        };
        if let Some(flow) = self.0.get_mut(&tuple) {
            count(flow, 0);
            return true;
        }
        match self.0.get_mut(&tuple.reverse()) {
            Some(flow) => {
                count(flow, 1);
                true
            }
            None => false,
        }
    }

    /// Whether there is a flow of a packet.
    pub fn knows(&self, tuple: FiveTuple) -> bool {
        self.0.contains_key(&tuple) || self.0.contains_key(&tuple.reverse())
    }

    /// Forgets a flow.
    pub fn remove(&mut self, tuple: FiveTuple) {
        self.0.remove(&tuple);
    }
}
