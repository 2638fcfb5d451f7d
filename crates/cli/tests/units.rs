//! The unit files of `packaging/systemd`: systemd understands them, and the programs understand how they are called.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// This program; it is the enforcer too.
const PROGRAM: &str = env!("CARGO_BIN_EXE_portcullis");

/// What `systemd-analyze security` gives a unit at most, in tenths: 0 is enclosed, 100 is not (systemd-analyze(1)).
const EXPOSURE: [(&str, u32); 2] = [("portcullis-enforcer.service", 25), ("portcullis.service", 15)];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/systemd")
}

fn unit(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// The commands that a unit starts, as words, without the resets; of a shell's the first.
fn commands<'u>(unit: &'u str) -> Vec<Vec<String>> {
    let starts =
        |line: &'u str| line.strip_prefix("ExecStart=").or_else(|| line.strip_prefix("ExecReload=/bin/sh -c '"));
    let values = unit.lines().filter_map(starts).filter_map(|value| value.split(" & ").next());
    let values = values.filter(|value| !value.is_empty());
    values.map(|value| value.split_whitespace().map(str::to_owned).collect()).collect()
}

/// What this program's help says of a command of a unit.
fn help(words: &[String]) -> String {
    let command = match words[0].as_str() {
        "/usr/bin/portcullis-enforcer" => "enforce",
        "/usr/bin/portcullis" => words[1].as_str(),
        other => panic!("`{other}` is not ours"),
    };
    let output = Command::new(PROGRAM).args([command, "--help"]).output().unwrap();
    assert!(output.status.success(), "{command}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_programs_have_every_option_that_units_give_them() {
    for name in [
        "portcullis-enforcer.service",
        "portcullis-enforcer.service.d/10-example.conf",
        "portcullis-enforcer.service.d/20-take-over.conf",
        "portcullis.service",
    ] {
        let commands = commands(&unit(name));
        assert_eq!(commands.len(), 1, "{name}");
        for words in &commands {
            let help = help(words);
            let options: Vec<&String> = words.iter().filter(|word| word.starts_with("--")).collect();
            assert!(options.len() > 1, "{name}: {words:?}");
            for option in options {
                let known =
                    help.split(|other: char| !other.is_ascii_lowercase() && other != '-').any(|word| word == option);
                assert!(known, "{name}: `{option}` is no option of {words:?}");
            }
        }
    }
}

/// The unit with this program in the place of the installed ones, as systemd wants programs to exist.
fn place(name: &str, into: &Path) -> PathBuf {
    let text = unit(name)
        .replace("/usr/bin/portcullis-enforcer", &format!("{PROGRAM} enforce"))
        .replace("/usr/bin/portcullis ", &format!("{PROGRAM} "));
    let path = into.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn systemd_finds_no_fault_and_little_exposed() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return eprintln!("SKIPPED: this test asks `systemd-analyze`, which is in Debian's package `systemd`");
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("units");
    place("portcullis-enforcer.service.d/10-example.conf", &folder);
    place("portcullis-enforcer.service.d/20-take-over.conf", &folder);
    for (name, exposure) in EXPOSURE {
        let path = place(name, &folder);
        let verify = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&verify.stderr);
        assert!(verify.status.success() && !said.contains(name), "{name}: {said}");
        let threshold = format!("--threshold={exposure}");
        let arguments = ["security", "--offline=true", "--no-pager", &threshold];
        let security = Command::new("systemd-analyze").args(arguments).arg(&path).output().unwrap();
        assert!(security.status.success(), "{name}: {}", String::from_utf8_lossy(&security.stdout));
    }
}
