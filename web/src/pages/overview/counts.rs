//! How much there is of everything, and how much there may be.

use leptos::prelude::*;
use policy::{Document, InstanceState};

use crate::parts::flow::{Each, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::Go;
use crate::text::{say, say_count, say_with};
use crate::workspace::Workspace;

/// One number, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
struct Tally {
    id: &'static str,
    glyph: Glyph,
    name: &'static str,
    count: usize,
    note: String,
    path: &'static str,
    /// Whether a limit is reached nearly or wholly.
    is_near: bool,
}

#[component]
pub(super) fn Tallies() -> impl IntoView {
    let workspace = Workspace::here();
    let tallies = memo(move || {
        let mut tallies = workspace.read(tallies);
        tallies.push(changes(workspace));
        tallies
    });
    let card = |tally: Tally| {
        let Tally { id, glyph, name, count, note, path, is_near } = tally;
        view! {
            <li>
                <Go to=path class="tally">
                    <Icon glyph=glyph />
                    <span class="tally-name">{name}</span>
                    <strong id=format!("count-{id}")>{count}</strong>
                    <span class="tally-note" class:near=is_near>
                        {is_near.then(|| view! { <Icon glyph=Glyph::Warning /> })}
                        {note}
                    </span>
                </Go>
            </li>
        }
        .into_any()
    };
    view! {
        <ul id="tallies" class="tallies" aria-label=say("How much there is")>
            <Each items=Signal::derive(move || items(tallies.get(), |tally| format!("{tally:?}"), card)) />
        </ul>
    }
}

fn tallies(document: &Document) -> Vec<Tally> {
    let running = document.instances.iter().filter(|instance| instance.state == InstanceState::Running).count();
    let rules = document.rules().count();
    let limits = document.profile.limits;
    let entries = document.address_groups.iter().map(|group| group.prefixes.len()).sum();
    let plain = |id, glyph, name, count, note, path| Tally { id, glyph, name, count, note, path, is_near: false };
    let limited = |id, glyph, name, count: usize, limit: Option<usize>| Tally {
        id,
        glyph,
        name,
        count,
        note: match limit {
            Some(limit) => say_with("of {limit} that the profile allows", &[("limit", &limit)]),
            None => say("without a limit").to_owned(),
        },
        path: "/groups",
        is_near: limit.is_some_and(|limit| count * 10 >= limit * 9),
    };
    vec![
        plain(
            "instances",
            Glyph::Instances,
            say("Instances"),
            document.instances.len(),
            say_count(running, "{n} running", "{n} running"),
            "/instances",
        ),
        limited("groups", Glyph::Groups, say("Groups"), document.groups.len(), limits.groups),
        limited("rules", Glyph::Gate, say("Rules"), rules, limits.rules),
        plain(
            "address-groups",
            Glyph::Addresses,
            say("Address groups"),
            document.address_groups.len(),
            say_count(entries, "{n} entry", "{n} entries"),
            "/address-groups",
        ),
    ]
}

/// What the draft has otherwise than what it started from.
fn changes(workspace: Workspace) -> Tally {
    let count = workspace.before().map_or(0, |before| workspace.read(|draft| before.differences(draft).len()));
    let note = match count {
        0 => say("nothing to save"),
        _ => say("not live yet"),
    };
    let (glyph, name, note) = (Glyph::Changes, say("Changes"), note.to_owned());
    Tally { id: "changes", glyph, name, count, note, path: "/changes", is_near: false }
}
