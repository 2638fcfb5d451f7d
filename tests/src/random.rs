//! Random tests: how much, from which source of chance, and the smallest that shows a fault.

use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How often something that shows a fault is made smaller.
const SHRINKS: usize = 5_000;

/// How many steps to take, and what chooses them. `PORTCULLIS_STEPS` says how many; with it they are others each time, and
/// without it there are so many, always the same.
///
/// # Panics
/// `PORTCULLIS_STEPS` is no number.
pub fn runner(steps: usize) -> (usize, TestRunner) {
    let (steps, rng) = match std::env::var("PORTCULLIS_STEPS").ok() {
        None => (steps, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
        Some(text) => (text.parse().expect("PORTCULLIS_STEPS is a number"), source()),
    };
    (steps, TestRunner::new_with_rng(Config::default(), rng))
}

/// The smallest value that can be reached and still shows the fault, which the value at hand does.
pub fn shrink<T>(tree: &mut impl ValueTree<Value = T>, mut shows: impl FnMut(&T) -> bool) -> T {
    let mut smallest = tree.current();
    for _ in 0..SHRINKS {
        let value = tree.current();
        let is_faulty = shows(&value);
        if is_faulty {
            smallest = value;
        }
        let goes_on = if is_faulty { tree.simplify() } else { tree.complicate() };
        if !goes_on {
            break;
        }
    }
    smallest
}

fn source() -> TestRng {
    use std::hash::{BuildHasher, RandomState};
    let words = [0_u64; 4].map(|word| RandomState::new().hash_one(word).to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, words.as_flattened())
}
