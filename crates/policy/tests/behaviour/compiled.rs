//! Laws of compiled policies: they decide as the rules say, and follow edits as if they were made anew.

mod decide;
mod listing;
mod projects;
mod resolved;
mod sharing;
mod surface;
