//! The text form of edits.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use super::{Edit, EditTextError, Place, References};
use crate::Diagnostic;
use crate::model::{AddressGroup, Id, IdKind, Instance, Network, Prefix, Rule, RuleId, SecurityGroup, Tracking};
use crate::profile::Profile;
use crate::read::read_sources;

impl fmt::Display for Edit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Edit::AddRule { group, place, rule } => {
                write!(out, "add rule {} to {group}{place}: {}", rule.id, RuleText(rule))
            }
            Edit::RemoveRule { rule } => write!(out, "remove rule {rule}"),
            Edit::ReplaceRule { rule } => write!(out, "replace rule {}: {}", rule.id, RuleText(rule)),
            Edit::EnableRule { rule } => write!(out, "enable rule {rule}"),
            Edit::DisableRule { rule } => write!(out, "disable rule {rule}"),
            Edit::CreateGroup { group } => write!(out, "create group {group}"),
            Edit::AddGroup { place, group } => write!(out, "add group{place}: {}", group.to_value()),
            Edit::RemoveGroup { group, references } => write!(out, "remove group {group}{references}"),
            Edit::DescribeGroup { group, name, description } => {
                write!(out, "describe group {group}: {} {}", json!(name), json!(description))
            }
            Edit::SetTracking { group, tracking } => write!(out, "set group {group} {tracking}"),
            Edit::SetSources { group, sources } => {
                let sources: Vec<String> = sources.iter().map(Prefix::to_string).collect();
                write!(out, "set sources of {group}: {}", json!(sources))
            }
            Edit::SetPrimaryGroup { group } => write!(out, "set primary-group {group}"),
            Edit::AddAddressGroup { place, address_group } => {
                write!(out, "add address-group{place}: {}", address_group.to_value())
            }
            Edit::RemoveAddressGroup { address_group, references } => {
                write!(out, "remove address-group {address_group}{references}")
            }
            Edit::ReplaceAddressGroup { address_group } => {
                write!(out, "replace address-group: {}", address_group.to_value())
            }
            Edit::AddInstance { place, instance } => write!(out, "add instance{place}: {}", instance.to_value()),
            Edit::RemoveInstance { instance } => write!(out, "remove instance {instance}"),
            Edit::ReplaceInstance { instance } => write!(out, "replace instance: {}", instance.to_value()),
            Edit::StartInstance { instance } => write!(out, "start instance {instance}"),
            Edit::StopInstance { instance } => write!(out, "stop instance {instance}"),
            Edit::AddNetwork { place, network } => write!(out, "add network{place}: {}", network.to_value()),
            Edit::RemoveNetwork { network, references } => write!(out, "remove network {network}{references}"),
            Edit::ReplaceNetwork { network } => write!(out, "replace network: {}", network.to_value()),
            Edit::Attach { vnic, place, group } => write!(out, "attach {group} to {vnic}{place}"),
            Edit::Detach { vnic, group } => write!(out, "detach {group} from {vnic}"),
            Edit::SetProfile { profile } => match profile.to_value() {
                Value::String(name) => write!(out, "set profile {name}"),
                switches => write!(out, "set profile: {switches}"),
            },
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Last => Ok(()),
            Place::At(index) => write!(out, " at {index}"),
        }
    }
}

impl fmt::Display for References {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            References::Refuse => "",
            References::Leave => " leaving references",
        })
    }
}

/// A rule without its id: `[disabled] SPEC ["DESCRIPTION"]`.
struct RuleText<'r>(&'r Rule);

impl fmt::Display for RuleText<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { spec, enabled, description, .. } = self.0;
        let disabled = if *enabled { "" } else { "disabled " };
        write!(out, "{disabled}{spec}")?;
        if description.is_empty() { Ok(()) } else { write!(out, " {}", json!(description)) }
    }
}

impl FromStr for Edit {
    type Err = EditTextError;

    fn from_str(text: &str) -> Result<Edit, EditTextError> {
        let (head, tail) = match text.split_once(':') {
            Some((head, tail)) => (head, Some(tail.trim())),
            None => (text, None),
        };
        let mut words = Words { text, words: head.split_whitespace().collect::<Vec<_>>().into_iter(), tail };
        let edit = read(&mut words)?;
        match (words.words.next(), words.tail) {
            (Some(word), _) | (None, Some(word)) => Err(EditTextError::Unexpected(word.to_owned())),
            (None, None) => Ok(edit),
        }
    }
}

/// What is not read yet of an edit.
struct Words<'t> {
    text: &'t str,
    /// The words before the colon.
    words: std::vec::IntoIter<&'t str>,
    /// What stands behind the colon.
    tail: Option<&'t str>,
}

fn read(words: &mut Words<'_>) -> Result<Edit, EditTextError> {
    let verb = words.next("a verb such as `add`")?;
    match verb {
        "add" => read_add(words),
        "remove" => read_remove(words),
        "replace" => read_replace(words),
        "enable" => words.keyword("rule").and_then(|()| Ok(Edit::EnableRule { rule: words.id()? })),
        "disable" => words.keyword("rule").and_then(|()| Ok(Edit::DisableRule { rule: words.id()? })),
        "describe" => {
            words.keyword("group")?;
            let group = words.id()?;
            let (name, description) = words.two_texts()?;
            Ok(Edit::DescribeGroup { group, name, description })
        }
        "attach" => {
            let group = words.id()?;
            words.keyword("to")?;
            Ok(Edit::Attach { group, vnic: words.id()?, place: words.place()? })
        }
        "detach" => {
            let group = words.id()?;
            words.keyword("from")?;
            Ok(Edit::Detach { group, vnic: words.id()? })
        }
        "create" => words.keyword("group").and_then(|()| Ok(Edit::CreateGroup { group: words.id()? })),
        "set" => read_set(words),
        "start" => words.keyword("instance").and_then(|()| Ok(Edit::StartInstance { instance: words.id()? })),
        "stop" => words.keyword("instance").and_then(|()| Ok(Edit::StopInstance { instance: words.id()? })),
        _ => Err(words.unknown()),
    }
}

fn read_set(words: &mut Words<'_>) -> Result<Edit, EditTextError> {
    match words.next("what it sets, such as `profile`")? {
        "profile" => match words.words.next() {
            None => Ok(Edit::SetProfile { profile: words.object(Profile::read_value)? }),
            Some(name) => {
                let profile = Profile::named(name).ok_or_else(|| EditTextError::Profile(name.to_owned()))?;
                Ok(Edit::SetProfile { profile })
            }
        },
        "group" => {
            let group = words.id()?;
            let tracking = match words.next("the word `stateful` or `stateless`")? {
                "stateful" => Tracking::Stateful,
                "stateless" => Tracking::Stateless,
                word => return Err(EditTextError::Unexpected(word.to_owned())),
            };
            Ok(Edit::SetTracking { group, tracking })
        }
        "primary-group" => Ok(Edit::SetPrimaryGroup { group: words.id()? }),
        "sources" => {
            words.keyword("of")?;
            Ok(Edit::SetSources { group: words.id()?, sources: words.object(read_sources)? })
        }
        _ => Err(words.unknown()),
    }
}

fn read_add(words: &mut Words<'_>) -> Result<Edit, EditTextError> {
    match words.next(WHAT)? {
        "rule" => {
            let id = words.id()?;
            words.keyword("to")?;
            let (group, place) = (words.id()?, words.place()?);
            Ok(Edit::AddRule { group, place, rule: words.rule(id)? })
        }
        "group" => Ok(Edit::AddGroup { place: words.place()?, group: words.object(SecurityGroup::read_value)? }),
        "address-group" => {
            Ok(Edit::AddAddressGroup { place: words.place()?, address_group: words.object(AddressGroup::read_value)? })
        }
        "instance" => Ok(Edit::AddInstance { place: words.place()?, instance: words.object(Instance::read_value)? }),
        "network" => Ok(Edit::AddNetwork { place: words.place()?, network: words.object(Network::read_value)? }),
        _ => Err(words.unknown()),
    }
}

fn read_remove(words: &mut Words<'_>) -> Result<Edit, EditTextError> {
    match words.next(WHAT)? {
        "rule" => Ok(Edit::RemoveRule { rule: words.id()? }),
        "group" => Ok(Edit::RemoveGroup { group: words.id()?, references: words.references()? }),
        "address-group" => Ok(Edit::RemoveAddressGroup { address_group: words.id()?, references: words.references()? }),
        "instance" => Ok(Edit::RemoveInstance { instance: words.id()? }),
        "network" => Ok(Edit::RemoveNetwork { network: words.id()?, references: words.references()? }),
        _ => Err(words.unknown()),
    }
}

fn read_replace(words: &mut Words<'_>) -> Result<Edit, EditTextError> {
    match words.next(WHAT)? {
        "rule" => {
            let id = words.id()?;
            Ok(Edit::ReplaceRule { rule: words.rule(id)? })
        }
        "address-group" => Ok(Edit::ReplaceAddressGroup { address_group: words.object(AddressGroup::read_value)? }),
        "instance" => Ok(Edit::ReplaceInstance { instance: words.object(Instance::read_value)? }),
        "network" => Ok(Edit::ReplaceNetwork { network: words.object(Network::read_value)? }),
        _ => Err(words.unknown()),
    }
}

const WHAT: &str = "what it changes, such as `rule`";

impl<'t> Words<'t> {
    fn next(&mut self, what: &'static str) -> Result<&'t str, EditTextError> {
        self.words.next().ok_or(EditTextError::Missing(what))
    }

    fn unknown(&self) -> EditTextError {
        EditTextError::Unknown(self.text.to_owned())
    }

    fn keyword(&mut self, wanted: &'static str) -> Result<(), EditTextError> {
        match self.words.next() {
            Some(word) if word == wanted => Ok(()),
            Some(word) => Err(EditTextError::Unexpected(word.to_owned())),
            None => Err(EditTextError::Keyword(wanted)),
        }
    }

    fn id<K: IdKind>(&mut self) -> Result<Id<K>, EditTextError> {
        self.next("an id")?.parse().map_err(EditTextError::Id)
    }

    /// `at N`, or nothing.
    fn place(&mut self) -> Result<Place, EditTextError> {
        match self.words.next() {
            None => Ok(Place::Last),
            Some("at") => {
                let index = self.next("an index behind `at`")?;
                index.parse().map(Place::At).map_err(|_| EditTextError::Place(index.to_owned()))
            }
            Some(word) => Err(EditTextError::Unexpected(word.to_owned())),
        }
    }

    /// `leaving references`, or nothing.
    fn references(&mut self) -> Result<References, EditTextError> {
        match self.words.next() {
            None => Ok(References::Refuse),
            Some("leaving") => self.keyword("references").map(|()| References::Leave),
            Some(word) => Err(EditTextError::Unexpected(word.to_owned())),
        }
    }

    fn tail(&mut self, what: &'static str) -> Result<&'t str, EditTextError> {
        self.tail.take().filter(|tail| !tail.is_empty()).ok_or(EditTextError::Missing(what))
    }

    fn rule(&mut self, id: RuleId) -> Result<Rule, EditTextError> {
        let tail = self.tail("a rule behind a colon, such as `: ingress ipv4 tcp 443 from any`")?;
        let (enabled, tail) = match tail.strip_prefix("disabled ") {
            Some(rest) => (false, rest),
            None => (true, tail),
        };
        // No spec has a quote.
        let (spec, description) = match tail.find('"') {
            Some(quote) => (&tail[..quote], json_text(&tail[quote..])?),
            None => (tail, String::new()),
        };
        Ok(Rule { id, spec: spec.parse().map_err(EditTextError::Rule)?, enabled, description })
    }

    fn object<T>(&mut self, read: fn(&Value) -> Result<T, Vec<Diagnostic>>) -> Result<T, EditTextError> {
        let tail = self.tail("a JSON object behind a colon")?;
        let value = serde_json::from_str(tail).map_err(|error| EditTextError::Json(error.to_string()))?;
        read(&value).map_err(EditTextError::Object)
    }

    fn two_texts(&mut self) -> Result<(String, String), EditTextError> {
        let tail = self.tail("a name and a description in quotes, such as `: \"Web tier\" \"\"`")?;
        let texts: Result<Vec<String>, _> = serde_json::Deserializer::from_str(tail).into_iter().collect();
        let texts = texts.map_err(|error| EditTextError::Json(error.to_string()))?;
        match <[String; 2]>::try_from(texts) {
            Ok([name, description]) => Ok((name, description)),
            Err(_) => Err(EditTextError::Missing("a name and a description, each in quotes")),
        }
    }
}

fn json_text(text: &str) -> Result<String, EditTextError> {
    serde_json::from_str(text).map_err(|error| EditTextError::Json(error.to_string()))
}
