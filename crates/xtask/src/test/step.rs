//! The steps of a test run, in the order in which they are run: cheap ones first.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use super::tally::Tally;
use super::target::{Need, Target};
use crate::licences;
use crate::setup::{self, Tool};
use crate::wasm_toolchain::{self, TARGET, WasmToolchain};
use crate::web::{self, Optimisation};
use crate::workspace::Workspace;

/// The crates that are built for the browser only.
const BROWSER_CRATES: [&str; 2] = ["wasm", "web"];

/// One named part of the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Step {
    /// All code is formatted.
    Fmt,
    /// All dependencies have licences that `deny.toml` allows.
    Licences,
    /// No lints in the native crates.
    Clippy,
    /// No lints in the crates for the browser.
    ClippyWasm,
    /// Unit, law, scenario and differential tests, and the packet vectors.
    Unit,
    /// Tests of the browser's crates, in headless Chromium.
    Wasm,
    /// A release of the console, within its budget.
    Console,
    /// A release of the binaries, which the next steps drive.
    Binaries,
    /// Tests in network namespaces and in the lab, as root.
    Bridge,
    /// Tests of a real virtual machine behind the enforcer, as root.
    Vm,
    /// The shipped units under a systemd in a container, as root.
    Systemd,
    /// The served console in a browser, end to end.
    Browser,
}

impl Step {
    /// What it is called on the command line.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What it proves, as `cargo xtask help test` says it.
    pub(super) fn about(self) -> String {
        self.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    /// Whether it needs neither a browser nor a release build.
    pub(super) fn is_fast(self) -> bool {
        matches!(self, Self::Fmt | Self::Licences | Self::Clippy | Self::Unit)
    }

    /// The step itself and those whose results it uses.
    pub(super) fn with_prerequisites(self) -> &'static [Self] {
        match self {
            Self::Fmt => &[Self::Fmt],
            Self::Licences => &[Self::Licences],
            Self::Clippy => &[Self::Clippy],
            Self::ClippyWasm => &[Self::ClippyWasm],
            Self::Unit => &[Self::Unit],
            Self::Wasm => &[Self::Wasm],
            Self::Console => &[Self::Console],
            Self::Binaries => &[Self::Console, Self::Binaries],
            Self::Bridge => &[Self::Console, Self::Binaries, Self::Bridge],
            Self::Vm => &[Self::Vm],
            Self::Systemd => &[Self::Systemd],
            Self::Browser => &[Self::Console, Self::Binaries, Self::Browser],
        }
    }

    pub(super) fn tools(self) -> &'static [Tool] {
        match self {
            Self::Fmt => &[Tool::Rustfmt],
            Self::Clippy => &[Tool::Clippy],
            Self::ClippyWasm => &[Tool::Clippy, Tool::WasmTarget],
            Self::Licences | Self::Unit | Self::Binaries => &[],
            Self::Wasm => &[Tool::WasmTarget, Tool::WasmBindgen, Tool::Node, Tool::Browser],
            Self::Console => Tool::TO_BUILD,
            Self::Bridge | Self::Vm => &[Tool::NetworkTools],
            Self::Systemd => &[Tool::NetworkTools, Tool::Systemd],
            Self::Browser => &[Tool::Node, Tool::AxeCore, Tool::Browser, Tool::NetworkTools],
        }
    }

    /// Why it cannot be run here, with what to do about it.
    pub(super) fn obstacle(self, workspace: &Workspace) -> Option<String> {
        if matches!(self, Self::Bridge | Self::Vm | Self::Systemd) && !setup::is_root() {
            return Some(format!("needs root: sudo -E env \"PATH=$PATH\" cargo xtask test {}", self.name()));
        }
        if self == Self::Vm {
            let missing = setup::ensure(workspace, &[Tool::Guest]).err();
            return missing.map(|error| format!("there is no virtual machine: {error:#}"));
        }
        None
    }

    /// Runs it with its output in sight, and counts the tests in it.
    pub(super) fn run(self, workspace: &Workspace, tally: &mut Tally) -> Result<()> {
        match self {
            Self::Fmt => run(workspace.command("cargo").args(["fmt", "--all", "--check"]), tally),
            Self::Licences => licences::check(workspace),
            Self::Clippy => {
                let mut clippy = on_native_crates(workspace, "clippy");
                run(clippy.args(["--all-targets", "--all-features", "--", "-D", "warnings"]), tally)
            }
            Self::ClippyWasm => lint_browser_crates(workspace, tally),
            Self::Unit => {
                let mut programs = on_native_crates(workspace, "test");
                programs.args(["--lib", "--bins"]);
                for target in Target::find(workspace, Need::Nothing, &BROWSER_CRATES)? {
                    programs.args(target.arguments());
                }
                run(&mut programs, tally)?;
                run(on_native_crates(workspace, "test").arg("--doc"), tally)
            }
            Self::Wasm => {
                let mut test = workspace.command("cargo");
                wasm_toolchain::require(workspace)?.apply(&mut test);
                test.args(["test", "--target", TARGET]).args(browser_crates());
                run(test.env("CHROMEDRIVER", "chromedriver"), tally)
            }
            Self::Console => web::build(workspace, Optimisation::Release),
            Self::Binaries => run(&mut binaries(workspace), tally),
            Self::Bridge => drive(workspace, Need::Root, tally),
            Self::Vm => drive(workspace, Need::Guest, tally),
            Self::Systemd => drive(workspace, Need::Systemd, tally),
            Self::Browser => drive(workspace, Need::Browser, tally),
        }
    }
}

/// The command that builds the binaries as they are shipped.
pub(crate) fn binaries(workspace: &Workspace) -> Command {
    let mut cargo = workspace.command("cargo");
    cargo.args(["build", "--release", "--bins", "--package", "cli", "--package", "enforcer"]);
    cargo.args(["--features", "cli/console"]);
    cargo
}

/// Runs the tests that start the binaries; the environment tells them what to start.
fn drive(workspace: &Workspace, need: Need, tally: &mut Tally) -> Result<()> {
    let targets = Target::find(workspace, need, &BROWSER_CRATES)?;
    ensure!(!targets.is_empty(), "no crate has such tests");
    let mut test = on_native_crates(workspace, "test");
    for target in &targets {
        test.args(target.arguments());
    }
    test.env("PORTCULLIS_BIN", workspace.built("release/portcullis"));
    test.env("PORTCULLIS_ENFORCER_BIN", workspace.built("release/portcullis-enforcer"));
    test.env("PORTCULLIS_DIST", workspace.path("dist"));
    test.env("PORTCULLIS_AXE", workspace.path(setup::AXE_CORE));
    test.env("CHROMEDRIVER", "chromedriver");
    let threads = match need {
        Need::Nothing | Need::Root | Need::Browser => "--test-threads=1",
        // Each has hosts of its own, and half of the time waits for what must not come.
        Need::Guest | Need::Systemd => "--test-threads=2",
    };
    // A test that finds at run time that it cannot prove anything says so in its output.
    run(test.args(["--", threads, "--show-output"]), tally)
}

fn lint_browser_crates(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let toolchain = wasm_toolchain::require(workspace)?;
    let mut cargo = workspace.command("cargo");
    toolchain.apply(&mut cargo);
    match toolchain {
        WasmToolchain::Rustup => {
            cargo.arg("clippy").args(browser_crates()).args(["--target", TARGET, "--all-targets"]);
            run(cargo.args(["--", "-D", "warnings"]), tally)?;
            // What measures has its own choice of crates for WebAssembly, and nothing else builds it here.
            let mut bench = workspace.command("cargo");
            toolchain.apply(&mut bench);
            bench.args(["clippy", "--package", "bench", "--bin", "bench-wasm", "--target", TARGET]);
            run(bench.args(["--", "-D", "warnings"]), tally)
        }
        WasmToolchain::Debian(_) => {
            println!("  Debian's compiler has no clippy of its own, so this only checks that the crates compile");
            run(cargo.arg("check").args(browser_crates()).args(["--target", TARGET, "--all-targets"]), tally)
        }
    }
}

fn browser_crates() -> impl Iterator<Item = &'static str> {
    BROWSER_CRATES.into_iter().flat_map(|name| ["--package", name])
}

/// Cargo on all native crates: always the same choice, so that every step finds built what another has built.
fn on_native_crates(workspace: &Workspace, verb: &str) -> Command {
    let mut cargo = workspace.command("cargo");
    cargo.args([verb, "--workspace"]);
    cargo.args(BROWSER_CRATES.into_iter().flat_map(|name| ["--exclude", name]));
    cargo
}

/// Runs a command; what it prints is shown at once, by the byte, and its lines are counted.
fn run(command: &mut Command, tally: &mut Tally) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    let shown = format!("{program} {}", arguments.join(" "));
    println!("$ {shown}");
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{program}`"))?;
    let mut output = child.stdout.take().context("the output was not captured")?;
    let mut line = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        let count = output.read(&mut bytes)?;
        if count == 0 {
            break;
        }
        io::stdout().write_all(&bytes[..count])?;
        io::stdout().flush()?;
        for byte in &bytes[..count] {
            match byte {
                b'\n' => tally.read(&String::from_utf8_lossy(&std::mem::take(&mut line))),
                byte => line.push(*byte),
            }
        }
    }
    tally.read(&String::from_utf8_lossy(&line));
    let status = child.wait()?;
    ensure!(status.success(), "`{shown}` ended with {status}");
    Ok(())
}
