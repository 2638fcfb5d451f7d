//! What is measured: each file makes rows of one kind of work.

pub mod analysis;
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

/// What `analysis` costs, natively and as WebAssembly; also twice.
pub fn portable_analysis(clock: Clock) -> Vec<Row> {
    let measure = |effort: Effort| {
        let mut rows = Vec::new();
        analysis::rows(clock, effort, &analysis::Sizes::FULL, analysis::Company::Alone, |row| rows.push(row));
        rows
    };
    measure(Effort::QUICK);
    measure(Effort { rounds: 15, ..Effort::FULL })
}

fn measure(clock: Clock, effort: Effort) -> Vec<Row> {
    let mut rows = Vec::new();
    frames::parse_rows(clock, effort, |row| rows.push(row));
    frames::rows(clock, effort, &[1_000, 64_000], |row| rows.push(row));
    flows::rows(clock, effort, &[1_000, 64_000], |row| rows.push(row));
    decision::rows(clock, effort, &[100, 1_000, 10_000], |row| rows.push(row));
    rows
}
