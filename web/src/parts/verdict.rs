//! A verdict that one can tell without its colour: shape, sign and word.

use super::drawing::{Piece, icon, tag};
use super::icon::Glyph;

/// `ACCEPT` in a round badge, `DROP` in an angular one, `HOLD` in a dashed one.
pub(crate) fn outcome_badge(outcome: &str) -> Piece {
    let (class, glyph) = outcome_look(outcome);
    tag("span").class(&format!("outcome {class}")).add(icon(glyph)).text(outcome)
}

/// The class and the sign of an outcome, by its name in the core.
pub(crate) fn outcome_look(outcome: &str) -> (&'static str, Glyph) {
    match outcome {
        "accept" => ("accept", Glyph::Accept),
        "hold" => ("hold", Glyph::Hold),
        _ => ("drop", Glyph::Drop),
    }
}
