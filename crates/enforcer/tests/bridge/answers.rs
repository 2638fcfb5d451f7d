//! What a running enforcer answers, and to whom.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::world::{Connection, UdpTalk, World};
use super::{DENIED, DOCUMENT};

/// The path of a socket, for a child of the tests below.
const SOCKET: &str = "PORTCULLIS_TEST_SOCKET";

const METRICS: [&str; 4] = ["--metrics", "127.0.0.1:0", "--name", "host"];

/// `nobody`, who is neither root nor the enforcer's user.
const NOBODY: u32 = 65_534;

fn with_dns() -> String {
    DOCUMENT.replace("from any\n", "from any\n      - web-dns: ingress ipv4 udp 53 from any\n")
}

/// Status line and body of an answer.
fn get(mut stream: impl Read + Write, path: &str) -> (String, String) {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

fn address(world: &World) -> String {
    let log = world.log();
    let (_, behind) = log.split_once("metrics are at http://").expect("the log says where");
    behind.split_once('/').unwrap().0.to_owned()
}

fn scrape(world: &World) -> String {
    let (status, body) = get(TcpStream::connect(address(world)).unwrap(), "/metrics");
    assert_eq!(status, "HTTP/1.1 200 OK", "{body}");
    body
}

fn sample(metrics: &str, name: &str) -> Option<u64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map(|value| value.parse::<f64>().unwrap() as u64)
}

fn socket(world: &World) -> PathBuf {
    world.folder().join("state/host.sock")
}

fn status(path: &Path) -> Value {
    let (status, body) = get(UnixStream::connect(path).unwrap(), "/status");
    assert_eq!(status, "HTTP/1.1 200 OK", "{body}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn metrics_agree_with_what_was_sent() {
    let Some(mut world) = World::build_namespaces(&with_dns()) else { return };
    world.start_enforcer(&METRICS);
    // An Ethernet header, an IPv4 header, a UDP header and one byte, to and fro.
    let mut talk = UdpTalk::open(&world);
    assert!(talk.answers());
    let expect = |name: &str, value: u64| {
        world.wait_for(&format!("{name} {value} among the metrics"), || sample(&scrape(&world), name) == Some(value));
    };
    expect("portcullis_rule_packets_total{rule=\"web-dns\"}", 2);
    expect("portcullis_rule_bytes_total{rule=\"web-dns\"}", 2 * 43);
    expect("portcullis_policy_revision", 1);
    expect("portcullis_policy_refused", 0);
    expect("portcullis_vnic_owned{vnic=\"web\",interface=\"guest\",backend=\"ring\"}", 1);
    assert!(Connection::open(&world, DENIED).is_none());
    let denied = "portcullis_verdicts_total{verdict=\"drop\",reason=\"default\"}";
    world.wait_for("drops among the metrics", || sample(&scrape(&world), denied).is_some_and(|packets| packets > 0));
    // The ring knows when frames arrived.
    assert!(sample(&scrape(&world), "portcullis_latency_seconds_count").is_some_and(|measured| measured > 0));
    world.write_document("version: 1\ngroups: [{id: web, rules: ['ingress ipv4 tcp 99999 from any']}]\n");
    expect("portcullis_policy_refused", 1);
}

#[test]
fn metrics_have_one_page_that_is_read_alone() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&METRICS);
    let ask = |path: &str| get(TcpStream::connect(address(&world)).unwrap(), path).0;
    assert_eq!(ask("/status"), "HTTP/1.1 404 Not Found");
    assert_eq!(ask("/"), "HTTP/1.1 404 Not Found");
    assert_eq!(ask(&format!("/{}", "x".repeat(9_000))), "HTTP/1.1 431 Request Header Fields Too Large");
    // Who connects and says nothing keeps nobody else from being answered.
    let _silent: Vec<TcpStream> = (0..4).map(|_| TcpStream::connect(address(&world)).unwrap()).collect();
    scrape(&world);
}

#[test]
fn connections_that_ask_nothing_keep_no_question_waiting() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&METRICS);
    let address = address(&world);
    let hold = |begin: &[u8]| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(begin).unwrap();
        stream.set_nonblocking(true).unwrap();
        stream
    };
    // The last ones are held still, unless the host stopped for so long that they ended by themselves.
    let is_answered_before_they_end = || {
        let held = [b"".as_slice(), b"GET /met"].iter().cycle().take(100).map(|begin| hold(begin)).collect::<Vec<_>>();
        assert!(scrape(&world).contains("portcullis_vnics"));
        (&held[80]).read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    };
    assert!((0..3).any(|_| is_answered_before_they_end()));
}

#[test]
fn an_address_that_cannot_be_is_refused_with_its_fix() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let mut check = |address: &str, expect: &str| {
        let said = world.refused_enforcer(&["--metrics", address]);
        assert!(said.contains(expect), "{address}: {said}");
    };
    check("0.0.0.0:7781", "let a reverse proxy with TLS and a password");
    check(&taken, "another program listens at");
}

#[test]
fn the_status_is_told_at_a_socket_of_the_enforcers_user() {
    let Some(mut world) = World::build_namespaces(&with_dns()) else { return };
    world.start_enforcer(&["--name", "host"]);
    let socket = socket(&world);
    let mode = fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    let _talk = UdpTalk::open(&world);
    world.wait_for("what passed in the status", || status(&socket)["rules"]["web-dns"] == 1);
    let told = status(&socket);
    assert_eq!((&told["node"], &told["applied_revision"]), (&"host".into(), &1.into()), "{told}");
    assert_eq!(told["vnics"][0]["vnic"], "web", "{told}");
    assert!(told["flows"].as_u64().is_some_and(|flows| flows > 0), "{told}");
    assert!(told["latency"]["histogram"].is_object(), "{told}");
    let (_, metrics) = get(UnixStream::connect(&socket).unwrap(), "/metrics");
    assert_eq!(sample(&metrics, "portcullis_rule_packets_total{rule=\"web-dns\"}"), Some(1));
    // What a killed enforcer leaves does not hinder the next, and a clean stop leaves nothing.
    world.end_enforcer(Signal::SIGKILL);
    assert!(socket.exists() && UnixStream::connect(&socket).is_err());
    world.start_enforcer(&["--name", "host"]);
    assert_eq!(status(&socket)["applied_revision"], 1);
    world.end_enforcer(Signal::SIGTERM);
    assert!(!socket.exists());
}

#[test]
fn pnet_has_no_latency() {
    let Some(mut world) = World::build_namespaces(&with_dns()) else { return };
    world.start_enforcer(&["--name", "host", "--backend", "pnet"]);
    let _talk = UdpTalk::open(&world);
    let socket = socket(&world);
    world.wait_for("what passed in the status", || status(&socket)["rules"]["web-dns"] == 1);
    assert_eq!(status(&socket)["latency"], Value::Null);
}

#[test]
#[ignore = "run by the test below, as another user"]
fn ask_as_another_user() {
    let answer = match UnixStream::connect(std::env::var(SOCKET).unwrap()) {
        Ok(stream) => get(stream, "/status").0,
        Err(error) => error.kind().to_string(),
    };
    eprintln!("answer: {answer}");
}

#[test]
fn another_user_is_refused_even_if_the_socket_is_open_to_all() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&["--name", "host"]);
    let socket = socket(&world);
    let open = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    open(world.folder(), 0o755);
    open(socket.parent().unwrap(), 0o755);
    let check = |expect: &str| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        let (_, module) = module_path!().split_once("::").unwrap();
        child.args(["--exact", "--ignored", "--nocapture", &format!("{module}::ask_as_another_user")]);
        let output = child.env(SOCKET, &socket).uid(NOBODY).gid(NOBODY).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(&format!("answer: {expect}")), "{output:?}");
    };
    check("permission denied");
    open(&socket, 0o666);
    check("HTTP/1.1 403 Forbidden");
    assert_eq!(status(&socket)["node"], "host");
}
