//! Sets of packets as flat lists of boxes.
//!
//! Absent: packets whose header is missing, ordered rules, and denials.

use policy::Family;

use super::flat::FlatRule;
use crate::sets::width;

/// A set of packets as boxes that do not overlap.
#[derive(Clone, Debug, Default)]
pub struct Boxes(Vec<Block>);

/// All packets with these addresses, protocols and ports: the first and the last of each.
#[derive(Clone, Copy, Debug)]
struct Block {
    remote: (u128, u128),
    protocol: (u8, u8),
    key: (u16, u16),
}

impl Boxes {
    /// What some rules allow, and which of them allow nothing that an earlier one does not.
    pub fn of(rules: &[FlatRule], family: Family) -> (Boxes, Vec<usize>) {
        let mut boxes = Boxes::default();
        let mut idle = Vec::new();
        for (place, rule) in rules.iter().enumerate() {
            let known = boxes.0.len();
            for block in blocks(rule, family) {
                boxes.0.extend(remaining(block, &boxes.0));
            }
            if boxes.0.len() == known {
                idle.push(place);
            }
        }
        (boxes, idle)
    }

    /// What is not in the other.
    pub fn without(&self, other: &Boxes) -> Boxes {
        Boxes(self.0.iter().flat_map(|block| remaining(*block, &other.0)).collect())
    }

    /// How many boxes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no packet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many packets there are: addresses times protocols times ports.
    pub fn volume(&self) -> f64 {
        let of = |block: &Block| {
            let remotes = (block.remote.1 - block.remote.0) as f64 + 1.0;
            let protocols = f64::from(block.protocol.1 - block.protocol.0) + 1.0;
            remotes * protocols * (f64::from(block.key.1 - block.key.0) + 1.0)
        };
        self.0.iter().map(of).sum()
    }
}

fn blocks(rule: &FlatRule, family: Family) -> Vec<Block> {
    let everywhere = [(0, u128::MAX >> (128 - u32::from(width(family))))];
    let protocol = rule.protocol.map_or((0, u8::MAX), |number| (number, number));
    let keys: &[(u16, u16)] = if rule.parts.is_empty() { &[(0, u16::MAX)] } else { &rule.parts };
    let remotes = rule.remote.as_deref().unwrap_or(&everywhere);
    remotes.iter().flat_map(|remote| keys.iter().map(|key| Block { remote: *remote, protocol, key: *key })).collect()
}

/// What is left of a block without some others.
fn remaining(block: Block, others: &[Block]) -> Vec<Block> {
    let mut left = vec![block];
    for other in others.iter().filter(|other| overlaps(&block, other)) {
        left = left.into_iter().flat_map(|block| cut(block, other)).collect();
    }
    left
}

fn overlaps(one: &Block, other: &Block) -> bool {
    fn meet<T: Ord>(one: (T, T), other: (T, T)) -> bool {
        one.0 <= other.1 && other.0 <= one.1
    }
    meet(one.remote, other.remote) && meet(one.protocol, other.protocol) && meet(one.key, other.key)
}

/// What is left of a block without another: at most two pieces on each side of each field.
fn cut(block: Block, other: &Block) -> Vec<Block> {
    if !overlaps(&block, other) {
        return vec![block];
    }
    let mut pieces = Vec::new();
    let mut rest = block;
    if rest.remote.0 < other.remote.0 {
        pieces.push(Block { remote: (rest.remote.0, other.remote.0 - 1), ..rest });
        rest.remote.0 = other.remote.0;
    }
    if other.remote.1 < rest.remote.1 {
        pieces.push(Block { remote: (other.remote.1 + 1, rest.remote.1), ..rest });
        rest.remote.1 = other.remote.1;
    }
    if rest.protocol.0 < other.protocol.0 {
        pieces.push(Block { protocol: (rest.protocol.0, other.protocol.0 - 1), ..rest });
        rest.protocol.0 = other.protocol.0;
    }
    if other.protocol.1 < rest.protocol.1 {
        pieces.push(Block { protocol: (other.protocol.1 + 1, rest.protocol.1), ..rest });
        rest.protocol.1 = other.protocol.1;
    }
    if rest.key.0 < other.key.0 {
        pieces.push(Block { key: (rest.key.0, other.key.0 - 1), ..rest });
    }
    if other.key.1 < rest.key.1 {
        pieces.push(Block { key: (other.key.1 + 1, rest.key.1), ..rest });
    }
    pieces
}
