//! The map as a drawing that can be read, clicked and walked through with the keyboard, and the same as a table.

use std::sync::Arc;

use leptos::prelude::*;

use super::layout::{Frame, Layout, WIDTH, Way};
use super::map::{Edge, Kind, Map, Node};
use crate::parts::drawing::{Drawing, Piece, link, tag};
use crate::parts::flow::memo;
use crate::parts::link::Go;
use crate::parts::search::SearchField;
use crate::text::{say, say_count, say_with};
use crate::workspace::Workspace;

/// As many characters as fit into a node, and over the end of a line.
const NAME: usize = 22;
const LABEL: usize = 20;
/// As many lines as the table has; a search narrows more.
const LINES: usize = 200;

#[component]
pub(super) fn Picture() -> impl IntoView {
    let workspace = Workspace::here();
    let search = RwSignal::new(String::new());
    let looked = RwSignal::new(None::<usize>);
    let whole = memo(move || workspace.read(Map::of));
    let found = memo(move || whole.get().about(&search.get()));
    let shown = memo(move || {
        looked.set(None);
        found.get().folded()
    });
    let draw_map = move || shown.with(|map| draw(map, looked));
    let draw_said = move || {
        shown.with(|map| {
            let edge = looked.get().and_then(|at| map.edges.get(at));
            let hint = || tag("p").class("hint").text(say("Point at a line, or go to it with Tab, to see its rules."));
            vec![edge.map_or_else(hint, |edge| said(map, edge))]
        })
    };
    let draw_table = move || found.with(table);
    view! {
        <section id="picture" class="surface padded part" aria-labelledby="picture-title">
            <div class="picture-head">
                <div>
                    <h2 id="picture-title">{say("Who may reach whom")}</h2>
                    <p class="hint">
                        {say("As ingress rules say it, from left to right.")} " "
                        <Go to="/matrix">{say("What egress rules take away again, the matrix proves.")}</Go>
                    </p>
                </div>
                <SearchField id="picture-search" label=say("Search the picture") placeholder=say("Show one and its neighbours") value=search />
            </div>
            <Drawing draw=Arc::new(draw_map) />
            <div id="picture-said" class="picture-said">
                <Drawing draw=Arc::new(draw_said) />
            </div>
            <details class="unfold" id="picture-table">
                <summary>{say("The same as a table")}</summary>
                <Drawing draw=Arc::new(draw_table) />
            </details>
        </section>
    }
}

fn draw(map: &Map, looked: RwSignal<Option<usize>>) -> Vec<Piece> {
    let layout = Layout::of(map);
    let ways = map.edges.iter().zip(&layout.ways).enumerate();
    let flows =
        ways.filter_map(|(at, (edge, way))| Some(flow(map, edge, way.as_ref()?).on_look(move || looked.set(Some(at)))));
    let own = |node: usize| map.edges.iter().position(|edge| edge.from == node && edge.to == node);
    let placed = map.nodes.iter().zip(&layout.boxes).enumerate();
    let nodes = placed.clone().filter_map(|(at, (node, frame))| {
        let piece = boxed(node, frame.as_ref().copied()?, own(at).map(|edge| &map.edges[edge]));
        Some(match own(at) {
            Some(edge) => piece.on_look(move || looked.set(Some(edge))),
            None => piece,
        })
    });
    let size = [("width", layout.width), ("height", layout.height)];
    let svg = tag("svg")
        .class("map")
        .with("viewBox", format!("0 0 {:.0} {:.0}", layout.width, layout.height))
        .with("role", "group")
        .with("aria-label", say("Who may reach whom"));
    let svg = size.into_iter().fold(svg, |svg, (name, value)| svg.with(name, format!("{value:.0}")));
    let frame = tag("div").class("map-frame").with("tabindex", "0").with("role", "group");
    let frame = frame.with("aria-label", say("The picture")).add(svg.add_all(flows).add_all(nodes));
    let alone: Vec<Piece> = placed
        .filter(|(_, (_, frame))| frame.is_none())
        .map(|(at, (node, _))| {
            let chip = match &node.path {
                Some(path) => link(path).class("chip link"),
                None => tag("span").class("chip"),
            };
            let among = own(at).map_or("", |_| say("(only each other)"));
            chip.text(node.name.clone()).text(" ").text(among)
        })
        .collect();
    let alone = (!alone.is_empty()).then(|| {
        tag("p").class("affected").add(tag("span").class("muted").text(say("Nobody else reaches:"))).add_all(alone)
    });
    let drawn = (layout.boxes.iter().any(Option::is_some)).then_some(frame);
    drawn.into_iter().chain(alone).collect()
}

/// An edge: a link to its rules.
fn flow(map: &Map, edge: &Edge, way: &Way) -> Piece {
    let services: Vec<&str> = edge.services.iter().map(String::as_str).collect();
    let (x, y) = way.label;
    let label = tag("text").with("x", format!("{x:.0}")).with("y", format!("{y:.1}")).text(label(&services));
    link(&edge.path)
        .class("flow")
        .with("aria-label", spoken(map, edge))
        .add(tag("title").text(format!("{}\n{}", spoken(map, edge), rules(edge))))
        .add(tag("path").class("reach").with("d", way.line.clone()))
        .add(tag("path").class("line").with("d", way.line.clone()))
        .add(tag("path").class("head").with("d", way.head.clone()))
        .add(label)
}

fn boxed(node: &Node, frame: Frame, own: Option<&Edge>) -> Piece {
    let Frame { x, y, height } = frame;
    let class = match node.kind {
        Kind::Anybody => "node anybody",
        Kind::Addresses => "node addresses",
        Kind::Group => "node group",
        Kind::Folded => "node folded",
    };
    let piece = match &node.path {
        Some(path) => link(path),
        None => tag("g"),
    };
    let among = own.map(|_| say("reach each other"));
    let note = [Some(node.note.as_str()), among].into_iter().flatten().filter(|part| !part.is_empty());
    let note = note.collect::<Vec<_>>().join(", ");
    let number = |value: f64| format!("{value:.1}");
    let rounding = if node.kind == Kind::Group { "8" } else { "20" };
    let frame = tag("rect")
        .with("x", number(x))
        .with("y", number(y))
        .with("width", number(WIDTH))
        .with("height", number(height))
        .with("rx", rounding);
    let middle = y + height / 2.0;
    let text = |class: &'static str, at: f64, text: String| {
        tag("text").class(class).with("x", number(x + WIDTH / 2.0)).with("y", number(at)).text(text)
    };
    piece
        .class(class)
        .add(tag("title").text(format!("{}: {note}", node.name)))
        .add(frame)
        .add(text("name", middle - 2.0, shortened(&node.name, NAME)))
        .add(text("note", middle + 14.0, shortened(&note, NAME + 8)))
}

/// What stands under the picture about the edge that a person looks at.
fn said(map: &Map, edge: &Edge) -> Piece {
    let rules = edge.rules.iter().take(8).map(|(id, spec)| {
        tag("li").add(link(&edge.path).text(id.clone())).text(" ").add(tag("code").class("muted").text(spec.clone()))
    });
    tag("div").add(tag("strong").text(spoken(map, edge))).add(tag("ul").add_all(rules))
}

fn table(map: &Map) -> Vec<Piece> {
    let head = [say("From"), say("To"), say("What"), say("Rules")];
    let head = head.map(|name| tag("th").with("scope", "col").text(name));
    let end = |at: usize| {
        let node = &map.nodes[at];
        match &node.path {
            Some(path) => link(path).text(node.name.clone()),
            None => tag("span").text(node.name.clone()),
        }
    };
    let rows = map.edges.iter().take(LINES).map(|edge| {
        let services: Vec<&str> = edge.services.iter().map(String::as_str).collect();
        let rules: Vec<&str> = edge.rules.iter().map(|(id, _)| id.as_str()).collect();
        tag("tr")
            .add(tag("th").with("scope", "row").add(end(edge.from)))
            .add(tag("td").with("data-label", say("To")).add(end(edge.to)))
            .add(tag("td").with("data-label", say("What")).text(services.join(", ")))
            .add(tag("td").with("data-label", say("Rules")).add(link(&edge.path).text(rules.join(", "))))
    });
    let table =
        tag("table").class("list").add(tag("thead").add(tag("tr").add_all(head))).add(tag("tbody").add_all(rows));
    let left = map.edges.len().saturating_sub(LINES);
    let more = (left > 0).then(|| {
        tag("p").class("hint").text(say_count(left, "{n} more: search narrows.", "{n} more: search narrows."))
    });
    [table].into_iter().chain(more).collect()
}

fn spoken(map: &Map, edge: &Edge) -> String {
    let services: Vec<&str> = edge.services.iter().map(String::as_str).collect();
    let (from, to) = (&map.nodes[edge.from].name, &map.nodes[edge.to].name);
    say_with("{from} may reach {to}: {what}", &[("from", from), ("to", to), ("what", &services.join(", "))])
}

fn rules(edge: &Edge) -> String {
    let rules = edge.rules.iter().take(8).map(|(id, spec)| format!("{id}: {spec}"));
    rules.collect::<Vec<_>>().join("\n")
}

/// The services over a line: all where they fit, else the first and how many more.
fn label(services: &[&str]) -> String {
    let all = services.join(", ");
    match services {
        [first, _, ..] if all.chars().count() > LABEL => {
            format!("{} +{}", shortened(first, LABEL - 4), services.len() - 1)
        }
        _ => shortened(&all, LABEL),
    }
}

fn shortened(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['\u{2026}']).collect(),
        false => text.to_owned(),
    }
}
