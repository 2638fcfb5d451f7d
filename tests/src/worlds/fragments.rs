//! Packets in pieces: in order or not, doubled, missing, overlapping.

use proptest::prelude::*;
use proptest::sample::Index;
use wire::{Checksum, MacAddr, Packet, Payload, build, parse, split};

/// How a packet comes in pieces.
#[derive(Clone, Debug)]
pub struct Pieces {
    identification: u32,
    cuts: Vec<u16>,
    order: Order,
}

/// Which pieces arrive, one after the other.
#[derive(Clone, Debug)]
enum Order {
    /// Each once.
    Whole(Vec<Index>),
    /// Any of the pieces, and of those that other cuts make.
    Torn(Vec<u16>, Vec<Index>),
}

const HERE: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);
const THERE: MacAddr = MacAddr([2, 0, 0, 0, 0, 2]);

pub(super) fn pieces() -> BoxedStrategy<Pieces> {
    let cuts = || prop::collection::btree_set(1..6_u16, 1..4).prop_map(|cuts| cuts.iter().map(|cut| cut * 8).collect());
    let order = prop_oneof![
        3 => prop::collection::vec(any::<Index>(), 4).prop_map(Order::Whole),
        2 => (cuts(), prop::collection::vec(any::<Index>(), 1..8)).prop_map(|(cuts, picks)| Order::Torn(cuts, picks)),
    ];
    (7..9_u32, cuts(), order).prop_map(|(identification, cuts, order)| Pieces { identification, cuts, order }).boxed()
}

impl Pieces {
    /// The payloads that arrive; just the packet where it cannot be cut.
    pub(super) fn of(&self, whole: &Payload) -> Vec<Payload> {
        let frame = build(&Packet::new(HERE, THERE, *whole));
        let cut = |cuts: &[u16]| -> Vec<Payload> {
            let frames = split(&frame, self.identification, cuts);
            frames.iter().filter_map(|frame| Some(parse(frame, Checksum::Complete).ok()?.payload)).collect()
        };
        let mut pool = cut(&self.cuts);
        match &self.order {
            Order::Whole(picks) => {
                let picks = picks.iter();
                let mut picked: Vec<Payload> =
                    picks.map_while(|pick| (!pool.is_empty()).then(|| pool.remove(pick.index(pool.len())))).collect();
                picked.append(&mut pool);
                picked
            }
            Order::Torn(other, picks) => {
                pool.extend(cut(other));
                let picks = picks.iter().filter(|_| !pool.is_empty());
                picks.map(|pick| pool[pick.index(pool.len())]).collect()
            }
        }
    }
}
