//! Packages from npm, in `.tools/npm`.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use anyhow::Result;

use super::{log, programs};
use crate::progress::run_logged;
use crate::workspace::Workspace;

/// The accessibility checker as browsers load it, from the top of the checkout.
pub(crate) const AXE_CORE: &str = ".tools/npm/node_modules/axe-core/axe.min.js";

const AXE_CORE_PACKAGE: &str = "axe-core@4.14.1";
const BINARYEN_PACKAGE: &str = "binaryen@132.0.0";
const BINARYEN_VERSION: &str = "132";
const LIMIT: Duration = Duration::from_secs(300);

pub(super) fn find_wasm_opt(workspace: &Workspace) -> Option<String> {
    programs::version_of(workspace, "wasm-opt", &["--version"])
        .filter(|found| found.split_whitespace().any(|word| word == BINARYEN_VERSION))
}

pub(super) fn install_wasm_opt(workspace: &Workspace) -> Result<()> {
    install(workspace, BINARYEN_PACKAGE)?;
    let link = workspace.programs().join("wasm-opt");
    fs::create_dir_all(workspace.programs())?;
    if link.is_symlink() || link.exists() {
        fs::remove_file(&link)?;
    }
    symlink("../npm/node_modules/.bin/wasm-opt", link)?;
    Ok(())
}

pub(super) fn find_axe_core(workspace: &Workspace) -> Option<String> {
    let path = workspace.path(AXE_CORE);
    path.exists().then(|| AXE_CORE.to_owned())
}

pub(super) fn install_axe_core(workspace: &Workspace) -> Result<()> {
    install(workspace, AXE_CORE_PACKAGE)
}

fn install(workspace: &Workspace, package: &str) -> Result<()> {
    let folder = workspace.path(".tools/npm");
    fs::create_dir_all(&folder)?;
    let mut npm = workspace.command("npm");
    npm.arg("install").arg("--prefix").arg(&folder);
    npm.args(["--save-exact", "--no-audit", "--no-fund", "--loglevel=http", package]);
    let name = package.split('@').next().unwrap_or(package);
    run_logged(&mut npm, &format!("npm install {package}"), &log(workspace, name), LIMIT)
}
