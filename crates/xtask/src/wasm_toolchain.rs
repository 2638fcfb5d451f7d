//! Which compiler builds for the browser, and how to get one.
//!
//! The first choice is the standard library that rustup installs. Where rustup cannot fetch it, Debian's
//! `rustc-web` compiles the standard library from Debian's `rust-web-src`, once, into `.tools`. Clippy
//! belongs to the rustup compiler, so it cannot look at what the Debian compiler has built.

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::progress::run_logged;
use crate::setup;
use crate::workspace::Workspace;

/// What the browser runs, as rustc calls it.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Set to `debian` to use the Debian compiler where rustup's would do.
const CHOICE: &str = "PORTCULLIS_WASM_TOOLCHAIN";
const DEBIAN_COMPILER: &str = "/usr/bin/rustc";
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src";
const FETCH_LIMIT: Duration = Duration::from_secs(300);
const COMPILE_LIMIT: Duration = Duration::from_secs(900);

/// A compiler that builds for the browser.
pub(crate) enum WasmToolchain {
    /// The compiler in use, with rustup's standard library.
    Rustup,
    /// Debian's compiler, at the top of this folder.
    Debian(PathBuf),
}

impl WasmToolchain {
    /// The compiler that is ready to use, if one is.
    pub(crate) fn find(workspace: &Workspace) -> Option<Self> {
        let debian = folder(workspace);
        if !is_debian_forced() && has_standard_library(&mut workspace.command("rustc")) {
            Some(Self::Rustup)
        } else if has_standard_library(&mut Command::new(debian.join("bin/rustc"))) {
            Some(Self::Debian(debian))
        } else {
            None
        }
    }

    /// Gets a compiler that builds for the browser, through rustup if that answers.
    pub(crate) fn install(workspace: &Workspace) -> Result<()> {
        if !is_debian_forced() {
            let mut rustup = workspace.command("rustup");
            rustup.args(["target", "add", TARGET]);
            let log = setup::log(workspace, "rustup");
            match run_logged(&mut rustup, "rustup target add", &log, FETCH_LIMIT) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    eprintln!("  rustup cannot fetch it, so Debian's compiler is taken: {error:#}")
                }
            }
        }
        install_debian(workspace)
    }

    /// Makes a command, and whatever it starts, compile with this compiler.
    pub(crate) fn apply(&self, command: &mut Command) {
        match self {
            Self::Rustup => {}
            Self::Debian(folder) => {
                command.env("RUSTC", folder.join("bin/rustc")).env("RUSTDOC", folder.join("bin/rustdoc"));
            }
        }
    }
}

fn is_debian_forced() -> bool {
    env::var_os(CHOICE).is_some_and(|choice| choice == "debian")
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.path(".tools/wasm-toolchain")
}

fn has_standard_library(rustc: &mut Command) -> bool {
    let Some(libraries) = answer(rustc.args(["--print", "target-libdir", "--target", TARGET])) else {
        return false;
    };
    let Ok(entries) = fs::read_dir(libraries) else {
        return false;
    };
    entries.flatten().any(|entry| is_library(&entry.path(), "libstd-"))
}

fn is_library(path: &Path, start: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(start) && name.ends_with(".rlib")
}

fn install_debian(workspace: &Workspace) -> Result<()> {
    if !Path::new(DEBIAN_COMPILER).exists() || !Path::new(DEBIAN_SOURCES).exists() {
        setup::install_packages(workspace, &["rustc-web", "rust-web-src"])?;
    }
    let lender = answer(workspace.command("rustc").args(["--print", "sysroot"])).context("`rustc` does not run")?;
    let host = answer(workspace.command("rustc").args(["--print", "host-tuple"])).context("`rustc` does not run")?;
    let toolchain = folder(workspace);
    if toolchain.exists() {
        fs::remove_dir_all(&toolchain)?;
    }
    let built = build_standard_library(workspace, Path::new(&lender))?;
    assemble(&toolchain, &built, Path::new(&lender), &host)?;
    fs::remove_dir_all(workspace.path(".tools/wasm-std"))?;
    Ok(())
}

/// Compiles the standard library as a dependency of an empty crate, and returns the folder of libraries.
fn build_standard_library(workspace: &Workspace, lender: &Path) -> Result<PathBuf> {
    let empty = workspace.path(".tools/wasm-std");
    fs::create_dir_all(empty.join("src"))?;
    fs::write(empty.join("src/lib.rs"), "")?;
    let manifest =
        "[package]\nname = \"empty\"\nedition = \"2021\"\n[profile.release]\npanic = \"abort\"\n[workspace]\n";
    fs::write(empty.join("Cargo.toml"), manifest)?;
    let mut cargo = workspace.command(lender.join("bin/cargo"));
    cargo.current_dir(&empty);
    cargo.args(["build", "--release", "--target", TARGET, "--target-dir", "target"]);
    cargo.arg("-Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test");
    // Building the standard library is not stable yet, and Debian's compiler is a stable one.
    cargo.env("RUSTC", DEBIAN_COMPILER).env("RUSTC_BOOTSTRAP", "1");
    // A release of the console optimises over all crates, which takes the bitcode that Cargo leaves out of libraries.
    cargo.env("RUSTFLAGS", "-Cembed-bitcode=yes");
    run_logged(&mut cargo, "standard library", &setup::log(workspace, "wasm-std"), COMPILE_LIMIT)?;
    Ok(empty.join("target").join(TARGET).join("release/deps"))
}

/// Lays out a sysroot: our libraries for the browser, Debian's for the host, the lender's linker.
fn assemble(toolchain: &Path, built: &Path, lender: &Path, host: &str) -> Result<()> {
    let rustlib = toolchain.join("lib/rustlib");
    let libraries = rustlib.join(TARGET).join("lib");
    let host_programs = rustlib.join(host).join("bin");
    for folder in [&toolchain.join("bin"), &libraries, &host_programs] {
        fs::create_dir_all(folder)?;
    }
    let mut copied = 0;
    for entry in fs::read_dir(built)? {
        let path = entry?.path();
        let is_wanted = path.extension().is_some_and(|extension| extension == "rlib" || extension == "rmeta");
        let name = path.file_name().context("a file has a name")?.to_string_lossy().into_owned();
        if is_wanted && !name.starts_with("libempty") {
            fs::copy(&path, libraries.join(name))?;
            copied += 1;
        }
    }
    ensure!(copied > 0, "no standard library was built in `{}`", built.display());
    symlink(Path::new("/usr/lib/rustlib").join(host).join("lib"), rustlib.join(host).join("lib"))?;
    symlink(lender.join("lib/rustlib").join(host).join("bin/rust-lld"), host_programs.join("rust-lld"))?;
    for program in ["rustc", "rustdoc"] {
        write_wrapper(&toolchain.join("bin").join(program), program, toolchain)?;
    }
    Ok(())
}

/// Debian's compiler takes its sysroot from where its library lies, so the wrapper names ours.
fn write_wrapper(path: &Path, program: &str, sysroot: &Path) -> Result<()> {
    let script = format!("#!/bin/sh\nexec /usr/bin/{program} --sysroot '{}' \"$@\"\n", sysroot.display());
    fs::write(path, script)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn answer(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Fails where nothing can build for the browser.
pub(crate) fn require(workspace: &Workspace) -> Result<WasmToolchain> {
    match WasmToolchain::find(workspace) {
        Some(toolchain) => Ok(toolchain),
        None => bail!("no compiler for {TARGET} is installed; run `cargo xtask setup`"),
    }
}
