//! One hook in full: every step, and every rule with its match or what differs.

use policy::{Remote, RuleSpec};
use serde_json::Value;

use super::told::{Hook, Role};
use crate::parts::drawing::{Piece, icon, link, list, tag, text};
use crate::parts::icon::Glyph;
use crate::parts::link::{group_path, group_tab};
use crate::parts::rule_text::{RuleTexts, family_label};
use crate::parts::verdict::outcome_badge;
use crate::text::{say, say_count, say_with};
use crate::workspace::{Workspace, capital};

/// A hook with its packet, its steps and its rules.
pub(super) fn hook_view(workspace: Workspace, Hook { leg, role }: Hook<'_>) -> Piece {
    let (vnic, direction) = (text(leg, "vnic"), text(leg, "direction"));
    let parts: [(&str, &dyn std::fmt::Display); 2] = [("direction", &capital(direction)), ("vnic", &vnic)];
    let title = match role {
        Role::Way => say_with("{direction} at {vnic}", &parts),
        Role::Beyond => say_with("{direction} at {vnic}, had it come so far", &parts),
        Role::Back => say_with("The reply, {direction} at {vnic}", &[("direction", &direction), ("vnic", &vnic)]),
    };
    let header = tag("header").add(tag("h2").text(title)).add(outcome_badge(text(leg, "verdict")));
    let steps = list(leg, "steps").iter().map(|step| {
        let stage = tag("span").class("stage").text(text(step, "stage"));
        tag("li").add(stage).add(tag("span").message(text(step, "text")))
    });
    let hook = tag("section").class("hook surface").with("data-hook", direction).with("data-role", role.name());
    let packet = tag("p").class("packet").add(tag("code").text(text(leg, "packet")));
    hook.add(header).add(packet).add(tag("ol").class("steps").add_all(steps)).add_all(rules(workspace, leg, role))
}

/// Every rule at the hook; `None` where there is none.
fn rules(workspace: Workspace, leg: &Value, role: Role) -> Option<Piece> {
    let rules = list(leg, "rules");
    let matching = rules.iter().filter(|rule| matches(rule)).count();
    let asked = leg.get("rules_asked").and_then(Value::as_bool) == Some(true);
    let of = say_count(rules.len(), "{n} rule", "{n} rules");
    let parts: [(&str, &dyn std::fmt::Display); 2] = [("some", &matching), ("rules", &of)];
    let summary = match asked {
        true => say_with("{some} of {rules} match", &parts),
        false => say_with("Rules were not asked; {some} of {rules} would match", &parts),
    };
    let heads = [say("Match"), say("Rule"), say("Family"), say("Protocol"), say("Ports"), say("Remote")];
    let heads = heads.map(|head| tag("th").with("scope", "col").text(head));
    let table = tag("table").class("explain").add(tag("thead").add(tag("tr").add_all(heads)));
    let table = table.add(tag("tbody").add_all(rules.iter().map(|rule| rule_line(workspace, rule))));
    let id = format!("rules-{}-{}", role.name(), text(leg, "direction"));
    let details = tag("details").with("id", id).add(tag("summary").text(summary)).add(table);
    let unfolded = asked && role != Role::Back;
    (!rules.is_empty()).then(|| if unfolded { details.with("open", "") } else { details })
}

fn matches(rule: &Value) -> bool {
    rule.get("matches").and_then(Value::as_bool) == Some(true)
}

fn rule_line(workspace: Workspace, rule: &Value) -> Piece {
    let mismatches = list(rule, "mismatches");
    let matches = matches(rule);
    let (glyph, word) = if matches { (Glyph::Accept, say("yes")) } else { (Glyph::Drop, say("no")) };
    let row = tag("tr").class(if matches { "matches" } else { "" }).with("data-rule", text(rule, "rule"));
    let mark = tag("td").with("data-label", say("Match"));
    let mark = mark.add(tag("span").class("match").add(icon(glyph)).text(word));
    let said: Vec<&str> = mismatches.iter().map(|mismatch| text(mismatch, "text")).collect();
    let said = (!matches).then(|| tag("p").class("mismatch").message(&said.join("; ")));
    let Ok(spec) = text(rule, "spec").parse::<RuleSpec>() else { return row };
    let texts = RuleTexts::of(&spec);
    let group = text(rule, "group");
    let head = tag("th").with("scope", "row").add(tag("code").text(text(rule, "rule")));
    let head = head.add(link(&group_tab(group, &spec.direction.to_string())).class("small").text(group)).add_all(said);
    let field = |label: &'static str, fields: &[&str], inside: Piece| {
        let differs = mismatches.iter().any(|mismatch| fields.contains(&text(mismatch, "field")));
        tag("td").with("data-label", label).class(if differs { "differs" } else { "" }).add(inside)
    };
    let part = if texts.part.is_empty() { say("any").to_owned() } else { texts.part };
    row.add(mark).add(head).add_all([
        field(say("Family"), &["family"], tag("span").text(family_label(&texts.family))),
        field(say("Protocol"), &["protocol"], tag("code").text(texts.protocol)),
        field(say("Ports"), &["ports", "icmp"], tag("code").text(part)),
        field(say("Remote"), &["remote"], remote(workspace, &spec.remote)),
    ])
}

/// A remote by its name in the draft; a group is a link to its page.
fn remote(workspace: Workspace, remote: &Remote) -> Piece {
    match remote {
        Remote::Group(id) => {
            let name = workspace.peek(|draft| draft.group(id.as_str()).map(|group| group.name.clone()));
            let chip = link(&group_path(id.as_str())).class("chip link").add(icon(Glyph::Groups));
            chip.text(name.unwrap_or_else(|| id.to_string()))
        }
        Remote::AddressGroup(id) => {
            let group = workspace.peek(|draft| draft.address_groups.iter().find(|group| group.id == *id).cloned());
            let name = group.as_ref().map_or_else(|| id.to_string(), |group| group.name.clone());
            let prefixes: Vec<String> =
                group.iter().flat_map(|group| &group.prefixes).map(ToString::to_string).collect();
            tag("span").class("chip").with("title", prefixes.join(", ")).text(name)
        }
        Remote::Any => tag("span").class("any").text(say("any")),
        Remote::Prefix(prefix) => tag("code").text(prefix.to_string()),
    }
}
