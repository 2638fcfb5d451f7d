//! What is answered, seen from outside.

mod json;
mod project;
mod questions;
mod scenarios;
mod steps;
