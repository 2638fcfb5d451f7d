//! An enforcer and its controller: edits, and what happens while there is none.

use std::io::{Read, Write};
use std::net::TcpListener;

use nix::sys::signal::Signal;

use super::world::{Connection, Controller, World};
use super::{ALLOWED, DENIED, DOCUMENT, without_http};

fn following(options: &[&str]) -> Option<(World, Controller)> {
    let mut world = World::build(DOCUMENT)?;
    let controller = Controller::start(DOCUMENT);
    start(&mut world, &controller, options);
    Some((world, controller))
}

fn start(world: &mut World, controller: &Controller, options: &[&str]) {
    let command = world.command(&[&["--controller", &controller.url(), "--name", "hv1"], options].concat());
    world.start_enforcer_as(command);
}

fn passes(world: &World) -> bool {
    Connection::open(world, ALLOWED).is_some_and(|mut connection| connection.echoes())
}

#[test]
fn what_is_saved_at_the_controller_is_enforced_and_reported() {
    let Some((world, controller)) = following(&[]) else { return };
    let mut live = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert!(live.echoes());
    assert!(Connection::open(&world, DENIED).is_none());
    let cut = controller.save(&without_http());
    world.wait_for_log(&format!("enforcing revision {cut} from now on"));
    assert!(!live.echoes());
    let back = controller.save(DOCUMENT);
    world.wait_for_log(&format!("enforcing revision {back} from now on"));
    assert!(live.echoes_soon());
    let report = controller.heard("hv1", "the revision", |report| report["vnics"][0]["applied_revision"] == back);
    assert_eq!(report["applied_revision"], back);
    assert_eq!((&report["vnics"][0]["vnic"], &report["vnics"][0]["interface"]), (&"web".into(), &"guest".into()));
    let is_told =
        |drop: &serde_json::Value| drop["packet"].as_str().is_some_and(|packet| packet.contains("> 192.0.2.10:5432 "));
    controller.heard("hv1", "the denied connection", |report| report["drops"].as_array().unwrap().iter().any(is_told));
    controller.heard("hv1", "packets of the rule", |report| report["rules"]["web-http"].as_u64() > Some(0));
}

#[test]
fn while_the_controller_is_away_the_last_document_is_enforced() {
    let Some((world, mut controller)) = following(&[]) else { return };
    let mut live = Connection::open(&world, ALLOWED).expect("an allowed connection");
    controller.stop();
    world.wait_for_log("revision 1 stays in force: the controller at");
    assert!(live.echoes() && passes(&world));
    assert!(Connection::open(&world, DENIED).is_none());
    controller.start_again(DOCUMENT);
    let cut = controller.save(&without_http());
    world.wait_for_log(&format!("enforcing revision {cut} from now on"));
    assert!(!live.echoes());
    controller.heard("hv1", "that it is back", |report| report["applied_revision"] == cut);
}

#[test]
fn a_start_without_the_controller_enforces_the_document_on_disk() {
    let Some((mut world, mut controller)) = following(&[]) else { return };
    let cut = controller.save(&without_http());
    world.wait_for_log(&format!("enforcing revision {cut} from now on"));
    controller.stop();
    for signal in [Signal::SIGKILL, Signal::SIGTERM] {
        world.end_enforcer(signal);
        start(&mut world, &controller, &[]);
        assert!(world.log().contains(&format!("enforcing revision {cut} from `")), "{}", world.log());
        assert!(!passes(&world));
    }
    controller.start_again(DOCUMENT);
    let back = controller.save(DOCUMENT);
    world.wait_for_log(&format!("enforcing revision {back} from now on"));
    assert!(passes(&world));
}

#[test]
fn a_first_start_without_the_controller_is_refused() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let mut controller = Controller::start(DOCUMENT);
    controller.stop();
    let said = world.refused_enforcer(&["--controller", &controller.url()]);
    assert!(said.contains("does not answer") && said.contains("portcullis serve"), "{said}");
    assert!(world.uplinks().is_empty());
}

#[test]
fn a_controller_that_lost_its_documents_takes_none_away() {
    let Some((mut world, mut controller)) = following(&[]) else { return };
    for text in [&without_http(), DOCUMENT] {
        let saved = controller.save(text);
        world.wait_for_log(&format!("enforcing revision {saved} from now on"));
    }
    controller.stop();
    let store = controller.lose_store();
    controller.start_again(&without_http());
    world.wait_for_log("revision 3 stays in force: the controller offers revision 1 of the document");
    assert!(passes(&world));
    let refused =
        |report: &serde_json::Value| report["refused"].as_str().is_some_and(|why| why.contains("offers revision 1"));
    controller.heard("hv1", "what it refuses", refused);
    // Nor is another document of the same number the one that is enforced; it is no other way after a restart.
    while controller.save(&without_http()) < 3 {}
    world.wait_for_log("revision 3 stays in force: the controller offers another revision 3 of the document");
    world.end_enforcer(Signal::SIGKILL);
    start(&mut world, &controller, &[]);
    assert!(world.log().contains("enforcing revision 3 from `"), "{}", world.log());
    let refused =
        |report: &serde_json::Value| report["refused"].as_str().is_some_and(|why| why.contains("another revision 3"));
    controller.heard("hv1", "that it refuses it again", refused);
    assert!(passes(&world));
    // The disk is found.
    controller.stop();
    controller.exchange_store(store);
    controller.start_again(&without_http());
    controller.heard("hv1", "that nothing is refused", |report| report["refused"].is_null());
    assert!(passes(&world));
}

#[test]
fn what_is_no_controller_is_named() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    for (answer, why) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "/api/v1/document` answers 404 Not Found"),
        ("HTTP/1.1 304 Not Modified\r\n\r\n", "/api/v1/document` answers 304 Not Modified"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "its answer has no `revision` and `document`"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "expected value at line 1"),
        ("SSH-2.0-OpenSSH_9.2p1\r\n", "does not answer"),
    ] {
        let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", stranger.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = stranger.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let said = world.refused_enforcer(&["--controller", &url]);
        assert!(said.contains(&url) && said.contains(why) && said.contains("mend `--controller URL`"), "{said}");
        thread.join().unwrap();
    }
    assert!(world.uplinks().is_empty());
}

#[test]
fn the_way_to_the_controller_leads_through_no_proxy() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let controller = Controller::start(DOCUMENT);
    let mut command = world.command(&["--controller", &controller.url()]);
    command.env("http_proxy", "http://127.0.0.1:1").env_remove("no_proxy");
    world.start_enforcer_as(command);
    assert!(passes(&world));
}
