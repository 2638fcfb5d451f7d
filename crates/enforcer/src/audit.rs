//! The enforcer checks itself (`--audit`): some of its verdicts are found once more by the oracle, which is written to be obvious
//! and shares no rule evaluation with the engine.
//!
//! What depends on packets before, such as that a flow is known, cannot be found again from one packet; so samples are of the
//! other verdicts: guard, infrastructure, rules, defaults.
//!
//! Contract: a worker never waits for the audit; samples that find no room are left out, and counted. A difference is an error in the log
//! with the packet and both verdicts; the verdict stands.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use conntrack::{Instant, PickUp};
use datapath::Frame;
use engine::{Accepted, Dropped, Judge, Judged, Outcome, Ruling, Verdict};
use oracle::Oracle;
use policy::{Direction, Policy, Revision, VnicId};

use crate::follow::Resolved;
use crate::judge::checksum;

/// Samples that wait.
const WAITING: usize = 64;

/// The thread that judges again. It ends when nobody can ask it any more.
pub(crate) struct Audit {
    one_in: NonZeroU32,
    tell: SyncSender<Message>,
    counts: Arc<Counts>,
}

/// What the audit found so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Verdicts that were found again.
    pub(crate) checked: AtomicU64,
    /// Those that were another one.
    pub(crate) differing: AtomicU64,
    /// Samples that found no room.
    pub(crate) missed: AtomicU64,
}

/// What a worker gives samples to.
pub(crate) struct Sampler {
    one_in: NonZeroU32,
    seen: u32,
    tell: SyncSender<Message>,
    counts: Arc<Counts>,
}

enum Message {
    Swap(Resolved),
    Sample(Sample),
}

struct Sample {
    revision: Revision,
    vnic: VnicId,
    direction: Direction,
    bytes: Vec<u8>,
    checksum: wire::Checksum,
    ruling: Ruling,
}

impl Audit {
    /// Starts to judge by a document; one in so many verdicts is looked at.
    ///
    /// # Errors
    /// There is no thread.
    pub(crate) fn start(one_in: NonZeroU32, resolved: Resolved) -> std::io::Result<Audit> {
        let (tell, messages) = sync_channel(WAITING);
        let counts = Arc::new(Counts::default());
        let found = Arc::clone(&counts);
        std::thread::Builder::new().name("audit".to_owned()).spawn(move || judge_again(&messages, &found))?;
        let audit = Audit { one_in, tell, counts };
        audit.swap(resolved);
        Ok(audit)
    }

    /// Judges samples of this document's revision from now on.
    pub(crate) fn swap(&self, resolved: Resolved) {
        // The only refusal is that the thread has ended.
        let _ = self.tell.send(Message::Swap(resolved));
    }

    /// For one worker.
    pub(crate) fn sampler(&self) -> Sampler {
        Sampler { one_in: self.one_in, seen: 0, tell: self.tell.clone(), counts: Arc::clone(&self.counts) }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl Sampler {
    /// Gives the verdict to the audit, if it is its turn.
    pub(crate) fn see(
        &mut self,
        policy: &Policy,
        vnic: &VnicId,
        direction: Direction,
        frame: Frame<'_>,
        judged: &Judged,
    ) {
        if !judged.released.is_empty() || depends_on_others(judged.verdict) {
            return;
        }
        self.seen += 1;
        if self.seen < self.one_in.get() {
            return;
        }
        self.seen = 0;
        let (vnic, bytes, checksum) = (vnic.clone(), frame.bytes().to_vec(), checksum(frame));
        let (revision, ruling) = (policy.revision(), judged.verdict.named(policy));
        let sample = Sample { revision, vnic, direction, bytes, checksum, ruling };
        if self.tell.try_send(Message::Sample(sample)).is_err() {
            self.counts.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Whether packets before this one had a part in its verdict.
fn depends_on_others(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Accept(Accepted::Established(_) | Accepted::Related(_))
        | Verdict::Drop(Dropped::Invalid(_) | Dropped::Revoked | Dropped::TableFull)
        | Verdict::Hold => true,
        Verdict::Accept(
            Accepted::Infra(_)
            | Accepted::Rule(_)
            | Accepted::SameSubnet
            | Accepted::Default
            | Accepted::PortSecurityOff,
        )
        | Verdict::Drop(
            Dropped::Malformed(_) | Dropped::Spoofed(_) | Dropped::Rule(_) | Dropped::Default | Dropped::NoGroups,
        ) => false,
    }
}

fn judge_again(messages: &Receiver<Message>, counts: &Counts) {
    let mut oracle = Oracle::new(PickUp::MidStream);
    let mut at_hand = Revision(0);
    while let Ok(message) = messages.recv() {
        match message {
            Message::Swap(Resolved { policy, document }) => {
                at_hand = policy.revision();
                oracle.swap(&document, at_hand);
            }
            // A sample may be older or newer than the document at hand for as long as a swap takes.
            Message::Sample(sample) if sample.revision == at_hand => check(&mut oracle, &sample, counts),
            Message::Sample(_) => {}
        }
    }
}

fn check(oracle: &mut Oracle, sample: &Sample, counts: &Counts) {
    let packet = wire::parse(&sample.bytes, sample.checksum);
    oracle.forget();
    let ruling = oracle.judge(
        &sample.vnic,
        sample.direction,
        packet.as_ref().map_err(|malformed| *malformed),
        Instant::from_millis(0),
    );
    // One piece of a datagram alone.
    if ruling.outcome == Outcome::Hold {
        return;
    }
    counts.checked.fetch_add(1, Ordering::Relaxed);
    if ruling != sample.ruling {
        counts.differing.fetch_add(1, Ordering::Relaxed);
        let (vnic, direction) = (&sample.vnic, sample.direction);
        let hex: String = sample.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        tracing::error!(
            "{vnic} {direction}: the verdict was `{}`, and the oracle finds `{ruling}`: report this fault with the document and this frame: {hex}",
            sample.ruling
        );
    }
}

#[cfg(test)]
mod tests {
    use datapath::OwnedFrame;
    use policy::{Document, resolve};

    use super::*;

    const DOCUMENT: &str = "
version: 1
networks: [{id: tenant, subnets: [{prefix: 192.0.2.0/24}]}]
groups: [{id: web, rules: [web-http: ingress ipv4 tcp 80 from any]}]
instances:
  - id: web
    vnics: [{network: tenant, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web]}]
";

    fn resolved() -> Resolved {
        let document = Document::check(DOCUMENT).0;
        Resolved { policy: Arc::new(resolve(&document, Revision(1)).unwrap()), document: Arc::new(document) }
    }

    /// What the audit counts of a SYN that had this verdict.
    fn check(port: u16, verdict: Verdict, expect: (u64, u64)) {
        let resolved = resolved();
        let policy = Arc::clone(&resolved.policy);
        let audit = Audit::start(NonZeroU32::MIN, resolved).unwrap();
        let text = format!("52:54:00:00:02:01 > 52:54:00:00:02:0a tcp 192.0.2.1:40000 > 192.0.2.10:{port}");
        let packet: wire::Packet = text.parse().unwrap();
        let frame = OwnedFrame::build(&wire::build(&packet));
        let judged = Judged { verdict, released: Vec::new() };
        let mut sampler = audit.sampler();
        sampler.see(&policy, &"web".parse().unwrap(), Direction::Ingress, frame.lend(), &judged);
        drop(sampler);
        let counts = Arc::clone(&audit.counts);
        drop(audit);
        // The thread ends when all that could ask it are gone.
        while Arc::strong_count(&counts) > 1 {
            std::thread::yield_now();
        }
        let found = (counts.checked.load(Ordering::Relaxed), counts.differing.load(Ordering::Relaxed));
        assert_eq!(found, expect, "{port} {verdict:?}");
    }

    #[test]
    fn a_verdict_that_differs_is_found() {
        let policy = resolved().policy;
        let rule = policy.rules().find(|rule| policy.rule_id(*rule).as_str() == "web-http").unwrap();
        check(80, Verdict::Accept(Accepted::Rule(rule)), (1, 0));
        check(81, Verdict::Drop(Dropped::Default), (1, 0));
        check(81, Verdict::Accept(Accepted::Rule(rule)), (1, 1));
        check(80, Verdict::Drop(Dropped::Default), (1, 1));
        check(80, Verdict::Accept(Accepted::Established(Some(rule))), (0, 0));
    }
}
