//! Where the nodes and the edges of a map are drawn: in columns, from those who reach to those who are reached.
//!
//! The layers are those of K. Sugiyama, S. Tagawa and M. Toda (1981): cycles are broken, each edge goes to a later column by way of a
//! bend in each column between, and nodes are ordered by the middle of their neighbours. Every edge ends in a row of its own, so
//! that its label never lies on another one.

use std::collections::HashMap;

use super::map::Map;

/// A drawing of a map, in pixels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// As the nodes of the map; `None` for one without an edge.
    pub(super) boxes: Vec<Option<Frame>>,
    /// As the edges of the map; `None` for one from a node to itself.
    pub(super) ways: Vec<Option<Way>>,
}

/// Where a node is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) height: f64,
}

/// Where an edge is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Way {
    /// The line, as the `d` of a path.
    pub(super) line: String,
    /// The arrow's head, likewise.
    pub(super) head: String,
    /// Where its label ends.
    pub(super) label: (f64, f64),
}

/// How wide a node is.
pub(super) const WIDTH: f64 = 184.0;
/// Room for a label.
const LABEL: f64 = 136.0;
/// Room for lines to turn.
const BEND: f64 = 64.0;
const MARGIN: f64 = 8.0;
const LOWEST: f64 = 48.0;
const ROW: f64 = 22.0;
const GAP: f64 = 18.0;
/// How far down a short column may begin beside a tall one, so that a person who does not scroll sees all columns.
const DEEPEST: f64 = 160.0;
const SWEEPS: usize = 6;

/// Where a layer has something: a node, or the bend of an edge that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Spot {
    Node(usize),
    Bend { edge: usize, layer: usize },
}

/// An edge from left to right, whichever way it points.
struct Strand {
    edge: usize,
    spots: Vec<Spot>,
    is_backward: bool,
}

impl Layout {
    /// Draws a map.
    pub(super) fn of(map: &Map) -> Layout {
        let ends: Vec<(usize, usize)> = map.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let backward = backward(map.nodes.len(), &ends);
        let forward = |at: usize| if backward[at] { (ends[at].1, ends[at].0) } else { ends[at] };
        let layers = layers(map.nodes.len(), (0..ends.len()).map(forward).filter(|(from, to)| from != to).collect());
        let strands: Vec<Strand> = (0..ends.len())
            .filter(|at| ends[*at].0 != ends[*at].1)
            .map(|at| strand(at, forward(at), &layers, backward[at]))
            .collect();
        let columns = order(columns(&layers, &strands), &strands);
        place(map, &columns, &strands)
    }
}

/// Which edges point back in a walk from the first nodes on.
fn backward(nodes: usize, ends: &[(usize, usize)]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum Visit {
        Not,
        Open,
        Done,
    }
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    let mut incoming = vec![0; nodes];
    for (at, (from, to)) in ends.iter().enumerate() {
        out[*from].push(at);
        incoming[*to] += usize::from(from != to);
    }
    let mut starts: Vec<usize> = (0..nodes).collect();
    starts.sort_by_key(|node| incoming[*node]);
    let mut visits = vec![Visit::Not; nodes];
    let mut backward = vec![false; ends.len()];
    for start in starts {
        if visits[start] != Visit::Not {
            continue;
        }
        visits[start] = Visit::Open;
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.pop() {
            let Some(edge) = out[node].get(next) else {
                visits[node] = Visit::Done;
                continue;
            };
            stack.push((node, next + 1));
            let to = ends[*edge].1;
            match visits[to] {
                Visit::Open => backward[*edge] = to != node,
                Visit::Done => {}
                Visit::Not => {
                    visits[to] = Visit::Open;
                    stack.push((to, 0));
                }
            }
        }
    }
    backward
}

/// The column of each node: behind all that lead to it. `None` for one without edges.
fn layers(nodes: usize, edges: Vec<(usize, usize)>) -> Vec<Option<usize>> {
    let mut layers: Vec<Option<usize>> = vec![None; nodes];
    for (from, to) in &edges {
        layers[*from] = Some(0);
        layers[*to] = Some(0);
    }
    // There are no cycles, so this ends after as many rounds as there are columns.
    loop {
        let mut is_settled = true;
        for (from, to) in &edges {
            let least = layers[*from].map(|layer| layer + 1);
            if layers[*to] < least {
                layers[*to] = least;
                is_settled = false;
            }
        }
        if is_settled {
            return layers;
        }
    }
}

fn strand(edge: usize, (from, to): (usize, usize), layers: &[Option<usize>], is_backward: bool) -> Strand {
    let (first, last) = (layers[from].unwrap_or_default(), layers[to].unwrap_or_default());
    let bends = (first + 1..last).map(|layer| Spot::Bend { edge, layer });
    let spots = [Spot::Node(from)].into_iter().chain(bends).chain([Spot::Node(to)]).collect();
    Strand { edge, spots, is_backward }
}

fn columns(layers: &[Option<usize>], strands: &[Strand]) -> Vec<Vec<Spot>> {
    let count = layers.iter().flatten().max().map_or(0, |last| last + 1);
    let mut columns = vec![Vec::new(); count];
    for (node, layer) in layers.iter().enumerate() {
        if let Some(layer) = layer {
            columns[*layer].push(Spot::Node(node));
        }
    }
    for spot in strands.iter().flat_map(|strand| &strand.spots) {
        if let Spot::Bend { layer, .. } = spot {
            columns[*layer].push(*spot);
        }
    }
    columns
}

/// Orders each column by the middle of the neighbours, from the left and from the right in turn.
fn order(mut columns: Vec<Vec<Spot>>, strands: &[Strand]) -> Vec<Vec<Spot>> {
    let mut left: HashMap<Spot, Vec<Spot>> = HashMap::new();
    let mut right: HashMap<Spot, Vec<Spot>> = HashMap::new();
    for pair in strands.iter().flat_map(|strand| strand.spots.windows(2)) {
        right.entry(pair[0]).or_default().push(pair[1]);
        left.entry(pair[1]).or_default().push(pair[0]);
    }
    for sweep in 0..SWEEPS {
        let (beside, walk): (_, Vec<usize>) = match sweep % 2 {
            0 => (&left, (1..columns.len()).collect()),
            _ => (&right, (0..columns.len().saturating_sub(1)).rev().collect()),
        };
        for at in walk {
            let fixed = if sweep % 2 == 0 { at - 1 } else { at + 1 };
            let place: HashMap<Spot, usize> = columns[fixed].iter().copied().zip(0..).collect();
            let middle = |spot: &Spot, own: usize| {
                let found: Vec<usize> =
                    beside.get(spot).into_iter().flatten().filter_map(|spot| place.get(spot).copied()).collect();
                match found.len() {
                    0 => own as f64,
                    count => found.iter().sum::<usize>() as f64 / count as f64,
                }
            };
            let mut keyed: Vec<(f64, Spot)> =
                columns[at].iter().enumerate().map(|(own, spot)| (middle(spot, own), *spot)).collect();
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
            columns[at] = keyed.into_iter().map(|(_, spot)| spot).collect();
        }
    }
    columns
}

fn place(map: &Map, columns: &[Vec<Spot>], strands: &[Strand]) -> Layout {
    let rank: HashMap<Spot, usize> = columns.iter().flat_map(|column| column.iter().copied().zip(0..)).collect();
    // The ends of each node, from the top; each has a row.
    let mut arrivals: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut departures: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, strand) in strands.iter().enumerate() {
        if let [Spot::Node(from), .., Spot::Node(to)] = strand.spots[..] {
            departures.entry(from).or_default().push(at);
            arrivals.entry(to).or_default().push(at);
        }
    }
    let before = |at: &usize| rank[&strands[*at].spots[strands[*at].spots.len() - 2]];
    let behind = |at: &usize| rank[&strands[*at].spots[1]];
    arrivals.values_mut().for_each(|ends| ends.sort_by_key(before));
    departures.values_mut().for_each(|ends| ends.sort_by_key(behind));
    let rows = |node: usize| {
        let count = |ends: &HashMap<usize, Vec<usize>>| ends.get(&node).map_or(0, Vec::len);
        count(&arrivals).max(count(&departures)) as f64
    };
    let height = |spot: &Spot| match spot {
        Spot::Node(node) => LOWEST.max(rows(*node) * ROW + 8.0),
        Spot::Bend { .. } => ROW - GAP,
    };
    let tall = |column: &Vec<Spot>| column.iter().map(|spot| height(spot) + GAP).sum::<f64>() - GAP;
    let highest = columns.iter().map(tall).fold(0.0, f64::max);
    let mut frames: HashMap<Spot, Frame> = HashMap::new();
    for (at, column) in columns.iter().enumerate() {
        let x = MARGIN + at as f64 * (WIDTH + BEND + LABEL);
        let mut y = MARGIN + ((highest - tall(column)) / 2.0).min(DEEPEST);
        for spot in column {
            let height = height(spot);
            frames.insert(*spot, Frame { x, y, height });
            y += height + GAP;
        }
    }
    let row = |ends: &HashMap<usize, Vec<usize>>, node: usize, strand: usize| {
        let frame = frames[&Spot::Node(node)];
        let ends = &ends[&node];
        let at = ends.iter().position(|end| *end == strand).unwrap_or_default();
        frame.y + frame.height / 2.0 + (at as f64 - (ends.len() as f64 - 1.0) / 2.0) * ROW
    };
    let mut ways = vec![None; map.edges.len()];
    for (at, strand) in strands.iter().enumerate() {
        if let [Spot::Node(from), bends @ .., Spot::Node(to)] = &strand.spots[..] {
            let start = (frames[&Spot::Node(*from)].x + WIDTH, row(&departures, *from, at));
            let end = (frames[&Spot::Node(*to)].x, row(&arrivals, *to, at));
            let bends: Vec<(f64, f64)> = bends.iter().map(|spot| (frames[spot].x, frames[spot].y)).collect();
            ways[strand.edge] = Some(way(start, &bends, end, strand.is_backward));
        }
    }
    let boxes = (0..map.nodes.len()).map(|node| frames.get(&Spot::Node(node)).copied()).collect();
    let count = columns.len() as f64;
    let width = MARGIN * 2.0 + count * WIDTH + (count - 1.0).max(0.0) * (BEND + LABEL);
    Layout { width, height: highest + MARGIN * 2.0, boxes, ways }
}

fn way(start: (f64, f64), bends: &[(f64, f64)], end: (f64, f64), is_backward: bool) -> Way {
    let curve = |from: (f64, f64), to: (f64, f64)| {
        let middle = f64::midpoint(from.0, to.0);
        format!("C{middle:.0} {:.1} {middle:.0} {:.1} {:.0} {:.1}", from.1, to.1, to.0, to.1)
    };
    let mut line = format!("M{:.0} {:.1}", start.0, start.1);
    let mut here = start;
    for (x, y) in bends {
        let past = (x + WIDTH, *y);
        line.push_str(&curve(here, (x - LABEL / 2.0, *y)));
        line.push_str(&format!("H{:.0}", past.0));
        here = past;
    }
    line.push_str(&curve(here, (end.0 - LABEL, end.1)));
    line.push_str(&format!("H{:.0}", end.0));
    let ((x, y), back) = if is_backward { (start, 7.0) } else { (end, -7.0) };
    let head = format!("M{:.0} {:.1}L{x:.0} {y:.1}L{:.0} {:.1}", x + back, y - 4.0, x + back, y + 4.0);
    Way { line, head, label: (end.0 - 12.0, end.1 - 4.0) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::super::map::{Edge, Kind, Node};
    use super::*;

    fn map(nodes: usize, ends: &[(usize, usize)]) -> Map {
        let node = |at: usize| Node { kind: Kind::Group, name: format!("g{at}"), note: String::new(), path: None };
        let edge = |(from, to): &(usize, usize)| Edge {
            from: *from,
            to: *to,
            services: BTreeSet::new(),
            rules: Vec::new(),
            path: String::new(),
        };
        Map { nodes: (0..nodes).map(node).collect(), edges: ends.iter().map(edge).collect() }
    }

    /// `columns` are the columns of the nodes; 9 stands for one that is not drawn.
    fn check(nodes: usize, ends: &[(usize, usize)], columns: &[usize]) {
        let layout = Layout::of(&map(nodes, ends));
        let column = |frame: &Option<Frame>| {
            frame.map_or(9, |frame| ((frame.x - MARGIN) / (WIDTH + BEND + LABEL)).round() as usize)
        };
        assert_eq!(layout.boxes.iter().map(column).collect::<Vec<_>>(), columns, "{ends:?}");
        let frames: Vec<&Frame> = layout.boxes.iter().flatten().collect();
        for (at, one) in frames.iter().enumerate() {
            assert!(one.x + WIDTH <= layout.width && one.y + one.height <= layout.height, "{one:?} is outside");
            for other in &frames[at + 1..] {
                let is_apart = one.x != other.x || one.y + one.height <= other.y || other.y + other.height <= one.y;
                assert!(is_apart, "{one:?} {other:?}");
            }
        }
        let mut labels: Vec<(i64, i64)> =
            layout.ways.iter().flatten().map(|way| (way.label.0 as i64, way.label.1 as i64)).collect();
        let count = labels.len();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), count, "labels lie on each other");
        assert_eq!(count, ends.iter().filter(|(from, to)| from != to).count());
    }

    #[wasm_bindgen_test]
    fn who_is_reached_stands_behind_who_reaches() {
        check(0, &[], &[]);
        check(2, &[], &[9, 9]);
        check(1, &[(0, 0)], &[9]);
        check(3, &[(0, 1), (1, 2), (0, 2), (2, 2)], &[0, 1, 2]);
        check(4, &[(0, 3), (1, 3), (2, 3), (0, 1)], &[0, 1, 0, 2]);
    }

    #[wasm_bindgen_test]
    fn circles_are_drawn_all_the_same() {
        check(2, &[(0, 1), (1, 0)], &[0, 1]);
        check(4, &[(0, 1), (1, 2), (2, 3), (3, 1)], &[0, 1, 2, 3]);
    }
}
