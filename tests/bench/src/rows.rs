//! What is measured: each file makes rows of one kind of work.

pub mod decision;
pub mod flows;
pub mod frames;
#[cfg(not(target_family = "wasm"))]
pub mod scale;

use crate::race::{Clock, Effort};
use crate::table::Row;

/// What is measured natively and as WebAssembly.
///
/// All of it is done twice and counts the second time: a machine that compiles what runs often has then done so.
pub fn portable(clock: Clock) -> Vec<Row> {
    measure(clock, Effort::QUICK);
    measure(clock, Effort { rounds: 15, ..Effort::FULL })
}

fn measure(clock: Clock, effort: Effort) -> Vec<Row> {
    let mut rows = Vec::new();
    frames::parse_rows(clock, effort, |row| rows.push(row));
    frames::rows(clock, effort, &[1_000, 64_000], |row| rows.push(row));
    flows::rows(clock, effort, &[1_000, 64_000], |row| rows.push(row));
    decision::rows(clock, effort, &[100, 1_000, 10_000], |row| rows.push(row));
    rows
}
