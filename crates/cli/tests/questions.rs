//! The questions, as a shell asks them.

use std::path::PathBuf;
use std::process::{Command, Output};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../public/samples/three-tier.yaml");

fn ask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis")).args(arguments).output().expect("the command starts")
}

/// Checks the exit code, and that the answer has these lines in this order.
fn check(arguments: &[&str], code: i32, lines: &[&str]) {
    let output = ask(arguments);
    let text = String::from_utf8_lossy(if code == 2 { &output.stderr } else { &output.stdout }).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    let mut rest = text.as_str();
    for line in lines {
        let at = rest.find(line).unwrap_or_else(|| panic!("{arguments:?} does not answer `{line}` here:\n{rest}"));
        rest = &rest[at + line.len()..];
    }
}

/// The sample with one thing in place of another, in a file that lives as long as the test's folder.
fn changed(name: &str, from: &str, to: &str) -> PathBuf {
    let text = std::fs::read_to_string(SAMPLE).expect("the sample is there");
    assert!(text.contains(from), "the sample says `{from}`");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text.replace(from, to)).expect("the folder for tests can be written");
    path
}

#[test]
fn documents_are_checked() {
    check(&["check", SAMPLE], 0, &["valid", "5 groups"]);
    let faulty = changed("faulty.yaml", "remote: group:bastion", "remote: group:bastoin");
    check(&["check", faulty.to_str().unwrap()], 2, &[]);
    check(&["check", "/nowhere.yaml"], 2, &["cannot read the document `/nowhere.yaml`"]);
}

#[test]
fn packets_are_judged_and_explained() {
    let allowed = "tcp 198.51.100.7:40000 > 192.0.2.10:443";
    let denied = "tcp 198.51.100.7:40000 > 192.0.2.20:5432";
    check(&["simulate", "-d", SAMPLE, allowed], 0, &["accept rule:web-http"]);
    check(&["simulate", "-d", SAMPLE, denied], 1, &["drop default"]);
    let alike =
        ["drop default", "tcp 0-21, 23-65535 from any but 192.0.2.10: denied by default", "is not in `group:web`"];
    check(&["explain", "-d", SAMPLE, denied], 1, &alike);
    check(&["simulate", "-d", SAMPLE, "tcp nonsense"], 2, &["the packet `tcp nonsense` cannot be read"]);
    check(&["simulate", "-d", "/nowhere.yaml", allowed], 2, &["name a document with `--document FILE`"]);
}

#[test]
fn documents_are_compared() {
    check(&["diff", SAMPLE, SAMPLE], 0, &["equivalent"]);
    let wider = changed("wider.yaml", "ports: 5432, remote: group:web", "ports: 5432-5434, remote: group:web");
    let wider = wider.to_str().unwrap();
    let told = [
        "allowed",
        "ingress ipv4 tcp 5433-5434 from 192.0.2.10 (group:web)",
        "at   db",
        "was  denied by default",
        "is   allowed by rule db-postgres",
        "try  portcullis simulate -d",
        "2 newly allowed, 0 newly denied",
    ];
    check(&["diff", SAMPLE, wider], 1, &told);
    check(&["diff", wider, SAMPLE], 1, &["denied", "0 newly allowed, 2 newly denied"]);
    check(&["diff", "--json", SAMPLE, wider], 1, &["\"equivalent\": false", "\"turn\": \"allowed\"", "\"witness\""]);
    check(&["diff", SAMPLE, "/nowhere.yaml"], 2, &["cannot read the document `/nowhere.yaml`"]);
}

#[test]
fn rules_that_do_nothing_are_listed() {
    let told = [
        "idle  common-ping of common: all its packets are allowed by rule web-ping before",
        "idle  default-egress of default: no vnic asks it",
        "5 of 20 rules do nothing",
    ];
    check(&["analyze", "-d", SAMPLE], 1, &told);
    check(&["analyze", "--json", "-d", SAMPLE], 1, &["\"cause\": \"covered\"", "\"by\"", "web-ping"]);
    let bare = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bare.yaml");
    std::fs::write(&bare, "version: 1\ngroups: [{id: default}]\n").expect("the folder for tests can be written");
    check(&["analyze", "-d", bare.to_str().unwrap()], 0, &["nothing found", "each of 0 rules decides"]);
}

#[test]
fn who_reaches_whom_is_listed() {
    let told = ["bastion -> db: ipv4 tcp 22", "web -> db: ipv4 tcp 5432", "web: ingress ipv4 tcp 80, 443 from any"];
    check(&["matrix", "-d", SAMPLE], 0, &told);
    check(&["matrix", "--json", "-d", SAMPLE], 0, &["\"within\"", "\"from\"", "\"outside\""]);
}

/// What a diff gives to try shows what it says.
#[test]
fn what_is_given_to_try_can_be_tried() {
    let wider = changed("wider-to-try.yaml", "ports: 5432, remote: group:web", "ports: 5432-5434, remote: group:web");
    let output = ask(&["diff", SAMPLE, wider.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).expect("text");
    let tries: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("try  portcullis ")).collect();
    assert_eq!(tries.len(), 2, "{text}");
    for command in tries {
        let (words, packet) = command.split_once('\'').expect("a quoted packet");
        let arguments: Vec<&str> = words.split_whitespace().chain([packet.trim_end_matches('\'')]).collect();
        check(&arguments, 0, &["accept rule:db-postgres"]);
    }
}
