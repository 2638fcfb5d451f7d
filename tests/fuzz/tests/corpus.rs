//! Everything that fuzzing found worth keeping, and what the other tests feed, once more.

use std::path::Path;

use e2e::{scenarios, vectors};
use fuzz::{TARGETS, Target};

#[test]
fn the_corpus_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in TARGETS {
        let folder = corpus.join(target.name);
        let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut count = 0;
        for file in files {
            let path = file.expect("a file").path();
            println!("{}", path.display());
            (target.check)(&std::fs::read(&path).expect("its bytes"));
            count += 1;
        }
        assert!(count > 0, "{} is empty", folder.display());
    }
}

/// Every prefix of every frame of the vectors, at each of four hooks.
#[test]
fn every_prefix_of_every_vector_holds() {
    let frame = Target::named("frame").expect("the target");
    for vector in vectors::read(include_str!("../../vectors/vectors.jsonl")).expect("the vectors") {
        for step in &vector.steps {
            let bytes = vectors::read_hex(&step.hex).expect("hex");
            for length in 0..=bytes.len() {
                for choice in 0..4 {
                    (frame.check)(&[&[0, 0, choice], &bytes[..length]].concat());
                }
            }
        }
    }
}

#[test]
fn every_scenario_file_holds() {
    let scenario = Target::named("scenario").expect("the target");
    for (_, text) in scenarios::texts() {
        (scenario.check)(text.as_bytes());
    }
}
