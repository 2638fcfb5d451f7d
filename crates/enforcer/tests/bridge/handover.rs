//! An enforcer and its successor.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::restart::ANSWERS_ONLY;
use super::world::{Connection, NumberedProbes, Service, TcpTalk, UdpTalk, World};
use super::{ALLOWED, DENIED, DOCUMENT};

/// Probes that may be lost where frames have stamps: one at each link may be seen by nobody.
const FEW: usize = 4;

fn door(world: &World) -> PathBuf {
    world.folder().join("state/hand-over")
}

/// A successor that says these lines, after each of which the predecessor says one or more.
struct Stranger(BufReader<UnixStream>);

impl Stranger {
    fn come(world: &World) -> Stranger {
        let stream = UnixStream::connect(door(world)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        Stranger(BufReader::new(stream))
    }

    fn say(&mut self, line: &str) -> String {
        writeln!(self.0.get_ref(), "{line}").unwrap();
        self.hear()
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }
}

fn check_no_gap(backend: &str, most_lost: usize) {
    let Some(mut world) = World::build_namespaces(ANSWERS_ONLY) else { return };
    world.start_enforcer(&["--backend", backend]);
    let (mut tcp, mut echo) = (TcpTalk::open(&world), Connection::open(&world, ALLOWED).unwrap());
    assert!(tcp.answers() && echo.echoes());
    let probes = NumberedProbes::start(&world);
    for _ in 0..3 {
        world.hand_over(&["--backend", backend]);
        assert!(world.log_before().contains("handed over to process"), "{}", world.log_before());
        eprintln!("{}", world.log().lines().find(|line| line.contains("took over")).unwrap_or_default());
        assert!(tcp.answers_soon() && echo.echoes_soon());
    }
    let arrivals = probes.finish();
    eprintln!("{backend}: {arrivals:?}");
    assert!(arrivals.sent > 0 && arrivals.lost <= most_lost, "{arrivals:?}");
    assert_eq!((arrivals.repeated, arrivals.astray), (0, 0), "{arrivals:?}");
    tcp.answer_much();
    assert!(Connection::open(&world, DENIED).is_none());
}

#[test]
fn connections_and_probes_outlive_a_hand_over_of_rings() {
    check_no_gap("ring", 3 * FEW);
}

#[test]
fn connections_outlive_a_hand_over_without_stamps() {
    check_no_gap("pnet", usize::MAX);
}

#[test]
fn a_successor_judges_by_its_own_document() {
    let Some(mut world) = World::build_namespaces(ANSWERS_ONLY) else { return };
    world.start_enforcer(&[]);
    let (mut tcp, mut udp) = (TcpTalk::open(&world), UdpTalk::open(&world));
    assert!(tcp.answers() && udp.answers());
    let other = world.folder().join("other.yaml");
    fs::write(&other, ANSWERS_ONLY.replace("80-81", "80").replace("udp 53", "udp 54")).unwrap();
    world.hand_over(&["--document", &other.to_string_lossy()]);
    world.wait_for_log("took over with 2 flows");
    assert!(!udp.answers());
    world.wait_for_log("web egress drop conntrack:revoked: 52:54:00:00:02:0a > 52:54:00:00:02:01 udp 192.0.2.10:53");
    assert!(!tcp.answers());
    fs::write(&other, ANSWERS_ONLY).unwrap();
    world.wait_for_log("enforcing revision 2");
    assert!(udp.answers_soon() && tcp.answers_soon());
}

#[test]
fn who_is_refused_or_leaves_changes_nothing() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    let mut connection = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert_eq!(fs::metadata(door(&world)).unwrap().permissions().mode() & 0o777, 0o600);

    let said = Stranger::come(&world).say("portcullis hand-over 99");
    assert!(said.starts_with("refused: version 99 of the protocol"), "{said}");
    world.wait_for_log("version 99 of the protocol was asked for");
    assert!(Stranger::come(&world).say("hello").starts_with("refused: no hand-over"));

    let mut stranger = Stranger::come(&world);
    assert_eq!(stranger.say("portcullis hand-over 1"), "portcullis hand-over 1\n");
    assert!(stranger.hear().contains("\"pcu-web\""));
    drop(stranger);
    world.wait_for_log("a successor came and left, so this enforcer goes on");

    fs::set_permissions(world.folder().join("state"), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(door(&world), Permissions::from_mode(0o666)).unwrap();
    let state = world.folder().join("state");
    let said = world.refused_enforcer_as(world.command_of_user(&["--take-over", "--state", &state.to_string_lossy()]));
    assert!(said.contains("is of user 65534; run it as user 0 or as root"), "{said}");
    assert!(connection.echoes());
}

#[test]
fn a_successor_that_cannot_enforce_leaves_its_predecessor_enforcing() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let said = world.refused_enforcer(&["--take-over"]);
    assert!(said.contains("no enforcer can be taken over at") && said.contains("`--take-over`"), "{said}");
    world.start_enforcer(&[]);
    let mut connection = Connection::open(&world, ALLOWED).expect("an allowed connection");
    let other = world.folder().join("other.yaml");
    fs::write(&other, "version: 1\ngroups: [{id: web, rules: ['ingress ipv4 tcp 99999 from any']}]\n").unwrap();
    let links = world.settings();
    let mut check = |options: &[&str], expect: &str| {
        let said = world.refused_enforcer(&[&["--take-over"], options].concat());
        assert!(said.contains(expect), "{options:?}: {said}");
        assert_eq!(world.settings(), links, "{options:?}");
        assert!(connection.echoes(), "{options:?}");
    };
    check(&["--document", &other.to_string_lossy()], "groups[0].rules[0]");
    check(&["--vnic", "wbe=guest"], "the document has no vnic `wbe`");
    let elsewhere = world.namespace("out");
    let said = world.refused_enforcer(&["--take-over", "--netns", &elsewhere]);
    assert!(said.contains("there is no interface `guest`"), "{said}");
    assert!(connection.echoes());
}

#[test]
fn a_clean_stop_of_the_last_successor_leaves_no_link() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    world.hand_over(&[]);
    world.hand_over(&[]);
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
    world.end_enforcer(Signal::SIGTERM);
    assert!(world.is_closed() && world.uplinks().is_empty() && !door(&world).exists());
    assert!(Connection::open(&world, ALLOWED).is_none());
}

#[test]
fn a_successor_keeps_the_links_as_if_it_had_laid_them() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    world.hand_over(&[]);
    world.ip_in_hypervisor(&["link", "set", "pcb-web", "nomaster"]);
    world.wait_for("`pcb-web` at `br0`", || world.link("pcb-web").contains("master br0"));
    world.unplug_guest();
    world.wait_for("host without uplinks", || world.uplinks().is_empty());
    world.hand_over(&["--interfaces", "tap*"]);
    world.plug_guest();
    world.wait_for_log("enforcing for `web` at `guest`");
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
}

#[test]
fn a_killed_successor_stops_all_traffic_and_the_next_start_goes_on() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    let mut connection = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert!(connection.echoes());
    world.hand_over(&[]);
    world.end_enforcer(Signal::SIGKILL);
    assert_eq!(world.uplinks(), ["pcb-web", "pcu-web"]);
    assert!(!connection.echoes());
    assert!(Connection::open(&world, ALLOWED).is_none());
    world.start_enforcer(&[]);
    assert!(connection.echoes_soon(), "the connection is picked up");
}

#[test]
fn flows_of_a_failed_hand_over_are_on_disk() {
    let Some(mut world) = World::build_namespaces(ANSWERS_ONLY) else { return };
    world.start_enforcer(&[]);
    let (mut tcp, mut udp) = (TcpTalk::open(&world), UdpTalk::open(&world));
    assert!(tcp.answers() && udp.answers());
    let mut stranger = Stranger::come(&world);
    stranger.say("portcullis hand-over 1");
    stranger.hear();
    assert!(stranger.say("now").contains("\"ended\":{\"web\":"));
    drop(stranger);
    assert_eq!(world.ended_enforcer(), Some(2));
    assert!(world.log().contains("nothing passes until an enforcer is started"), "{}", world.log());
    assert_eq!(world.uplinks(), ["pcb-web", "pcu-web"]);
    assert!(!udp.answers());
    world.start_enforcer(&[]);
    world.wait_for_log("2 flows were saved");
    assert!(udp.answers_soon() && tcp.answers_soon());
}

#[test]
fn systemd_follows_the_successor() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let mut service = Service::start(&mut world, &[("WATCHDOG_USEC", "2000000")]);
    world.hand_over(&[]);
    let mut heard = Vec::new();
    let main = format!("MAINPID={}", world.enforcer());
    for expect in [main.as_str(), "READY=1", "STATUS=revision 1, vnics: 1", "WATCHDOG=1"] {
        heard.extend(service.hear(expect));
    }
    assert!(!heard.contains(&"STOPPING=1".to_owned()), "{heard:?}");
}

#[test]
fn whoever_enforces_answers_questions() {
    let Some(mut world) = World::build_namespaces(DOCUMENT) else { return };
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let metrics = address.to_string();
    let options = ["--metrics", metrics.as_str(), "--name", "host"];
    let socket = world.folder().join("state/host.sock");
    let answers = || TcpStream::connect(address).is_ok() && UnixStream::connect(&socket).is_ok();
    world.start_enforcer(&options);
    assert!(answers());
    // A successor that cannot enforce takes nothing away.
    let said = world.refused_enforcer(&[&options[..], &["--take-over", "--vnic", "ghost=guest"]].concat());
    assert!(said.contains("ghost"), "{said}");
    assert!(answers());
    world.hand_over(&options);
    assert!(answers());
    world.end_enforcer(Signal::SIGTERM);
    assert!(!answers());
    assert!(!socket.exists());
}
