//! What is answered, as people read it.

mod assertion;
mod budget;
mod diff;
mod idle;
mod lint;
mod matrix;
mod project;
mod suggest;
mod tighten;
mod vicinity;
