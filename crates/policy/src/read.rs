//! Reads documents: YAML or JSON to a [`Document`] and every fault at once.
//!
//! A document is an object. Fields are optional unless marked `*`; a text that looks like a number may be written as one.
//!
//! | in | field | what it holds |
//! |---|---|---|
//! | document | `version` * | `1`, the version of this table |
//! | | `profile` | `portcullis` (where absent), `openstack`, `mcloud`, `exoscale`, `huawei`, `aws`, or an object |
//! | | `primary_group` | id of the group of vnics that name none; `default` where absent |
//! | | `networks`, `groups`, `address_groups`, `instances` | lists of the objects below |
//! | profile | `name` * | not the name of a built-in profile |
//! | | `base` | the built-in profile that has all switches that are absent here; `portcullis` where absent |
//! | | `evaluation` | `union`, `ordered` |
//! | | `egress_default` | `deny`, `allow-until-first-rule`, `allow-until-first-rule-of-family` |
//! | | `new_group_rules`, `default_group_rules` | lists of rules, each one text |
//! | | `minimum_groups`, `maximum_groups` | numbers, for each vnic; the second may be `none` |
//! | | `group_changes` | `live`, `while-stopped` |
//! | | `same_subnet` | `filtered`, `exempt` |
//! | | `remote_members` | `addresses`, `addresses-and-pairs`, `addresses-pairs-and-sources` |
//! | | `bum` | `by-rules`, `dropped`: broadcast and multicast that instances send |
//! | | `ingress_revocation`, `egress_revocation` | `cut`, `keep`: live flows, by the direction of their opener |
//! | | `protocols` | `all`, or a list of `any`, `number` and names |
//! | | `limits` | object of numbers or `none`: `groups`, `rules`, `rules_per_group`, `rules_per_direction_and_family`, `groups_times_rules_per_vnic` |
//! | | `udp_stream_timeout` | seconds |
//! | network | `id` * | unique among networks |
//! | | `vlan` | 1 to 4094, for people: guests see no tag |
//! | | `ethertypes` | list of further EtherTypes that may pass, such as `0x88cc` |
//! | | `subnets` | list of objects |
//! | subnet | `prefix` * | `192.0.2.0/24` |
//! | | `gateway` | an address |
//! | | `dhcp` | list of addresses of DHCP servers |
//! | group | `id` * | unique among groups; a document without `default` gets it, see [`Profile::default_group_rules`](crate::Profile) |
//! | | `name`, `description` | free text; the name is the id where it is absent |
//! | | `stateful` | `true` (where absent): replies pass without a rule; `false`: rules judge every packet |
//! | | `sources` | list of prefixes that count as members where the group is a remote, in profiles that have such |
//! | | `rules` | list of rules |
//! | rule | `id` | unique among all rules; where absent the first free one of `GROUP/1`, `GROUP/2` ... |
//! | | `direction` * | `ingress`, `egress` |
//! | | `family` * | `ipv4`, `ipv6` |
//! | | `protocol` * | `any`, a name such as `tcp`, a number |
//! | | `ports` | `22`, `22,80,8000-8090`, `any` (where absent) |
//! | | `icmp` | type or type and code: `8`, `3/4`, `any` (where absent) |
//! | | `remote` * | `any`, a prefix, `group:ID`, `address-group:ID` |
//! | | `action` | `allow` (where absent), `deny` |
//! | | `priority` | 1 (where absent) to 100 |
//! | | `enabled` | `true` (where absent), `false` |
//! | | `description` | free text |
//! | address group | `id` * | unique among address groups |
//! | | `name`, `description` | as above |
//! | | `prefixes` * | list of prefixes, addresses and ranges such as `10.0.0.5-10.0.0.9`; `[]` matches nothing |
//! | instance | `id` * | unique among instances |
//! | | `name` | as above |
//! | | `state` | `running` (where absent), `stopped` |
//! | | `vnics` * | list of objects |
//! | vnic | `id` | unique among vnics; may be absent where the instance has one vnic, which then has the instance's id |
//! | | `network` * | id of a network |
//! | | `mac` * | `52:54:00:00:00:0a` |
//! | | `addresses` | list of addresses |
//! | | `groups` | ids of groups, in order; where absent the primary group (`default` in an instance outside of a document); `[]` is none |
//! | | `port_security` | `true` (where absent), or `false`: nothing is filtered, and `groups` must be `[]`, as where absent |
//! | | `allowed_pairs` | list of prefixes, each with a MAC behind a space or without |
//! | | `interface` | name of the guest-side link on the hypervisor; without it the enforcer may find it, see `docs/enforcer.md` |
//!
//! A rule may also be one text, its [`RuleSpec`](crate::RuleSpec), or `ID: SPEC`:
//! `web-https: ingress ipv6 tcp 443 from any`.
//!
//! Contract: reading never panics and takes bounded time and memory whatever the text. What has a fault is left out of the
//! document and everything else is in it, so that an editor can show the rest; only a document without errors may be used.
//!
//! Absent: what parts of a document are to each other, which is [`Document::validate`].

mod group;
mod mend;
mod node;
mod place;
mod profile;
mod rule;

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::model::Document;
use crate::profile::Profile;
use crate::{Diagnostic, Faults, Severity};
pub(crate) use group::read_sources;
use node::{Node, Walk};

/// The version of the document format that is read and written.
pub(crate) const VERSION: u64 = 1;

/// The longest text that is read, in bytes: ten times a project of 10,000 rules.
const LONGEST: usize = 16 << 20;

/// The deepest nesting; a document has less than 8 levels.
const DEEPEST: usize = 32;

impl Document {
    /// Reads YAML or JSON: what can be read, and every fault of reading.
    pub fn read(text: &str) -> (Document, Vec<Diagnostic>) {
        match parse(text) {
            Ok(value) => Document::read_value(&value),
            Err(fault) => nothing(fault),
        }
    }

    /// The same from a JSON value.
    pub fn read_value(value: &Value) -> (Document, Vec<Diagnostic>) {
        let (document, walk) = walk(value);
        (document, walk.faults)
    }

    /// Reads YAML or JSON and validates it: what can be read, and every fault and warning, each with its path in the text.
    pub fn check(text: &str) -> (Document, Vec<Diagnostic>) {
        match parse(text) {
            Ok(value) => Document::check_value(&value),
            Err(fault) => nothing(fault),
        }
    }

    /// The same from the bytes of a file.
    pub fn check_bytes(bytes: &[u8]) -> (Document, Vec<Diagnostic>) {
        match std::str::from_utf8(bytes) {
            Ok(text) => Document::check(text),
            Err(error) => nothing(encoding_fault(&bytes[..error.valid_up_to()])),
        }
    }

    /// The same from a JSON value.
    pub fn check_value(value: &Value) -> (Document, Vec<Diagnostic>) {
        let (document, mut walk) = walk(value);
        let faulty = !walk.faults.is_empty();
        for found in document.validate() {
            // What could not be read is missing, and warnings about that would be beside the point.
            if faulty && found.severity == Severity::Warning {
                continue;
            }
            let path = walk.path_in_text(&found.path);
            walk.faults.push(Diagnostic { path, ..found });
        }
        (document, walk.faults)
    }
}

impl FromStr for Document {
    type Err = Faults;

    /// Reads YAML or JSON and validates it; all faults at once. Warnings alone are no obstacle.
    fn from_str(text: &str) -> Result<Document, Faults> {
        let (document, found) = Document::check(text);
        match found.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            true => Err(Faults(found)),
            false => Ok(document),
        }
    }
}

/// Text to value; a syntax error is one fault with its line and column.
fn parse(text: &str) -> Result<Value, Diagnostic> {
    if text.len() > LONGEST {
        return Err(Diagnostic::error("", format!("the document has {} bytes: {LONGEST} is the most", text.len())));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEEPEST, max_nodes: 2_000_000, max_events: 8_000_000 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| syntax_fault(&error))
}

/// What is read where nothing can be.
fn nothing(fault: Diagnostic) -> (Document, Vec<Diagnostic>) {
    (Document::new(Profile::default()), vec![fault])
}

/// A fault right behind what is UTF-8.
fn encoding_fault(before: &[u8]) -> Diagnostic {
    let before = String::from_utf8_lossy(before);
    let line = before.split('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let what = "this is no UTF-8: save the file in that encoding";
    Diagnostic::error("", format!("line {line}, column {column}: {what}"))
}

fn syntax_fault(error: &serde_saphyr::Error) -> Diagnostic {
    let what = match error.without_snippet() {
        serde_saphyr::Error::Budget { .. } => {
            format!("the document is too large, or nested deeper than {DEEPEST} levels: a project is far smaller")
        }
        error => error.render_with_formatter(&serde_saphyr::UserMessageFormatter),
    };
    let Some(at) = error.location() else {
        return Diagnostic::error("", what);
    };
    let (line, column) = (at.line(), at.column());
    // The parser ends its own texts with the same place.
    let what = what.trim_end_matches(&format!(" at line {line}, column {column}"));
    Diagnostic::error("", format!("line {line}, column {column}: {what}"))
}

fn walk(value: &Value) -> (Document, Walk) {
    let mut walk = Walk::default();
    let mut document = read_document(&mut walk, value).unwrap_or_default();
    document.add_default_group();
    (document, walk)
}

fn read_document(walk: &mut Walk, value: &Value) -> Option<Document> {
    let root = Node { path: String::new(), value };
    if value.is_null() {
        walk.faults.push(Diagnostic::error("", format!("the document is empty: start it with `version: {VERSION}`")));
        return None;
    }
    // An unknown version comes before unknown fields.
    if let Value::Object(fields) = value {
        check_version(walk, fields)?;
    }
    let known = ["version", "profile", "primary_group", "networks", "groups", "address_groups", "instances"];
    let fields = walk.fields(&root, &known)?;
    walk.rule_ids = rule::declared_ids(value);
    let profile = fields.get("profile").and_then(|node| profile::profile(walk, &node)).unwrap_or_default();
    let primary_group = fields.get("primary_group").and_then(|node| walk.parse(&node, mend::id));
    let primary_group = primary_group.unwrap_or_else(Document::default_group_id);
    walk.usual_group.clone_from(&primary_group);
    let networks = walk.list(fields.get_or_null("networks"), place::network).unwrap_or_default();
    let groups = walk.list(fields.get_or_null("groups"), group::group).unwrap_or_default();
    let address_groups = walk.list(fields.get_or_null("address_groups"), group::address_group).unwrap_or_default();
    let instances = walk.list(fields.get_or_null("instances"), place::instance).unwrap_or_default();
    Some(Document { profile, primary_group, networks, groups, address_groups, instances })
}

/// `None` where the rest means something else than this program thinks.
fn check_version(walk: &mut Walk, fields: &Map<String, Value>) -> Option<()> {
    let Some(version) = fields.get("version") else {
        let message = format!("the version is missing: write `version: {VERSION}`");
        walk.faults.push(Diagnostic::error("version", message).with_fix(VERSION));
        return Some(());
    };
    let number = version.as_u64().or_else(|| version.as_str()?.parse().ok());
    let fault = match number {
        Some(VERSION) => return Some(()),
        Some(newer) if newer > VERSION => {
            format!("version {newer} is newer than this program, which reads version {VERSION}: update Portcullis")
        }
        Some(_) | None => format!("`{version}` is no version: write `version: {VERSION}`"),
    };
    walk.faults.push(Diagnostic::error("version", fault));
    None
}
