//! The places of the console, one folder each.

pub(crate) mod address_groups;
pub(crate) mod assertions;
pub(crate) mod changes;
pub(crate) mod groups;
pub(crate) mod instances;
pub(crate) mod live;
pub(crate) mod matrix;
pub(crate) mod overview;
pub(crate) mod projects;
pub(crate) mod settings;
pub(crate) mod simulator;
pub(crate) mod transfer;
