//! How answers look on a terminal. Without one, `anstream` takes the colour away.

use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use engine::{Outcome, Ruling};

/// Prints an answer. Who stops reading half-way has read enough.
pub(crate) fn print(answer: &str) {
    let _closed_pipe = writeln!(anstream::stdout(), "{}", answer.trim_end());
}

/// Something good, in green.
pub(crate) fn good(text: impl Display) -> String {
    paint(AnsiColor::Green.on_default().bold(), text)
}

/// Something bad, in red.
pub(crate) fn bad(text: impl Display) -> String {
    paint(AnsiColor::Red.on_default().bold(), text)
}

/// Something to look at, in yellow.
pub(crate) fn warn(text: impl Display) -> String {
    paint(AnsiColor::Yellow.on_default().bold(), text)
}

/// Something less important.
pub(crate) fn faint(text: impl Display) -> String {
    paint(Style::new().dimmed(), text)
}

/// Something more important.
pub(crate) fn strong(text: impl Display) -> String {
    paint(Style::new().bold(), text)
}

/// A ruling in the colour of its outcome; the word says it too.
pub(crate) fn ruling(ruling: &Ruling) -> String {
    match ruling.outcome {
        Outcome::Accept => good(format!("✔ {ruling}")),
        Outcome::Drop => bad(format!("✘ {ruling}")),
        Outcome::Hold => warn(format!("◌ {ruling}")),
    }
}

/// Names with commas between.
pub(crate) fn names(names: &[impl Display]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}
