//! What an enforcer tells systemd (sd_notify(3)).

use nix::sys::signal::Signal;

use super::world::{Service, World};
use super::{DOCUMENT, without_http};

#[test]
fn systemd_hears_of_the_start_the_state_the_life_and_the_end() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let mut service = Service::start(&mut world, &[("WATCHDOG_USEC", "2000000")]);
    assert_eq!(service.hear("READY"), ["READY=1"]);
    assert_eq!(service.hear("STATUS"), ["STATUS=revision 1, vnics: 1"]);
    // Life is not told once only.
    service.hear("WATCHDOG=1");
    service.hear("WATCHDOG=1");
    world.write_document(&without_http());
    assert_eq!(service.hear("STATUS").last().unwrap(), "STATUS=revision 2, vnics: 1");
    // Another link is of this name, and the host's.
    world.ip_in_hypervisor(&["link", "add", "host", "type", "bridge"]);
    world.ip_in_hypervisor(&["address", "add", "10.0.0.1/24", "dev", "host"]);
    world.ip_in_hypervisor(&["link", "set", "guest", "down", "name", "other"]);
    world.ip_in_hypervisor(&["link", "set", "host", "name", "guest"]);
    assert_eq!(service.hear("STATUS").last().unwrap(), "STATUS=revision 2, vnics: 0; 1 cannot be enforced for");
    world.signal_enforcer(Signal::SIGHUP);
    let reloading = service.hear("RELOADING").pop().unwrap();
    let (first, second) = reloading.split_once('\n').unwrap();
    assert_eq!(first, "RELOADING=1");
    assert!(second.strip_prefix("MONOTONIC_USEC=").unwrap().parse::<u64>().unwrap() > 0, "{second}");
    service.hear("READY=1");
    world.end_enforcer(Signal::SIGTERM);
    service.hear("STOPPING=1");
}

#[test]
fn a_watchdog_of_another_process_hears_nothing() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let mut service = Service::start(&mut world, &[("WATCHDOG_USEC", "1000000"), ("WATCHDOG_PID", "1")]);
    service.hear("READY");
    // Two documents take longer than the watchdog's time.
    for (document, revision) in [(without_http(), 2), (DOCUMENT.to_owned(), 3)] {
        world.write_document(&document);
        let heard = service.hear(&format!("STATUS=revision {revision}"));
        assert!(heard.iter().all(|message| !message.starts_with("WATCHDOG")), "{heard:?}");
    }
}
