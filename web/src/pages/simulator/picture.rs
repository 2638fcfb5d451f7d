//! The verdict in a sentence, and the way as a picture that reads as a list.

use policy::RuleSpec;
use serde_json::Value;

use super::told::{Hook, Role, arrives, deciding, headline, hooks, reason};
use crate::parts::drawing::{Piece, icon, link, list, tag, text};
use crate::parts::icon::Glyph;
use crate::parts::link::group_tab;
use crate::parts::verdict::{outcome_badge, outcome_look};
use crate::text::say;
use crate::workspace::capital;

/// The verdict and why; `None` of a step that is no packet.
pub(super) fn conclusion(step: &Value, with_reply: bool) -> Option<Piece> {
    let leg = deciding(step)?;
    let outcome = text(leg, "verdict");
    let (class, glyph) = outcome_look(outcome);
    let title = tag("h2").add(tag("span").class("word").text(outcome)).text(headline(step)?);
    let reply = step.get("reply").filter(|reply| with_reply && reply.is_object()).map(|reply| {
        let said = match arrives(reply) {
            true => say("Replies pass: the flow is tracked."),
            false => say("The reply does not pass: see below."),
        };
        tag("p").with("id", "reply-verdict").text(said)
    });
    let words = tag("div").add(title).add(because(leg)).add_all(reply);
    let sign = tag("span").class("sign").add(icon(glyph));
    let whole = tag("div").with("id", "verdict").class(&format!("conclusion {class}")).with("data-verdict", outcome);
    Some(whole.add(sign).add(words))
}

/// The reason and, where a rule decided, the rule with its group.
fn because(leg: &Value) -> Piece {
    let line = tag("p").with("id", "because");
    let Some(rule) = leg.get("decided").filter(|rule| rule.is_object()) else {
        let said = list(leg, "steps").last().map(|step| capital(text(step, "text"))).unwrap_or_default();
        return line.message(&said).text(" (").add(tag("code").text(reason(leg))).text(")");
    };
    let (group, spec) = (text(rule, "group"), text(rule, "spec"));
    let direction = spec.parse::<RuleSpec>().map(|spec| spec.direction.to_string()).unwrap_or_default();
    line.text(say("By rule "))
        .add(tag("code").with("id", "deciding-rule").text(text(rule, "rule")))
        .text(say(" of group "))
        .add(link(&group_tab(group, &direction)).text(group))
        .text(": ")
        .add(tag("code").text(spec))
}

/// Source, egress, bridge, ingress, destination; `None` of a step that is no packet.
pub(super) fn picture(step: &Value) -> Option<Piece> {
    deciding(step)?;
    let hooks = hooks(step, false);
    let at = |direction: &str| hooks.iter().copied().find(|hook| text(hook.leg, "direction") == direction);
    let (egress, ingress) = (at("egress"), at("ingress"));
    let stopped_early = egress.is_some_and(|hook| text(hook.leg, "verdict") != "accept");
    let name =
        |hook: Option<Hook<'_>>| hook.map_or(say("Outside").to_owned(), |hook| text(hook.leg, "vnic").to_owned());
    let bridge = tag("li").class(&unreached("bridge", stopped_early));
    let bridge = bridge.add(icon(Glyph::Arrow)).add(tag("span").text(say("bridge")));
    let path = tag("ol").with("id", "path").class("path surface").with("aria-label", say("The way of the packet"));
    Some(path.add_all([
        node(name(egress), text(step, "source"), false),
        gate(egress, "egress", false),
        bridge,
        gate(ingress, "ingress", stopped_early),
        node(name(ingress), text(step, "destination"), !arrives(step)),
    ]))
}

fn node(name: String, address: &str, is_unreached: bool) -> Piece {
    let node = tag("li").class(&unreached("node", is_unreached));
    node.add(tag("strong").text(name)).add(tag("code").text(address))
}

fn gate(hook: Option<Hook<'_>>, direction: &'static str, is_unreached: bool) -> Piece {
    let name = tag("span").class("gate-name").text(direction);
    let quiet = |said: &'static str| tag("span").class("muted small").text(said);
    let Some(Hook { leg, role }) = hook else {
        let gate = tag("li").class(&unreached("gate none", is_unreached)).add(name);
        return gate.add(quiet(say("no instance, nothing judges")));
    };
    let outcome = text(leg, "verdict");
    let class = unreached(&format!("gate {}", outcome_look(outcome).0), is_unreached);
    let note = (role == Role::Beyond).then(|| quiet(say("not reached; alone it would say")));
    let gate = tag("li").class(&class).with("data-hook", direction).add(name).add(outcome_badge(outcome));
    gate.add_all(note).add(tag("code").text(reason(leg)))
}

fn unreached(class: &str, is_unreached: bool) -> String {
    if is_unreached { format!("{class} unreached") } else { class.to_owned() }
}
