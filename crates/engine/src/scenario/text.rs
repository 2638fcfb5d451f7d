//! The text form of scenarios.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use conntrack::{Instant, PickUp};
use policy::{Diagnostic, Document, Edit, Severity};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ruling::Ruling;
use crate::scenario::{Event, Input, Scenario, Step};

/// Every fault of a scenario file, each with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioFaults(pub Vec<String>);

/// Why a line is no step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    document: Option<Value>,
    scenarios: Vec<RawScenario>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    name: String,
    quote: Option<String>,
    document: Option<Value>,
    #[serde(default)]
    pick_up: RawPickUp,
    steps: String,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawPickUp {
    #[default]
    MidStream,
    Never,
}

impl Scenario {
    /// Reads a scenario file: one document and the scenarios over it, or over documents of their own. `steps` has one step a
    /// line; `#` starts a comment line.
    ///
    /// # Errors
    /// Every fault of a document that no step of its scenario expects, and every fault of a step, at once; or where the YAML
    /// breaks off.
    pub fn read(text: &str) -> Result<Vec<Scenario>, ScenarioFaults> {
        let file: RawFile = serde_saphyr::from_str(text).map_err(|error| ScenarioFaults(vec![error.to_string()]))?;
        let mut faults = Vec::new();
        let shared = file.document.as_ref().map(Document::check_value);
        if let Some((_, found)) = &shared {
            let errors = found.iter().filter(|fault| fault.severity == Severity::Error);
            faults.extend(errors.map(|fault| format!("document: {fault}")));
        }
        let read = |raw: RawScenario| raw.read(shared.as_ref(), &mut faults);
        let scenarios = file.scenarios.into_iter().filter_map(read).collect();
        if faults.is_empty() { Ok(scenarios) } else { Err(ScenarioFaults(faults)) }
    }

    /// A scenario file with this one alone; the inverse of [`Scenario::read`], but for faults that no step expects.
    pub fn to_yaml(&self) -> String {
        let mut text = "document:\n".to_owned();
        let lines =
            |lines: &str, indent: &str| lines.lines().map(|line| format!("{indent}{line}\n")).collect::<String>();
        text.push_str(&lines(&self.document.to_yaml(), "  "));
        text.push_str(&format!("scenarios:\n  - name: {}\n", json!(self.name)));
        if let Some(quote) = &self.quote {
            text.push_str(&format!("    quote: {}\n", json!(quote)));
        }
        if self.pick_up == PickUp::Never {
            text.push_str("    pick_up: never\n");
        }
        let steps: String = self.steps.iter().map(|step| format!("{step}\n")).collect();
        text.push_str("    steps: |\n");
        text.push_str(&lines(&steps, "      "));
        text
    }
}

impl RawScenario {
    /// `shared` is the document of the file, with what is wrong with it.
    fn read(self, shared: Option<&(Document, Vec<Diagnostic>)>, faults: &mut Vec<String>) -> Option<Scenario> {
        let lines = self.steps.lines().enumerate().filter(|(_, line)| !is_blank(line));
        let mut steps: Vec<Step> = Vec::new();
        for (number, line) in lines {
            let place = format!("scenario `{}`, step line {}", self.name, number + 1);
            match line.parse::<Step>() {
                Err(error) => faults.push(format!("{place}: {error}")),
                Ok(step) if steps.last().is_some_and(|last| last.at > step.at) => {
                    faults.push(format!("{place}: it is before the step above it: put the steps in order of time"));
                }
                Ok(step) => steps.push(step),
            }
        }
        let own = self.document.as_ref().map(Document::check_value);
        let Some((document, found)) = own.as_ref().or(shared) else {
            faults.push(format!("scenario `{}`: it has no document, and neither has the file", self.name));
            return None;
        };
        if own.is_some() {
            let unexpected =
                found.iter().filter(|fault| fault.severity == Severity::Error && !is_expected(&steps, fault));
            faults.extend(unexpected.map(|fault| format!("scenario `{}`, document: {fault}", self.name)));
        }
        let pick_up = match self.pick_up {
            RawPickUp::MidStream => PickUp::MidStream,
            RawPickUp::Never => PickUp::Never,
        };
        let (document, found) = (document.clone(), found.clone());
        Some(Scenario { name: self.name, quote: self.quote, document, faults: found, pick_up, steps })
    }
}

/// Whether a step is about the fault.
fn is_expected(steps: &[Step], fault: &Diagnostic) -> bool {
    steps.iter().any(|step| match &step.event {
        Event::Fault { path, message } => *path == fault.path && fault.message.contains(message),
        Event::Arrival { .. } | Event::Apply(_) | Event::Refuse { .. } => false,
    })
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ", Since(self.at))?;
        match &self.event {
            Event::Apply(edit) => write!(out, "apply {edit}"),
            Event::Refuse { edit, message } => write!(out, "refuse {edit} => {message}"),
            Event::Fault { path, message } => write!(out, "fault {path}: {message}"),
            Event::Arrival { vnic, direction, input, expect } => write!(out, "{vnic} {direction}: {input} => {expect}"),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Packet(sketch) => sketch.fmt(out),
            Input::Frame(bytes) => {
                out.write_str("frame ")?;
                bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
            }
        }
    }
}

impl FromStr for Step {
    type Err = StepError;

    fn from_str(text: &str) -> Result<Step, StepError> {
        let text = text.trim();
        let (time, rest) = text.split_once(char::is_whitespace).ok_or_else(|| step_form(text))?;
        let at = read_time(time)?;
        let rest = rest.trim();
        if let Some(edit) = rest.strip_prefix("apply ") {
            return Ok(Step { at, event: Event::Apply(read_edit(edit)?) });
        }
        if let Some(refused) = rest.strip_prefix("refuse ") {
            let (edit, message) = refused.rsplit_once("=>").ok_or_else(|| step_form(text))?;
            let (edit, message) = (read_edit(edit)?, message.trim().to_owned());
            return Ok(Step { at, event: Event::Refuse { edit, message } });
        }
        if let Some(fault) = rest.strip_prefix("fault ") {
            let (path, message) = fault.split_once(": ").ok_or_else(|| step_form(text))?;
            let (path, message) = (path.trim().to_owned(), message.trim().to_owned());
            return Ok(Step { at, event: Event::Fault { path, message } });
        }
        let (arrival, expect) = rest.rsplit_once("=>").ok_or_else(|| step_form(text))?;
        let (hook, input) = arrival.split_once(": ").ok_or_else(|| step_form(text))?;
        let (vnic, direction) = hook.trim().split_once(' ').ok_or_else(|| step_form(text))?;
        let expect: Ruling = expect.parse().map_err(|error| StepError(format!("{error}")))?;
        Ok(Step {
            at,
            event: Event::Arrival {
                vnic: vnic.parse().map_err(|error: policy::IdError| StepError(error.to_string()))?,
                direction: direction.parse().map_err(|error| StepError(format!("{error}")))?,
                input: input.parse()?,
                expect,
            },
        })
    }
}

impl FromStr for Input {
    type Err = StepError;

    fn from_str(text: &str) -> Result<Input, StepError> {
        let text = text.trim();
        match text.strip_prefix("frame ") {
            Some(hex) => read_hex(hex.trim()).map(Input::Frame),
            None if text == "frame" => Ok(Input::Frame(Vec::new())),
            None => text.parse().map(Input::Packet).map_err(|error| StepError(format!("{error}"))),
        }
    }
}

fn read_edit(text: &str) -> Result<Edit, StepError> {
    text.trim().parse().map_err(|error| StepError(format!("{error}")))
}

fn step_form(text: &str) -> StepError {
    StepError(format!(
        "`{text}` is no step: write `TIME VNIC ingress|egress: PACKET => VERDICT`, `TIME apply EDIT`, `TIME refuse EDIT => MESSAGE` or `TIME fault PATH: MESSAGE`"
    ))
}

fn read_hex(text: &str) -> Result<Vec<u8>, StepError> {
    let error = || StepError(format!("`{text}` is no frame: write two hex digits for every byte"));
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(error());
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| error())).collect()
}

/// Milliseconds in each unit, largest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A time since the start, in the largest unit that writes it exactly.
pub(crate) struct Since(pub(crate) Instant);

impl fmt::Display for Since {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let unit = UNITS.iter().find(|(_, size)| millis > 0 && millis.is_multiple_of(*size));
        match unit {
            Some((name, size)) => write!(out, "{}{name}", millis / size),
            None => write!(out, "{millis}ms"),
        }
    }
}

pub(crate) fn read_time(text: &str) -> Result<Instant, StepError> {
    let error = || StepError(format!("`{text}` is no time: write it like `10ms`, `30s`, `5m`, `6h` or `5d`"));
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
    let (number, unit) = text.split_at(digits);
    let size = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size).ok_or_else(error)?;
    let number: u64 = number.parse().map_err(|_| error())?;
    let millis = number.checked_mul(size).ok_or_else(error)?;
    Ok(Instant::from_millis(0) + Duration::from_millis(millis))
}

impl fmt::Display for StepError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for StepError {}

impl fmt::Display for ScenarioFaults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ScenarioFaults {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_survive_their_text() {
        for text in [
            "0ms web ingress: tcp 198.51.100.7:40000 > 192.0.2.10:80 => accept rule:web-http",
            "1s apply set profile exoscale",
            "2s refuse detach web from web1 => stop the instance first",
            "3s refuse add rule x to web: ingress ipv4 tcp from any \"a => b\" => has no deny",
            "4s fault groups[0].rules[1].action: the profile `aws` has no deny",
        ] {
            assert_eq!(text.parse::<Step>().map(|step| step.to_string()), Ok(text.to_owned()));
        }
        for text in ["0ms refuse detach web from web1", "0ms fault groups", "0ms refuse detach => x", "apply x"] {
            assert!(text.parse::<Step>().is_err(), "{text:?}");
        }
    }

    /// Reads a file with one scenario; expects the faults that it is refused with.
    fn check_file(document: &str, scenario: &str, expect: &[&str]) {
        let text = format!("{document}\nscenarios:\n  - {{name: one, {scenario}}}");
        let found = Scenario::read(&text).map(|_| ()).map_err(|faults| faults.0);
        let expect = if expect.is_empty() { Ok(()) } else { Err(expect.iter().map(ToString::to_string).collect()) };
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn documents_have_no_fault_but_those_that_steps_expect() {
        let sound = "document: {version: 1}";
        let faulty = "document: {version: 1, profile: {name: ''}}";
        let fault = "error: profile.name: the name is empty: write one";
        check_file(sound, "steps: ''", &[]);
        check_file(faulty, "steps: ''", &[&format!("document: {fault}")]);
        check_file(sound, &format!("{faulty}, steps: ''"), &[&format!("scenario `one`, document: {fault}")]);
        check_file(sound, &format!("{faulty}, steps: '0ms fault profile.name: the name is empty'"), &[]);
        check_file("", &format!("{sound}, steps: ''"), &[]);
        check_file("", "steps: ''", &["scenario `one`: it has no document, and neither has the file"]);
        check_file(
            sound,
            &format!("{faulty}, steps: '0ms fault profile: the name is empty'"),
            &[&format!("scenario `one`, document: {fault}")],
        );
    }

    #[test]
    fn times_use_the_largest_exact_unit() {
        for text in ["0ms", "10ms", "1s", "1500ms", "61s", "2m", "6h", "5d"] {
            assert_eq!(Since(read_time(text).unwrap()).to_string(), text);
        }
        for text in ["", "10", "ms", "1w", "99999999999999999999ms", "213503982335d"] {
            assert!(read_time(text).is_err(), "{text:?}");
        }
    }
}
