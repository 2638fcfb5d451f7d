//! Divides the console's program into what every page needs and what only some do, or programs beside the page, which the browser
//! fetches when somebody asks for it.
//!
//! ```text
//! rustc (feature `split`) --> wasm-split --> main --> wasm-bindgen --> wasm-opt --> web-HASH.js, web-HASH_bg.wasm
//!                                        +-> parts and what some of them share --> wasm-opt --> NAME-HASH.wasm
//!                                        +-> loader of those --> split-HASH.js
//! ```
//!
//! Trunk cannot do it, because it starts wasm-bindgen on what rustc made. So Trunk builds the console as always, and then what is
//! made here takes the place of what it made of the main program, under the same names.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::wasm_toolchain::TARGET;
use crate::workspace::{Workspace, succeed};

/// How Trunk calls the main program's files, before and behind a fingerprint of its source.
const START: &str = "web-";
const BINDINGS: &str = ".js";
const PROGRAM: &str = "_bg.wasm";

/// How wasm-split calls the loader.
const LOADER: &str = "__wasm_split.js";

/// What rustc uses of WebAssembly, and browsers have had since 2022; dividing loses the note about it.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What became of the program, but for what every page needs.
#[derive(Default)]
pub(super) struct Division {
    /// What loads the parts.
    pub(super) loader: String,
    pub(super) parts: Vec<Part>,
}

/// A part of the program that is loaded when it is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// Its own file, and those that it shares with others.
    pub(super) files: Vec<String>,
}

/// Puts the parts of the program into `dist` in place of the whole.
pub(super) fn divide(workspace: &Workspace, dist: &Path) -> Result<Division> {
    let hash = hash(dist)?;
    let whole = workspace.built(&format!("{TARGET}/wasm-release/web.wasm"));
    let parts = workspace.built("split");
    if parts.exists() {
        fs::remove_dir_all(&parts)?;
    }
    fs::create_dir_all(&parts)?;
    let name = format!("{START}{hash}");
    let mut split = workspace.command("wasm-split-cli");
    succeed(
        split.arg(&whole).arg(&parts).args(["--target", "web", "--out-name", &name]),
        "the console is not divided",
    )?;
    let main = parts.join(format!("{name}.wasm"));
    let mut bindgen = workspace.command("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", &name, "--out-dir"]);
    succeed(bindgen.arg(dist).arg(&main), "the console gets no bindings")?;
    fs::remove_file(main)?;
    optimise(workspace, &dist.join(format!("{name}{PROGRAM}")), &dist.join(format!("{name}{PROGRAM}")))?;

    let loader = format!("split-{hash}.js");
    // The program still calls it by the old name.
    let (old, new) = (format!("from \"./{LOADER}\""), format!("from \"./{loader}\""));
    rewrite(&dist.join(format!("{name}{BINDINGS}")), &[(old, new)])?;
    let mut renamed = Vec::new();
    for part in entries(&parts)?.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "wasm")) {
        let old = file_name(&part);
        let new = format!("{}-{hash}.wasm", old.trim_end_matches(".wasm"));
        optimise(workspace, &part, &dist.join(&new))?;
        renamed.push((format!("./{old}"), format!("./{new}")));
    }
    fs::rename(parts.join(LOADER), dist.join(&loader)).context("wasm-split made no loader")?;
    rewrite(&dist.join(&loader), &renamed)?;
    let parts = parts_of(&fs::read_to_string(dist.join(&loader))?, &hash);
    Ok(Division { loader, parts })
}

/// What a loader fetches for each part of the program: the part, and what it shares with others.
///
/// ```text
/// export const __wasm_split_load_PART = wrapAsyncCb(makeLoad(() => { ... }, [__chunk_7, __chunk_8]));
/// ```
fn parts_of(loader: &str, hash: &str) -> Vec<Part> {
    let part = |text: &str| {
        let (name, rest) = text.split_once(" =")?;
        let (_, list) = rest.split_once(", [")?;
        let (list, _) = list.split_once(']')?;
        let shared = list.split(", ").filter_map(|name| name.strip_prefix("__")).map(str::to_owned);
        let files = [format!("split_{name}")].into_iter().chain(shared).map(|file| format!("{file}-{hash}.wasm"));
        Some(Part { name: name.to_owned(), files: files.collect() })
    };
    loader.split("const __wasm_split_load_").skip(1).filter_map(part).collect()
}

/// The fingerprint in the names of what Trunk made.
fn hash(dist: &Path) -> Result<String> {
    let names = entries(dist)?;
    let mut hashes = names.iter().filter_map(|path| {
        let name = file_name(path);
        Some(name.strip_prefix(START)?.strip_suffix(PROGRAM)?.to_owned())
    });
    let hash = hashes.next().context("Trunk made no program for the console")?;
    ensure!(hashes.next().is_none(), "`{}` has two programs for the console", dist.display());
    Ok(hash)
}

/// As small as it gets, without what only dividing needed.
fn optimise(workspace: &Workspace, from: &Path, to: &Path) -> Result<()> {
    let mut optimiser = workspace.command("wasm-opt");
    succeed(
        optimiser.arg(from).args(FEATURES).args(["-O2", "--quiet", "--strip-debug", "-o"]).arg(to),
        "the console is not optimised",
    )
}

fn rewrite(file: &Path, words: &[(String, String)]) -> Result<()> {
    let mut text = fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    for (old, new) in words {
        ensure!(text.contains(old.as_str()), "`{}` does not name `{old}`", file.display());
        text = text.replace(old.as_str(), new);
    }
    fs::write(file, text).with_context(|| format!("`{}` cannot be written", file.display()))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = fs::read_dir(folder).with_context(|| format!("`{}` cannot be listed", folder.display()))?;
    let mut paths = list.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loader_tells_what_its_parts_need() {
        let loader = "
const __chunk_7 = makeLoad(() => { return [1]; }, []);
export const __wasm_split_load_edit = wrapAsyncCb(makeLoad(() => {
    const src = fetch(new URL(\"./split_edit-0f.wasm\", import.meta.url));
}
, [__chunk_7, __chunk_12]));
export const __wasm_split_load_keep = wrapAsyncCb(makeLoad(() => {}
, []));
";
        let part = |name: &str, files: &[&str]| Part {
            name: name.to_owned(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
        };
        let expect = [
            part("edit", &["split_edit-0f.wasm", "chunk_7-0f.wasm", "chunk_12-0f.wasm"]),
            part("keep", &["split_keep-0f.wasm"]),
        ];
        assert_eq!(parts_of(loader, "0f"), expect);
    }
}
