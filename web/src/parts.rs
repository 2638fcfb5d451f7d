//! What several pages are made of.

pub(crate) mod changes;
pub(crate) mod dialog;
pub(crate) mod difference;
pub(crate) mod drawing;
pub(crate) mod faults;
pub(crate) mod field;
pub(crate) mod flow;
pub(crate) mod icon;
pub(crate) mod link;
pub(crate) mod listed;
pub(crate) mod my_address;
#[cfg(test)]
pub(crate) mod page;
pub(crate) mod place;
pub(crate) mod rows;
pub(crate) mod rule_text;
pub(crate) mod search;
pub(crate) mod sparkline;
pub(crate) mod text_file;
pub(crate) mod toasts;
pub(crate) mod unfold;
pub(crate) mod verdict;
pub(crate) mod waiting;
pub(crate) mod what_changes;
