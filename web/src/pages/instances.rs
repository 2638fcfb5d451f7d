//! Instances, their vnics, the groups attached to them, and the networks that they are in.

mod form;
mod groups;
mod list;
mod network_form;
mod networks;
mod vnic_form;

pub(crate) use list::Instances;
