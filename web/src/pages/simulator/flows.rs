//! The flow table before and after a step, with what changed marked.

use serde_json::Value;

use crate::parts::drawing::{Piece, list, tag, text};
use crate::text::{say, say_count, say_with};

/// Every flow that lives before or after a step.
pub(super) fn flow_table(step: &Value) -> Piece {
    let flows = list(step, "flows");
    let section = tag("section").with("id", "flows").class("surface flows").with("aria-labelledby", "flows-title");
    let title = tag("h2").with("id", "flows-title").text(say("Connection tracking"));
    let counted = say_count(living(flows), "{n} flow after this step", "{n} flows after this step");
    let section = section.add(tag("header").add(title).add(tag("span").class("muted").text(counted)));
    if flows.is_empty() {
        return section.add(tag("p").class("nothing").text(say("Nothing is tracked before or after this step.")));
    }
    let heads = [say("Vnic"), say("Flow"), say("State"), say("Lives for"), say("Packets"), say("Window"), say("Rule")];
    let heads = heads.map(|head| tag("th").with("scope", "col").text(head));
    let table = tag("table").add(tag("thead").add(tag("tr").add_all(heads)));
    let rows = flows.iter().map(row);
    let scroller = tag("div").class("scroller").with("tabindex", "0").with("role", "region");
    let scroller = scroller.with("aria-labelledby", "flows-title");
    section.add(scroller.add(table.add(tag("tbody").add_all(rows))))
}

fn living(flows: &[Value]) -> usize {
    flows.iter().filter(|flow| flow.get("after").is_some_and(Value::is_object)).count()
}

fn row(flow: &Value) -> Piece {
    let state = |name: &str| flow.get(name).filter(|state| state.is_object());
    let (before, after) = (state("before"), state("after"));
    let (class, mark) = match (before, after) {
        (None, _) => ("appears", Some(say("new"))),
        (Some(_), None) => ("goes", Some(say("gone"))),
        (Some(_), Some(_)) => ("", None),
    };
    let cell = |label: &'static str, tell: fn(&Value) -> String| {
        let (old, new) = (before.map(tell), after.map(tell));
        let cell = tag("td").with("data-label", label);
        match (old, new) {
            (Some(old), Some(new)) if old != new => {
                let was = tag("del").text(old);
                cell.class("changed").add(was).text(" → ").add(tag("ins").text(new))
            }
            (Some(same), _) | (None, Some(same)) => cell.text(same),
            (None, None) => cell,
        }
    };
    let mark = mark.map(|mark| tag("span").class("chip turn").text(mark));
    let opened = say_with("opened on {direction}", &[("direction", &text(flow, "opened"))]);
    let names = tag("td").with("data-label", say("Flow")).add(tag("code").text(text(flow, "flow")));
    let names = names.add(tag("span").class("muted small").text(opened)).add_all(mark);
    let vnic = tag("th").with("scope", "row").text(text(flow, "vnic"));
    tag("tr").class(class).with("data-flow", text(flow, "vnic")).add(vnic).add(names).add_all([
        cell(say("State"), told_state),
        cell(say("Lives for"), |state| duration(number(state, "left_ms"))),
        cell(say("Packets"), packets),
        cell(say("Window"), windows),
        cell(say("Rule"), |state| text(state, "rule").to_owned()),
    ])
}

fn told_state(state: &Value) -> String {
    let is = |name: &str| state.get(name).and_then(Value::as_bool) == Some(true);
    let mut said = text(state, "state").to_owned();
    if is("assured") {
        said.push_str(say(", assured"));
    }
    if is("revoked") {
        said.push_str(say(", revoked"));
    }
    said
}

/// `3 ↑ 2 ↓ of 1.2 kB`: from the opener, and back to it.
fn packets(state: &Value) -> String {
    let pair = |name: &str| {
        let pair: Vec<u64> = list(state, name).iter().filter_map(Value::as_u64).collect();
        (pair.first().copied().unwrap_or_default(), pair.get(1).copied().unwrap_or_default())
    };
    let (packets, bytes) = (pair("packets"), pair("bytes"));
    let bytes = bytes.0 + bytes.1;
    say_with("{sent} ↑ {received} ↓, {bytes} B", &[("sent", &packets.0), ("received", &packets.1), ("bytes", &bytes)])
}

/// What each side may still send: `1101–66536 ↑ 10001–75536 ↓`; nothing but for TCP.
fn windows(state: &Value) -> String {
    let side = |name: &str, arrow: &str| {
        let side = state.get(name).filter(|side| side.is_object())?;
        Some(format!("{}–{} {arrow}", number(side, "end"), number(side, "limit")))
    };
    [side("opener", "↑"), side("other", "↓")].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

/// In the two largest units: `4 d 23 h`, `1 min 30 s`, `10 ms`.
fn duration(ms: u64) -> String {
    const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];
    let mut left = ms;
    let mut parts = Vec::new();
    for (name, size) in UNITS {
        if left >= size && parts.len() < 2 {
            parts.push(format!("{} {name}", left / size));
            left %= size;
        }
    }
    if parts.is_empty() { "0 ms".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn durations_have_two_units() {
        for (ms, expect) in
            [(0, "0 ms"), (10, "10 ms"), (90_000, "1 min 30 s"), (432_000_000, "5 d"), (428_399_990, "4 d 22 h")]
        {
            assert_eq!(duration(ms), expect);
        }
    }
}
