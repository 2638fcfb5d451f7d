use std::os::unix::fs::PermissionsExt;

use conntrack::{Config, Conntrack, Instant, Zone as Number};
use policy::{Document, Policy, Revision, resolve};
use tempfile::TempDir;

use super::*;

const DOCUMENT: &str = "
version: 1
networks:
  - {id: net, subnets: [{prefix: 192.0.2.0/24}]}
  - {id: other, subnets: [{prefix: 192.0.2.0/24}]}
groups: [{id: web, rules: []}]
instances:
  - {id: a, vnics: [{network: net, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web]}]}
  - {id: b, vnics: [{network: net, mac: '52:54:00:00:02:0b', addresses: [192.0.2.11], groups: [web]}]}
";

fn policy(document: &str) -> Policy {
    let (document, faults) = Document::read(document);
    assert!(faults.is_empty(), "{faults:?}");
    resolve(&document, Revision(1)).unwrap()
}

fn vnic<'a>(policy: &'a Policy, id: &str) -> &'a PolicyVnic {
    policy.vnic(policy.vnic_index(&id.parse().unwrap()).unwrap())
}

/// A file with the flows of both vnics, which are none, as they were a moment ago.
fn kept(missed: Missed) -> (TempDir, FlowFile) {
    let directory = tempfile::tempdir().unwrap();
    let file = FlowFile::in_directory(&directory.path().join("state")).unwrap();
    let policy = policy(DOCUMENT);
    let flows = || Conntrack::new(Config::default()).save(Number(0), Instant::from_millis(0));
    let zones = ["a", "b"].map(|id| Zone::of(vnic(&policy, id), flows()));
    file.keep(&zones, file.now(), missed).unwrap();
    (directory, file)
}

#[test]
fn what_was_kept_is_recalled_and_overtaken_from_then_on() {
    let (_directory, file) = kept(Missed::Nothing);
    let policy = policy(DOCUMENT);
    for missed in [Missed::Nothing, Missed::Packets] {
        let mut recalled = file.recall().unwrap().unwrap();
        assert_eq!(recalled.len(), 0);
        let resumed = recalled.take(vnic(&policy, "a")).unwrap().unwrap();
        assert_eq!((resumed.saved.len(), resumed.resumption.missed), (0, missed));
        assert!(recalled.take(vnic(&policy, "a")).unwrap().is_none());
        assert!(recalled.take(vnic(&policy, "b")).unwrap().is_some());
    }
    assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn there_may_be_no_file_yet() {
    let directory = tempfile::tempdir().unwrap();
    assert!(FlowFile::in_directory(directory.path()).unwrap().recall().unwrap().is_none());
}

#[test]
fn a_vnic_that_is_another_one_gets_nothing() {
    let check = |from: &str, to: &str| {
        let (_directory, file) = kept(Missed::Packets);
        let policy = policy(&DOCUMENT.replacen(from, to, 1));
        let error = file.recall().unwrap().unwrap().take(vnic(&policy, "a")).err().unwrap();
        assert_eq!(
            error.to_string(),
            "the flows of `a` are not restored: they were saved for 52:54:00:00:02:0a in network `net`"
        );
    };
    check("52:54:00:00:02:0a", "52:54:00:00:02:0c");
    check("network: net", "network: other");
}

#[test]
fn what_does_not_count_is_told() {
    let check = |change: &dyn Fn(&mut Vec<u8>), expect: &str| {
        let (_directory, file) = kept(Missed::Packets);
        let mut bytes = fs::read(file.path()).unwrap();
        change(&mut bytes);
        fs::write(file.path(), &bytes).unwrap();
        let error = file.recall().err().unwrap().to_string();
        assert!(error.contains(expect), "{error}");
        assert!(error.contains(&file.path().display().to_string()) && error.contains("flows start empty"), "{error}");
        assert_eq!(fs::read(file.path()).unwrap(), bytes, "it is left for who wants to look");
    };
    let text = |bytes: &mut Vec<u8>, from: &str, to: &str| {
        let body = bytes.len() - 4;
        let mut changed = Vec::new();
        let at = bytes.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
        changed.extend([&bytes[..at], to.as_bytes(), &bytes[at + from.len()..body]].concat());
        changed.extend(crc32fast::hash(&changed).to_le_bytes());
        *bytes = changed;
    };
    check(&|bytes| bytes.clear(), "no file of flows");
    check(&|bytes| bytes[0] = b'P', "no file of flows");
    check(&|bytes| bytes.truncate(18), "it is cut after 18 bytes");
    check(&|bytes| bytes.truncate(bytes.len() - 1), "its checksum is wrong");
    check(&|bytes| bytes[40] ^= 1, "its checksum is wrong");
    check(&|bytes| text(bytes, "flows 1", "flows 2"), "it has version 2, and this enforcer reads version 1 only");
    check(&|bytes| text(bytes, "\"boot\":\"", "\"boot\":\"x"), "saved before the host started");
    check(&|bytes| text(bytes, "\"boot\"", "\"boots\""), "its second line does not say what follows: unknown field");
    check(&|bytes| text(bytes, "\"at\":", "\"at\":9"), "from now");
    check(&|bytes| text(bytes, "\"length\":20", "\"length\":21"), "it is cut after");
    check(&|bytes| text(bytes, "\"length\":20", "\"length\":19"), "1 bytes follow the last flow");
    check(&|bytes| text(bytes, "pclflows\u{1}", "pclflows\u{2}"), "vnic `a`: the flows were saved in version 2");
}

/// Whatever a disk does to a file, it is what was written or it is refused.
#[test]
fn no_cut_and_no_flip_passes() {
    let (_directory, file) = kept(Missed::Packets);
    let bytes = fs::read(file.path()).unwrap();
    assert!(file::read(&bytes).is_ok());
    assert!((0..bytes.len()).all(|length| file::read(&bytes[..length]).is_err()));
    for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << bit;
        assert!(file::read(&flipped).is_err(), "bit {bit} of byte {at}");
    }
}

#[test]
fn a_directory_has_one_enforcer() {
    let directory = tempfile::tempdir().unwrap();
    let first = FlowFile::in_directory(directory.path()).unwrap();
    let error = FlowFile::in_directory(directory.path()).err().unwrap();
    assert!(error.to_string().contains("another enforcer keeps its flows in"), "{error}");
    drop(first);
    assert!(FlowFile::in_directory(directory.path()).is_ok());
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let error = FlowFile::in_directory(&file).err().unwrap();
    assert!(error.to_string().contains("name another place with `--state DIR`"), "{error}");
}
