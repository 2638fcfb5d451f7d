//! `portcullis top` against the enforcer of a lab. Needs root; without it the tests say that they were skipped.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_portcullis");

/// `nobody`, who is neither root nor the enforcer's user.
const NOBODY: u32 = 65_534;

/// A lab; taken down when it is dropped.
struct Lab(String);

impl Lab {
    fn up() -> Option<Lab> {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("SKIPPED: a lab needs root");
            return None;
        }
        let lab = Lab(format!("top-{}", std::process::id()));
        let output = run(&["lab", "--name", &lab.0, "up"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(lab)
    }

    fn socket(&self) -> String {
        format!("/run/portcullis/{0}/state/{0}.sock", self.0)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        run(&["lab", "--name", &self.0, "down"]);
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_enforcer_of_a_lab_is_shown() {
    let Some(lab) = Lab::up() else { return };
    let curl = run(&["lab", "--name", &lab.0, "exec", "outside", "curl", "--silent", "http://192.0.2.10/"]);
    assert!(curl.status.success(), "{curl:?}");
    for choice in [["--node", &lab.0], ["--socket", &lab.socket()]] {
        // Standard output is a pipe, so one table is printed either way.
        for options in [&["top", "--once"][..], &["top"]] {
            let output = run(&[options, &choice].concat());
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{output:?}");
            assert!(text.starts_with(&format!("{}: revision 1, ", lab.0)), "{text}");
            for part in ["VNIC", "pcl-web", "RULE", "web-http", "; latency "] {
                assert!(text.contains(part), "`{part}` is not in\n{text}");
            }
        }
    }
    let said = refused(&run(&["top", "--node", "nobody-is-called-so"]));
    assert!(said.contains("no enforcer here is called `nobody-is-called-so`, but there is ") && said.contains(&lab.0));
    let said = refused(&Command::new(PROGRAM).args(["top", "--socket", &lab.socket()]).uid(NOBODY).output().unwrap());
    assert!(said.contains("put `sudo` in front"), "{said}");
}

#[test]
fn a_socket_that_is_not_there_is_said() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nowhere.sock");
    let said = refused(&run(&["top", "--socket", &folder.to_string_lossy()]));
    assert!(said.contains("there is no socket") && said.contains("start the enforcer"), "{said}");
}
