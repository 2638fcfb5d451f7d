//! Every packet vector passes, but for those that wait for a part of the core that is not there yet.

use e2e::vectors::{self, World};

/// Fragments are not held back or joined yet, so what needs several of them to be known together does not pass.
const PENDING: [&str; 4] = ["D01", "D02", "D09", "D11"];

#[test]
fn every_vector_passes_but_for_those_that_are_listed() {
    let world: World = serde_json::from_str(include_str!("../vectors/world.json")).expect("the world");
    let all = vectors::read(include_str!("../vectors/vectors.jsonl")).expect("the vectors");
    let failing: Vec<String> = all
        .iter()
        .filter(|vector| !vectors::run(vector, &world).expect("a vector of this world").is_empty())
        .map(|vector| vector.id.clone())
        .collect();
    assert_eq!(failing, PENDING, "left: what fails, right: what is known to fail");
}
