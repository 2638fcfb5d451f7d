//! A verdict that one can tell without its colour: shape, sign and word.

use engine::{Outcome, Ruling};
use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// `ACCEPT` in a round badge, `DROP` in an angular one, `HOLD` in a dashed one.
#[component]
pub(crate) fn OutcomeBadge(outcome: Outcome) -> impl IntoView {
    let (class, glyph) = outcome_look(outcome);
    view! {
        <span class=format!("outcome {class}")>
            <Icon glyph=glyph />
            {outcome.to_string()}
        </span>
    }
}

/// The class and the sign of an outcome.
pub(crate) fn outcome_look(outcome: Outcome) -> (&'static str, Glyph) {
    match outcome {
        Outcome::Accept => ("accept", Glyph::Accept),
        Outcome::Drop => ("drop", Glyph::Drop),
        Outcome::Hold => ("hold", Glyph::Hold),
    }
}

/// The reason and the rule of a ruling, without its outcome.
pub(crate) fn reason(ruling: &Ruling) -> String {
    let whole = ruling.to_string();
    whole.split_once(' ').map_or_else(String::new, |(_, reason)| reason.to_owned())
}
