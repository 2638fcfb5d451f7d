use std::net::{SocketAddr, TcpListener};

use controller::{Config, ServeError};
use policy::Faults;

use crate::harness::{bind, config};

fn refused(change: impl FnOnce(&mut Config)) -> ServeError {
    let data = tempfile::tempdir().unwrap();
    let directory = data.path().join("store");
    let mut config = config(&directory, None);
    change(&mut config);
    let error = bind(config).unwrap_err();
    assert!(!directory.exists(), "nothing is made by a start that fails");
    error
}

#[test]
fn only_the_loopback_is_listened_on() {
    let check = |listen: &str, expect: &str| {
        let listen: SocketAddr = listen.parse().unwrap();
        let error = refused(|config| config.listen = listen);
        assert_eq!(error.to_string(), expect);
    };
    check(
        "0.0.0.0:7780",
        "`0.0.0.0:7780` can be reached from other machines, and the API has neither TLS nor authentication yet: \
         use `--listen 127.0.0.1:7780`",
    );
    check(
        "[::]:7780",
        "`[::]:7780` can be reached from other machines, and the API has neither TLS nor authentication yet: \
         use `--listen 127.0.0.1:7780`",
    );
}

#[test]
fn a_port_in_use_is_named_with_the_fix() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = refused(|config| config.listen = address);
    assert!(matches!(error, ServeError::InUse(found) if found == address), "{error:?}");
    assert!(error.to_string().contains("choose another port, such as `--listen 127.0.0.1:"), "{error}");
}

#[test]
fn a_directory_without_a_console_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let error = refused(|config| config.console = Some(empty.path().to_owned()));
    assert!(error.to_string().contains("has no `index.html`: build the console with `cargo xtask web`"), "{error}");
}

#[test]
fn the_store_of_another_server_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    let _open = store::Store::open(data.path()).unwrap();
    let error = bind(config(data.path(), None)).unwrap_err();
    assert!(error.to_string().contains("in use by another `portcullis serve`"), "{error}");
}

#[test]
fn a_first_document_with_faults_is_not_saved() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path(), None);
    // The profile demands a group for each vnic.
    let text = "version: 1\nnetworks: [{id: lan, subnets: [{prefix: 192.0.2.0/24}]}]\n\
        instances: [{id: web, vnics: [{network: lan, mac: '52:54:00:00:00:0a', addresses: [192.0.2.10], groups: []}]}]\n";
    (config.seed, _) = policy::Document::read(text);
    match bind(config) {
        Err(ServeError::Seed(Faults(faults))) => assert!(!faults.is_empty()),
        other => panic!("{other:?}"),
    }
    assert_eq!(store::Store::open(data.path()).unwrap().current().unwrap(), None);
}
