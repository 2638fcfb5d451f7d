//! The draft and what somebody else saved: what each changed alone is taken, the rest is chosen one by one.

use std::sync::Arc;

use leptos::prelude::*;
use policy::{Conflict, Item, ItemId, Merge, Side};

use crate::parts::difference::{difference_counts, difference_list, field_table, in_short};
use crate::parts::drawing::{Drawing, Piece, button, icon, tag};
use crate::parts::flow::When;
use crate::parts::icon::Glyph;
use crate::parts::link::Go;
use crate::text::{say, say_count, say_with};
use crate::workspace::{Merging, Workspace};

#[component]
pub(super) fn MergeView() -> impl IntoView {
    let workspace = Workspace::here();
    // Whoever comes here wants it, and it is about the newest that somebody saved.
    Effect::new(move |_| {
        let newest = workspace.newer.get();
        let known = workspace.merging.with(|merging| merging.as_ref().map(|merging| merging.theirs.revision));
        if newest > known {
            workspace.begin_merge();
        }
    });
    let is_there = move || workspace.merging.with(Option::is_some);
    let draw = move || workspace.read_merge(|merge, merging| view_of(workspace, merge, merging)).unwrap_or_default();
    let is_empty = move || !is_there() && workspace.newer.get().is_none();
    view! {
        <When case=is_empty>
            <div class="surface padded empty">
                <h2>{say("There is nothing to merge")}</h2>
                <p>{say("When somebody else saves while you edit, both can be brought together here.")}</p>
                <Go to="/changes" class="button">
                    {say("Show the draft")}
                </Go>
            </div>
        </When>
        <div id="merge" class="merge">
            <Drawing draw=Arc::new(draw) />
        </div>
    }
}

fn view_of(workspace: Workspace, merge: &Merge<'_>, merging: &Merging) -> Vec<Piece> {
    let conflicts = merge.conflicts();
    let open = conflicts.iter().filter(|conflict| !merging.choices.contains_key(&conflict.id)).count();
    [head(workspace, &conflicts, merging, open)]
        .into_iter()
        .chain(conflicts.iter().map(|conflict| card(workspace, conflict, merging)))
        .chain([taken(workspace, merge, Side::Theirs), taken(workspace, merge, Side::Mine)])
        .collect()
}

/// Where it stands, and what ends it.
fn head(workspace: Workspace, conflicts: &[&Conflict<'_>], merging: &Merging, open: usize) -> Piece {
    let theirs = &merging.theirs;
    let about: [(&str, &dyn std::fmt::Display); 2] = [("n", &theirs.revision), ("who", &theirs.author)];
    let title = match theirs.author.is_empty() {
        true => say_with("Your draft and revision {n}", &about),
        false => say_with("Your draft and revision {n} by {who}", &about),
    };
    let title = tag("h2").text(title);
    let said = match conflicts.len() {
        0 => say("You changed different things: both fit together, and nothing needs a choice.").to_owned(),
        count => format!(
            "{} {}",
            say_count(
                count,
                "Both of you changed {n} thing, each in another way. Choose which one stands.",
                "Both of you changed {n} things, each in another way. Choose one by one which stands."
            ),
            say_count(open, "{n} is open.", "{n} are open.")
        ),
    };
    let note = (!theirs.note.is_empty()).then(|| tag("p").class("noted").text(theirs.note.clone()));
    let all = |side: Side, id: &'static str, label: &'static str| {
        let ids: Vec<ItemId> = conflicts.iter().map(|conflict| conflict.id.clone()).collect();
        button(move || workspace.decide(ids.clone(), side)).with("id", id).class("quiet").text(label)
    };
    let shortcuts = (conflicts.len() > 1).then(|| {
        [
            all(Side::Theirs, "merge-all-theirs", say("Theirs everywhere")),
            all(Side::Mine, "merge-all-mine", say("Mine everywhere")),
        ]
    });
    let finish = button(move || workspace.finish_merge()).with("id", "merge-finish").class("primary");
    let finish = if open > 0 { finish.with("disabled", "") } else { finish };
    let finish = finish.add(icon(Glyph::Accept)).add(tag("span").text(say("Go on with the merged draft")));
    let tools = tag("p").class("page-tools").add(finish).add_all(shortcuts.into_iter().flatten());
    tag("section")
        .class("surface padded part")
        .add(title)
        .add(tag("p").with("role", "status").text(said))
        .add_all(note)
        .add(tools)
}

/// One conflict with both texts and what both began as.
fn card(workspace: Workspace, conflict: &Conflict<'_>, merging: &Merging) -> Piece {
    let chosen = merging.choices.get(&conflict.id).copied();
    let name = conflict.id.to_string();
    let mark = name.replace('`', "");
    let choice = |side: Side, word: &'static str, item: Option<Item<'_>>| {
        let id = conflict.id.clone();
        let press = button(move || workspace.decide([id.clone()], side)).class("choice");
        let is_chosen = chosen == Some(side);
        let what = match item {
            None => tag("span").class("muted").text(say("It is removed.")),
            Some(item) => in_short(item),
        };
        let sign = is_chosen.then(|| icon(Glyph::Accept));
        press
            .with("id", format!("{}-{}", key(side), mark.replace([' ', '/'], "-")))
            .with("data-choose", key(side))
            .with("aria-pressed", if is_chosen { "true" } else { "false" })
            .add(tag("strong").add_all(sign).text(word))
            .add(what)
    };
    let sides = [(say("Before"), conflict.base), (say("Theirs"), conflict.theirs), (say("Mine"), conflict.mine)];
    let choices = tag("div")
        .class("sides")
        .with("role", "group")
        .with("aria-label", say_with("Which one stands for the {item}", &[("item", &mark)]))
        .add(choice(Side::Theirs, say("Theirs"), conflict.theirs))
        .add(choice(Side::Mine, say("Mine"), conflict.mine));
    let within = (!conflict.within.is_empty()).then(|| {
        let items = conflict
            .within
            .iter()
            .map(|item| tag("li").message(&item.id().to_string()).text(": ").add(in_short(*item)));
        tag("div")
            .add(tag("p").class("hint").text(say("What it holds goes with it:")))
            .add(tag("ul").class("within").add_all(items))
    });
    tag("section")
        .class("surface padded part conflict")
        .with("data-conflict", mark.clone())
        .add(tag("h3").message(&crate::workspace::capital(&name)))
        .add(choices)
        .add(field_table(&sides))
        .add_all(within)
}

/// What needs no choice.
fn taken(workspace: Workspace, merge: &Merge<'_>, side: Side) -> Piece {
    let found = merge.taken(side);
    let title = match side {
        Side::Theirs => say("Theirs alone"),
        Side::Mine => say("Yours alone"),
    };
    let id = format!("taken-{}", key(side));
    if found.is_empty() {
        return tag("p").class("hint").with("id", id).text(format!("{title}: {}", say("nothing")));
    }
    let summary = tag("summary").add(tag("strong").text(title)).text(": ").text(difference_counts(&found));
    let list = workspace.read(|draft| difference_list(&found, draft));
    tag("details").class("surface padded unfold").with("id", id).add(summary).add_all(list)
}

fn key(side: Side) -> &'static str {
    match side {
        Side::Theirs => "theirs",
        Side::Mine => "mine",
    }
}
