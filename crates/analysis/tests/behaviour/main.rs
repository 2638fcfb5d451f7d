//! What is answered, as people read it.

mod diff;
mod idle;
mod matrix;
mod vicinity;
