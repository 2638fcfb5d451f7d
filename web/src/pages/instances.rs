//! Instances, their vnics, and the groups attached to them.

mod form;
mod groups;
mod list;
mod vnic_form;

pub(crate) use list::Instances;
