//! Finds what building and testing need, and installs what is missing.
//!
//! Every tool is looked for first, so that a second run only looks. Exact versions are asked for where
//! another one breaks the build: wasm-bindgen must equal the crate in Cargo.lock, Debian's binaryen 108
//! writes modules that fail at start, and Trunk 0.22 needs a newer compiler.

mod debian;
mod guest;
mod npm;
mod programs;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};

pub(crate) use debian::install_packages;
pub(crate) use npm::AXE_CORE;
pub(crate) use programs::is_root;

use crate::progress::spoken;
use crate::wasm_toolchain::WasmToolchain;
use crate::workspace::Workspace;

/// Something that must be there before a build or a test can run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// The formatter.
    Rustfmt,
    /// The linter.
    Clippy,
    /// The standard library for the browser.
    WasmTarget,
    /// The generator of JavaScript bindings and the runner of tests in the browser.
    WasmBindgen,
    /// The builder of the console.
    Trunk,
    /// The divider of WebAssembly into what is loaded at once and what later.
    WasmSplit,
    /// Node.js with npm, which the two below come from and run on.
    Node,
    /// The optimiser of WebAssembly.
    WasmOpt,
    /// The accessibility checker of the browser tests.
    AxeCore,
    /// Chromium with its driver.
    Browser,
    /// What the bridge tests start.
    NetworkTools,
    /// A systemd to boot in a container.
    Systemd,
    /// QEMU with what it boots.
    Guest,
    /// The fuzzer.
    Afl,
    /// The planter of faults.
    Mutants,
    /// The interpreter that sees undefined behaviour.
    Miri,
    /// The counter of instructions.
    Valgrind,
}

impl Tool {
    /// What the console and the binaries are built with.
    pub(crate) const TO_BUILD: &[Self] =
        &[Self::WasmTarget, Self::WasmBindgen, Self::Trunk, Self::WasmSplit, Self::Node, Self::WasmOpt];

    /// All that builds and tests need. Without the guest, which not every machine can have, only its step is left out.
    pub(crate) const ALL: &[Self] = &[
        Self::Rustfmt,
        Self::Clippy,
        Self::WasmTarget,
        Self::WasmBindgen,
        Self::Trunk,
        Self::WasmSplit,
        Self::Node,
        Self::WasmOpt,
        Self::AxeCore,
        Self::Browser,
        Self::NetworkTools,
        Self::Systemd,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Rustfmt => "rustfmt",
            Self::Clippy => "clippy",
            Self::WasmTarget => "wasm32 target",
            Self::WasmBindgen => "wasm-bindgen",
            Self::Trunk => "trunk",
            Self::WasmSplit => "wasm-split",
            Self::Node => "node",
            Self::WasmOpt => "wasm-opt",
            Self::AxeCore => "axe-core",
            Self::Browser => "chromium",
            Self::NetworkTools => "network tools",
            Self::Systemd => "systemd",
            Self::Guest => "guest",
            Self::Afl => "afl++",
            Self::Mutants => "cargo-mutants",
            Self::Miri => "miri",
            Self::Valgrind => "valgrind",
        }
    }

    /// Where it comes from and, on two cores, how long that takes.
    fn source(self) -> &'static str {
        match self {
            Self::Rustfmt | Self::Clippy | Self::WasmTarget | Self::Miri => {
                "rustup (static.rust-lang.org), some seconds"
            }
            Self::WasmSplit => "crates.io, compiled here, about 1 min",
            Self::WasmBindgen | Self::Afl | Self::Mutants => "crates.io, compiled here, about 2 min",
            Self::Trunk => "crates.io, compiled here, about 3 min",
            Self::WasmOpt | Self::AxeCore => "npm (registry.npmjs.org), some seconds",
            Self::Node | Self::Browser | Self::NetworkTools | Self::Systemd | Self::Valgrind => {
                "the system's packages, about 1 min"
            }
            Self::Guest => "Debian's packages, unpacked in `.tools`, about 1 min",
        }
    }

    /// What is there, as text for people, if it is what is needed.
    fn find(self, workspace: &Workspace) -> Option<String> {
        match self {
            Self::Rustfmt => programs::version_of(workspace, "cargo", &["fmt", "--version"]),
            Self::Clippy => programs::version_of(workspace, "cargo", &["clippy", "--version"]),
            Self::WasmTarget => WasmToolchain::find(workspace).map(|toolchain| match toolchain {
                WasmToolchain::Rustup => "from rustup".to_owned(),
                WasmToolchain::Debian(folder) => {
                    format!("Debian's compiler in {}", folder.display())
                }
            }),
            Self::WasmBindgen => programs::find_wasm_bindgen(workspace),
            Self::Trunk => programs::find_trunk(workspace),
            Self::WasmSplit => programs::find_wasm_split(workspace),
            Self::Node => programs::version_of(workspace, "npm", &["--version"])
                .and_then(|_| programs::version_of(workspace, "node", &["--version"])),
            Self::WasmOpt => npm::find_wasm_opt(workspace),
            Self::AxeCore => npm::find_axe_core(workspace),
            Self::Browser => debian::find_all(workspace, debian::BROWSER),
            Self::NetworkTools => debian::find_all(workspace, debian::NETWORK_TOOLS),
            Self::Systemd => debian::find_all(workspace, debian::SYSTEMD),
            Self::Guest => guest::find(workspace),
            Self::Afl => programs::find_afl(workspace),
            Self::Mutants => programs::find_mutants(workspace),
            Self::Miri => programs::version_of(workspace, "cargo", &["+nightly", "miri", "--version"]),
            Self::Valgrind => programs::version_of(workspace, "valgrind", &["--version"]),
        }
    }

    fn install(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Rustfmt => programs::install_component(workspace, "rustfmt"),
            Self::Clippy => programs::install_component(workspace, "clippy"),
            Self::WasmTarget => WasmToolchain::install(workspace),
            Self::WasmBindgen => programs::install_wasm_bindgen(workspace),
            Self::Trunk => programs::install_trunk(workspace),
            Self::WasmSplit => programs::install_wasm_split(workspace),
            Self::Node => debian::install_packages(workspace, &["nodejs", "npm"]),
            Self::WasmOpt => npm::install_wasm_opt(workspace),
            Self::AxeCore => npm::install_axe_core(workspace),
            Self::Browser => debian::install_missing(workspace, debian::BROWSER),
            Self::NetworkTools => debian::install_missing(workspace, debian::NETWORK_TOOLS),
            Self::Systemd => debian::install_missing(workspace, debian::SYSTEMD),
            Self::Guest => guest::install(workspace),
            Self::Afl => programs::install_afl(workspace),
            Self::Mutants => programs::install_mutants(workspace),
            Self::Miri => programs::install_miri(workspace),
            Self::Valgrind => debian::install_packages(workspace, &["valgrind"]),
        }
    }
}

/// Installs those of the tools that are missing, and says which were there.
pub(crate) fn ensure(workspace: &Workspace, tools: &[Tool]) -> Result<()> {
    for tool in tools {
        let name = tool.name();
        if let Some(found) = tool.find(workspace) {
            println!("  present     {name:<14} {found}");
            continue;
        }
        println!("  installing  {name:<14} from {}", tool.source());
        let start = Instant::now();
        tool.install(workspace).with_context(|| format!("cannot install {name} from {}", tool.source()))?;
        match tool.find(workspace) {
            Some(found) => println!("  installed   {name:<14} {found}, in {}", spoken(start.elapsed())),
            None => bail!("{name} was installed but is not what is needed; remove `.tools` and try again"),
        }
    }
    Ok(())
}

/// Where the output of an installation goes.
pub(crate) fn log(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.path(".tools/log").join(name).with_extension("log")
}
