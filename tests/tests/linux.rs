//! The engine against the model of Linux's nf_conntrack. `netns_conntrack` holds the model against the kernel itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use conntrack::PickUp;
use e2e::linux::differences::{Difference, differences};
use e2e::linux::plays::{Play, plays, projects};
use e2e::linux::report::{WITNESSES, arrivals, tell};
use e2e::linux::trial::{Encounter, Trial};
use e2e::{random, scenarios};
use policy::Document;
use proptest::strategy::{Strategy, ValueTree};

/// How many packets are judged where `PORTCULLIS_STEPS` does not say it.
const STEPS: usize = 100_000;

/// The most beats of a play.
const BEATS: usize = 16;

/// Where the differences are explained.
const PAGE: &str = "../docs/conntrack-and-linux.md";

#[test]
fn every_difference_in_random_plays_is_known() {
    let (steps, mut runner) = random::runner(STEPS);
    let strategy = (projects(), plays(BEATS));
    let mut judged = 0;
    while judged < steps {
        let mut tree = strategy.new_tree(&mut runner).expect("plays are not filtered");
        let run = |((document, pick_up), play): &((Document, PickUp), Play)| {
            let trial = Trial::new(document.clone(), *pick_up);
            let encounters = trial.run(play.arrivals());
            (trial, encounters)
        };
        let (_, encounters) = run(&tree.current());
        judged += encounters.len();
        if unknown(&encounters).is_some() {
            let smallest = random::shrink(&mut tree, |value| unknown(&run(value).1).is_some());
            let (trial, encounters) = run(&smallest);
            let at = unknown(&encounters).expect("it shows the difference");
            panic!("engine and Linux differ, and it is not known why:\n{}", tell(&trial, &encounters[..=at]));
        }
    }
}

fn unknown(encounters: &[Encounter]) -> Option<usize> {
    differences(encounters).into_iter().find_map(|(at, known)| known.is_none().then_some(at))
}

#[test]
fn every_known_difference_has_a_scenario_that_ends_in_it() {
    let mut faults = Vec::new();
    let mut shown = BTreeSet::new();
    for (_, scenario) in scenarios::all().into_iter().filter(|(file, _)| file == WITNESSES) {
        let trial = Trial::new(scenario.document.clone(), scenario.pick_up);
        let encounters = trial.run(arrivals(&scenario));
        let found = differences(&encounters);
        let names: Vec<&str> = found.iter().map(|(_, known)| known.map_or("unknown", |known| known.name)).collect();
        let is_last = found.iter().all(|(at, _)| at + 1 == scenario.steps.len());
        if names != [scenario.name.as_str()] || !is_last {
            faults.push(format!("{}: shows {names:?}\n{}", scenario.name, tell(&trial, &encounters)));
        }
        shown.insert(scenario.name);
    }
    faults.extend(
        Difference::all()
            .filter(|known| !shown.contains(known.name))
            .map(|known| format!("{}: no scenario", known.name)),
    );
    assert!(faults.is_empty(), "{WITNESSES}:\n{}", faults.join("\n"));
}

#[test]
fn the_page_explains_every_known_difference() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).unwrap_or_default();
    let rows: Vec<String> = Difference::all().map(row).collect();
    let found: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(found, rows, "{PAGE}: the table should be\n{}", rows.join("\n"));
}

fn row(known: &Difference) -> String {
    let Difference { name, state, packet, linux, engine, why, .. } = known;
    format!("| `{name}` | {state} | {packet} | {linux} | {engine} | {why} |")
}
