//! A packet from one end to the other.

use std::net::IpAddr;

use conntrack::{Conntrack, HeldFragment, Instant, Zone};
use policy::{Direction, Policy, VnicIndex};
use wire::{ArpOperation, MacAddr, Packet, Payload, Sketch};

use crate::evaluate::{Hook, Judged, evaluate_with};
use crate::question::addresses;
use crate::trace::Steps;
use crate::verdict::Verdict;

/// Where a packet starts or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A vnic of the policy.
    Vnic(VnicIndex),
    /// Anything that is no instance: the gateway and what is behind it.
    Outside,
}

/// The verdicts of one packet on its way: egress at the source, then ingress at the destination, as far as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    /// At most two; none where both ends are outside.
    pub legs: Vec<Leg>,
    /// Fragments that waited at the source and were judged at the destination just before the packet that set them free.
    pub carried: Vec<Leg>,
}

/// One hook of a journey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Where.
    pub hook: Hook,
    /// The packet with its Ethernet addresses filled in.
    pub packet: Packet,
    /// What happened there.
    pub verdict: Verdict,
    /// Why.
    pub steps: Steps,
}

/// The router's MAC in packets whose Ethernet addresses were left open; locally administered, so no instance has it.
const ROUTER: MacAddr = MacAddr([0x02, 0, 0, 0, 0, 0x01]);

impl Journey {
    /// Whether the packet arrives.
    pub fn arrives(&self) -> bool {
        self.legs.iter().all(|leg| leg.verdict.is_accept())
    }
}

/// Carries a packet from `from` to `to` and judges it at both ends. Flows are tracked in zones numbered like the vnics.
/// A fragment that makes its datagram whole at the source takes those along that waited there.
pub fn travel(
    policy: &Policy,
    conntrack: &mut Conntrack,
    from: Endpoint,
    to: Endpoint,
    sketch: &Sketch,
    now: Instant,
) -> Journey {
    travel_in(policy, conntrack, (from, to), sketch, now, |vnic| Zone(vnic.0))
}

/// The same with flows in the zones that `zone` names.
pub(crate) fn travel_in(
    policy: &Policy,
    conntrack: &mut Conntrack,
    (from, to): (Endpoint, Endpoint),
    sketch: &Sketch,
    now: Instant,
    mut zone: impl FnMut(VnicIndex) -> Zone,
) -> Journey {
    let (mut legs, mut carried) = (Vec::with_capacity(2), Vec::new());
    let mut ahead: Vec<Sketch> = Vec::new();
    for (endpoint, direction) in [(from, Direction::Egress), (to, Direction::Ingress)] {
        let Endpoint::Vnic(vnic) = endpoint else { continue };
        let hook = Hook { vnic, zone: zone(vnic), direction };
        carried.extend(ahead.drain(..).map(|sketch| judge(policy, conntrack, hook, &sketch, now).0));
        let (leg, released) = judge(policy, conntrack, hook, sketch, now);
        ahead.extend(released.iter().map(|held| Sketch { payload: held.packet.payload, ..*sketch }));
        let arrives = leg.verdict.is_accept();
        legs.push(leg);
        if !arrives {
            break;
        }
    }
    Journey { legs, carried }
}

/// One hook of a way, and the fragments that the packet sets free there.
pub(crate) fn judge(
    policy: &Policy,
    conntrack: &mut Conntrack,
    hook: Hook,
    sketch: &Sketch,
    now: Instant,
) -> (Leg, Vec<HeldFragment>) {
    let packet = complete(policy, hook.vnic, hook.direction, sketch);
    let mut steps = Steps::default();
    let Judged { verdict, released } = evaluate_with(policy, conntrack, hook, &packet, now, &mut steps);
    (Leg { hook, packet, verdict, steps }, released)
}

/// Fills in the Ethernet addresses that an honest sender would use at a hook: the vnic's own at its end, at the other end
/// those of the vnic that has the address, else the router's; multicast and broadcast by their mapping (RFC 1112, RFC 2464).
pub fn complete(policy: &Policy, vnic: VnicIndex, direction: Direction, sketch: &Sketch) -> Packet {
    let own = policy.vnic(vnic).mac;
    let (source, destination) = addresses(&sketch.payload);
    let other = |address: Option<IpAddr>| address.map_or(ROUTER, |address| neighbour_mac(policy, vnic, address));
    let group = destination.and_then(group_mac).or_else(|| is_broadcast(&sketch.payload).then_some(MacAddr::BROADCAST));
    match direction {
        Direction::Egress => sketch.onto(own, group.unwrap_or_else(|| other(destination))),
        Direction::Ingress => sketch.onto(other(source), group.unwrap_or(own)),
    }
}

/// The MAC that a frame to or from an address carries on this vnic's network.
fn neighbour_mac(policy: &Policy, vnic: VnicIndex, address: IpAddr) -> MacAddr {
    let here = policy.vnic(vnic);
    let on_network = here.subnets.iter().any(|subnet| subnet.prefix.contains(address));
    let owner = policy.vnics().map(|(_, vnic)| vnic).find(|vnic| vnic.addresses.contains(&address));
    match owner {
        Some(owner) if on_network || owner.id == here.id => owner.mac,
        _ => ROUTER,
    }
}

fn group_mac(address: IpAddr) -> Option<MacAddr> {
    match address {
        IpAddr::V4(address) if address.is_broadcast() => Some(MacAddr::BROADCAST),
        IpAddr::V4(address) if address.is_multicast() => {
            let [_, b, c, d] = address.octets();
            Some(MacAddr([0x01, 0x00, 0x5e, b & 0x7f, c, d]))
        }
        IpAddr::V6(address) if address.is_multicast() => {
            let [.., a, b, c, d] = address.octets();
            Some(MacAddr([0x33, 0x33, a, b, c, d]))
        }
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

fn is_broadcast(payload: &Payload) -> bool {
    match payload {
        Payload::Arp(arp) => matches!(arp.operation, ArpOperation::Request | ArpOperation::ReverseRequest),
        Payload::Ip(_) | Payload::Other(_) => false,
    }
}
