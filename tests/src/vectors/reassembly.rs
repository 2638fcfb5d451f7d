//! What five kinds of receivers make of forwarded fragments.

use std::collections::BTreeMap;

use policy::{Action, Direction, Part, Policy, Subject, VnicIndex};
use wire::{Checksum, Endpoints, IpProtocol, Ports};

use super::Miss;

/// How a receiver resolves overlapping fragments (Novak, "Target-Based Fragmentation Reassembly").
#[derive(Clone, Copy, Debug)]
enum Overlap {
    /// The fragment that came first keeps its bytes.
    First,
    /// The fragment that came last overwrites.
    Last,
    /// The one that begins earlier wins, at a tie the first.
    Bsd,
    /// The one that begins earlier wins, at a tie the last.
    Linux,
    /// Any overlap discards the datagram.
    Reject,
}

const OVERLAPS: [Overlap; 5] = [Overlap::First, Overlap::Last, Overlap::Bsd, Overlap::Linux, Overlap::Reject];

/// A datagram in the making: addresses, identification, protocol.
type Key = (Endpoints, u32, IpProtocol);

struct Piece {
    offset: usize,
    bytes: Vec<u8>,
    more: bool,
}

/// Datagrams that a receiver could build although the policy denies them.
pub fn find_denied(emitted: &[Vec<u8>], policy: &Policy) -> Vec<Miss> {
    let mut misses = Vec::new();
    for (key, pieces) in &collect(emitted) {
        for overlap in OVERLAPS {
            let Some(bytes) = reassemble(pieces, overlap) else { continue };
            if is_denied(policy, key, &bytes) {
                let got = format!("a receiver of kind {overlap:?} builds a denied datagram {:?}", key.0);
                misses.push(Miss { step: 0, expected: "no denied datagram".to_owned(), got });
            }
        }
    }
    misses
}

/// Says so when the forwarded fragments do not make one whole datagram.
pub(super) fn find_missing(emitted: &[Vec<u8>]) -> Vec<Miss> {
    let whole = |pieces: &Vec<Piece>| reassemble(pieces, Overlap::First).is_some();
    if collect(emitted).values().any(whole) {
        return Vec::new();
    }
    let got = format!("{} frames that do not make it", emitted.len());
    vec![Miss { step: 0, expected: "the whole datagram".to_owned(), got }]
}

fn collect(emitted: &[Vec<u8>]) -> BTreeMap<Key, Vec<Piece>> {
    let mut found: BTreeMap<Key, Vec<Piece>> = BTreeMap::new();
    for frame in emitted {
        let Ok(packet) = wire::parse(frame, Checksum::Complete) else { continue };
        let Some(datagram) = packet.datagram() else { continue };
        let Some(fragment) = datagram.fragment else { continue };
        let Some(bytes) = payload(frame, usize::from(fragment.length)) else { continue };
        let key = (datagram.endpoints, fragment.identification, datagram.protocol());
        found.entry(key).or_default().push(Piece { offset: fragment.offset.into(), bytes, more: fragment.more });
    }
    found
}

/// The payload of an IPv4 or IPv6 fragment; padding stands behind it.
fn payload(frame: &[u8], length: usize) -> Option<Vec<u8>> {
    let ip = frame.get(14..)?;
    let end = match ip.first()? >> 4 {
        4 => usize::from(u16::from_be_bytes([*ip.get(2)?, *ip.get(3)?])),
        _ => 40 + usize::from(u16::from_be_bytes([*ip.get(4)?, *ip.get(5)?])),
    };
    ip.get(end.checked_sub(length)?..end).map(<[u8]>::to_vec)
}

fn reassemble(pieces: &[Piece], overlap: Overlap) -> Option<Vec<u8>> {
    let total = pieces.iter().find(|piece| !piece.more).map(|piece| piece.offset + piece.bytes.len())?;
    let mut filled: Vec<Option<(usize, u8)>> = vec![None; total];
    for piece in pieces {
        for (at, byte) in piece.bytes.iter().enumerate() {
            let Some(slot) = filled.get_mut(piece.offset + at) else { continue };
            let overwrites = match (&slot, overlap) {
                (None, _) => true,
                (Some(_), Overlap::First) => false,
                (Some(_), Overlap::Last) => true,
                (Some((start, _)), Overlap::Bsd) => piece.offset < *start,
                (Some((start, _)), Overlap::Linux) => piece.offset <= *start,
                (Some(_), Overlap::Reject) => return None,
            };
            if overwrites {
                *slot = Some((piece.offset, *byte));
            }
        }
    }
    filled.into_iter().map(|slot| slot.map(|(_, byte)| byte)).collect()
}

fn is_denied(policy: &Policy, key: &Key, bytes: &[u8]) -> bool {
    let (endpoints, _, protocol) = *key;
    let word = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let part = match protocol {
        IpProtocol::TCP | IpProtocol::UDP => match (word(0), word(2)) {
            (Some(source), Some(destination)) => Part::Ports(Ports { source, destination }),
            _ => Part::None,
        },
        IpProtocol::ICMP | IpProtocol::ICMPV6 => match bytes {
            [kind, code, ..] => Part::Icmp { kind: *kind, code: *code },
            _ => Part::None,
        },
        _ => Part::None,
    };
    let subject = Subject { endpoints, protocol, part };
    let vm1 = VnicIndex(0);
    let owned = policy.vnic(vm1).addresses.contains(&endpoints.source());
    let direction = if owned { Direction::Egress } else { Direction::Ingress };
    policy.decide(vm1, direction, &subject).action() == Action::Deny
}
