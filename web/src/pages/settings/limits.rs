//! How much the project holds, and how much it may.

use leptos::prelude::*;
use policy::{Direction, Document, Family, Profile, SecurityGroup, Vnic};

use super::number::{NumberField, text};
use super::switches::is_own;
use crate::parts::field::Bare;
use crate::parts::flow::{When, memo};
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// One limit: its field in the text form of a profile, how people call it, and how much of it is used.
#[derive(Clone, Copy)]
struct Row {
    field: &'static str,
    title: &'static str,
    used: fn(&Document) -> Option<usize>,
}

#[component]
pub(super) fn Limits() -> impl IntoView {
    let workspace = Workspace::here();
    let profile = memo(move || workspace.read(|draft| draft.profile.clone()));
    view! {
        <section class="surface padded settings" aria-labelledby="limits-title">
            <h2 id="limits-title">{say("Limits and what is used of them")}</h2>
            <p class="hint">{say("Disabled rules count. A project over a limit is a fault that the core names.")}</p>
            <table id="limits" class="list settings-table">
                <thead>
                    <tr>
                        <th scope="col">{say("Limit")}</th>
                        <th scope="col" class="number">
                            {say("Used")}
                        </th>
                        <th scope="col">{say("At most")}</th>
                        <th scope="col" class="wide">
                            <span class="visually-hidden">{say("Share")}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows().map(|row| view! { <LimitRow row=row profile=profile /> })}</tbody>
            </table>
        </section>
    }
}

#[component]
fn LimitRow(row: Row, profile: Memo<Profile>) -> impl IntoView {
    let workspace = Workspace::here();
    let Row { field, title, used } = row;
    let most = memo(move || profile.with(|profile| text(profile, field)));
    let used = memo(move || workspace.read(used));
    let own = move || profile.with(is_own);
    let share = move || {
        let (used, most) = (used.get()?, most.get().parse::<usize>().ok()?);
        let said: String = say_with("{n} of {limit}", &[("n", &used), ("limit", &most)]);
        Some(
            view! { <meter aria-label=title title=said min="0" max=most high=most value=used class:full={used >= most}></meter> },
        )
    };
    view! {
        <tr data-limit=field>
            <th scope="row">{title}</th>
            <td class="number" data-label=say("Used")>
                {move || used.get()}
            </td>
            <td>
                <When case=move || !own()>
                    <code>{move || most.get()}</code>
                </When>
                <When case=own>
                    <NumberField field=field label=title profile=profile bare=Bare::Yes />
                </When>
            </td>
            <td class="wide">{share}</td>
        </tr>
    }
}

fn rows() -> [Row; 8] {
    let row = |field, title, used| Row { field, title, used };
    [
        row("limits.groups", say("Groups"), |document| Some(document.groups.len())),
        row("limits.rules", say("Rules"), |document| Some(document.rules().count())),
        row("limits.rules_per_group", say("Rules in a group"), |document| {
            document.groups.iter().map(|group| group.rules.len()).max()
        }),
        row("limits.rules_per_direction_and_family", say("Rules of a group in one direction and family"), |document| {
            document.groups.iter().map(one_way).max()
        }),
        row(
            "limits.groups_times_rules_per_vnic",
            say("Groups of a vnic times rules in one direction and family"),
            |document| document.vnics().map(|(_, vnic)| groups_times_rules(document, vnic)).max(),
        ),
        row("maximum_groups", say("Groups of a vnic"), |document| {
            document.vnics().map(|(_, vnic)| vnic.groups.len()).max()
        }),
        row("minimum_groups", say("Groups of a vnic, at least"), |_| None),
        row("udp_stream_timeout", say("Seconds that a UDP stream lives without a packet"), |_| None),
    ]
}

/// The most rules of one direction and family.
fn one_way(group: &SecurityGroup) -> usize {
    let of = |direction: Direction, family: Family| {
        group.rules.iter().filter(|rule| rule.spec.direction == direction && rule.spec.family == family).count()
    };
    let families = [Family::Ipv4, Family::Ipv6];
    [Direction::Ingress, Direction::Egress]
        .into_iter()
        .flat_map(|direction| families.map(|family| of(direction, family)))
        .max()
        .unwrap_or_default()
}

fn groups_times_rules(document: &Document, vnic: &Vnic) -> usize {
    let most = vnic.groups.iter().filter_map(|group| document.group(group.as_str())).map(one_way).max();
    vnic.groups.len() * most.unwrap_or_default()
}
