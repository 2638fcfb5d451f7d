//! What an enforcer looks at beside enforcing.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use capture::Reader;
use nix::sys::signal::Signal;

use super::world::{Connection, World};
use super::{ALLOWED, DENIED, DOCUMENT, without_http};

#[test]
fn a_pending_document_is_judged_by_and_never_obeyed() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let staged = world.folder().join("staged.yaml");
    let option = ["--staged", staged.to_str().unwrap()];
    world.start_enforcer(&option);
    // It need not be there yet.
    world.wait_for_log("staged: nothing is judged by the pending document");
    let mut live = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert!(live.echoes());

    fs::write(&staged, DOCUMENT.replace("tcp 80", "tcp 5432")).unwrap();
    world.wait_for_log("staged: packets are judged by revision 1 of the pending document, too");
    assert!(live.echoes(), "what is pending decides nothing");
    world.wait_for_log("staged: web ingress would drop conntrack:revoked");
    assert!(Connection::open(&world, DENIED).is_none());
    world.wait_for_log("staged: web ingress would accept");

    // Under the same rules nothing differs, and flows that are there already are known.
    fs::write(&staged, DOCUMENT).unwrap();
    world.wait_for_log("judged by revision 2 of the pending document");
    assert!(live.echoes());
    assert!(Connection::open(&world, DENIED).is_none());
    // What was counted of the one before is not this one's.
    world.signal_enforcer(Signal::SIGUSR1);
    world.wait_for_log("revision 2 would have dropped 0 packets that passed and passed 0 that were dropped");
    fs::write(&staged, "version: 1\ngroups: [{id: web, rules: ['ingress ipv4 tcp 99999 from any']}]\n").unwrap();
    world.wait_for_log("99999");
    assert!(live.echoes());
    world.end_enforcer(Signal::SIGTERM);
    let log = world.log();
    let of_the_second = log.split("judged by revision 2").nth(1).unwrap();
    assert!(!["would drop", "would accept"].iter().any(|words| of_the_second.contains(words)), "{of_the_second}");
    assert!(!log.contains("the oracle finds"), "{log}");
}

#[test]
fn captured_frames_have_their_verdicts() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    fs::write(world.folder().join("capture.pcapng"), "an older one, open to all").unwrap();
    let check = |world: &mut World, which: &str, expect: &[&str], absent: &[&str]| {
        let path = world.folder().join("capture.pcapng");
        world.start_enforcer(&["--capture", path.to_str().unwrap(), "--capture-frames", which]);
        let mut live = Connection::open(world, ALLOWED).expect("an allowed connection");
        assert!(live.echoes());
        assert!(Connection::open(world, DENIED).is_none());
        world.end_enforcer(Signal::SIGTERM);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "for its owner alone");
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(expect.iter().all(|words| text.contains(words)), "{which}: {expect:?}");
        assert!(!absent.iter().any(|words| text.contains(words)), "{which}: {absent:?}");
        assert!(frames_in(&path) > 0, "{which}");
    };
    let (accepted, dropped) = (["accept rule:web-http", "accept conntrack:established"], ["drop default"]);
    check(&mut world, "all", &[accepted[0], accepted[1], dropped[0]], &[]);
    check(&mut world, "accepted", &accepted, &dropped);
    check(&mut world, "dropped", &dropped, &accepted);
}

/// The number of frames of a capture that is whole.
fn frames_in(path: &Path) -> usize {
    let mut reader = Reader::new(File::open(path).unwrap()).unwrap();
    let mut frames = 0;
    while reader.next_record().unwrap().is_some() {
        frames += 1;
    }
    frames
}

#[test]
fn a_hand_over_leaves_the_capture_of_either_enforcer() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let path = world.folder().join("capture.pcapng");
    let options = ["--capture", path.to_str().unwrap(), "--capture-frames", "accepted"];
    world.start_enforcer(&options);
    let mut live = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert!(live.echoes());
    world.hand_over(&options);
    assert!(live.echoes());
    world.hand_over(&options);
    assert!(live.echoes());
    world.end_enforcer(Signal::SIGTERM);
    let name = |after: &str| world.folder().join(format!("capture.pcapng{after}"));
    for (capture, opening) in [(name(".before"), true), (name(".before-2"), false), (name(""), false)] {
        let text = String::from_utf8_lossy(&fs::read(&capture).unwrap()).into_owned();
        assert!(frames_in(&capture) > 0 && text.contains("accept conntrack:established"), "{}", capture.display());
        assert_eq!(text.contains("accept rule:web-http"), opening, "{}", capture.display());
    }
}

#[test]
fn a_capture_that_cannot_be_written_is_refused_at_the_start() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let said = world.refused_enforcer(&["--capture", "/nowhere/capture.pcapng"]);
    assert!(said.contains("cannot write the capture `/nowhere/capture.pcapng`"), "{said}");
    assert!(world.uplinks().is_empty());
}

#[test]
fn every_verdict_is_found_again() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&["--audit", "1"]);
    let mut live = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert!(live.echoes());
    assert!(Connection::open(&world, DENIED).is_none());
    world.write_document(&without_http());
    world.wait_for_log("enforcing revision 2");
    assert!(Connection::open(&world, ALLOWED).is_none());
    world.end_enforcer(Signal::SIGTERM);
    let log = world.log();
    assert!(log.contains("verdicts found again"), "{log}");
    assert!(!log.contains("the oracle finds"), "{log}");
}
