//! A writer that is killed at any moment loses nothing that it was told is saved.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use policy::{Document, Profile};
use store::{Change, Store};

const DIRECTORY: &str = "STORE_CRASH_DIRECTORY";

/// The process that is killed: saves for ever and says each revision when it is saved.
#[test]
#[ignore = "runs only as a child of the test below"]
fn writer() {
    let directory = std::env::var(DIRECTORY).expect("the parent names the directory");
    let store = Store::open(Path::new(&directory)).unwrap();
    let mut current = store.current().unwrap().map(|saved| saved.revision);
    loop {
        let revision = current.map_or(1, |current| current.0 + 1);
        let change = Change { saved_at: UNIX_EPOCH, author: String::new(), note: format!("note {revision}") };
        current = Some(store.put(current, &Document::new(Profile::default()), &change).unwrap());
        // Straight to the pipe: the test harness keeps what `println!` writes.
        writeln!(std::io::stdout(), "saved {revision}").unwrap();
    }
}

#[test]
fn a_killed_writer_loses_nothing_that_was_saved() {
    let directory = tempfile::tempdir().unwrap();
    for saves in [1, 2, 3, 5, 8] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writer", "--ignored", "--nocapture", "--test-threads", "1"])
            .env(DIRECTORY, directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("saved ")?.parse::<u64>().ok());
        let last_said = said.by_ref().nth(saves).expect("the writer saves until it is killed");
        child.kill().unwrap();
        let last_said = said.last().unwrap_or(last_said);
        child.wait().unwrap();

        let store = Store::open(directory.path()).unwrap();
        let current = store.current().unwrap().unwrap();
        assert!(current.revision.0 >= last_said, "{} was lost: the newest is {}", last_said, current.revision);
        let history = store.history().unwrap();
        assert_eq!(history.len() as u64, current.revision.0);
        for entry in history {
            assert_eq!(entry.change.note, format!("note {}", entry.revision));
            assert!(store.get(entry.revision).unwrap().is_some(), "{}", entry.revision);
        }
    }
}
