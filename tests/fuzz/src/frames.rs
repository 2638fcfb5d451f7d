//! Frames at hooks: engine and oracle say the same.

use conntrack::{Config, Conntrack, Instant, Zone};
use engine::{EngineJudge, Hook, Judge, judge_frame};
use oracle::Oracle;
use policy::Direction;
use wire::{Checksum, Course, Gist, Packet, glance};

use crate::bytes::Bytes;
use crate::stage::{STAGES, Stage};

/// Milliseconds between two frames; some are timeouts.
const PAUSES: [u64; 8] = [0, 1, 1_999, 10_000, 30_000, 60_000, 120_000, 300_000];

/// One frame, in a world without a past.
pub(crate) fn check_frame(input: &[u8]) {
    let mut bytes = Bytes(input);
    let mut pair = Pair::new(&mut bytes);
    let choice = bytes.byte();
    let mut frame = bytes.take(usize::MAX).to_vec();
    if choice & 4 != 0 {
        repair_ipv4_header(&mut frame);
    }
    pair.judge(choice, &frame);
}

/// Many frames, each with its hook and the time before it.
pub(crate) fn check_sequence(input: &[u8]) {
    let mut bytes = Bytes(input);
    let mut pair = Pair::new(&mut bytes);
    while !bytes.is_empty() {
        let choice = bytes.byte();
        pair.now = Instant::from_millis(pair.now.as_millis() + bytes.pick(&PAUSES));
        let length = usize::from(bytes.byte());
        let mut frame = bytes.take(length).to_vec();
        repair_ipv4_header(&mut frame);
        pair.judge(choice, &frame);
    }
}

/// The engine by packet and by frame, and the oracle.
struct Pair {
    stage: &'static Stage,
    engine: EngineJudge,
    oracle: Oracle,
    conntrack: Conntrack,
    now: Instant,
    /// Whether there was a fragment.
    gathers: bool,
}

impl Pair {
    fn new(bytes: &mut Bytes<'_>) -> Pair {
        let stage = bytes.pick(&STAGES);
        let (pick_up, engine, oracle) = bytes.pick(&stage.judges).clone();
        let conntrack = Conntrack::new(Config { pick_up, ..Config::default() });
        Pair { stage, engine, oracle, conntrack, now: Instant::from_millis(0), gathers: false }
    }

    /// `choice` holds the vnic and the direction.
    fn judge(&mut self, choice: u8, frame: &[u8]) {
        let vnic = &self.stage.vnics[usize::from(choice & 1)];
        let direction = if choice & 2 == 0 { Direction::Ingress } else { Direction::Egress };
        // A checksum is seldom right by chance, and no judgement depends on it.
        let packet = wire::parse(frame, Checksum::Unfinished);
        let ours = self.engine.judge(vnic, direction, packet.as_ref().map_err(|malformed| *malformed), self.now);
        let theirs = self.oracle.judge(vnic, direction, packet.as_ref().map_err(|malformed| *malformed), self.now);
        assert_eq!(ours, theirs, "engine and oracle, {direction} at {vnic}: {packet:?}");
        if let Ok(packet) = &packet {
            assert_eq!(packet.to_string().parse(), Ok(*packet), "text form");
        }
        if let Some(index) = self.stage.policy.vnic_index(vnic) {
            let hook = Hook { vnic: index, zone: Zone(index.0), direction };
            let judged =
                judge_frame(&self.stage.policy, &mut self.conntrack, hook, frame, Checksum::Unfinished, self.now);
            self.gathers |= is_fragment(packet.as_ref().ok());
            // By the bytes of fragments more is known of the whole.
            if !self.gathers {
                assert_eq!(judged.verdict.named(&self.stage.policy), ours, "by frame and by packet: {packet:?}");
            }
            check_glance(frame);
        }
    }
}

/// What a glance vouches for, parsing says too.
fn check_glance(frame: &[u8]) {
    for checksum in [Checksum::Unfinished, Checksum::Complete] {
        let gist = glance(frame, checksum).filter(|gist| gist.course != Course::OtherTcp);
        let parsed = wire::parse(frame, checksum);
        assert!(gist.is_none() || gist == parsed.ok().and_then(|packet| Gist::of(packet.datagram()?)), "{gist:?}");
    }
}

fn is_fragment(packet: Option<&Packet>) -> bool {
    packet.and_then(Packet::datagram).is_some_and(|datagram| datagram.fragment.is_some())
}

/// Makes the header checksum right, without which hardly any frame would get further.
fn repair_ipv4_header(frame: &mut [u8]) {
    let Some(ip) = frame.get_mut(14..34).filter(|ip| ip[0] == 0x45) else { return };
    ip[10..12].fill(0);
    let mut sum: u32 = ip.chunks_exact(2).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]]))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    ip[10..12].copy_from_slice(&(!(sum as u16)).to_be_bytes());
}
