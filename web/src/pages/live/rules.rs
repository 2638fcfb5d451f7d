//! What each rule decided since the start of the enforcers, and lately.

use leptos::prelude::*;

use super::counts::{bytes, grouped, summed};
use crate::parts::link::{Go, group_tab};
use crate::parts::sparkline::Sparkline;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

#[component]
pub(super) fn RuleHits() -> impl IntoView {
    let workspace = Workspace::here();
    let rows = move || {
        workspace.live.with(|live| {
            let reports = || live.enforcers.values().map(|enforcer| &enforcer.report);
            let sizes = summed(reports().map(|report| &report.rule_bytes));
            let row = |(rule, packets): (String, u64)| {
                let size = sizes.iter().find(|(found, _)| *found == rule).map_or(0, |(_, size)| *size);
                let lately = live.trends.of(&rule).to_vec();
                view! { <Row rule=rule packets=packets size=size lately=lately /> }
            };
            summed(reports().map(|report| &report.rules)).into_iter().map(row).collect_view()
        })
    };
    view! {
        <div class="surface">
            <table id="rule-hits">
                <thead>
                    <tr>
                        <th scope="col">{say("Rule")}</th>
                        <th scope="col" class="number">
                            {say("Packets decided")}
                        </th>
                        <th scope="col" class="number">
                            {say("bytes")}
                        </th>
                        <th scope="col">{say("Last 2 minutes")}</th>
                    </tr>
                </thead>
                <tbody>{move || rows().into_any()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(rule: String, packets: u64, size: u64, lately: Vec<u64>) -> impl IntoView {
    let mark = rule.clone();
    let sum: u64 = lately.iter().sum();
    let said = say_with("{n} packets in the last 2 minutes", &[("n", &grouped(sum))]);
    view! {
        <tr data-rule=mark>
            <th scope="row">
                <RuleName rule=rule />
            </th>
            <td class="number">{grouped(packets)}</td>
            <td class="number muted">{bytes(size)}</td>
            <td>
                <Sparkline values=lately said=said />
            </td>
        </tr>
    }
}

/// A link to the rule; its name alone where the draft no longer has it.
#[component]
fn RuleName(rule: String) -> impl IntoView {
    let workspace = Workspace::here();
    let tab = rule.parse().ok().and_then(|id| {
        workspace.peek(|draft| {
            draft.rule(&id).map(|(group, rule)| group_tab(group.id.as_str(), &rule.spec.direction.to_string()))
        })
    });
    match tab {
        Some(tab) => view! {
            <Go to=tab>
                <code>{rule}</code>
            </Go>
        }
        .into_any(),
        None => view! { <code>{rule}</code> }.into_any(),
    }
}
