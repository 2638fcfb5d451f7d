//! Every packet vector passes.

use e2e::vectors;

#[test]
fn every_vector_passes() {
    assert_eq!(vectors::all_failures(), Vec::<String>::new());
}

/// Where a vector leaves a choice, the choice is written down in `vectors/choices.txt`.
#[test]
fn every_choice_is_as_written_down() {
    let written: Vec<&str> = include_str!("../vectors/choices.txt").lines().collect();
    assert_eq!(vectors::choices(), written);
}
