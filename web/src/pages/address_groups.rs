//! Address groups: the list of them, and the entries of one.

mod detail;
mod entries;
mod form;
mod list;
mod remove;

pub(crate) use detail::AddressGroupPage;
pub(crate) use list::AddressGroups;
