//! What documents, edits and compiled policies do, seen from outside.

mod compiled;
mod documents;
mod edit;
mod explain;
mod faults;
mod footprint;
mod guard;
mod laws;
mod list;
mod merge;
mod read;
mod template;
mod validate;
mod values;
