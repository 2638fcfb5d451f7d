//! Programs from crates.io and components from rustup.

use std::time::Duration;

use anyhow::Result;

use super::log;
use crate::progress::run_logged;
use crate::workspace::Workspace;

/// The newest that the project's oldest compiler builds: 0.22 needs rustc 1.96.
const TRUNK: &str = "0.21.14";
/// What `wasm_split` in the console's code is made for.
const WASM_SPLIT: &str = "0.2.4";
const WASM_SPLIT_PACKAGE: &str = "wasm_split_cli_support";
/// What a score depends on: other versions plant other faults.
const MUTANTS: &str = "27.1.0";
const COMPONENT_LIMIT: Duration = Duration::from_secs(300);
const COMPILE_LIMIT: Duration = Duration::from_secs(30 * 60);

/// The first line that a program prints about its version, if it runs.
pub(super) fn version_of(workspace: &Workspace, program: &str, arguments: &[&str]) -> Option<String> {
    let output = workspace.command(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).lines().next()?.trim().to_owned();
    output.status.success().then_some(text)
}

/// The wasm-bindgen program and its test runner, both of the version of the crate.
pub(super) fn find_wasm_bindgen(workspace: &Workspace) -> Option<String> {
    let wanted = workspace.locked_version("wasm-bindgen").ok()?;
    let runner = version_of(workspace, "wasm-bindgen-test-runner", &["--version"])?;
    let program = version_of(workspace, "wasm-bindgen", &["--version"])?;
    let is_wanted = |found: &str| found.split_whitespace().nth(1) == Some(wanted.as_str());
    (is_wanted(&runner) && is_wanted(&program)).then_some(program)
}

pub(super) fn install_wasm_bindgen(workspace: &Workspace) -> Result<()> {
    let version = workspace.locked_version("wasm-bindgen")?;
    // Unoptimised it takes four times as long, and it runs once for every test binary.
    install_program(workspace, "wasm-bindgen-cli", &version, &[], Profile::Release)
}

pub(super) fn find_trunk(workspace: &Workspace) -> Option<String> {
    version_of(workspace, "trunk", &["--version"]).filter(|found| found.split_whitespace().nth(1) == Some(TRUNK))
}

pub(super) fn install_trunk(workspace: &Workspace) -> Result<()> {
    // Optimising it takes six minutes more, and it only starts other programs.
    install_program(workspace, "trunk", TRUNK, &[], Profile::Debug)
}

/// It does not tell its version, but cargo knows what it installed.
pub(super) fn find_wasm_split(workspace: &Workspace) -> Option<String> {
    let mut cargo = workspace.command("cargo");
    let output = cargo.args(["install", "--list", "--root"]).arg(workspace.path(".tools")).output().ok()?;
    let wanted = format!("{WASM_SPLIT_PACKAGE} v{WASM_SPLIT}");
    let installed = String::from_utf8_lossy(&output.stdout).lines().any(|line| line.trim_end_matches(':') == wanted);
    installed.then_some(wanted)
}

pub(super) fn install_wasm_split(workspace: &Workspace) -> Result<()> {
    install_program(workspace, WASM_SPLIT_PACKAGE, WASM_SPLIT, &["build-binary"], Profile::Debug)
}

/// AFL++ for the compiler at hand: its runtime is built for one compiler.
pub(super) fn find_afl(workspace: &Workspace) -> Option<String> {
    let version = version_of(workspace, "cargo", &["afl", "--version"])?;
    // Help ends with an error, but without the runtime there is none.
    let help = workspace.command("cargo").args(["afl", "showmap", "-h"]).output().ok()?;
    let wanted = workspace.locked_version("afl").ok()?;
    Some(version).filter(|found| !help.stdout.is_empty() && found.split_whitespace().nth(1) == Some(wanted.as_str()))
}

pub(super) fn install_afl(workspace: &Workspace) -> Result<()> {
    install_program(workspace, "cargo-afl", &workspace.locked_version("afl")?, &[], Profile::Debug)?;
    let mut cargo = workspace.command("cargo");
    cargo.args(["afl", "config", "--build", "--force"]);
    run_logged(&mut cargo, "cargo afl config", &log(workspace, "afl"), COMPILE_LIMIT)
}

pub(super) fn find_mutants(workspace: &Workspace) -> Option<String> {
    let found = version_of(workspace, "cargo", &["mutants", "--version"])?;
    Some(found).filter(|found| found.split_whitespace().nth(1) == Some(MUTANTS))
}

pub(super) fn install_mutants(workspace: &Workspace) -> Result<()> {
    install_program(workspace, "cargo-mutants", MUTANTS, &[], Profile::Debug)
}

pub(super) fn install_component(workspace: &Workspace, component: &str) -> Result<()> {
    let mut rustup = workspace.command("rustup");
    rustup.args(["component", "add", component]);
    run_logged(&mut rustup, "rustup component add", &log(workspace, component), COMPONENT_LIMIT)
}

/// Only nightly toolchains have it.
pub(super) fn install_miri(workspace: &Workspace) -> Result<()> {
    let mut rustup = workspace.command("rustup");
    rustup.args(["toolchain", "install", "nightly", "--profile", "minimal", "--component", "miri,rust-src"]);
    run_logged(&mut rustup, "rustup toolchain install", &log(workspace, "miri"), COMPONENT_LIMIT)
}

/// Whether this process may install packages and make network namespaces.
pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// How much time a program's compilation may take.
enum Profile {
    Debug,
    Release,
}

fn install_program(
    workspace: &Workspace,
    package: &str,
    version: &str,
    features: &[&str],
    profile: Profile,
) -> Result<()> {
    let mut cargo = workspace.command("cargo");
    cargo.args(["install", "--locked", "--force", "--root"]);
    cargo.arg(workspace.path(".tools"));
    match profile {
        Profile::Debug => cargo.arg("--debug").env("CARGO_PROFILE_DEV_DEBUG", "0"),
        Profile::Release => &mut cargo,
    };
    cargo.arg(format!("{package}@{version}"));
    cargo.args(features.iter().flat_map(|feature| ["--features", feature]));
    // These are for the project's code.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET").env_remove("CARGO_TARGET_DIR");
    let label = format!("cargo install {package}");
    run_logged(&mut cargo, &label, &log(workspace, package), COMPILE_LIMIT)
}
