//! What a running enforcer may still do.

use std::collections::BTreeMap;
use std::fs;

use nix::sys::signal::Signal;
use nix::unistd::Pid;

use super::world::{Connection, World};
use super::{ALLOWED, DENIED, DOCUMENT, without_http};

/// CAP_NET_ADMIN and CAP_NET_RAW, as `/proc/PID/status` prints them (proc_pid_status(5)).
const LINKS: &str = "0000000000003000";
const NONE: &str = "0000000000000000";

/// The names of the threads with what the kernel says of each.
fn threads(process: Pid) -> Vec<BTreeMap<String, String>> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let status = |task: fs::DirEntry| {
        let text = fs::read_to_string(task.path().join("status")).unwrap();
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
    };
    tasks.map(|task| status(task.unwrap())).collect()
}

fn check_enclosed(world: &World, bounding: &str) {
    // A thread gives itself its name, some time after it was started.
    world.wait_for("thread of each name", || {
        let threads = threads(world.enforcer());
        let named = |name: &str| threads.iter().filter(|thread| thread["Name"].starts_with(name)).count();
        named("links") == 1 && named("worker-") > 0 && named("signals") == 1
    });
    for thread in &threads(world.enforcer()) {
        let name = thread["Name"].as_str();
        let capabilities = if name == "links" { LINKS } else { NONE };
        let filters = if name.starts_with("worker-") { "3" } else { "2" };
        for (field, expect) in [
            ("CapEff", capabilities),
            ("CapPrm", capabilities),
            ("CapInh", NONE),
            ("CapAmb", NONE),
            ("CapBnd", bounding),
            ("NoNewPrivs", "1"),
            ("Seccomp", "2"),
            ("Seccomp_filters", filters),
        ] {
            assert_eq!(thread[field], expect, "{field} of `{name}`");
        }
    }
}

#[test]
fn one_thread_keeps_two_capabilities_and_the_others_none() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    check_enclosed(&world, NONE);
    // Links can still be made.
    world.unplug_guest();
    world.wait_for_log("its traffic stops");
    world.plug_guest();
    world.wait_for_log("enforcing for `web` at `guest`");
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
    check_enclosed(&world, NONE);
}

#[test]
fn files_that_are_not_the_document_are_out_of_reach() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("other.yaml");
    fs::write(&other, without_http()).unwrap();
    let mut swap = |options: &[&str], expect: &str| {
        world.write_document(DOCUMENT);
        world.start_enforcer(options);
        fs::remove_file(world.document()).unwrap();
        std::os::unix::fs::symlink(&other, world.document()).unwrap();
        world.wait_for_log(expect);
        world.end_enforcer(Signal::SIGTERM);
        fs::remove_file(world.document()).unwrap();
    };
    swap(&["--sandbox", "off"], "enforcing revision 2");
    swap(&[], "Permission denied");
}

#[test]
fn without_the_sandbox_everything_stays() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&["--sandbox", "off"]);
    world.wait_for_log("the sandbox is off");
    for thread in threads(world.enforcer()) {
        assert_eq!(thread["Seccomp"], "0");
        assert_ne!(thread["CapEff"], LINKS);
        assert_ne!(thread["CapEff"], NONE);
    }
}

#[test]
fn a_user_with_two_capabilities_can_enforce() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer_as(world.command_of_user(&[]));
    assert_eq!(threads(world.enforcer())[0]["Uid"].split_whitespace().next(), Some("65534"));
    check_enclosed(&world, LINKS);
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
    assert!(Connection::open(&world, DENIED).is_none());
    assert_eq!(world.setting("ipv6/conf/pcu-web/disable_ipv6"), "1");
    world.end_enforcer(Signal::SIGTERM);
    assert!(world.is_closed() && world.uplinks().is_empty());
}
