//! Tells the console's service worker which files it keeps in the browser, and under which version.
//!
//! The version is a fingerprint of the files, so another console is another version, and the same one is the same.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

const WORKER: &str = "service-worker.js";

/// What stands in the worker where these are written.
const VERSION: &str = "@VERSION@";
const FILES: &str = "\"@FILES@\"";

/// Writes the names of all files of `dist`, and the version, into the worker there.
pub(super) fn seal(dist: &Path) -> Result<()> {
    let worker = dist.join(WORKER);
    let text = fs::read_to_string(&worker).with_context(|| format!("`{}` cannot be read", worker.display()))?;
    ensure!(text.contains(VERSION) && text.contains(FILES), "`{WORKER}` has no place for the version or the files");
    let mut files = files(dist)?;
    files.retain(|file| *file != worker);
    files.sort();
    let mut hash = FNV_START;
    let mut names = Vec::new();
    for file in &files {
        let name =
            file.strip_prefix(dist).context("a file of `dist` is in `dist`")?.to_string_lossy().replace('\\', "/");
        let content = fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        hash = fingerprint(fingerprint(hash, name.as_bytes()), &content);
        names.push(format!("\"{name}\""));
    }
    let version = format!("{:016x}", fingerprint(hash, text.as_bytes()));
    let text = text.replace(VERSION, &version).replace(FILES, &names.join(", "));
    fs::write(&worker, text).with_context(|| format!("`{}` cannot be written", worker.display()))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("`{}` cannot be listed", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// FNV-1a, 64 bits: nobody attacks it here.
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

fn fingerprint(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
