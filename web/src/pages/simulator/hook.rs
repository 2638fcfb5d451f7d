//! One hook in full: every step, and every rule with its match or what differs.

use std::sync::Arc;

use leptos::prelude::*;
use policy::{Explained, Policy};

use super::answer::{Hook, Role};
use crate::parts::faults::Message;
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::{Go, group_tab};
use crate::parts::rule_text::{RemoteText, RuleTexts, family_label};
use crate::parts::verdict::OutcomeBadge;

#[component]
pub(super) fn HookView(policy: Arc<Policy>, hook: Hook) -> impl IntoView {
    let Hook { leg, role } = hook;
    let vnic = policy.vnic(leg.hook.vnic).id.to_string();
    let ruling = leg.verdict.named(&policy);
    let title = match role {
        Role::Way => format!("{} at {vnic}", crate::workspace::capital(&leg.hook.direction.to_string())),
        Role::Beyond => {
            format!("{} at {vnic}, had it come so far", crate::workspace::capital(&leg.hook.direction.to_string()))
        }
        Role::Back => format!("The reply, {} at {vnic}", leg.hook.direction),
    };
    let steps = leg.steps.0.iter().map(|step| {
        view! {
            <li>
                <span class="stage">{step.stage()}</span>
                <span>
                    <Message text=step.describe(&policy, leg.hook.vnic) />
                </span>
            </li>
        }
    });
    let rules = leg.explain(&policy);
    let matching = rules.iter().filter(|rule| rule.mismatches.is_empty()).count();
    let asked = leg.steps.ask_rules();
    let summary = match asked {
        true => format!("{matching} of {} rules match", rules.len()),
        false => format!("Rules were not asked; {matching} of {} would match", rules.len()),
    };
    let open = asked && role != Role::Back;
    let empty = rules.is_empty();
    view! {
        <section class="hook surface" data-hook=leg.hook.direction.to_string() data-role=role.name()>
            <header>
                <h2>{title}</h2>
                <OutcomeBadge outcome=ruling.outcome />
            </header>
            <p class="packet">
                <code>{leg.packet.to_string()}</code>
            </p>
            <ol class="steps">{steps.collect_view()}</ol>
            {(!empty)
                .then(|| {
                    view! {
                        <details open=open>
                            <summary>{summary}</summary>
                            <RuleTable policy=policy.clone() rules=rules />
                        </details>
                    }
                })}
        </section>
    }
}

#[component]
fn RuleTable(policy: Arc<Policy>, rules: Vec<Explained>) -> impl IntoView {
    let rows = rules.into_iter().map(|rule| view! { <RuleLine policy=policy.clone() explained=rule /> }).collect_view();
    view! {
        <table class="explain">
            <thead>
                <tr>
                    <th scope="col">"Match"</th>
                    <th scope="col">"Rule"</th>
                    <th scope="col">"Family"</th>
                    <th scope="col">"Protocol"</th>
                    <th scope="col">"Ports"</th>
                    <th scope="col">"Remote"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

#[component]
fn RuleLine(policy: Arc<Policy>, explained: Explained) -> impl IntoView {
    let found = policy.rule(explained.rule).clone();
    let texts = RuleTexts::of(&found.rule.spec);
    let differs = |fields: &[&str]| explained.mismatches.iter().any(|mismatch| fields.contains(&mismatch.field()));
    let matches = explained.mismatches.is_empty();
    let said = explained.mismatches.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let (glyph, word) = if matches { (Glyph::Accept, "yes") } else { (Glyph::Drop, "no") };
    let part = if texts.part.is_empty() { "any".to_owned() } else { texts.part };
    let tab = group_tab(found.group.as_str(), &found.rule.spec.direction.to_string());
    view! {
        <tr class:matches=matches data-rule=found.rule.id.to_string()>
            <td data-label="Match">
                <span class="match">
                    <Icon glyph=glyph />
                    {word}
                </span>
            </td>
            <th scope="row">
                <code>{found.rule.id.to_string()}</code>
                <Go to=tab class="small">
                    {found.group.to_string()}
                </Go>
                {(!matches)
                    .then(|| {
                        view! {
                            <p class="mismatch">
                                <Message text=said />
                            </p>
                        }
                    })}
            </th>
            <td data-label="Family" class:differs=differs(&["family"])>
                {family_label(&texts.family)}
            </td>
            <td data-label="Protocol" class:differs=differs(&["protocol"])>
                <code>{texts.protocol}</code>
            </td>
            <td data-label="Ports" class:differs=differs(&["ports", "icmp"])>
                <code>{part}</code>
            </td>
            <td data-label="Remote" class:differs=differs(&["remote"])>
                <RemoteText remote=found.rule.spec.remote.clone() />
            </td>
        </tr>
    }
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Way => "way",
            Role::Beyond => "beyond",
            Role::Back => "back",
        }
    }
}
