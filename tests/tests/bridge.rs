//! Real packets over a real bridge: the lab, with the enforcer inline in front of every instance.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use e2e::lab::{Lab, SAMPLE, is_root};
use wire::{MacAddr, Sketch};

const WEB: &str = "http://192.0.2.10/";
const DB: &str = "http://192.0.2.20:5432/";
/// Enough for the enforcer to notice a rewritten document; what is waited for is asked again until then.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn what_a_rule_allows_passes_and_nothing_else() {
    let Some(lab) = lab("what_a_rule_allows_passes_and_nothing_else") else { return };
    assert!(lab.curl("outside", WEB).unwrap().is_some(), "outside -> web:80 is allowed by web-http");
    assert!(lab.curl("outside", DB).unwrap().is_none(), "outside -> db:5432 is allowed by no rule");
    assert!(lab.curl("web", DB).unwrap().is_some(), "web -> db:5432 is allowed by db-postgres");
    assert!(lab.curl("bastion", DB).unwrap().is_none(), "bastion -> db:5432 is allowed by no rule");
    assert!(lab.curl("outside", "http://[2001:db8:1::10]/").unwrap().is_some(), "outside -> web:80 over IPv6");
    let ping = |to: &str| lab.run("outside", &["ping", "-c", "1", "-W", "2", to]).unwrap().status.success();
    assert!(ping("192.0.2.10"), "web answers to ping");
    assert!(!ping("192.0.2.20"), "db does not");
}

#[test]
fn a_datagram_in_fragments_passes_whole_or_not_at_all() {
    let Some(lab) = lab("a_datagram_in_fragments_passes_whole_or_not_at_all") else { return };
    let ping = |to: &str| {
        let output = lab.run("outside", &["ping", "-c", "1", "-W", "2", "-s", "20000", to]).unwrap();
        String::from_utf8_lossy(&output.stdout).contains("1 received")
    };
    assert!(ping("192.0.2.10"), "web answers to a ping of 14 fragments");
    assert!(ping("2001:db8:1::10"), "and over IPv6");
    let at_db = watch_while(&lab, "db", || assert!(!ping("192.0.2.20"), "db does not answer"));
    let fragments: Vec<&String> = at_db.iter().filter(|frame| is_fragment(frame)).collect();
    assert!(fragments.is_empty(), "no fragment reaches db: {fragments:?}");
}

#[test]
fn a_removed_rule_cuts_the_live_connection_and_the_same_goes_on_when_it_is_back() {
    let Some(lab) = lab("a_removed_rule_cuts_the_live_connection") else { return };
    let mut echo = Echo::connect(&lab, "web", "192.0.2.20", 22);
    assert!(echo.says("one").is_none(), "web -> db:22 is allowed by no rule");
    drop(echo);

    let mut echo = Echo::connect(&lab, "bastion", "192.0.2.20", 22);
    assert_eq!(echo.says("one").as_deref(), Some("one"));
    let without = SAMPLE.lines().filter(|line| !line.contains("db-ssh")).collect::<Vec<_>>().join("\n");
    lab.write_document(&without).unwrap();
    wait_until("the connection stalls", || echo.says("two").is_none());
    lab.write_document(SAMPLE).unwrap();
    // What was sent meanwhile is sent again by TCP, so the answers come in order.
    assert!(echo.hears("two"), "the connection goes on where it stood");
    assert_eq!(echo.says("three").as_deref(), Some("three"));
}

#[test]
fn a_swap_of_the_policy_drops_no_flow() {
    let Some(lab) = lab("a_swap_of_the_policy_drops_no_flow") else { return };
    let mut echo = Echo::connect(&lab, "bastion", "192.0.2.20", 22);
    for round in 0..20 {
        lab.write_document(&SAMPLE.replace("What every server", &format!("Round {round}: what every server"))).unwrap();
        let text = format!("round {round}");
        assert_eq!(echo.says(&text).as_deref(), Some(text.as_str()));
    }
}

#[test]
fn a_gibibyte_arrives_intact_at_default_offloads() {
    let Some(lab) = lab("a_gibibyte_arrives_intact_at_default_offloads") else { return };
    let stream = env!("CARGO_BIN_EXE_stream");
    let bytes = (1_u64 << 30).to_string();
    lab.write_document(&SAMPLE.replace("\"80,443\"", "\"80,443,8443\"")).unwrap();
    let mut receiver = lab.spawn("web", &[stream, "receive", "8443", &bytes]).unwrap();
    let mut output = BufReader::new(receiver.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "ready");
    // Until the enforcer has taken the document over, TCP repeats its SYN.
    let sent = lab.run("outside", &[stream, "send", "192.0.2.10:8443", &bytes]).unwrap();
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(receiver.wait().unwrap().success(), "{rest}");
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    assert_eq!(rest.trim(), format!("{bytes} bytes intact"));
}

#[test]
fn spoofed_and_rogue_frames_never_reach_the_bridge() {
    let Some(lab) = lab("spoofed_and_rogue_frames_never_reach_the_bridge") else { return };
    let web: MacAddr = "52:54:00:00:02:0a".parse().unwrap();
    let gateway = "52:54:00:00:02:01".parse().unwrap();
    let hostile = [
        "arp reply 192.0.2.1 is-at 52:54:00:00:02:0a to 192.0.2.20",
        "arp who-has 192.0.2.20 tell 192.0.2.20 sha=52:54:00:00:02:0a",
        "udp 192.0.2.10:67 > 255.255.255.255:68 dhcp-reply 52:54:00:00:02:14",
        "icmpv6 fe80::5054:ff:fe00:20a > ff02::1 router-advertisement mac=52:54:00:00:02:0a",
        "icmpv6 2001:db8:1::10 > ff02::1 neighbor-advertisement 2001:db8:1::20 mac=52:54:00:00:02:0a",
        "52:54:00:00:02:14 > ff:ff:ff:ff:ff:ff udp 192.0.2.20:1 > 192.0.2.255:9",
        "udp 198.51.100.99:4444 > 192.0.2.255:9",
        "ethertype 0x88cc",
        "llc 40",
        "vlan 0x8100",
    ];
    let honest = "arp who-has 192.0.2.1 tell 192.0.2.10 sha=52:54:00:00:02:0a";
    let frame = |text: &str| {
        let sketch: Sketch = text.parse().unwrap();
        wire::build(&sketch.onto(web, broadcast_or(&sketch, gateway)))
    };
    let mut frames: Vec<Vec<u8>> = hostile.iter().map(|text| frame(text)).collect();
    frames.push(frame(honest));

    let seen = watch_while(&lab, "outside", || {
        let hex: Vec<String> = frames.iter().map(|frame| to_hex(frame)).collect();
        let mut program = vec![env!("CARGO_BIN_EXE_frames"), "send", "eth0"];
        program.extend(hex.iter().map(String::as_str));
        assert!(lab.run("web", &program).unwrap().status.success());
    });
    let (last, rest) = frames.split_last().unwrap();
    assert!(seen.contains(&to_hex(last)), "the honest request reaches the bridge: {seen:?}");
    for (text, frame) in hostile.iter().zip(rest) {
        assert!(!seen.contains(&to_hex(frame)), "`{text}` reached the bridge");
    }
}

#[test]
fn a_killed_enforcer_stops_all_traffic() {
    let Some(lab) = lab("a_killed_enforcer_stops_all_traffic") else { return };
    assert!(lab.curl("outside", WEB).unwrap().is_some());
    let status = lab.status().unwrap();
    let pid = status["enforcer"]["pid"].as_u64().expect("the status names the enforcer's pid");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), nix::sys::signal::SIGKILL).unwrap();
    wait_until("web is cut off", || lab.curl("outside", WEB).unwrap().is_none());
    assert!(lab.curl("web", DB).unwrap().is_none(), "instances cannot reach each other either");
    let seen = watch_while(&lab, "outside", || {
        lab.run("web", &["ping", "-c", "2", "-W", "1", "192.0.2.1"]).unwrap();
    });
    let from_web: Vec<&String> = seen.iter().filter(|frame| frame[12..24] == *"52540000020a").collect();
    assert!(from_web.is_empty(), "frames of web reached the bridge: {from_web:?}");
}

#[test]
fn a_faulty_document_changes_nothing() {
    let Some(lab) = lab("a_faulty_document_changes_nothing") else { return };
    lab.write_document("version: 1\ngroups: [{id: web, rules: [{id: broken}]}]\n").unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert!(lab.curl("outside", WEB).unwrap().is_some(), "the last good policy is still enforced");
    assert!(lab.curl("outside", DB).unwrap().is_none(), "and nothing more");
}

fn lab(test: &str) -> Option<Lab> {
    is_root(test).then(|| Lab::up().unwrap())
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn broadcast_or(sketch: &Sketch, gateway: MacAddr) -> MacAddr {
    match &sketch.payload {
        wire::Payload::Ip(datagram) if datagram.endpoints.destination().is_multicast() => {
            MacAddr([0x33, 0x33, 0, 0, 0, 1])
        }
        wire::Payload::Other(_) => gateway,
        wire::Payload::Ip(_) | wire::Payload::Arp(_) => MacAddr::BROADCAST,
    }
}

fn to_hex(frame: &[u8]) -> String {
    frame.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_fragment(hex: &str) -> bool {
    let frame: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let packet = wire::parse(&frame, wire::Checksum::Unfinished);
    packet.is_ok_and(|packet| packet.datagram().is_some_and(|datagram| datagram.fragment.is_some()))
}

/// The frames that reach a host while something is done, and for a second after it.
fn watch_while(lab: &Lab, place: &str, act: impl FnOnce()) -> Vec<String> {
    let mut watcher = lab.spawn(place, &[env!("CARGO_BIN_EXE_frames"), "watch", "eth0", "4000"]).unwrap();
    let mut output = BufReader::new(watcher.stdout.take().unwrap());
    let mut ready = String::new();
    output.read_line(&mut ready).unwrap();
    assert_eq!(ready.trim(), "ready");
    act();
    let seen = output.lines().map(Result::unwrap).collect();
    assert!(watcher.wait().unwrap().success());
    seen
}

/// A connection to a listener that sends every line back.
struct Echo {
    program: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

impl Echo {
    fn connect(lab: &Lab, from: &str, to: &str, port: u16) -> Echo {
        let address = format!("{to}:{port}");
        let mut program = lab.spawn(from, &[env!("CARGO_BIN_EXE_stream"), "talk", &address]).unwrap();
        let input = program.stdin.take().unwrap();
        let output = BufReader::new(program.stdout.take().unwrap());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Echo { program, input, answers }
    }

    /// What comes back within two seconds.
    fn says(&mut self, text: &str) -> Option<String> {
        writeln!(self.input, "{text}").ok()?;
        self.answers.recv_timeout(Duration::from_secs(2)).ok()
    }

    /// Whether this line comes back in the end, be there others before it.
    fn hears(&mut self, text: &str) -> bool {
        while let Ok(line) = self.answers.recv_timeout(PATIENCE) {
            if line == text {
                return true;
            }
        }
        false
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ended_already = self.program.kill();
        let _status = self.program.wait();
    }
}
