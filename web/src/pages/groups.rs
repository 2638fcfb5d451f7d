//! Security groups: the list of them, and the rules of one.

mod create;
mod describe;
mod detail;
mod findings;
mod list;
mod pattern;
mod presets;
mod remove;
mod rule_editor;
mod rule_form;
mod rule_grid;
mod rule_row;
mod rule_view;
mod selection;
mod suggestions;
mod usage;

pub(crate) use create::id_of;
pub(crate) use detail::Group;
pub(crate) use list::Groups;
pub(crate) use usage::quota;
