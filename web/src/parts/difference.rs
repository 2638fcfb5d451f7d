//! What two documents differ in, item by item, as a list that people read.

use policy::{Difference, Document, Field, Item, ItemId};

use super::drawing::{Piece, icon, link, tag};
use super::icon::Glyph;
use super::link::{address_group_path, group_path};
use crate::text::{say, say_count};

/// As many items as anybody reads; the rest are counted.
const SHOWN: usize = 300;

/// `2 added, 1 changed`.
pub(crate) fn difference_counts(found: &[Difference<'_>]) -> String {
    let of = |turn: Turn| found.iter().filter(|difference| Turn::of(difference) == turn).count();
    let words = [
        (of(Turn::Added), say_count(of(Turn::Added), "{n} item added", "{n} items added")),
        (of(Turn::Changed), say_count(of(Turn::Changed), "{n} item changed", "{n} items changed")),
        (of(Turn::Removed), say_count(of(Turn::Removed), "{n} item removed", "{n} items removed")),
    ];
    let some: Vec<String> = words.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    if some.is_empty() { say("Nothing but the order of things differs").to_owned() } else { some.join(", ") }
}

/// Every difference under the group, or the part of the project, that it is in. Groups are called as `names` has them.
pub(crate) fn difference_list(found: &[Difference<'_>], names: &Document) -> Vec<Piece> {
    let shown = &found[..found.len().min(SHOWN)];
    let mut parts: Vec<(Part, Vec<Piece>)> = Vec::new();
    for difference in shown {
        let part = Part::of(difference);
        let line = line(difference);
        match parts.iter_mut().find(|(known, _)| *known == part) {
            Some((_, lines)) => lines.push(line),
            None => parts.push((part, vec![line])),
        }
    }
    let more = found.len() - shown.len();
    let more = (more > 0).then(|| tag("p").class("hint").text(say_count(more, "and {n} more", "and {n} more")));
    let sections = parts.into_iter().map(|(part, lines)| {
        tag("section").add(part.heading(names)).add(tag("ul").class("differences").add_all(lines))
    });
    sections.chain(more).collect()
}

/// The fields of an item as it is on up to three sides, those that are the same left out where there is something to compare.
pub(crate) fn field_table(sides: &[(&'static str, Option<Item<'_>>)]) -> Piece {
    let fields: Vec<Option<Vec<Field>>> = sides.iter().map(|(_, item)| item.map(Item::fields)).collect();
    let there: Vec<&Vec<Field>> = fields.iter().flatten().collect();
    let differs = |at: usize| there.len() < 2 || there.iter().any(|fields| fields[at] != there[0][at]);
    let count = there.first().map_or(0, |fields| fields.len());
    let head = sides.iter().map(|(name, _)| tag("th").with("scope", "col").text(*name));
    let corner = tag("td").add(tag("span").class("visually-hidden").text(say("Field")));
    let rows = (0..count).filter(|at| differs(*at)).map(|at| {
        let first = &there[0][at];
        let cells = fields.iter().zip(sides).map(|(fields, (name, _))| {
            let cell = tag("td").with("data-label", *name);
            match fields {
                None => cell.add(tag("span").class("muted").text(say("not there"))),
                Some(fields) => cell.add_all(values(&fields[at], &there, at)),
            }
        });
        tag("tr").add(tag("th").with("scope", "row").text(label(first.name))).add_all(cells)
    });
    tag("table")
        .class("fields")
        .add(tag("thead").add(tag("tr").add(corner).add_all(head)))
        .add(tag("tbody").add_all(rows))
}

/// An item in one line: what it says, where that fits.
pub(crate) fn in_short(item: Item<'_>) -> Piece {
    let text = match item {
        Item::Rule(_, rule) => {
            let off = if rule.enabled { "" } else { say("disabled") };
            let described = match rule.description.is_empty() {
                true => String::new(),
                false => format!(" \"{}\"", rule.description),
            };
            format!("{off} {}{described}", rule.spec).trim_start().to_owned()
        }
        Item::Profile(_)
        | Item::PrimaryGroup(_)
        | Item::Network(_)
        | Item::Group(_)
        | Item::AddressGroup(_)
        | Item::Instance(_)
        | Item::Vnic(..) => {
            let fields = item.fields();
            let said = fields.iter().filter(|field| field.values.iter().any(|value| !value.is_empty()));
            let said = said.map(|field| format!("{}: {}", label(field.name), field.values.join(", ")));
            said.collect::<Vec<_>>().join("; ")
        }
    };
    tag("code").text(text)
}

/// What happened to an item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Added,
    Changed,
    Removed,
}

/// What differences are listed under.
#[derive(Clone, PartialEq, Eq)]
enum Part {
    Project,
    Networks,
    Group(String),
    AddressGroup(String),
    Instance(String),
}

impl Turn {
    fn of(difference: &Difference<'_>) -> Turn {
        match (difference.before, difference.after) {
            (None, _) => Turn::Added,
            (Some(_), None) => Turn::Removed,
            (Some(_), Some(_)) => Turn::Changed,
        }
    }

    fn badge(self) -> Piece {
        let (class, glyph, word) = match self {
            Turn::Added => ("turn added", Glyph::Add, say("added")),
            Turn::Changed => ("turn changed", Glyph::Edit, say("changed")),
            Turn::Removed => ("turn removed", Glyph::Delete, say("removed")),
        };
        tag("span").class(class).add(icon(glyph)).text(word)
    }
}

impl Part {
    fn of(difference: &Difference<'_>) -> Part {
        let held = difference.after.or(difference.before).and_then(Item::holder);
        match held.as_ref().unwrap_or(&difference.id) {
            ItemId::Profile | ItemId::PrimaryGroup => Part::Project,
            ItemId::Network(_) => Part::Networks,
            ItemId::Group(id) => Part::Group(id.to_string()),
            ItemId::AddressGroup(id) => Part::AddressGroup(id.to_string()),
            ItemId::Instance(id) => Part::Instance(id.to_string()),
            // What is held is named by its holder.
            ItemId::Rule(id) => Part::Group(id.to_string()),
            ItemId::Vnic(id) => Part::Instance(id.to_string()),
        }
    }

    fn heading(&self, names: &Document) -> Piece {
        let head = tag("h3");
        match self {
            Part::Project => head.text(say("Project")),
            Part::Networks => head.text(say("Networks")),
            Part::Group(id) => {
                let name = names.group(id).map_or(id.as_str(), |group| &group.name);
                head.text(say("Group")).text(" ").add(link(&group_path(id)).text(name))
            }
            Part::AddressGroup(id) => {
                let found = names.address_groups.iter().find(|group| group.id.as_str() == id);
                let name = found.map_or(id.as_str(), |group| &group.name);
                head.text(say("Address group")).text(" ").add(link(&address_group_path(id)).text(name))
            }
            Part::Instance(id) => head.text(say("Instance")).text(" ").add(link("/instances").text(id)),
        }
    }
}

fn line(difference: &Difference<'_>) -> Piece {
    let name = tag("p").class("difference-name").add(Turn::of(difference).badge()).text(" ");
    let name = name.message(&difference.id.to_string());
    let item = tag("li").class("difference").with("data-item", difference.id.to_string().replace('`', "")).add(name);
    match (difference.before, difference.after) {
        (Some(before), Some(after)) => item.add(field_table(&[(say("Was"), Some(before)), (say("Is"), Some(after))])),
        (before, after) => item.add_all(before.or(after).map(|item| tag("p").class("in-short").add(in_short(item)))),
    }
}

/// What a field holds. Of lists only what others lack is marked, and what all share is counted where it is long.
fn values(field: &Field, all: &[&Vec<Field>], at: usize) -> Vec<Piece> {
    const LONG: usize = 4;
    let is_shared = |value: &String| all.iter().all(|fields| fields[at].values.contains(value));
    let (shared, own): (Vec<&String>, Vec<&String>) = field.values.iter().partition(|value| is_shared(value));
    if field.values.iter().all(String::is_empty) {
        return vec![tag("span").class("muted").text(say("nothing"))];
    }
    let marked = own.iter().map(|value| tag("code").class("own").text((*value).clone()));
    let same = match shared.len() {
        0..=LONG => shared.iter().map(|value| tag("code").text((*value).clone())).collect(),
        count => {
            vec![tag("span").class("muted").text(say_count(count, "{n} more as elsewhere", "{n} more as elsewhere"))]
        }
    };
    marked.chain(same).collect()
}

/// `allowed_pairs` as people read it.
fn label(name: &str) -> String {
    crate::workspace::capital(&name.replace('_', " "))
}
