//! The places of the console, one folder each.

pub(crate) mod groups;
pub(crate) mod instances;
pub(crate) mod live;
pub(crate) mod matrix;
pub(crate) mod projects;
pub(crate) mod settings;
pub(crate) mod simulator;
pub(crate) mod transfer;
