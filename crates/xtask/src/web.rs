//! Builds the console into `dist` and weighs it.
//!
//! Trunk downloads nothing: it finds wasm-bindgen and wasm-opt where setup put them.

mod offline;
mod split;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::wasm_toolchain;
use crate::workspace::Workspace;

/// What the first load of the console may weigh, compressed with brotli, in bytes.
pub(crate) const BUDGET: u64 = 350_000;

const PAGE: &str = "index.html";
const WEIGH: &str = include_str!("sizes.mjs");
/// The kinds of file that a browser loads before it can show the console, where its page names them.
const FIRST_LOAD: &[&str] = &["html", "js", "css", "wasm"];

/// How much time the build spends on making the result small.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Optimisation {
    /// None: the quickest build.
    None,
    /// As it is shipped.
    Release,
}

/// The weight of some files, in bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Weight {
    raw: u64,
    gzip: u64,
    pub(crate) brotli: u64,
}

/// Builds the console, prints the weight of its files, and returns that of the first load.
pub(crate) fn build(workspace: &Workspace, optimisation: Optimisation) -> Result<Weight> {
    let mut trunk = workspace.command("trunk");
    trunk.arg("build");
    match optimisation {
        Optimisation::None => {}
        Optimisation::Release => {
            trunk.args(["--release", "--features", "split"]);
        }
    }
    // Trunk takes only `true` and `false` here, where everyone else takes any value.
    trunk.env_remove("NO_COLOR");
    wasm_toolchain::require(workspace)?.apply(&mut trunk);
    let status = trunk.status().context("cannot start `trunk`; run `cargo xtask setup`")?;
    ensure!(status.success(), "the console does not build: trunk ended with {status}");
    let dist = workspace.path("dist");
    let first_page = match optimisation {
        Optimisation::None => Vec::new(),
        Optimisation::Release => split::divide(workspace, &dist)?,
    };
    offline::seal(&dist)?;
    weigh(workspace, &first_page)
}

#[derive(Deserialize)]
struct Asset {
    name: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Asset {
    /// What neither `index` names nor the page at `/` fetches, such as a worker, is loaded when it is needed.
    fn is_first_load(&self, index: &str, first_page: &[String]) -> bool {
        let named = self.name == PAGE || index.contains(&format!("/{}", self.name)) || first_page.contains(&self.name);
        named && self.name.rsplit_once('.').is_some_and(|(_, kind)| FIRST_LOAD.contains(&kind))
    }
}

fn weigh(workspace: &Workspace, first_page: &[String]) -> Result<Weight> {
    let mut node = workspace.command("node");
    node.args(["--input-type=module", "--eval", WEIGH]).arg(workspace.path("dist"));
    let output = node.output().context("cannot start `node`; run `cargo xtask setup`")?;
    if !output.status.success() {
        bail!("cannot weigh `dist`: {}", String::from_utf8_lossy(&output.stderr));
    }
    let assets: Vec<Asset> = serde_json::from_slice(&output.stdout).context("node did not print the sizes")?;
    println!("\n  {:<48} {:>10} {:>10} {:>10}", "kB", "raw", "gzip", "brotli");
    let index = std::fs::read_to_string(workspace.path("dist").join(PAGE)).context("`dist` has no page")?;
    let mut total = Weight::default();
    for asset in &assets {
        let Asset { name, raw, gzip, brotli } = asset;
        let is_first = asset.is_first_load(&index, first_page);
        let remark = if is_first { "" } else { "  on demand" };
        println!("  {name:<48} {:>10} {:>10} {:>10}{remark}", kilobytes(*raw), kilobytes(*gzip), kilobytes(*brotli));
        if is_first {
            total = Weight { raw: total.raw + raw, gzip: total.gzip + gzip, brotli: total.brotli + brotli };
        }
    }
    let Weight { raw, gzip, brotli } = total;
    println!("  {:<48} {:>10} {:>10} {:>10}", "first load", kilobytes(raw), kilobytes(gzip), kilobytes(brotli));
    println!("  {:<48} {:>10} {:>10} {:>10}\n", "budget of a release", "", "", kilobytes(BUDGET));
    Ok(total)
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1000.0)
}
