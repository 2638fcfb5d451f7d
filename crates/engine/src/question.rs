//! What people ask: what happens to this packet, on this way?

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use conntrack::{Conntrack, Instant, Zone};
use policy::{Direction, Policy, VnicIndex};
use wire::{Payload, Sketch};

use crate::evaluate::{Hook, adopt};
use crate::travel::{Endpoint, Journey, judge, travel};

/// A packet and its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The packet; Ethernet addresses left open are filled in.
    pub sketch: Sketch,
    /// Where it goes.
    pub route: Route,
}

/// Where a packet goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// From one end to the other. An end that is left out is the vnic that has the packet's address there, else outside.
    Between {
        /// The sender.
        from: Option<Place>,
        /// The receiver.
        to: Option<Place>,
    },
    /// Through one vnic only.
    At {
        /// The instance or vnic.
        place: Place,
        /// Which way.
        direction: Direction,
    },
}

/// An end by name. Text form: `outside`, or the id of an instance or a vnic.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Anything that is no instance.
    Outside,
    /// An instance with one vnic, or a vnic.
    Named(String),
}

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuestionError {
    /// No instance and no vnic has this name.
    Unknown {
        /// The name.
        name: String,
        /// The vnics that there are.
        known: Vec<String>,
    },
    /// The instance has several vnics.
    Ambiguous {
        /// The instance.
        name: String,
        /// Its vnics.
        vnics: Vec<String>,
    },
    /// Neither end is an instance, so nothing judges the packet.
    NoInstance,
}

impl Question {
    /// Judges the packet on its way, with the flow table set up for the policy. Flows are tracked in zones numbered like the vnics.
    ///
    /// # Errors
    /// A name that stands for no vnic or for several, or a way without an instance.
    pub fn ask(&self, policy: &Policy, conntrack: &mut Conntrack, now: Instant) -> Result<Journey, QuestionError> {
        adopt(policy, conntrack);
        match &self.route {
            Route::Between { from, to } => {
                let (from, to) = find_ends(policy, (from.as_ref(), to.as_ref()), &self.sketch.payload)?;
                Ok(travel(policy, conntrack, from, to, &self.sketch, now))
            }
            Route::At { place, direction } => {
                let Endpoint::Vnic(vnic) = find_place(policy, place)? else {
                    return Err(QuestionError::NoInstance);
                };
                let hook = Hook { vnic, zone: Zone(vnic.0), direction: *direction };
                let (leg, _) = judge(policy, conntrack, hook, &self.sketch, now);
                Ok(Journey { legs: vec![leg], carried: Vec::new() })
            }
        }
    }
}

/// Source and destination address of a payload, where it has them.
pub(crate) fn addresses(payload: &Payload) -> (Option<IpAddr>, Option<IpAddr>) {
    match payload {
        Payload::Ip(datagram) => (Some(datagram.endpoints.source()), Some(datagram.endpoints.destination())),
        Payload::Arp(arp) => (Some(arp.sender_ip.into()), Some(arp.target_ip.into())),
        Payload::Other(_) => (None, None),
    }
}

/// Both ends of a packet's way. An end that is left out is the vnic that has the packet's address there, else outside.
pub(crate) fn find_ends(
    policy: &Policy,
    (from, to): (Option<&Place>, Option<&Place>),
    payload: &Payload,
) -> Result<(Endpoint, Endpoint), QuestionError> {
    let (source, destination) = addresses(payload);
    match (find_end(policy, from, source)?, find_end(policy, to, destination)?) {
        (Endpoint::Outside, Endpoint::Outside) => Err(QuestionError::NoInstance),
        ends => Ok(ends),
    }
}

fn find_end(policy: &Policy, place: Option<&Place>, address: Option<IpAddr>) -> Result<Endpoint, QuestionError> {
    match (place, address) {
        (Some(place), _) => find_place(policy, place),
        (None, Some(address)) => {
            let owner = policy.vnics().find(|(_, vnic)| vnic.addresses.contains(&address));
            Ok(owner.map_or(Endpoint::Outside, |(index, _)| Endpoint::Vnic(index)))
        }
        (None, None) => Ok(Endpoint::Outside),
    }
}

fn find_place(policy: &Policy, place: &Place) -> Result<Endpoint, QuestionError> {
    let Place::Named(name) = place else {
        return Ok(Endpoint::Outside);
    };
    if let Some((index, _)) = policy.vnics().find(|(_, vnic)| vnic.id.as_str() == name) {
        return Ok(Endpoint::Vnic(index));
    }
    let of_instance: Vec<(VnicIndex, &str)> = policy
        .vnics()
        .filter(|(_, vnic)| vnic.instance.as_str() == name)
        .map(|(index, vnic)| (index, vnic.id.as_str()))
        .collect();
    match of_instance.as_slice() {
        [(index, _)] => Ok(Endpoint::Vnic(*index)),
        [] => {
            let known = policy.vnics().map(|(_, vnic)| vnic.id.to_string()).collect();
            Err(QuestionError::Unknown { name: name.clone(), known })
        }
        several => {
            let vnics = several.iter().map(|(_, id)| (*id).to_owned()).collect();
            Err(QuestionError::Ambiguous { name: name.clone(), vnics })
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Outside => out.write_str("outside"),
            Place::Named(name) => out.write_str(name),
        }
    }
}

impl FromStr for Place {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Place, Self::Err> {
        match text.trim() {
            "outside" => Ok(Place::Outside),
            name => Ok(Place::Named(name.to_owned())),
        }
    }
}

impl fmt::Display for QuestionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        match self {
            QuestionError::Unknown { name, known } => {
                write!(out, "there is no instance or vnic `{name}`: name one of {} or `outside`", quoted(known))
            }
            QuestionError::Ambiguous { name, vnics } => {
                write!(out, "instance `{name}` has several vnics: name one of {}", quoted(vnics))
            }
            QuestionError::NoInstance => out.write_str(
                "neither end of the packet is an instance, so nothing judges it: name an instance as one end",
            ),
        }
    }
}

impl std::error::Error for QuestionError {}
