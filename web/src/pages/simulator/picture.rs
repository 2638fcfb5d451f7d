//! The verdict in a sentence, and the way as a picture that reads as a list.

use std::sync::Arc;

use engine::Leg;
use leptos::prelude::*;
use policy::{Direction, Policy};

use super::answer::{Answer, Hook, Role};
use crate::parts::faults::Message;
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::{Go, group_tab};
use crate::parts::verdict::{OutcomeBadge, outcome_look, reason};

/// The verdict and why.
#[component]
pub(super) fn Conclusion(answer: Answer) -> impl IntoView {
    let outcome = answer.outcome();
    let (class, glyph) = outcome_look(outcome);
    let because = answer.deciding().map(|leg| view! { <Because policy=answer.policy.clone() leg=leg.clone() /> });
    let back = answer.reply.as_ref().map(|(_, journey)| match journey.arrives() {
        true => "Replies pass: the flow is tracked.",
        false => "The reply does not pass: see below.",
    });
    view! {
        <div id="verdict" class=format!("conclusion {class}") data-verdict=outcome.to_string()>
            <span class="sign">
                <Icon glyph=glyph />
            </span>
            <div>
                <h2>
                    <span class="word">{outcome.to_string()}</span>
                    {answer.headline()}
                </h2>
                {because}
                {back.map(|text| view! { <p id="reply-verdict">{text}</p> })}
            </div>
        </div>
    }
}

/// The reason and, where a rule decided, the rule with its group.
#[component]
fn Because(policy: Arc<Policy>, leg: Leg) -> impl IntoView {
    match leg.verdict.rule().map(|index| policy.rule(index).clone()) {
        Some(found) => {
            let tab = group_tab(found.group.as_str(), &found.rule.spec.direction.to_string());
            view! {
                <p id="because">
                    "By rule " <code id="deciding-rule">{found.rule.id.to_string()}</code> " of group "
                    <Go to=tab>{found.group.to_string()}</Go> ": " <code>{found.rule.spec.to_string()}</code>
                </p>
            }
            .into_any()
        }
        None => {
            let said = leg.steps.0.last().map(|step| crate::workspace::capital(&step.describe(&policy, leg.hook.vnic)));
            view! {
                <p id="because">
                    <Message text=said.unwrap_or_default() />
                    " ("
                    <code>{reason(&leg.verdict.named(&policy))}</code>
                    ")"
                </p>
            }
            .into_any()
        }
    }
}

/// Source, egress, bridge, ingress, destination.
#[component]
pub(super) fn Picture(answer: Answer) -> impl IntoView {
    let (source, destination) = ends(&answer);
    let (egress, ingress) = (answer.hook(Direction::Egress), answer.hook(Direction::Ingress));
    let stopped_early = egress.as_ref().is_some_and(|hook| !hook.leg.verdict.is_accept());
    let stopped = !answer.journey.arrives();
    let node = |name: String, address: String, reached: bool| {
        view! {
            <li class="node" class:unreached=!reached>
                <strong>{name}</strong>
                <code>{address}</code>
            </li>
        }
    };
    let gate = |answer: &Answer, hook: Option<Hook>, direction: Direction, reached: bool| match hook {
        Some(hook) => {
            let ruling = answer.ruling(&hook.leg);
            let (class, _) = outcome_look(ruling.outcome);
            let note = if hook.role == Role::Beyond { "not reached; alone it would say" } else { "" };
            view! {
                <li class=format!("gate {class}") class:unreached=!reached data-hook=direction.to_string()>
                    <span class="gate-name">{direction.to_string()}</span>
                    <OutcomeBadge outcome=ruling.outcome />
                    {(!note.is_empty()).then(|| view! { <span class="muted small">{note}</span> })}
                    <code>{reason(&ruling)}</code>
                </li>
            }
            .into_any()
        }
        None => view! {
            <li class="gate none" class:unreached=!reached>
                <span class="gate-name">{direction.to_string()}</span>
                <span class="muted small">"no instance, nothing judges"</span>
            </li>
        }
        .into_any(),
    };
    view! {
        <ol id="path" class="path surface" aria-label="The way of the packet">
            {node(source.0, source.1, true)}
            {gate(&answer, egress, Direction::Egress, true)}
            <li class="bridge" class:unreached=stopped_early>
                <Icon glyph=Glyph::Arrow />
                <span>"bridge"</span>
            </li>
            {gate(&answer, ingress, Direction::Ingress, !stopped_early)}
            {node(destination.0, destination.1, !stopped)}
        </ol>
    }
}

/// Name and address of both ends.
fn ends(answer: &Answer) -> ((String, String), (String, String)) {
    let name = |direction: Direction| {
        let hook = answer.hook(direction);
        hook.map_or_else(|| "Outside".to_owned(), |hook| answer.policy.vnic(hook.leg.hook.vnic).id.to_string())
    };
    let (source, destination) = match answer.sketch.payload {
        wire::Payload::Ip(datagram) => {
            (datagram.endpoints.source().to_string(), datagram.endpoints.destination().to_string())
        }
        wire::Payload::Arp(arp) => (arp.sender_ip.to_string(), arp.target_ip.to_string()),
        wire::Payload::Other(_) => (String::new(), String::new()),
    };
    ((name(Direction::Egress), source), (name(Direction::Ingress), destination))
}
