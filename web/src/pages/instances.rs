//! Instances, their vnics, and the groups attached to them.

mod form;
mod groups;
mod list;

pub(crate) use list::Instances;
