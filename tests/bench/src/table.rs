//! Rows of figures, as text and as JSON.

use std::fmt::Write;

use serde::Serialize;

use crate::race::{Figure, Spread};

/// One line of the table: the same work by all who do it.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What is measured.
    pub work: String,
    /// In which circumstances.
    pub case: String,
    /// What the figures are.
    #[serde(flatten)]
    pub content: Content,
}

/// What a row shows.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Times of contenders, ours first.
    Race(Vec<Figure>),
    /// Something counted, such as bytes, by who has it, ours first.
    Count(Vec<Counted>),
}

/// How much of something somebody has.
#[derive(Clone, Debug, Serialize)]
pub struct Counted {
    /// Who.
    pub name: &'static str,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
}

impl Row {
    /// A row of a race.
    pub fn race(work: impl Into<String>, case: impl Into<String>, figures: Vec<Figure>) -> Row {
        Row { work: work.into(), case: case.into(), content: Content::Race(figures) }
    }

    /// A row of counts.
    pub fn count(work: impl Into<String>, case: impl Into<String>, counts: Vec<Counted>) -> Row {
        Row { work: work.into(), case: case.into(), content: Content::Count(counts) }
    }

    /// The row as a line of text.
    pub fn line(&self) -> String {
        let mut text = format!("  {:<26} {:<34}", self.work, self.case);
        match &self.content {
            Content::Race(figures) => {
                for figure in figures {
                    let Figure { name, nanos, ratio } = figure;
                    let _ = write!(text, "  {name} {}", range(nanos));
                    if !std::ptr::eq(figure, &figures[0]) {
                        let _ = write!(text, " = {:.2}x", ratio.median);
                    }
                }
            }
            Content::Count(counts) => {
                for Counted { name, value, unit } in counts {
                    let decimals = usize::from(value.fract() != 0.0);
                    let _ = write!(text, "  {name} {value:.decimals$} {unit}");
                }
            }
        }
        text
    }
}

fn range(spread: &Spread) -> String {
    format!("{} ({} to {})", nanos(spread.median), nanos(spread.min), nanos(spread.max))
}

/// Nanoseconds as people say them.
fn nanos(value: f64) -> String {
    match value {
        value if value < 100.0 => format!("{value:.1} ns"),
        value if value < 10_000.0 => format!("{value:.0} ns"),
        value if value < 1e7 => format!("{:.1} us", value / 1e3),
        value if value < 1e10 => format!("{:.1} ms", value / 1e6),
        value => format!("{:.1} s", value / 1e9),
    }
}
