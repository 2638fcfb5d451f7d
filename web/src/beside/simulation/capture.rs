//! A capture file of the person at the browser, judged a slice at a time.
//!
//! The file never leaves the browser, and never is in memory as a whole.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, HashSet};
use std::io::{self, Read};
use std::rc::Rc;

use capture::Reader;
use conntrack::{Instant, Way};
use engine::{LISTED, Outcome, Replay, SeenFlow, Tally};
use js_sys::Uint8Array;
use policy::{Resolved, Subject};
use serde_json::{Value, json};
use web_sys::{File, FileReaderSync};
use wire::{Checksum, Payload};

use super::text;

/// How long a slice is worked at, in milliseconds: a question about the flows waits no longer.
const SLICE: f64 = 60.0;

/// A capture and how far it came.
pub(crate) struct Capture {
    /// Tells it from others of the same file.
    run: u64,
    size: f64,
    reader: Option<Reader<Slices>>,
    replay: Replay,
    /// How far the file was read, in bytes.
    read: Rc<Cell<f64>>,
    /// Frames that are no packet, by what is wrong with them.
    malformed: BTreeMap<&'static str, u64>,
    /// Frames of which the capture kept only the beginning.
    cut: u64,
    /// Why the capture ended early.
    error: Option<String>,
    listing: Listing,
}

/// The flows that a filter lets through.
#[derive(Default)]
struct Listing {
    filter: String,
    found: Vec<usize>,
    /// How many flows were looked at.
    seen: usize,
}

/// A file that is read piece by piece.
struct Slices {
    file: File,
    at: Rc<Cell<f64>>,
}

impl Capture {
    /// The beginning of a file.
    pub(crate) fn open(file: &File, run: u64, resolved: &Resolved) -> Capture {
        let read = Rc::new(Cell::new(0.0));
        let (reader, error) = match Reader::new(Slices { file: file.clone(), at: read.clone() }) {
            Ok(reader) => (Some(reader), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let replay = Replay::new(resolved.policy().clone());
        let (malformed, cut, listing) = (BTreeMap::new(), 0, Listing::default());
        Capture { run, size: file.size(), reader, replay, read, malformed, cut, error, listing }
    }

    /// Whether it is the capture of a question.
    pub(crate) fn is_run(&self, run: u64) -> bool {
        self.run == run
    }

    /// Judges the next slice, and tells how far it is.
    pub(crate) fn advance(&mut self) -> Value {
        let start = js_sys::Date::now();
        while js_sys::Date::now() - start < SLICE {
            // The clock is not asked for every packet.
            for _ in 0..64 {
                self.take();
            }
            if self.reader.is_none() {
                break;
            }
        }
        self.tell()
    }

    /// Some of the flows that a filter lets through.
    pub(crate) fn flows(&mut self, question: &Value) -> Value {
        let number = |name: &str| question.get(name).and_then(Value::as_u64).unwrap_or_default() as usize;
        let (first, count) = (number("first"), number("count"));
        self.listing.look(text(question, "filter"), &self.replay);
        let rows = self.listing.found.iter().skip(first).take(count);
        let rows: Vec<Value> = rows.map(|index| self.row(*index)).collect();
        json!({ "rows": rows, "first": first, "total": self.listing.found.len() })
    }

    /// The first packets of flows that were let pass, one of those that differ in what a rule does not see.
    pub(crate) fn opened(&self) -> Value {
        let mut known = HashSet::new();
        let passed = |flow: &&SeenFlow| {
            let began = &self.replay.tallies()[flow.began];
            began.ruling(&self.replay).outcome == Outcome::Accept
        };
        let packets = self.replay.flows().iter().filter(passed).filter_map(|flow| {
            let Payload::Ip(datagram) = &flow.first.payload else { return None };
            let subject = Subject::of(datagram);
            let (source, destination) = (subject.endpoints.source(), subject.endpoints.destination());
            known.insert((source, destination, subject.protocol, subject.key())).then(|| flow.first.to_string())
        });
        json!({ "packets": packets.collect::<Vec<_>>() })
    }

    fn take(&mut self) {
        let Some(reader) = &mut self.reader else { return };
        let record = match reader.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => return self.reader = None,
            Err(error) => {
                self.error = Some(error.to_string());
                return self.reader = None;
            }
        };
        if record.wire_length > record.bytes().len() {
            self.cut += 1;
            return;
        }
        let stamp = record.stamp.map(|stamp| Instant::from_nanos(u64::try_from(stamp.as_nanos()).unwrap_or(u64::MAX)));
        // A capture of a sender has the checksums that a device was to fill in.
        match wire::parse(record.bytes(), Checksum::Unfinished) {
            Ok(packet) => self.replay.take(&packet, stamp),
            Err(malformed) => *self.malformed.entry(malformed.meaning()).or_default() += 1,
        }
    }

    fn tell(&self) -> Value {
        let counts = self.replay.counts();
        let tally = |tally: &Tally| {
            let ruling = tally.ruling(&self.replay);
            json!({
                "vnic": self.replay.policy().vnic(tally.vnic).id.as_str(),
                "direction": tally.direction.to_string(),
                "verdict": ruling.outcome.to_string(),
                "reason": ruling.reason,
                "rule": ruling.rule.as_ref().map(ToString::to_string),
                "packets": tally.packets,
                "flows": tally.flows,
            })
        };
        json!({
            "run": self.run,
            "read": self.read.get(),
            "size": self.size,
            "done": self.reader.is_none(),
            "fault": self.error,
            "packets": counts.packets,
            "foreign": counts.foreign,
            "unlisted": counts.unlisted,
            "listed": LISTED,
            "cut": self.cut,
            "malformed": self.malformed.iter().map(|(what, count)| json!([what, count])).collect::<Vec<_>>(),
            "tallies": self.replay.tallies().iter().map(tally).collect::<Vec<_>>(),
            "flows": self.replay.flows().len(),
        })
    }

    fn row(&self, index: usize) -> Value {
        let flow = &self.replay.flows()[index];
        let ruling = |place: usize| {
            let tally = &self.replay.tallies()[place];
            let ruling = tally.ruling(&self.replay);
            json!({
                "vnic": self.replay.policy().vnic(tally.vnic).id.as_str(),
                "direction": tally.direction.to_string(),
                "verdict": ruling.outcome.to_string(),
                "ruling": ruling.to_string(),
            })
        };
        let start = self.replay.flows().first().map_or(flow.start, |first| first.start);
        json!({
            "number": index + 1,
            "packet": flow.first.to_string(),
            "began": ruling(flow.began),
            "broke": flow.broke.map(|broke| {
                json!({
                    "packet": broke.packet.to_string(),
                    "ruling": ruling(broke.tally),
                    "after_ms": broke.at.since(flow.start).as_millis() as u64,
                    "way": if broke.way == Way::Original { ">" } else { "<" },
                })
            }),
            "packets": flow.packets,
            "bytes": flow.bytes,
            "dropped": flow.dropped,
            "start_ms": flow.start.since(start).as_millis() as u64,
            "lasted_ms": flow.end.since(flow.start).as_millis() as u64,
        })
    }
}

impl Listing {
    /// Looks at what was not looked at, or at all of it for another filter.
    fn look(&mut self, filter: &str, replay: &Replay) {
        if filter != self.filter {
            *self = Listing { filter: filter.to_owned(), ..Listing::default() };
        }
        let words: Vec<String> = self.filter.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let tallies: Vec<String> = replay.tallies().iter().map(|tally| searched(tally, replay)).collect();
        let flows = replay.flows().iter().enumerate().skip(self.seen);
        let fits = |flow: &SeenFlow| words.is_empty() || has_all(flow, &tallies, &words);
        self.found.extend(flows.filter(|(_, flow)| fits(flow)).map(|(index, _)| index));
        self.seen = replay.flows().len();
    }
}

/// What a filter finds of a verdict: `db ingress drop default`.
fn searched(tally: &Tally, replay: &Replay) -> String {
    let vnic = &replay.policy().vnic(tally.vnic).id;
    format!("{vnic} {} {}", tally.direction, tally.ruling(replay)).to_lowercase()
}

fn has_all(flow: &SeenFlow, tallies: &[String], words: &[String]) -> bool {
    let (began, packet) = (&tallies[flow.began], OnceCell::new());
    let broke = flow.broke.map_or("", |broke| &tallies[broke.tally]);
    words.iter().all(|word| {
        let packet = || packet.get_or_init(|| flow.first.to_string().to_lowercase()).contains(word);
        began.contains(word) || broke.contains(word) || packet()
    })
}

impl Read for Slices {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let refused = |_| io::Error::other("the browser does not let it be read");
        let from = self.at.get();
        let slice = self.file.slice_with_f64_and_f64(from, from + buffer.len() as f64).map_err(refused)?;
        let bytes = FileReaderSync::new().and_then(|reader| reader.read_as_array_buffer(&slice)).map_err(refused)?;
        let bytes = Uint8Array::new(&bytes);
        let length = bytes.length() as usize;
        bytes.copy_to(&mut buffer[..length]);
        self.at.set(from + length as f64);
        Ok(length)
    }
}
