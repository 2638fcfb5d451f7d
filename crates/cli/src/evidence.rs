//! Flows that were seen: from a capture, or as text.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use analysis::tighten::Seen;
use anyhow::{Context, bail};
use capture::Reader;
use conntrack::{Config, Conntrack, Instant};
use engine::{Accepted, Question, Route, Verdict, adopt};
use policy::{Policy, Subject};
use wire::{Checksum, Packet, Payload, Sketch};

/// Where flows were seen.
#[derive(clap::Args, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct EvidenceArguments {
    /// Captures, pcap or pcapng
    #[arg(long, value_name = "FILE")]
    capture: Vec<PathBuf>,
    /// Files with a packet a line, as `simulate` takes them
    #[arg(long, value_name = "FILE")]
    flows: Vec<PathBuf>,
}

/// The flows that were opened, and what is to be said of how they were found.
pub(crate) struct Evidence {
    pub(crate) seen: Vec<Seen>,
    packets: usize,
    /// Frames that are no packet, or of which neither end is an instance.
    strange: usize,
    dropped: usize,
}

impl EvidenceArguments {
    /// Replays all of it through the engine, and keeps the packets that opened a flow by a rule.
    ///
    /// # Errors
    /// A file cannot be read, or is faulty.
    pub(crate) fn read(&self, policy: &Policy) -> anyhow::Result<Evidence> {
        if self.capture.is_empty() && self.flows.is_empty() {
            bail!(
                "there is nothing to learn from: name a capture with `--capture` or a list of packets with `--flows`"
            );
        }
        let mut evidence = Evidence { seen: Vec::new(), packets: 0, strange: 0, dropped: 0 };
        for path in &self.capture {
            evidence.replay(policy, path)?;
        }
        for path in &self.flows {
            evidence.read_list(policy, path)?;
        }
        Ok(evidence)
    }
}

impl Evidence {
    fn replay(&mut self, policy: &Policy, path: &Path) -> anyhow::Result<()> {
        let unreadable = || format!("cannot read the capture `{}`", path.display());
        let file = File::open(path).with_context(unreadable)?;
        let mut reader = Reader::new(BufReader::new(file)).with_context(unreadable)?;
        let mut conntrack = table(policy);
        let mut now = Instant::from_millis(0);
        while let Some(record) = reader.next_record().with_context(unreadable)? {
            // Time does not run backwards, whatever a capture says.
            let stamp = record.stamp.map(|stamp| Instant::from_millis(stamp.as_millis() as u64));
            now = stamp.map_or(now, |stamp| now.max(stamp));
            match wire::parse(record.bytes(), Checksum::Complete) {
                Ok(Packet { payload, .. }) => self.learn(policy, &mut conntrack, payload, now),
                Err(_) => self.strange += 1,
            }
        }
        Ok(())
    }

    fn read_list(&mut self, policy: &Policy, path: &Path) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let unreadable = || format!("`{}`, line {number}: the packet `{line}` cannot be read", path.display());
            let sketch: Sketch = line.parse().with_context(unreadable)?;
            // Each is a flow of its own.
            self.learn(policy, &mut table(policy), sketch.payload, Instant::from_millis(0));
        }
        Ok(())
    }

    fn learn(&mut self, policy: &Policy, conntrack: &mut Conntrack, payload: Payload, now: Instant) {
        self.packets += 1;
        // The Ethernet addresses of a capture are those of the place where it was made.
        let question =
            Question { sketch: Sketch { macs: None, payload }, route: Route::Between { from: None, to: None } };
        let Ok(journey) = question.ask(policy, conntrack, now) else {
            self.strange += 1;
            return;
        };
        self.dropped += usize::from(!journey.arrives());
        for leg in &journey.legs {
            if let (Verdict::Accept(Accepted::Rule(_)), Some(datagram)) = (leg.verdict, leg.packet.datagram()) {
                let vnic = policy.vnic(leg.hook.vnic).id.clone();
                self.seen.push(Seen { vnic, direction: leg.hook.direction, subject: Subject::of(datagram) });
            }
        }
    }

    /// What was found.
    pub(crate) fn words(&self) -> String {
        let Evidence { seen, packets, strange, dropped } = self;
        let mut words = format!("{packets} packets opened {} flows by a rule", seen.len());
        if *dropped > 0 {
            words.push_str(&format!("; {dropped} were dropped and say nothing"));
        }
        if *strange > 0 {
            words.push_str(&format!("; {strange} are of no instance, or no packets"));
        }
        words
    }
}

fn table(policy: &Policy) -> Conntrack {
    let mut conntrack = Conntrack::new(Config::default());
    adopt(policy, &mut conntrack);
    conntrack
}
