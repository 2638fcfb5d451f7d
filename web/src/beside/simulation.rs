//! What happens to packets, and why.
//!
//! Contract: behind a question stands the document. An answer has an `error`, a sentence, where there is none. A file that comes in is
//! the capture of the questions behind it. Questions:
//!
//! | `ask` | besides | answer |
//! |---|---|---|
//! | `play` | `from`, `to`, `events`, `step` | `steps`, each as [`engine::Scene`] tells it or with its `fault`; all of the `step` as `now` |
//! | `course` | `course`, `from`, `to`, `packet` | `events` |
//! | `scenario` | `from`, `to`, `events`, `name` | `text` |
//! | `frame` | `text` | `packet`, of the frame whose bytes the text shows |
//! | `replay` | `run`, another number for another beginning | how far the capture is, and its `tallies` |
//! | `flows` | `run`, `filter`, `first`, `count` | `rows` of the capture's flows, and the `total` that the filter lets through |
//! | `opened` | `run` | `packets`, one for each kind of flow whose first packet passed |
//!
//! Absent: anything that the engine does not say itself.

mod capture;
mod connection;
mod documents;

use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use web_sys::File;
use wire::{Checksum, Sketch};

use capture::Capture;
use documents::Documents;

use super::{Program, at_once, texts};

/// What lies at hand.
#[derive(Default)]
struct Desk {
    documents: Documents,
    file: Option<File>,
    capture: Option<Capture>,
}

/// Begins to answer.
pub(super) fn start() -> Program {
    let mut desk = Desk::default();
    Box::new(move |message| match message.dyn_into::<File>() {
        Ok(file) => {
            desk.file = Some(file);
            at_once(None)
        }
        Err(message) => at_once(desk.answer(&texts(&message))),
    })
}

impl Desk {
    /// `None` where the page asks in another form than its worker knows.
    fn answer(&mut self, texts: &[String]) -> Option<String> {
        let [question, about @ ..] = texts else { return None };
        let question: Value = serde_json::from_str(question).ok()?;
        let mut answer = self.tell(&question, about.first()).unwrap_or_else(|error| json!({ "error": error }));
        answer["number"] = question.get("number")?.clone();
        Some(answer.to_string())
    }

    fn tell(&mut self, question: &Value, document: Option<&String>) -> Result<Value, String> {
        let mut resolved = || self.documents.open(document.ok_or("the question is about no document")?);
        let run = question.get("run").and_then(Value::as_u64).unwrap_or_default();
        match text(question, "ask") {
            "play" => Ok(connection::play(question, resolved()?)),
            "course" => connection::course(question, &resolved()?),
            "scenario" => connection::scenario(question, resolved()?),
            "frame" => frame(text(question, "text")),
            "replay" => {
                let resolved = resolved()?;
                let file = self.file.as_ref().ok_or("no capture was opened")?;
                let known = self.capture.take().filter(|capture| capture.is_run(run));
                let capture = self.capture.insert(known.unwrap_or_else(|| Capture::open(file, run, &resolved)));
                Ok(capture.advance())
            }
            "flows" => {
                let capture = self.capture.as_mut().filter(|capture| capture.is_run(run));
                Ok(capture.ok_or("the capture is not there any more")?.flows(question))
            }
            "opened" => {
                let capture = self.capture.as_ref().filter(|capture| capture.is_run(run));
                Ok(capture.ok_or("the capture is not there any more")?.opened())
            }
            other => Err(format!("the simulation knows no question `{other}`")),
        }
    }
}

/// The packet of a frame; its Ethernet addresses are those of the place where it was seen, so they are left open.
fn frame(dump: &str) -> Result<Value, String> {
    let bytes = wire::read_dump(dump).ok_or("this is no packet in text, and no frame in hex digits")?;
    // What a device was to fill in stands unfinished in a frame that was seen at its sender.
    let packet = wire::parse(&bytes, Checksum::Unfinished)
        .map_err(|malformed| format!("the frame is malformed: {}", malformed.meaning()))?;
    Ok(json!({ "packet": Sketch { macs: None, payload: packet.payload }.to_string() }))
}

/// The text under a name of a question.
fn text<'v>(question: &'v Value, name: &str) -> &'v str {
    question.get(name).and_then(Value::as_str).unwrap_or_default()
}
