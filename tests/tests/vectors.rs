//! Every packet vector passes.

use e2e::vectors::{self, World};

#[test]
fn every_vector_passes() {
    let world: World = serde_json::from_str(include_str!("../vectors/world.json")).expect("the world");
    let all = vectors::read(include_str!("../vectors/vectors.jsonl")).expect("the vectors");
    let failing: Vec<String> = all
        .iter()
        .filter(|vector| !vectors::run(vector, &world).expect("a vector of this world").is_empty())
        .map(|vector| vector.id.clone())
        .collect();
    assert_eq!(failing, Vec::<String>::new(), "these fail");
}
