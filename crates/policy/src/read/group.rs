//! Reads security groups and address groups.

use serde_json::Value;

use super::mend;
use super::node::{Fields, Node, Walk};
use super::rule;
use crate::Diagnostic;
use crate::model::{
    AddressBlock, AddressGroup, AddressGroupId, Document, GroupId, Id, IdKind, Prefix, RuleId, SecurityGroup, Tracking,
};

impl SecurityGroup {
    /// Reads one group; its rules must have ids. Paths are within the group: `rules[0].ports`.
    ///
    /// # Errors
    /// Every fault.
    pub fn read_value(value: &Value) -> Result<SecurityGroup, Vec<Diagnostic>> {
        let mut walk = Walk::default();
        let found = read_group(&mut walk, &Node { path: String::new(), value }, |_| None::<std::iter::Empty<RuleId>>);
        walk.finish(found)
    }
}

impl AddressGroup {
    /// Reads one address group. Paths are within it: `prefixes[0]`.
    ///
    /// # Errors
    /// Every fault.
    pub fn read_value(value: &Value) -> Result<AddressGroup, Vec<Diagnostic>> {
        let mut walk = Walk::default();
        let found = address_group(&mut walk, Node { path: String::new(), value });
        walk.finish(found)
    }
}

/// Reads the extra sources of a group.
///
/// # Errors
/// Every fault.
pub(crate) fn read_sources(value: &Value) -> Result<Vec<Prefix>, Vec<Diagnostic>> {
    let mut walk = Walk::default();
    let found = sources(&mut walk, Some(Node { path: String::new(), value }));
    walk.finish(found)
}

pub(super) fn group(walk: &mut Walk, node: Node<'_>) -> Option<SecurityGroup> {
    read_group(walk, &node, |group| Some(RuleId::numbered(group)))
}

/// `supply` makes the ids for the rules of a group that have none.
fn read_group<S: Iterator<Item = RuleId>>(
    walk: &mut Walk,
    node: &Node<'_>,
    supply: impl Fn(&GroupId) -> Option<S>,
) -> Option<SecurityGroup> {
    let fields = walk.fields(node, &["id", "name", "description", "stateful", "sources", "rules"])?;
    let id: Option<GroupId> = id(walk, &fields);
    let name = name(walk, &fields, id.as_ref());
    let description = text(walk, &fields, "description");
    let tracking = match fields.get("stateful").and_then(|node| walk.truth(&node)) {
        Some(false) => Tracking::Stateless,
        Some(true) | None => Tracking::Stateful,
    };
    let sources = sources(walk, fields.get_or_null("sources"));
    // The rules of a group without an id are read for their faults.
    let mut ids = supply(id.as_ref().unwrap_or(&Document::default_group_id()));
    let rules = walk.list(fields.get_or_null("rules"), |walk, node| {
        rule::rule(walk, node, ids.as_mut().map(|ids| ids as &mut dyn Iterator<Item = RuleId>))
    });
    let (sources, rules) = (sources.unwrap_or_default(), rules.unwrap_or_default());
    Some(SecurityGroup { id: id?, name, description, tracking, sources, rules })
}

fn sources(walk: &mut Walk, node: Option<Node<'_>>) -> Option<Vec<Prefix>> {
    walk.list(node, |walk, node| walk.parse(&node, mend::prefix))
}

pub(super) fn address_group(walk: &mut Walk, node: Node<'_>) -> Option<AddressGroup> {
    let fields = walk.fields(&node, &["id", "name", "description", "prefixes"])?;
    let id: Option<AddressGroupId> = id(walk, &fields);
    let name = name(walk, &fields, id.as_ref());
    let description = text(walk, &fields, "description");
    let node = fields.get_or_null("prefixes");
    if node.is_none() {
        let message = "`prefixes` is missing: write `[]` for a group that matches nothing";
        walk.faults.push(Diagnostic::error(fields.path_of("prefixes"), message));
    }
    let block = |walk: &mut Walk, node: Node<'_>| walk.parse::<AddressBlock>(&node, mend::block);
    let prefixes = walk.list(node, block).unwrap_or_default();
    Some(AddressGroup { id: id?, name, description, prefixes })
}

/// The required id of a thing.
pub(super) fn id<K: IdKind>(walk: &mut Walk, fields: &Fields<'_>) -> Option<Id<K>> {
    walk.required(fields, "id", "web").and_then(|node| walk.parse(&node, mend::id))
}

/// The name of a thing; its id where it has none.
pub(super) fn name<K>(walk: &mut Walk, fields: &Fields<'_>, id: Option<&Id<K>>) -> String {
    let fallback = || id.map(Id::to_string).unwrap_or_default();
    fields.get("name").and_then(|node| walk.text(&node)).unwrap_or_else(fallback)
}

/// A free text, empty where it is absent.
fn text(walk: &mut Walk, fields: &Fields<'_>, name: &str) -> String {
    fields.get(name).and_then(|node| walk.text(&node)).unwrap_or_default()
}
