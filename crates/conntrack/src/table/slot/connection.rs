//! How a TCP connection stands in the words and flags of its place.

use crate::tcp::{Open, Opening, Origin, Side, Stage, Syn, Tcp};
use crate::tracker::Tracker;

use super::super::annex::Annex;
use super::{HAS_FIN, Kind, ORIGIN, SCALE, STAGE, Slot};

/// A scale that was not offered. Those that were end at 14.
const NO_SCALE: u64 = 15;
/// In the word of a window, which has 31 bits.
pub(super) const ACKNOWLEDGES: u32 = 1 << 31;
/// Words of a side.
pub(super) const SIDE: usize = 5;
/// In the word of a SYN's window, which has 16 bits: a challenge passed.
const CHALLENGED: u32 = 1 << 16;

impl Slot {
    /// Whether a tracker has a part that only an annex has room for.
    pub(in crate::table) fn is_rare(tracker: &Tracker) -> bool {
        match tracker {
            Tracker::Tcp(Tcp::Open(open)) => {
                open.probe.is_some() || odd_fin(&open.original).is_some() || odd_fin(&open.reply).is_some()
            }
            Tracker::Tcp(_) | Tracker::Udp(_) | Tracker::Query(_) | Tracker::Plain(..) => false,
        }
    }

    pub(super) fn opening(&self, words: &[u32; 10]) -> Opening {
        let &[sequence, end, window, challenge, ..] = words;
        Opening {
            syn: Syn { sequence, end, window: window as u16, scale: self.scale(0) },
            challenge: (window & CHALLENGED != 0).then_some(challenge),
        }
    }

    pub(super) fn set_opening(&mut self, opening: &Opening) {
        let Opening { syn, challenge } = *opening;
        let challenged = if challenge.is_some() { CHALLENGED } else { 0 };
        let words = [syn.sequence, syn.end, u32::from(syn.window) | challenged, challenge.unwrap_or(0)];
        self.words[..words.len()].copy_from_slice(&words);
        self.set_kind(Kind::Opening, 0);
        self.set_scale(0, syn.scale);
    }

    pub(super) fn open(&self, words: &[u32; 10], annex: Option<&Annex>) -> Open {
        let side = |which: usize| {
            let side = self.side(which, words);
            let fin = || annex.and_then(|annex| annex.fins[which]).unwrap_or(side.end);
            Side { fin: (HAS_FIN[which].of(self.flags.into()) == 1).then(fin), ..side }
        };
        Open {
            stage: Stage::ALL[self.get(STAGE) as usize],
            origin: self.origin(),
            original: side(0),
            reply: side(1),
            probe: annex.and_then(|annex| annex.probe),
        }
    }

    pub(super) fn set_open(&mut self, open: &Open) {
        self.set_kind(Kind::Open, open.stage as u64);
        self.set(ORIGIN, open.origin as u64);
        for (which, side) in [&open.original, &open.reply].into_iter().enumerate() {
            self.set_side(which, side);
            self.flags = HAS_FIN[which].with(self.flags.into(), side.fin.is_some().into()) as u32;
            self.set_scale(which, side.scale);
        }
    }

    /// A side of an open connection, as far as its words and flags tell it: without its FIN.
    pub(super) fn side(&self, which: usize, words: &[u32; 10]) -> Side {
        let [original, reply] = words.as_chunks::<SIDE>().0 else { unreachable!("ten words are two sides") };
        let &[start, end, limit, acknowledgment, window] = if which == 0 { original } else { reply };
        Side {
            start,
            end,
            limit,
            window: window & !ACKNOWLEDGES,
            acknowledged: (window & ACKNOWLEDGES != 0).then_some(acknowledgment),
            fin: None,
            scale: self.scale(which),
        }
    }

    /// Notes the numbers of a side of an open connection.
    pub(super) fn set_side(&mut self, which: usize, side: &Side) {
        let acknowledges = if side.acknowledged.is_some() { ACKNOWLEDGES } else { 0 };
        let acknowledgment = side.acknowledged.unwrap_or(0);
        let words = [side.start, side.end, side.limit, acknowledgment, side.window | acknowledges];
        let at = which * SIDE;
        self.words[at..at + SIDE].copy_from_slice(&words);
    }

    #[inline]
    pub(super) fn origin(&self) -> Origin {
        Origin::ALL[self.get(ORIGIN) as usize]
    }

    #[inline]
    pub(super) fn scale(&self, which: usize) -> Option<u8> {
        Some(SCALE[which].of(self.flags.into())).filter(|&scale| scale != NO_SCALE).map(|scale| scale as u8)
    }

    fn set_scale(&mut self, which: usize, scale: Option<u8>) {
        self.flags = SCALE[which].with(self.flags.into(), scale.map_or(NO_SCALE, u64::from)) as u32;
    }
}

/// A FIN that is not at the end of what its sender sent.
pub(super) fn odd_fin(side: &Side) -> Option<u32> {
    side.fin.filter(|&fin| fin != side.end)
}
