//! Fragments, kept in a list until their datagram is whole.

use std::net::IpAddr;
use std::time::Duration;

use conntrack::Instant;
use policy::{Direction, VnicId};
use wire::{Datagram, Fragment, Packet, Payload};

/// A datagram whose fragments do not come in this time never becomes whole.
const WAIT: Duration = Duration::from_secs(30);
const MOST_FRAGMENTS: usize = 128;

/// All datagrams that are not whole yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fragments(Vec<Partial>);

#[derive(Clone, Debug)]
struct Partial {
    name: Name,
    began: Instant,
    fragments: Vec<Packet>,
    /// Why whatever comes of it is dropped.
    spoiled: Option<&'static str>,
}

/// What fragments of one datagram have in common. IPv6 fragments may name different next headers.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    vnic: VnicId,
    direction: Direction,
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    ipv4_protocol: Option<u8>,
}

/// What a fragment does to its datagram.
pub(crate) enum Piece {
    Waits,
    /// The datagram.
    Completes(Packet),
    /// The name says why.
    Refused(&'static str),
}

impl Fragments {
    pub(crate) fn add(
        &mut self,
        vnic: &VnicId,
        direction: Direction,
        packet: &Packet,
        fragment: Fragment,
        now: Instant,
    ) -> Piece {
        let Payload::Ip(datagram) = &packet.payload else { return Piece::Completes(*packet) };
        self.0.retain(|partial| now < partial.began + WAIT);
        let name = Name::of(vnic, direction, datagram, fragment);
        let at = self.0.iter().position(|partial| partial.name == name).unwrap_or_else(|| {
            self.0.push(Partial { name, began: now, fragments: Vec::new(), spoiled: None });
            self.0.len() - 1
        });
        let piece = self.0[at].add(packet, fragment);
        if matches!(piece, Piece::Completes(_)) {
            self.0.remove(at);
        }
        piece
    }
}

impl Partial {
    fn add(&mut self, packet: &Packet, fragment: Fragment) -> Piece {
        if let Some(reason) = self.spoiled {
            return Piece::Refused(reason);
        }
        if self.fragments.contains(packet) {
            return Piece::Refused("fragment-duplicate");
        }
        if self.fragments.iter().any(|other| contradict(place(other), fragment)) {
            return self.spoil("fragment-overlap");
        }
        if self.fragments.len() == MOST_FRAGMENTS {
            return self.spoil("fragment-count");
        }
        self.fragments.push(*packet);
        self.whole().map_or(Piece::Waits, Piece::Completes)
    }

    fn spoil(&mut self, reason: &'static str) -> Piece {
        self.fragments.clear();
        self.spoiled = Some(reason);
        Piece::Refused(reason)
    }

    /// The datagram, once each of its bytes is there.
    fn whole(&self) -> Option<Packet> {
        let first = self.fragments.iter().find(|packet| place(packet).offset == 0)?;
        let last = self.fragments.iter().map(place).find(|place| !place.more)?;
        let end = u32::from(last.offset) + u32::from(last.length);
        let covered = |byte: u32| self.fragments.iter().any(|packet| span(place(packet)).contains(&byte));
        if !(0..end).all(covered) {
            return None;
        }
        let Payload::Ip(datagram) = first.payload else { return None };
        let header = u32::from(place(first).length) - datagram.payload;
        let datagram = Datagram { fragment: None, payload: end - header, ..datagram };
        let length = self.fragments.iter().map(|packet| packet.length).sum();
        Some(Packet { payload: Payload::Ip(datagram), length, ..*first })
    }
}

impl Name {
    fn of(vnic: &VnicId, direction: Direction, datagram: &Datagram, fragment: Fragment) -> Name {
        let source = datagram.endpoints.source();
        Name {
            vnic: vnic.clone(),
            direction,
            source,
            destination: datagram.endpoints.destination(),
            identification: fragment.identification,
            ipv4_protocol: source.is_ipv4().then_some(datagram.protocol().0),
        }
    }
}

/// Whether two fragments cannot be of one honest datagram: a byte in both, two ends, or a byte behind the end.
fn contradict(one: Fragment, other: Fragment) -> bool {
    let (a, b) = (span(one), span(other));
    let behind = |last: Fragment, other: Fragment| !last.more && span(other).end > span(last).end;
    a.start < b.end && b.start < a.end || !one.more && !other.more || behind(one, other) || behind(other, one)
}

fn span(fragment: Fragment) -> std::ops::Range<u32> {
    let start = u32::from(fragment.offset);
    start..start + u32::from(fragment.length)
}

fn place(packet: &Packet) -> Fragment {
    let fragment = packet.datagram().and_then(|datagram| datagram.fragment);
    fragment.expect("only fragments are kept")
}
