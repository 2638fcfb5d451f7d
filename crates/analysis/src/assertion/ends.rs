//! Who is at an end of a flow, in names.

use std::fmt;
use std::str::FromStr;

use policy::{AddressGroupId, Document, GroupId, IdError, InstanceId, Prefix, VnicId, nearest};

/// Some addresses, by who has them. Text form: ends with commas between, `except` and more of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// The addresses of any of these.
    pub among: Vec<End>,
    /// But none of these.
    pub except: Vec<End>,
}

/// Some addresses. Text form: `any`, `internet`, a prefix, `group:ID`, `address-group:ID`, `instance:ID`, `vnic:ID`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every address.
    Any,
    /// Every address that no vnic has.
    Internet,
    /// The addresses of a prefix.
    Prefix(Prefix),
    /// The vnics that have a group.
    Group(GroupId),
    /// The addresses of an address group.
    AddressGroup(AddressGroupId),
    /// The vnics of an instance.
    Instance(InstanceId),
    /// A vnic.
    Vnic(VnicId),
}

/// Why a text is no end, or not one of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndError {
    /// None of the forms.
    Unknown(String),
    /// A faulty id.
    Id(IdError),
    /// The document has no such thing.
    Missing {
        /// `group`, `address group`, `instance` or `vnic`.
        kind: &'static str,
        /// The id.
        id: String,
        /// One that was probably meant.
        near: Option<String>,
    },
}

impl Ends {
    /// The names that no document has.
    pub(super) fn unknown<'a>(
        &'a self,
        document: &'a Document,
        other: Option<&'a Document>,
    ) -> impl Iterator<Item = EndError> + 'a {
        self.among.iter().chain(&self.except).filter_map(move |end| {
            let missing = end.missing(document)?;
            match other {
                Some(other) if end.missing(other).is_none() => None,
                Some(_) | None => Some(missing),
            }
        })
    }
}

impl End {
    fn missing(&self, document: &Document) -> Option<EndError> {
        let (kind, id, known): (_, &str, Vec<&str>) = match self {
            End::Any | End::Internet | End::Prefix(_) => return None,
            End::Group(id) => ("group", id.as_str(), document.groups.iter().map(|group| group.id.as_str()).collect()),
            End::AddressGroup(id) => {
                ("address group", id.as_str(), document.address_groups.iter().map(|group| group.id.as_str()).collect())
            }
            End::Instance(id) => {
                ("instance", id.as_str(), document.instances.iter().map(|instance| instance.id.as_str()).collect())
            }
            End::Vnic(id) => ("vnic", id.as_str(), document.vnics().map(|(_, vnic)| vnic.id.as_str()).collect()),
        };
        let near = nearest(id, known.iter().copied()).map(str::to_owned);
        (!known.contains(&id)).then(|| EndError::Missing { kind, id: id.to_owned(), near })
    }
}

impl FromStr for Ends {
    type Err = EndError;

    fn from_str(text: &str) -> Result<Ends, EndError> {
        let list = |text: &str| text.split(',').map(str::parse).collect::<Result<Vec<End>, EndError>>();
        match text.split_once(" except ") {
            Some((among, except)) => Ok(Ends { among: list(among)?, except: list(except)? }),
            None => Ok(Ends { among: list(text)?, except: Vec::new() }),
        }
    }
}

impl FromStr for End {
    type Err = EndError;

    fn from_str(text: &str) -> Result<End, EndError> {
        let text = text.trim();
        match text.split_once(':') {
            _ if text == "any" => Ok(End::Any),
            _ if text == "internet" => Ok(End::Internet),
            Some(("group", id)) => id.parse().map(End::Group).map_err(EndError::Id),
            Some(("address-group", id)) => id.parse().map(End::AddressGroup).map_err(EndError::Id),
            Some(("instance", id)) => id.parse().map(End::Instance).map_err(EndError::Id),
            Some(("vnic", id)) => id.parse().map(End::Vnic).map_err(EndError::Id),
            _ => text.parse().map(End::Prefix).map_err(|_| EndError::Unknown(text.to_owned())),
        }
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |ends: &[End]| ends.iter().map(End::to_string).collect::<Vec<_>>().join(", ");
        out.write_str(&list(&self.among))?;
        match self.except.as_slice() {
            [] => Ok(()),
            except => write!(out, " except {}", list(except)),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Any => out.write_str("any"),
            End::Internet => out.write_str("internet"),
            End::Prefix(prefix) => prefix.fmt(out),
            End::Group(id) => write!(out, "group:{id}"),
            End::AddressGroup(id) => write!(out, "address-group:{id}"),
            End::Instance(id) => write!(out, "instance:{id}"),
            End::Vnic(id) => write!(out, "vnic:{id}"),
        }
    }
}

impl fmt::Display for EndError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EndError::Unknown(text) => write!(
                out,
                "`{text}` is no end of a flow: write `any`, `internet`, a prefix, `group:ID`, `address-group:ID`, `instance:ID` or \
                 `vnic:ID`"
            ),
            EndError::Id(error) => error.fmt(out),
            EndError::Missing { kind, id, near: Some(near) } => {
                write!(out, "there is no {kind} `{id}`: did you mean `{near}`?")
            }
            EndError::Missing { kind, id, near: None } => write!(out, "there is no {kind} `{id}`"),
        }
    }
}

impl std::error::Error for EndError {}
