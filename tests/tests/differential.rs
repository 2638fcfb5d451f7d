//! The engine against the oracle.

use e2e::worlds::{World, difference, worlds};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How many steps are compared where `PORTCULLIS_STEPS` does not say it.
const STEPS: usize = 100_000;

/// The most beats of one random world.
const BEATS: usize = 40;

/// How often a world that shows a difference is made smaller.
const SHRINKS: usize = 5_000;

/// Without `PORTCULLIS_STEPS` the worlds are the same each time; with it they are others each time.
#[test]
fn engine_and_oracle_agree_in_random_worlds() {
    let wanted = std::env::var("PORTCULLIS_STEPS").ok();
    let (steps, rng) = match wanted {
        None => (STEPS, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
        Some(text) => (text.parse().expect("PORTCULLIS_STEPS is a number"), random()),
    };
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let worlds = worlds(BEATS);
    let mut compared = 0;
    while compared < steps {
        let mut world = worlds.new_tree(&mut runner).expect("worlds are not filtered");
        let scenario = world.current().scenario();
        compared += scenario.steps.len();
        if difference(&scenario).is_some() {
            let smallest = shrink(&mut world);
            panic!("engine and oracle differ:\n{}", difference(&smallest.scenario()).expect("a difference"));
        }
    }
}

/// The smallest world with a difference that can be reached.
fn shrink(tree: &mut impl ValueTree<Value = World>) -> World {
    let mut smallest = tree.current();
    for _ in 0..SHRINKS {
        let world = tree.current();
        let differs = difference(&world.scenario()).is_some();
        if differs {
            smallest = world;
        }
        let goes_on = if differs { tree.simplify() } else { tree.complicate() };
        if !goes_on {
            break;
        }
    }
    smallest
}

fn random() -> TestRng {
    use std::hash::{BuildHasher, RandomState};
    let words = [0_u64; 4].map(|word| RandomState::new().hash_one(word).to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, words.as_flattened())
}
