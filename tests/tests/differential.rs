//! The engine against the oracle.

use e2e::random;
use e2e::worlds::{difference, worlds};
use proptest::strategy::{Strategy, ValueTree};

/// How many steps are compared where `PORTCULLIS_STEPS` does not say it.
const STEPS: usize = 100_000;

/// The most beats of one random world.
const BEATS: usize = 40;

/// Without `PORTCULLIS_STEPS` the worlds are the same each time; with it they are others each time.
#[test]
fn engine_and_oracle_agree_in_random_worlds() {
    let (steps, mut runner) = random::runner(STEPS);
    let worlds = worlds(BEATS);
    let mut compared = 0;
    while compared < steps {
        let mut world = worlds.new_tree(&mut runner).expect("worlds are not filtered");
        let scenario = world.current().scenario();
        compared += scenario.steps.len();
        if difference(&scenario).is_some() {
            let smallest = random::shrink(&mut world, |world| difference(&world.scenario()).is_some());
            panic!("engine and oracle differ:\n{}", difference(&smallest.scenario()).expect("a difference"));
        }
    }
}
