//! The hot paths under criterion, for comparing two states of the code: `cargo bench --package bench`.
//!
//! The workloads are those of `cargo xtask bench core`.

use std::hint::black_box;

use bench::questions::{QUESTIONS, hits};
use bench::rows::decision::Deciders;
use bench::rows::flows::{HOT, PASSING};
use bench::sets::Style;
use bench::traffic::{Segment, Server, ZONE, frame, table};
use criterion::Criterion;
use policy::Family;
use wire::{Checksum, parse};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    decisions(&mut criterion);
    frames(&mut criterion);
    criterion.final_summary();
}

fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decision");
    for style in Style::ALL {
        for rules in [100, 1_000] {
            let set = style.rule_set(Family::Ipv4, rules);
            let deciders = Deciders::of(&set);
            let subjects = hits(&set, &deciders.flat, QUESTIONS);
            let mut subjects = subjects.iter().cycle();
            group.bench_function(format!("{} {rules}", style.name()), |bencher| {
                bencher.iter(|| subjects.next().map(|subject| deciders.decide(black_box(subject))));
            });
        }
    }
    group.finish();
}

fn frames(criterion: &mut Criterion) {
    let server = Server::new(Family::Ipv4, 100);
    let mut group = criterion.benchmark_group("frame");
    let ack = frame(Family::Ipv4, 0, Segment::Ack);
    for (name, checksum) in [("parse", Checksum::Unfinished), ("parse, checksum", Checksum::Complete)] {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(&parse(black_box(&ack), checksum)).is_ok()));
    }
    let mut conntrack = table(Family::Ipv4, 1_024, 1_024);
    for (name, segment) in [("established", Segment::Ack), ("invalid", Segment::StrayReset)] {
        let frames: Vec<Vec<u8>> = (0..HOT).map(|client| frame(Family::Ipv4, client, segment)).collect();
        let mut frames = frames.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| frames.next().map(|frame| server.judge(&mut conntrack, ZONE, frame, Checksum::Unfinished)));
        });
    }
    let syn = frame(Family::Ipv4, 2_000, Segment::Syn);
    group.bench_function("new flow, and its end", |bencher| {
        bencher.iter(|| {
            let passes = server.judge(&mut conntrack, PASSING, black_box(&syn), Checksum::Unfinished);
            conntrack.remove(PASSING);
            passes
        });
    });
    group.finish();
}
