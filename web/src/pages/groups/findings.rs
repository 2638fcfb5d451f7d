//! What the analysis finds at a rule, with the button that mends it.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use policy::{Edit, GroupId, RuleId};
use serde_json::Value;

use crate::browser::worker::Reply;
use crate::parts::drawing::{Drawing, Piece, button, icon, list, tag, text};
use crate::parts::flow::{When, memo};
use crate::parts::icon::Glyph;
use crate::workspace::{Workspace, capital};

/// The findings at each rule that has some.
pub(super) type Found = HashMap<String, Vec<Value>>;

/// Sorts the findings of an answer by their rules.
pub(super) fn by_rule(reply: Reply) -> Found {
    let mut found = Found::new();
    let answer = reply.latest();
    for lint in answer.iter().flat_map(|answer| list(answer, "lints")) {
        found.entry(text(lint, "rule").to_owned()).or_default().push(lint.clone());
    }
    found
}

impl Workspace {
    /// The rules of a group that the core or the analysis says something of.
    pub(super) fn remarked(self, group: &GroupId, found: &Found) -> Vec<RuleId> {
        self.read(|draft| {
            let place = draft.groups.iter().position(|known| known.id == *group);
            let rules = place.map_or(&[][..], |place| &draft.groups[place].rules);
            let is_said = |at: usize| {
                let place = format!("groups[{}].rules[{at}]", place.unwrap_or_default());
                self.checked.with(|checked| !checked.at(&place).is_empty())
            };
            let remarked =
                rules.iter().enumerate().filter(|(at, rule)| found.contains_key(rule.id.as_str()) || is_said(*at));
            remarked.map(|(_, rule)| rule.id.clone()).collect()
        })
    }
}

/// The row under a rule that has findings.
#[component]
pub(super) fn Findings(rule: RuleId, found: Memo<Found>) -> impl IntoView {
    let workspace = Workspace::here();
    let name = rule.to_string();
    let mine = memo(move || found.with(|found| found.get(&name).cloned().unwrap_or_default()));
    let draw = move || mine.with(|mine| mine.iter().map(|lint| draw(workspace, lint)).collect());
    let draw: Arc<dyn Fn() -> Vec<Piece> + Send + Sync> = Arc::new(draw);
    view! {
        <When case=move || mine.with(|mine| !mine.is_empty())>
            <tr class="findings" data-findings=rule.to_string()>
                <td colspan="11">
                    <Drawing draw=draw.clone() />
                </td>
            </tr>
        </When>
    }
}

fn draw(workspace: Workspace, lint: &Value) -> Piece {
    let class = match text(lint, "level") {
        "note" => "finding",
        _ => "finding severe",
    };
    let glyph = if text(lint, "level") == "note" { Glyph::Note } else { Glyph::Warning };
    let name = text(lint, "finding").replace('-', " ");
    let said = tag("p").add(tag("strong").text(capital(&name))).text(": ").message(text(lint, "message"));
    let fix = lint.get("fix").and_then(|fix| mend(workspace, fix));
    tag("div").class(class).add(icon(glyph)).add(said).add_all(fix)
}

/// The button that carries the fix out, and what it is proved to do.
fn mend(workspace: Workspace, fix: &Value) -> Option<Piece> {
    let edit: Edit = text(fix, "edit").parse().ok()?;
    let title = text(fix, "edit").to_owned();
    let label = capital(&title);
    let press = button(move || workspace.perform_aloud(title.clone(), vec![edit.clone()]));
    let effect = tag("span").class("muted small").text(text(fix, "text"));
    Some(tag("p").class("mend").add(press.class("fix").text(label)).add(effect))
}
