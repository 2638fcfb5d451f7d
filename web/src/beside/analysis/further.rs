//! Questions that somebody asks: what answers them comes with the first one.

use policy::Resolved;
use serde_json::Value;

use super::{assertions, grid, groups, intent, suggest, text, tighten};

/// The answer; `None` where the page asks in another form than its worker knows.
pub(super) fn tell(question: &Value, draft: &Resolved, before: Option<&Resolved>) -> Option<Value> {
    let text = |name| text(question, name);
    let answer = match text("ask") {
        "intent" => intent::check(text("intent"), before?, draft),
        "suggest" => suggest::plans(draft, text("wish"), text("packet"), (text("from"), text("to"))),
        "alike" => suggest::alike(draft, text("packet"), (text("from"), text("to"))),
        "matrix" if text("by") == "group" => groups::of(draft, before),
        "matrix" => grid::of(draft, before),
        "tighten" => tighten::of(draft, question.get("packets")?),
        "assertions" => assertions::outcomes(text("text"), draft, before),
        "score" => assertions::score(text("text"), draft, before),
        _ => return None,
    };
    Some(answer)
}
