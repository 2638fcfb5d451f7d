use super::*;
use std::sync::Arc;
use std::time::Duration;

use datapath::IoCounters;
use engine::{Accepted, Dropped, Verdict};
use policy::{Document, Revision, RuleIndex, resolve};

use crate::latency::Histogram;
use crate::losses::{LinkLosses, Losses};
use crate::report::Totals;
use crate::report::{Audited, OwnedPort, Situation, Staged, Watched};
use crate::status::Unseen;
use crate::tally::{RuleCounts, Tally, Tracked, Traffic};

const DOCUMENT: &str = "
version: 1
networks: [{id: one, subnets: [{prefix: 192.0.2.0/24}]}]
groups: [{id: web, rules: [{web-http: ingress ipv4 tcp 80 from any}]}]
instances: [{id: web, vnics: [{network: one, mac: '52:54:00:00:00:01', addresses: [192.0.2.1], groups: [web]}]}]
";

fn snapshot() -> Snapshot {
    let (document, faults) = Document::check(DOCUMENT);
    assert!(faults.is_empty(), "{faults:?}");
    let policy = Arc::new(resolve(&document, Revision(7)).unwrap());
    let (mut ingress, mut rules) = (Traffic::default(), RuleCounts::of(&policy));
    ingress.count(Verdict::Accept(Accepted::Rule(RuleIndex(0))), 2, 3_000);
    rules.count(RuleIndex(0), 2, 3_000);
    ingress.count(Verdict::Drop(Dropped::Default), 1, 60);
    let mut latency = Histogram::default();
    latency.add(Duration::from_micros(3));
    latency.add(Duration::from_secs(2));
    let lost = IoCounters { dropped_by_kernel: 5, ..IoCounters::default() };
    let mut totals = Totals::start();
    totals.add(&Tally {
        worker: 0,
        policy,
        vnics: vec![("web".parse().unwrap(), [ingress, Traffic::default()])],
        rules: rules.take(),
        tracked: Tracked { flows: 3, evicted: 2, fragments: 1_500 },
        untold: 4,
        losses: vec![(
            "web".parse().unwrap(),
            Losses([LinkLosses::default(), LinkLosses::between(IoCounters::default(), lost)]),
        )],
        latency: Box::new(latency),
        pending: None,
    });
    Snapshot {
        node: "host".into(),
        uptime: Duration::from_millis(1_500),
        situation: Situation {
            revision: 7,
            refused: Some("it has no `version`".to_owned()),
            owned: vec![OwnedPort { vnic: "web".to_owned(), interface: "tap0".to_owned(), backend: "ring" }],
            watched: Watched {
                audit: Some(Audited { checked: 10, differing: 0 }),
                staged: Some(Staged { revision: 8, would_drop: 2, would_accept: 1 }),
            },
        },
        failing: 1,
        flows_each: 100,
        workers: 2,
        unseen: Unseen { captured: Some(6), audited: Some(1) },
        totals,
    }
}

#[test]
fn all_that_is_counted_is_a_metric() {
    let text = metrics::render(snapshot());
    let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let (buckets, others): (Vec<&str>, Vec<&str>) = samples.iter().partition(|line| line.contains("_bucket"));
    let version = env!("CARGO_PKG_VERSION");
    let build = format!("portcullis_build_info{{version=\"{version}\",node=\"host\"}} 1.0");
    let expect = [
        build.as_str(),
        "portcullis_uptime_seconds 1.5",
        "portcullis_policy_revision 7.0",
        "portcullis_policy_refused 1.0",
        "portcullis_vnics{state=\"owned\"} 1.0",
        "portcullis_vnics{state=\"failing\"} 1.0",
        "portcullis_vnic_owned{vnic=\"web\",interface=\"tap0\",backend=\"ring\"} 1.0",
        "portcullis_untold_drops_total 4",
        "portcullis_vnic_packets_total{vnic=\"web\",direction=\"ingress\",verdict=\"accept\"} 2",
        "portcullis_vnic_packets_total{vnic=\"web\",direction=\"ingress\",verdict=\"drop\"} 1",
        "portcullis_vnic_packets_total{vnic=\"web\",direction=\"egress\",verdict=\"accept\"} 0",
        "portcullis_vnic_packets_total{vnic=\"web\",direction=\"egress\",verdict=\"drop\"} 0",
        "portcullis_vnic_bytes_total{vnic=\"web\",direction=\"ingress\",verdict=\"accept\"} 3000",
        "portcullis_vnic_bytes_total{vnic=\"web\",direction=\"ingress\",verdict=\"drop\"} 60",
        "portcullis_vnic_bytes_total{vnic=\"web\",direction=\"egress\",verdict=\"accept\"} 0",
        "portcullis_vnic_bytes_total{vnic=\"web\",direction=\"egress\",verdict=\"drop\"} 0",
        "portcullis_verdicts_total{verdict=\"accept\",reason=\"rule\"} 2",
        "portcullis_verdicts_total{verdict=\"drop\",reason=\"default\"} 1",
        "portcullis_rule_packets_total{rule=\"web-http\"} 2",
        "portcullis_rule_bytes_total{rule=\"web-http\"} 3000",
        "portcullis_flows{worker=\"0\"} 3.0",
        "portcullis_flows_limit{worker=\"0\"} 100.0",
        "portcullis_flows_evicted_total{worker=\"0\"} 2",
        "portcullis_fragment_bytes{worker=\"0\"} 1500.0",
        "portcullis_lost_frames_total{vnic=\"web\",side=\"uplink\",cause=\"buffer-full\"} 5",
        "portcullis_audited_verdicts_total 10",
        "portcullis_audit_differences_total 0",
        "portcullis_staged_revision 8.0",
        "portcullis_staged_changes_total{verdict=\"drop\"} 2",
        "portcullis_staged_changes_total{verdict=\"accept\"} 1",
        "portcullis_capture_missed_frames_total 6",
        "portcullis_audit_missed_verdicts_total 1",
        "portcullis_latency_seconds_sum 2.000003",
        "portcullis_latency_seconds_count 2",
    ];
    assert_eq!(others, expect, "{text}");
    assert_eq!(buckets.len(), 22, "{text}");
    for line in [
        "portcullis_latency_seconds_bucket{le=\"0.000002\"} 0",
        "portcullis_latency_seconds_bucket{le=\"0.000004\"} 1",
        "portcullis_latency_seconds_bucket{le=\"1.048576\"} 1",
        "portcullis_latency_seconds_bucket{le=\"+Inf\"} 2",
    ] {
        assert!(buckets.contains(&line), "{line} is not in {buckets:?}");
    }
}

#[test]
fn what_left_the_document_has_no_metric_any_more() {
    let lines =
        |snapshot: &Snapshot| metrics::render(snapshot.clone()).lines().filter(|line| line.contains("_total{")).count();
    let mut snapshot = snapshot();
    let before = lines(&snapshot);
    let empty = resolve(&Document::check("version: 1").0, Revision(8)).unwrap();
    let ports = snapshot.situation.owned.clone();
    snapshot.totals.keep(&empty, &ports);
    assert_eq!(lines(&snapshot), before - 2, "its rule");
    snapshot.totals.keep(&empty, &[]);
    assert_eq!(
        lines(&snapshot),
        before - 2 - 9,
        "and when it is not owned its vnic, with eight counts of traffic and a loss"
    );
}

#[test]
fn every_metric_has_a_type_and_a_help_and_the_text_an_end() {
    let text = metrics::render(snapshot());
    let names = |kind: &str| -> Vec<&str> {
        text.lines().filter_map(|line| line.strip_prefix(kind)?.split(' ').next()).collect()
    };
    assert_eq!(names("# HELP "), names("# TYPE "));
    assert_eq!(names("# TYPE ").len(), 24, "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn a_status_is_read_as_it_was_written() {
    let status = snapshot().status();
    let text = serde_json::to_string(&status).unwrap();
    assert_eq!(serde_json::from_str::<crate::Status>(&text).unwrap(), status);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let check = |pointer: &str, expect: serde_json::Value| assert_eq!(value.pointer(pointer), Some(&expect), "{text}");
    check("/node", "host".into());
    check("/uptime_seconds", 1.5.into());
    check("/applied_revision", 7.into());
    check("/refused", "it has no `version`".into());
    check("/vnics/0/ingress/accepted", 2.into());
    check("/flows", 3.into());
    check("/flow_limit", 200.into());
    check("/staged/would_drop", 2.into());
    check("/losses/0/cause", "buffer-full".into());
    check("/latency/p50_seconds", 4e-6.into());
    check("/latency/p99_seconds", serde_json::Value::Null);
}

#[test]
fn questions_and_their_answers() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let check = |door, method: Method, path: &str, expect: u16| {
        let answer = |question: Question| question.answer(snapshot());
        let response = runtime.block_on(respond(door, &method, path, answer)).unwrap();
        assert_eq!(response.status().as_u16(), expect, "{door:?} {method} {path}");
        assert!(response.headers().contains_key(CONTENT_TYPE) && !response.body().is_empty());
    };
    check(Door::Metrics, Method::GET, "/metrics", 200);
    check(Door::Metrics, Method::POST, "/metrics", 405);
    check(Door::Metrics, Method::GET, "/status", 404);
    check(Door::Metrics, Method::GET, "/", 404);
    check(Door::Local, Method::GET, "/metrics", 200);
    check(Door::Local, Method::GET, "/status", 200);
    check(Door::Local, Method::DELETE, "/status", 405);
    check(Door::Local, Method::GET, "/status/", 404);
    check(Door::Closed, Method::GET, "/status", 403);
    check(Door::Closed, Method::GET, "/", 403);
}

#[test]
fn a_daemon_that_is_gone_is_said() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let response = runtime.block_on(respond(Door::Local, &Method::GET, "/status", drop::<Question>)).unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}
