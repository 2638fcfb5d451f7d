//! The questions, as a shell asks them.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use capture::{Precision, Writer};
use serde_json::Value;
use wire::{MacAddr, Sketch};

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

/// A file that lives as long as the test's folder.
fn file(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"))
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
    let alike = [
        "drop default",
        "tcp 0-21, 23-65535 from any but 192.0.2.10: denied by default",
        "is not in `group:web`",
        "to let it through: portcullis suggest -d",
    ];
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
fn a_document_is_read_as_another_cloud_would() {
    check(&["diff", SAMPLE, "--profile", "portcullis"], 0, &["equivalent"]);
    check(&["diff", SAMPLE, "--profile", "openstack"], 0, &["equivalent"]);
    check(
        &["diff", SAMPLE, "--profile", "exoscale"],
        2,
        &["cannot be used as `exoscale` would", "no ipv4 rules for `any`"],
    );
    check(&["diff", SAMPLE, "--profile", "cloud"], 2, &["there is no profile `cloud`", "huawei"]);
}

#[test]
fn findings_are_listed_with_what_mends_them() {
    let told = [
        "redundant  common-ping of common: all its packets are allowed by rule web-ping before",
        "fix  remove rule common-ping (proved: no packet fares otherwise)",
        "unused  default-egress of default: no vnic asks it",
        "5 findings at 5 of 20 rules",
    ];
    check(&["analyze", "-d", SAMPLE], 1, &told);
    check(
        &["analyze", "--json", "-d", SAMPLE],
        1,
        &["\"finding\": \"redundant\"", "\"by\"", "web-ping", "\"effect\": \"neutral\""],
    );
    let (mended, log) = (file("mended.yaml"), file("findings.sarif"));
    check(&["analyze", "-d", SAMPLE, "--write", &mended, "--sarif", &log], 1, &[]);
    check(&["analyze", "-d", &mended], 0, &["nothing found", "each of 15 rules decides"]);
    check(&["diff", SAMPLE, &mended], 0, &["equivalent"]);
    let log: Value = serde_json::from_str(&std::fs::read_to_string(log).expect("it is written")).expect("it is JSON");
    let first = &log["runs"][0]["results"][0];
    assert_eq!(first["ruleId"], "redundant");
    let line = first["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().expect("a line") as usize;
    let text = std::fs::read_to_string(SAMPLE).expect("the sample is there");
    assert!(text.lines().nth(line - 1).expect("a line of it").contains("common-ping"));
}

#[test]
fn what_closes_is_told_and_not_written() {
    let open = changed("open.yaml", "remote: address-group:office", "remote: any");
    let (open, mended) = (open.to_str().unwrap(), file("still-open.yaml"));
    let told = ["world-open  bastion-ssh", "fix  remove rule bastion-ssh (lets less pass)"];
    check(&["analyze", "-d", open, "--write", &mended], 1, &told);
    check(&["diff", open, &mended], 0, &["equivalent"]);
}

#[test]
fn assertions_are_proved_or_broken() {
    let promises = file("promises.txt");
    let kept = "deny any except group:web -> group:db tcp 5432\nallow group:web -> group:db tcp 5432\n";
    std::fs::write(&promises, kept).expect("the folder for tests can be written");
    let report = file("promises.xml");
    check(&["assert", "-d", SAMPLE, &promises, "--junit", &report], 0, &["holds", "2 kept, 0 broken"]);
    let xml = std::fs::read_to_string(&report).expect("it is written");
    assert!(xml.contains("tests=\"2\" failures=\"0\"") && xml.contains("-&gt; group:db"), "{xml}");

    std::fs::write(&promises, "deny internet -> any tcp 22 # nobody\nunchanged\n").expect("it can be written again");
    let told = [
        "broken  deny internet -> any tcp 22",
        "tcp 203.0.113.1:50000 > 192.0.2.30:22: bastion ingress allowed by rule bastion-ssh",
        "name it with `--against FILE`",
    ];
    let log = file("promises.sarif");
    check(&["assert", "-d", SAMPLE, &promises, "--junit", &report, "--sarif", &log], 1, &told);
    assert!(std::fs::read_to_string(&report).expect("it is written").contains("<failure message=\"tcp 203.0.113.1"));
    assert!(std::fs::read_to_string(&log).expect("it is written").contains("\"startLine\": 1"));
    check(&["assert", "-d", SAMPLE, &promises, "--against", SAMPLE], 1, &["holds", "unchanged", "1 kept, 1 broken"]);
    check(&["assert", "-d", SAMPLE, &promises, "--mutants"], 1, &["no assertion notices", "faults in rules noticed"]);

    std::fs::write(&promises, "deny any -> group:dbb\n").expect("it can be written again");
    check(&["assert", "-d", SAMPLE, &promises], 2, &["line 1: there is no group `dbb`: did you mean `db`?"]);
}

#[test]
fn ways_to_let_a_flow_through_are_told_and_taken() {
    let flow = "tcp 203.0.113.7:50000 > 192.0.2.20:5432";
    let told = ["1.", "add rule db/1 to db: ingress ipv4 tcp 5432 from 203.0.113.7/32", "address-group:office"];
    let opened = file("opened.yaml");
    check(&["suggest", "-d", SAMPLE, "allow", flow, "--write", &opened], 0, &told);
    check(&["simulate", "-d", &opened, flow], 0, &["accept rule:db/1"]);
    check(&["suggest", "-d", &opened, "allow", flow], 0, &["nothing to do: it passes already"]);
    let closed = file("closed.yaml");
    check(&["suggest", "-d", &opened, "deny", flow, "--write", &closed], 0, &["rule db/1"]);
    check(&["simulate", "-d", &closed, flow], 1, &["drop default"]);
    check(&["suggest", "-d", SAMPLE, "allow", "arp 192.0.2.10 > 192.0.2.20 request"], 2, &[]);
    let strangers = "tcp 203.0.113.7:1 > 203.0.113.8:2";
    check(&["suggest", "-d", SAMPLE, "allow", strangers], 2, &["neither end of the packet is an instance"]);
    check(&["suggest", "-d", SAMPLE, "allow", flow, "--to", "web9"], 2, &["there is no vnic `web9`"]);
}

/// A capture has replies too, and those open nothing.
#[test]
fn rules_are_narrowed_to_a_capture() {
    let (client, web): (MacAddr, MacAddr) =
        ("02:00:00:00:00:01".parse().unwrap(), "52:54:00:00:02:0a".parse().unwrap());
    let packets = [
        (client, web, "tcp 198.51.100.7:40000 > 192.0.2.10:443 [S] seq=1"),
        (web, client, "tcp 192.0.2.10:443 > 198.51.100.7:40000 [SA] seq=1 ack=2"),
        (client, web, "tcp 198.51.100.7:40000 > 192.0.2.10:443 [A] seq=2 ack=2"),
    ];
    let capture = file("seen.pcap");
    let sink = File::create(&capture).expect("the folder for tests can be written");
    let mut writer = Writer::new(sink, Precision::Microseconds).expect("a header");
    for (at, (from, to, text)) in packets.into_iter().enumerate() {
        let sketch: Sketch = text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"));
        let bytes = wire::build(&sketch.onto(from, to));
        writer.write(Duration::from_millis(at as u64), &bytes).expect("a record");
    }
    writer.finish().expect("a whole capture");
    let tight = file("tight.yaml");
    let told = [
        "3 packets opened 1 flows by a rule",
        "wide web-http: 1 flow passed by it",
        "replace rule web-http: ingress ipv4 tcp 443 from 198.51.100.7/32",
        "wide web-egress: nothing passed by it",
        "rules could be narrower",
    ];
    check(&["tighten", "-d", SAMPLE, "--capture", &capture, "--write", &tight], 1, &told);
    check(&["tighten", "-d", &tight, "--capture", &capture], 0, &["tight: no rule allows more than was seen"]);
    check(&["tighten", "-d", SAMPLE], 2, &["--capture <FILE>|--flows <FILE>"]);
    check(&["tighten", "-d", SAMPLE, "--capture", SAMPLE], 2, &["cannot read the capture"]);
}

#[test]
fn who_reaches_whom_is_listed() {
    let told = ["bastion -> db: ipv4 tcp 22", "web -> db: ipv4 tcp 5432", "web: ingress ipv4 tcp 80, 443 from any"];
    check(&["matrix", "-d", SAMPLE], 0, &told);
    check(
        &["matrix", "--groups", "-d", SAMPLE],
        0,
        &["bastion -> db: ipv4 tcp 22", "default -> default: ipv4 any", "web -> db: ipv4 tcp 5432"],
    );
    let too_much = "the rules say more different things than 10 nodes hold";
    check(&["matrix", "--nodes", "10", "-d", SAMPLE], 2, &["raise it with `--nodes`", too_much]);
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
