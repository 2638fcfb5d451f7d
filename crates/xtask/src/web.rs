//! Builds the console into `dist` and weighs it.
//!
//! Trunk downloads nothing: it finds wasm-bindgen and wasm-opt where setup put them.

mod offline;
mod split;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use self::split::Division;
use crate::wasm_toolchain;
use crate::workspace::{Workspace, succeed};

/// What the first load of a released console may weigh, compressed with brotli, in bytes.
const FIRST_LOAD_BUDGET: u64 = 350_000;

/// What the analysis may weigh beyond the first load when it begins to answer.
const ANALYSIS_BUDGET: (&str, u64) = ("analysis", 150_000);

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
#[derive(Clone, Copy, Default, Deserialize)]
pub(crate) struct Weight {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Weight {
    fn with(self, other: Weight) -> Weight {
        Weight { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

/// Builds the console, and prints the weight of its files.
pub(crate) fn build(workspace: &Workspace, optimisation: Optimisation) -> Result<()> {
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
    succeed(&mut trunk, "the console does not build")?;
    let dist = workspace.path("dist");
    let division = match optimisation {
        Optimisation::None => Division::default(),
        Optimisation::Release => split::divide(workspace, &dist)?,
    };
    offline::seal(&dist)?;
    weigh(workspace, &division)
}

#[derive(Deserialize)]
struct Asset {
    name: String,
    #[serde(flatten)]
    weight: Weight,
}

impl Asset {
    /// What neither `index` nor the program in it names is loaded when it is needed.
    fn is_first_load(&self, index: &str, loader: &str) -> bool {
        let named = self.name == PAGE || self.name == loader || index.contains(&format!("/{}", self.name));
        named && self.name.rsplit_once('.').is_some_and(|(_, kind)| FIRST_LOAD.contains(&kind))
    }
}

fn weigh(workspace: &Workspace, division: &Division) -> Result<()> {
    let mut node = workspace.command("node");
    node.args(["--input-type=module", "--eval", WEIGH]).arg(workspace.path("dist"));
    let output = node.output().context("cannot start `node`; run `cargo xtask setup`")?;
    if !output.status.success() {
        bail!("cannot weigh `dist`: {}", String::from_utf8_lossy(&output.stderr));
    }
    let assets: Vec<Asset> = serde_json::from_slice(&output.stdout).context("node did not print the sizes")?;
    println!("\n  {:<48} {:>10} {:>10} {:>10}", "kB", "raw", "gzip", "brotli");
    let index = std::fs::read_to_string(workspace.path("dist").join(PAGE)).context("`dist` has no page")?;
    let mut first_load = Weight::default();
    for asset in &assets {
        let is_first = asset.is_first_load(&index, &division.loader);
        print(&asset.name, asset.weight, if is_first { "" } else { "  on demand" });
        if is_first {
            first_load = first_load.with(asset.weight);
        }
    }
    println!();
    let is_release = !division.parts.is_empty();
    let remark = if is_release { compared(first_load, FIRST_LOAD_BUDGET) } else { String::new() };
    print("first load", first_load, &remark);
    for part in &division.parts {
        let files = assets.iter().filter(|asset| part.files.contains(&asset.name));
        let weight = files.fold(Weight::default(), |sum, asset| sum.with(asset.weight));
        let remark = match ANALYSIS_BUDGET {
            (name, budget) if name == part.name => compared(weight, budget),
            _ => String::new(),
        };
        print(&format!("{} beyond it", part.name), weight, &remark);
    }
    println!();
    Ok(())
}

fn compared(weight: Weight, budget: u64) -> String {
    let verdict = if weight.brotli > budget { "NOT MET" } else { "met" };
    format!("  budget: {}, {verdict}", kilobytes(budget))
}

fn print(name: &str, weight: Weight, remark: &str) {
    let [raw, gzip, brotli] = [weight.raw, weight.gzip, weight.brotli].map(kilobytes);
    println!("  {name:<48} {raw:>10} {gzip:>10} {brotli:>10}{remark}");
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1000.0)
}
