//! Who may reach whom as the ingress rules say it: a graph of groups and of what they name.
//!
//! Absent: what egress rules and other rules take away again. The matrix knows that, and the page says so.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use policy::template::RULES;
use policy::{Action, Direction, Document, Family, GroupId, Remote, RuleSpec};

use crate::parts::link::{address_group_path, group_path, group_tab};
use crate::parts::rule_text::RuleTexts;
use crate::text::{say, say_count, say_with};

/// The graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Map {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
}

/// Somebody who reaches or is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// A second line, such as how many are in it.
    pub(super) note: String,
    /// Its page.
    pub(super) path: Option<String>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Every address.
    Anybody,
    /// Addresses by prefix or by address group.
    Addresses,
    Group,
    /// Several that are drawn as one.
    Folded,
}

/// That one may reach another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// By what: `SSH`, `tcp 8080`.
    pub(super) services: BTreeSet<String>,
    /// The rules that say so, each with its text.
    pub(super) rules: Vec<(String, String)>,
    /// The page of these rules.
    pub(super) path: String,
}

/// As many nodes as can be looked at.
const MOST: usize = 40;

impl Map {
    /// The graph of a document.
    pub(super) fn of(document: &Document) -> Map {
        let mut builder = Builder::default();
        let mut members: HashMap<&GroupId, usize> = HashMap::new();
        for group in document.vnics().flat_map(|(_, vnic)| &vnic.groups) {
            *members.entry(group).or_default() += 1;
        }
        // Groups first, in their order, so that names are there when rules name them.
        for group in &document.groups {
            let members = members.get(&group.id).copied().unwrap_or_default();
            let note = say_count(members, "{n} vnic", "{n} vnics");
            let path = Some(group_path(group.id.as_str()));
            builder
                .node(group_key(group.id.as_str()), Node { kind: Kind::Group, name: group.name.clone(), note, path });
        }
        for (group, rule) in document.rules() {
            let RuleSpec { direction, action, remote, .. } = &rule.spec;
            if !rule.enabled || *direction != Direction::Ingress || *action != Action::Allow {
                continue;
            }
            let from = builder.remote(document, remote);
            let to = builder.places[&group_key(group.id.as_str())];
            let said = (rule.id.to_string(), rule.spec.to_string());
            builder.edge(from, to, service(&rule.spec), said, group_tab(group.id.as_str(), "ingress"));
        }
        Map { nodes: builder.nodes, edges: builder.edges.into_values().collect() }
    }

    /// What can be looked at: those that have the same neighbours as one, and if that is still too much, the least connected too.
    pub(super) fn folded(self) -> Map {
        if self.nodes.len() <= MOST {
            return self;
        }
        let mut beside: Vec<BTreeSet<String>> = vec![BTreeSet::new(); self.nodes.len()];
        for Edge { from, to, services, .. } in &self.edges {
            for own in [*from, *to] {
                beside[own].insert(format!("{} {} {services:?}", seen_from(own, *from), seen_from(own, *to)));
            }
        }
        let alike = self.joined(|at| format!("{:?} {:?}", self.nodes[at].kind, beside[at]));
        if alike.nodes.len() <= MOST {
            return alike;
        }
        let mut degrees = vec![0_usize; alike.nodes.len()];
        for Edge { from, to, .. } in &alike.edges {
            degrees[*from] += 1;
            degrees[*to] += 1;
        }
        let mut ranked: Vec<usize> = (0..alike.nodes.len()).collect();
        ranked.sort_by_key(|at| (std::cmp::Reverse(degrees[*at]), *at));
        let kept: BTreeSet<usize> = ranked.into_iter().take(MOST - 1).collect();
        alike.joined(|at| if kept.contains(&at) { at.to_string() } else { "rest".to_owned() })
    }

    /// Those that a search names, and whom they speak with.
    pub(super) fn about(self, search: &str) -> Map {
        let words = search.trim().to_lowercase();
        if words.is_empty() {
            return self;
        }
        let named = |at: usize| self.nodes[at].name.to_lowercase().contains(&words);
        let edges: Vec<&Edge> = self.edges.iter().filter(|edge| named(edge.from) || named(edge.to)).collect();
        let mut wanted: BTreeSet<usize> = (0..self.nodes.len()).filter(|at| named(*at)).collect();
        wanted.extend(edges.iter().flat_map(|edge| [edge.from, edge.to]));
        let place: HashMap<usize, usize> = wanted.iter().copied().zip(0..).collect();
        Map {
            nodes: wanted.iter().map(|at| self.nodes[*at].clone()).collect(),
            edges: edges
                .into_iter()
                .map(|edge| Edge { from: place[&edge.from], to: place[&edge.to], ..edge.clone() })
                .collect(),
        }
    }

    /// Those of one key become one.
    fn joined(&self, key: impl Fn(usize) -> String) -> Map {
        let mut lots: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for at in 0..self.nodes.len() {
            lots.entry(key(at)).or_default().push(at);
        }
        let mut lots: Vec<Vec<usize>> = lots.into_values().collect();
        lots.sort();
        let place: HashMap<usize, usize> =
            lots.iter().enumerate().flat_map(|(to, lot)| lot.iter().map(move |at| (*at, to))).collect();
        let nodes = lots.iter().map(|lot| self.join(lot)).collect();
        let mut edges: BTreeMap<(usize, usize), Edge> = BTreeMap::new();
        for edge in &self.edges {
            let (from, to) = (place[&edge.from], place[&edge.to]);
            let joined = edges.entry((from, to)).or_insert_with(|| Edge {
                from,
                to,
                services: BTreeSet::new(),
                rules: Vec::new(),
                path: edge.path.clone(),
            });
            joined.services.extend(edge.services.iter().cloned());
            joined.rules.extend(edge.rules.iter().cloned());
        }
        Map { nodes, edges: edges.into_values().collect() }
    }

    fn join(&self, lot: &[usize]) -> Node {
        let first = &self.nodes[lot[0]];
        match lot.len() {
            1 => first.clone(),
            count => Node {
                kind: Kind::Folded,
                name: say_with("{name} and {n} more", &[("name", &first.name), ("n", &(count - 1))]),
                note: say("drawn as one: search shows each").to_owned(),
                path: None,
            },
        }
    }
}

/// How a node calls another one, or itself.
fn seen_from(own: usize, other: usize) -> String {
    if other == own { "self".to_owned() } else { other.to_string() }
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    places: HashMap<String, usize>,
    edges: BTreeMap<(usize, usize), Edge>,
}

impl Builder {
    fn node(&mut self, key: String, node: Node) -> usize {
        let next = self.nodes.len();
        let at = *self.places.entry(key).or_insert(next);
        if at == next {
            self.nodes.push(node);
        }
        at
    }

    fn remote(&mut self, document: &Document, remote: &Remote) -> usize {
        let addresses = |name: String, note: String, path| Node { kind: Kind::Addresses, name, note, path };
        let node = match remote {
            Remote::Group(id) => {
                let (name, path) = (id.to_string(), Some(group_path(id.as_str())));
                return self.node(group_key(id.as_str()), Node { kind: Kind::Group, name, note: String::new(), path });
            }
            Remote::AddressGroup(id) => {
                let found = document.address_groups.iter().find(|group| group.id == *id);
                let name = found.map_or_else(|| id.to_string(), |group| group.name.clone());
                let entries = found.map_or(0, |group| group.prefixes.len());
                let note = say_count(entries, "{n} entry", "{n} entries");
                addresses(name, note, Some(address_group_path(id.as_str())))
            }
            Remote::Prefix(prefix) if prefix.length() > 0 => {
                addresses(prefix.to_string(), say("prefix").to_owned(), None)
            }
            Remote::Prefix(_) | Remote::Any => {
                let (name, note) = (say("Anybody").to_owned(), say("every address").to_owned());
                return self.node("any".to_owned(), Node { kind: Kind::Anybody, name, note, path: None });
            }
        };
        self.node(remote.to_string(), node)
    }

    fn edge(&mut self, from: usize, to: usize, service: String, rule: (String, String), path: String) {
        let edge = self.edges.entry((from, to)).or_insert_with(|| Edge {
            from,
            to,
            services: BTreeSet::new(),
            rules: Vec::new(),
            path,
        });
        edge.services.insert(service);
        edge.rules.push(rule);
    }
}

fn group_key(id: &str) -> String {
    format!("group:{id}")
}

/// What a rule lets through, by its template's name where it has one.
fn service(spec: &RuleSpec) -> String {
    let texts = RuleTexts::of(spec);
    let family = if texts.family == "ipv6" { Family::Ipv6 } else { Family::Ipv4 };
    let fitting = RULES.iter().find(|template| template.fields(family) == (&texts.protocol, &texts.part));
    match fitting {
        Some(template) => template.title.to_owned(),
        None => format!("{} {}", texts.protocol, texts.part).trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use policy::{Edit, Profile};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn document(edits: impl IntoIterator<Item = String>) -> Document {
        let mut document = Document::new(Profile::default());
        for text in edits {
            let edit: Edit = text.parse().expect(&text);
            edit.apply(&mut document).expect(&text);
        }
        document
    }

    fn told(map: &Map) -> Vec<String> {
        let name = |at: usize| map.nodes[at].name.clone();
        let edge = |edge: &Edge| format!("{} > {}: {:?}", name(edge.from), name(edge.to), edge.services);
        map.edges.iter().map(edge).collect()
    }

    #[wasm_bindgen_test]
    fn ingress_rules_that_allow_are_edges() {
        let edits = [
            "create group web",
            "create group db",
            "add rule a to web: ingress ipv4 tcp 443 from any",
            "add rule b to web: ingress ipv6 tcp 443 from ::/0",
            "add rule c to db: ingress ipv4 tcp 9000-9001 from group:web",
            "add rule d to db: ingress ipv4 udp 53 from group:web",
            "add rule e to db: disabled ingress ipv4 tcp 22 from any",
            "add rule f to db: deny ingress ipv4 tcp 25 from any",
            "add rule g to db: egress ipv4 tcp 25 to any",
            "add rule h to db: ingress ipv4 tcp 22 from 192.0.2.0/24",
        ];
        let map = Map::of(&document(edits.map(str::to_owned)));
        let expect = [
            "default > default: {\"All traffic\"}",
            "web > db: {\"DNS\", \"tcp 9000-9001\"}",
            "Anybody > web: {\"HTTPS\"}",
            "192.0.2.0/24 > db: {\"SSH\"}",
        ];
        assert_eq!(told(&map), expect);
        assert_eq!(told(&map.about("DB")), [expect[1], expect[3]]);
    }

    #[wasm_bindgen_test]
    fn many_groups_that_are_alike_are_drawn_as_one() {
        let group = |at: usize| {
            [format!("create group g{at}"), format!("add rule r{at} to g{at}: ingress ipv4 tcp 22 from any")]
        };
        let map = Map::of(&document((0..200).flat_map(group))).folded();
        assert!(map.nodes.len() <= MOST, "{}", map.nodes.len());
        assert!(told(&map).contains(&"Anybody > g0 and 199 more: {\"SSH\"}".to_owned()), "{:?}", told(&map));
    }

    #[wasm_bindgen_test]
    fn what_is_still_too_much_is_drawn_without_the_least_connected() {
        let group = |at: usize| {
            [format!("create group g{at}"), format!("add rule r{at} to g{at}: ingress ipv4 tcp {} from any", at + 1)]
        };
        let map = Map::of(&document((0..200).flat_map(group))).folded();
        assert_eq!(map.nodes.len(), MOST);
        assert!(map.nodes.iter().any(|node| node.kind == Kind::Folded));
    }
}
