//! The engine against the oracle.

use std::cell::Cell;

use e2e::worlds::{difference, worlds};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// How many steps are compared where `PORTCULLIS_STEPS` does not say it.
const STEPS: u64 = 100_000;

/// The most beats of one random world.
const BEATS: usize = 40;

/// Without `PORTCULLIS_STEPS` the worlds are the same each time; with it they are others each time.
#[test]
fn engine_and_oracle_agree_in_random_worlds() {
    let wanted = std::env::var("PORTCULLIS_STEPS").ok();
    let rng = match wanted {
        None => TestRng::deterministic_rng(RngAlgorithm::ChaCha),
        Some(_) => TestRng::from_seed(RngAlgorithm::ChaCha, &seed()),
    };
    let steps: u64 = wanted.map_or(STEPS, |text| text.parse().expect("PORTCULLIS_STEPS is a number"));
    let config = Config { cases: 32, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let compared = Cell::new(0);
    while compared.get() < steps {
        let outcome = runner.run(&worlds(BEATS), |world| {
            let scenario = world.scenario();
            compared.set(compared.get() + scenario.steps.len() as u64);
            match difference(&scenario) {
                None => Ok(()),
                Some(_) => Err(TestCaseError::fail("engine and oracle differ")),
            }
        });
        if let Err(TestError::Fail(_, world)) = outcome {
            panic!("engine and oracle differ:\n{}", difference(&world.scenario()).unwrap_or_default());
        }
    }
}

fn seed() -> [u8; 32] {
    use std::hash::{BuildHasher, RandomState};
    let words: Vec<u8> = (0..4_u64).flat_map(|word| RandomState::new().hash_one(word).to_le_bytes()).collect();
    words.try_into().expect("four words of eight bytes")
}
