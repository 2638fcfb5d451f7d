//! The pipelines of the docs, run as they stand there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use analysis::assertion::Assertion;

const PAGE: &str = include_str!("../../../docs/policy-in-ci.md");
const SAMPLE: &str = include_str!("../../../public/samples/three-tier.yaml");

/// What stands between fences of a language, one text for each.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    PAGE.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap_or(rest)).collect()
}

/// A repository as the page means it, with a change that is not committed and opens a port.
fn repository() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("repository");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the one before can go");
    }
    fs::create_dir_all(folder.join("scenarios")).expect("the folder for tests can be written");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file of it can be written");
    write("base.yaml", SAMPLE);
    write("portcullis.yaml", SAMPLE);
    shell(&folder, "git init -q && git add . && git -c user.name=test -c user.email=test@localhost commit -q -m first");
    write("portcullis.yaml", &SAMPLE.replace("\"80,443\"", "\"80,443,8443\""));
    write("promises.txt", "deny internet -> group:db\nunchanged\n  except any -> group:web tcp 8443\n");
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios/rules.yaml");
    write("scenarios/one.yaml", &fs::read_to_string(scenario).expect("a scenario is there"));
    folder
}

/// The lines of the page's pipelines that call the command.
fn calls() -> impl Iterator<Item = &'static str> {
    let lines = blocks("yaml").into_iter().flat_map(str::lines).map(str::trim);
    let commands = lines.map(|line| line.trim_start_matches("run: ").trim_start_matches("entry: "));
    commands.filter(|line| line.starts_with("portcullis ") || line.starts_with("bash -c 'portcullis "))
}

/// Runs a line in a folder, with the command on the path.
fn shell(folder: &Path, line: &str) {
    let program = Path::new(env!("CARGO_BIN_EXE_portcullis")).parent().expect("it is in a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("there is a path"));
    let output = Command::new("sh").arg("-c").arg(line).current_dir(folder).env("PATH", &path).output();
    let output = output.expect("a shell is there");
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}:\n{told}");
}

#[test]
fn every_call_of_the_pipelines_works() {
    let folder = repository();
    assert!(calls().count() >= 7, "the page has them");
    for call in calls() {
        // The file is what pre-commit adds.
        shell(&folder, if call == "portcullis check" { "portcullis check portcullis.yaml" } else { call });
    }
    for report in ["promises.xml", "promises.sarif", "scenarios.xml", "findings.sarif", "changes.txt"] {
        assert!(fs::metadata(folder.join(report)).is_ok_and(|found| found.len() > 0), "{report} is written");
    }
}

#[test]
fn the_promises_of_the_page_are_assertions() {
    let [promises] = blocks("text").try_into().expect("one block of promises");
    assert_eq!(Assertion::read(promises).expect("they can be read").len(), 5);
}
