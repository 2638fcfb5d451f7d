//! The rules of the house, checked on the manifests and the sources themselves.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// Which of our crates each crate may build upon. A new crate needs a row.
const ARROWS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("policy", &["wire"]),
    ("conntrack", &["wire"]),
    ("engine", &["wire", "policy", "conntrack"]),
    ("analysis", &["wire", "policy"]),
    ("oracle", &["wire", "policy", "conntrack", "engine"]),
    ("capture", &[]),
    ("datapath", &["capture"]),
    ("enforcer", &["wire", "policy", "conntrack", "engine", "oracle", "capture", "datapath"]),
    ("store", &["policy"]),
    ("controller", &["policy", "engine", "store"]),
    ("cli", &["wire", "policy", "conntrack", "engine", "analysis", "capture", "enforcer", "store", "controller"]),
    ("web", &["wire", "policy", "conntrack", "engine", "analysis", "capture"]),
    ("wasm", &["wire", "policy", "conntrack", "engine"]),
    ("xtask", &[]),
    ("diagrams", &["wire", "policy"]),
    ("namespaces", &[]),
    (
        "e2e",
        &[
            "wire",
            "policy",
            "conntrack",
            "engine",
            "analysis",
            "oracle",
            "capture",
            "datapath",
            "enforcer",
            "store",
            "controller",
            "cli",
            "namespaces",
        ],
    ),
    ("bench", &["wire", "policy", "conntrack", "engine", "analysis", "datapath", "diagrams", "namespaces"]),
    ("fuzz", &["wire", "policy", "conntrack", "engine", "oracle", "e2e"]),
];

/// Crates that an outside crate is kept to.
const KEPT_TO: &[(&str, &str)] = &[
    ("pnet_packet", "wire"),
    ("pnet_datalink", "datapath"),
    ("libc", "datapath"),
    ("redb", "store"),
    ("leptos", "web"),
    ("biodivine-lib-bdd", "diagrams"),
];

const PURE: &[&str] = &["wire", "policy", "conntrack", "engine", "analysis", "oracle"];

/// What no line of a pure crate says; all the words of a row together.
const IMPURE: &[&[&str]] = &[
    &["std::time", "Instant"],
    &["SystemTime"],
    &["std::fs"],
    &["std::io"],
    &["std::env"],
    &["std::process"],
    &["std::net", "Tcp"],
    &["std::net", "Udp"],
    &["thread::"],
    &["cfg(target"],
    &["cfg(feature"],
    &["println!"],
];

/// The methods that the lints of a pure crate refuse.
const BANNED: &[&str] = &["std::time::Instant::now", "std::time::SystemTime::now", "std::thread::spawn"];

/// The one crate that may turn the workspace's ban on `unsafe` into a lint of its own.
const RAW: &str = "datapath";

const LONGEST_FILE: usize = 500;

#[test]
fn arrows_between_crates_point_from_the_used_to_the_user() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut faults = Vec::new();
    for package in &packages {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
            faults.push(format!("`{}` has no row in ARROWS", package.name));
            continue;
        };
        for used in package.ships_with() {
            if ours.contains(used) && !allowed.contains(&used) {
                faults.push(format!("`{}` may not build upon `{used}`, only upon {allowed:?}", package.name));
            }
        }
    }
    check(&faults);
}

#[test]
fn outside_crates_stay_behind_the_crate_that_wraps_them() {
    let mut faults = Vec::new();
    for package in packages() {
        for (outside, keeper) in KEPT_TO {
            if package.name != *keeper && package.ships_with().any(|used| used == *outside) {
                faults.push(format!("`{}` names `{outside}`, which only `{keeper}` may", package.name));
            }
        }
    }
    check(&faults);
}

#[test]
fn unsafe_code_is_forbidden_everywhere_but_at_the_raw_sockets() {
    let mut faults = Vec::new();
    for package in packages() {
        let manifest = read(&package.manifest_path);
        // Its lints say `forbid`, which no crate can lift in its sources.
        if package.name != RAW && !manifest.contains("[lints]\nworkspace = true\n") {
            faults.push(format!("`{}` does not obey the lints of the workspace", package.name));
        }
        if package.name == RAW && !manifest.contains("undocumented_unsafe_blocks") {
            faults.push(format!("`{}` may leave out why unsafe code is sound", package.name));
        }
    }
    check(&faults);
}

#[test]
fn pure_crates_have_no_clock_no_files_no_sockets_and_no_threads() {
    let mut faults = Vec::new();
    for package in packages().iter().filter(|package| PURE.contains(&package.name.as_str())) {
        if !package.features.is_empty() {
            faults.push(format!("`{}` has cargo features", package.name));
        }
        for path in sources(&package.folder().join("src")) {
            for (index, line) in read(&path).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for words in IMPURE.iter().filter(|words| words.iter().all(|word| code.contains(word))) {
                    faults.push(format!("{}:{}: a pure crate says `{}`", path.display(), index + 1, words.join("…")));
                }
            }
        }
    }
    check(&faults);
}

#[test]
fn lints_of_pure_crates_ban_the_clock_and_threads() {
    let mut faults = Vec::new();
    for name in PURE {
        let path = root().join("crates").join(name).join("clippy.toml");
        let text = fs::read_to_string(&path).unwrap_or_default();
        for method in BANNED.iter().filter(|method| !text.contains(*method)) {
            faults.push(format!("{}: does not ban `{method}`", path.display()));
        }
    }
    check(&faults);
}

#[test]
fn no_source_file_is_longer_than_it_can_be_read() {
    let mut faults = Vec::new();
    for package in packages() {
        for path in sources(&package.folder()) {
            let lines = read(&path).lines().count();
            if lines > LONGEST_FILE {
                faults.push(format!("{}: {lines} lines; split it by concept", path.display()));
            }
        }
    }
    check(&faults);
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    features: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Absent for what a build needs; `dev` for what only tests do.
    kind: Option<String>,
}

impl Package {
    fn folder(&self) -> PathBuf {
        self.manifest_path.parent().expect("a manifest is in a folder").to_owned()
    }

    /// What it needs outside its tests.
    fn ships_with(&self) -> impl Iterator<Item = &str> {
        self.dependencies.iter().filter(|used| used.kind.as_deref() != Some("dev")).map(|used| used.name.as_str())
    }
}

/// The crates of this workspace.
fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).expect("cargo prints metadata");
    metadata.packages
}

/// The Rust and style files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a crate has files") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "css") {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn check(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
