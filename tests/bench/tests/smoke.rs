//! Everything that is measured runs, in tiny sizes, and all who do the same work agree. How long it takes is not looked at.

use std::time::Instant;

use bench::classbench::{Filters, read_trace};
use bench::questions::{hits, misses};
use bench::race::Effort;
use bench::rows::analysis::{self, Company, Pair, Sizes};
use bench::rows::decision::{self, Deciders};
use bench::rows::scale::{self, Scale};
use bench::rows::{flows, frames};
use bench::sets::{RuleSet, Style};
use bench::table::{Content, Row};
use bench::traffic::{NOW, Segment, Server, ZONE, frame, table};
use policy::Family;
use wire::Checksum;

/// A clock that goes on with every look at it would do, too.
fn clock() -> f64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as f64
}

fn rows(measure: impl FnOnce(&mut dyn FnMut(Row))) -> Vec<Row> {
    let mut rows = Vec::new();
    measure(&mut |row| rows.push(row));
    rows
}

#[test]
fn every_row_is_measured() {
    let effort = Effort::SMOKE;
    let all = [
        rows(|each| decision::rows(clock, effort, &[10], each)),
        rows(|each| flows::rows(clock, effort, &[64], each)),
        rows(|each| frames::rows(clock, effort, &[64], each)),
        rows(|each| frames::parse_rows(clock, effort, each)),
        rows(|each| scale::rows(clock, effort, Scale::SMALL, each)),
        rows(|each| analysis::rows(clock, effort, &Sizes::SMOKE, Company::Peers, each)),
    ];
    assert_eq!(all.each_ref().map(Vec::len), [8, 4, 4, 6, 5, 7]);
    for row in all.iter().flatten() {
        match &row.content {
            Content::Race(figures) => assert!(figures.len() > 1, "{}", row.line()),
            Content::Count(counts) => assert!(!counts.is_empty(), "{}", row.line()),
        }
    }
}

#[test]
fn all_decide_alike() {
    for style in Style::ALL {
        for family in Family::ALL {
            let set = style.rule_set(family, 200);
            let deciders = Deciders::of(&set);
            assert_eq!(deciders.flat.len(), 200);
            let hits = hits(&set, &deciders.flat, 500);
            assert_eq!(deciders.dispute(&hits), None);
            let misses = misses(&set, &deciders.space, 100);
            assert_eq!((misses.len(), deciders.dispute(&misses)), (100, None));
        }
    }
}

#[test]
fn all_answer_alike() {
    for style in Style::ALL {
        let pair = Pair::of(style.rule_set(Family::Ipv4, 150));
        assert_eq!(pair.dispute(), None, "{}", style.name());
    }
    let counts = analysis::open_pairs_by_all(20);
    assert!(counts[0] > 0 && counts.iter().all(|count| *count == counts[0]), "{counts:?}");
}

#[test]
fn packets_are_what_their_row_says() {
    let server = Server::new(Family::Ipv4, 10);
    let mut conntrack = table(Family::Ipv4, 4, 1);
    let mut check = |client, segment, expect: &str| {
        let frame = frame(Family::Ipv4, client, segment);
        let hook = server.hook(ZONE);
        let judged = engine::judge_frame(&server.policy, &mut conntrack, hook, &frame, Checksum::Complete, NOW);
        let verdict = format!("{:?}", judged.verdict);
        assert!(verdict.starts_with(expect), "{segment:?}: {verdict}");
    };
    check(0, Segment::Ack, "Accept(Established(");
    check(1, Segment::StrayReset, "Drop(Invalid(");
    check(4, Segment::Syn, "Accept(Rule(");
}

const FILTERS: &str = "\
@192.0.2.0/24\t10.0.0.0/8\t0 : 65535\t80 : 80\t0x06/0xFF\t0x0000/0x0200
@192.0.2.0/25\t10.0.0.0/8\t0 : 65535\t0 : 65535\t0x06/0xFF\t0x0000/0x0000
@0.0.0.0/0\t10.0.0.1/32\t1024 : 65535\t53 : 53\t0x11/0xFF\t0x0000/0x0000
@198.51.100.7/32\t0.0.0.0/0\t0 : 65535\t0 : 65535\t0x00/0x00\t0x0000/0x0000
";

const TRACE: &str = "3221225985\t167772161\t5000\t80\t6\t0x0000\t0\n3325256711\t1\t2\t3\t47\n16843009\t1\t2\t3\t6\n";

#[test]
fn a_classbench_file_is_decided_alike() {
    let filters = Filters::read(FILTERS).expect("the filters are well-formed");
    let set = RuleSet::of(filters.family, filters.rules);
    let deciders = Deciders::of(&set);
    let trace = read_trace(TRACE, filters.family).expect("the trace is well-formed");
    assert_eq!((deciders.flat.len(), trace.len()), (4, 3));
    assert_eq!(deciders.dispute(&trace), None);
    assert_eq!(deciders.dispute(&hits(&set, &deciders.flat, 500)), None);
}
