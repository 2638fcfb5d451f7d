//! Every dependency has a licence that `deny.toml` allows and comes from the registry that it names.
//!
//! `deny.toml` is cargo-deny's file; this reads what it says about licences and sources, so that the check
//! needs no program that takes minutes to compile. Advisories and bans are left to cargo-deny.

use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::workspace::Workspace;

/// Checks all dependencies on all targets of the project, and fails with every fault.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let path = workspace.path("deny.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let rules: Rules = toml::from_str(&text).context("`deny.toml` does not say what is allowed")?;
    let packages = dependencies(workspace, &rules.graph.targets)?;
    let faults: Vec<String> = packages.iter().filter_map(|package| fault(package, &rules)).collect();
    if !faults.is_empty() {
        bail!("{}\n`deny.toml` does not allow these; use another crate, or add an exception there", faults.join("\n"));
    }
    println!("  {} packages, all under licences that `deny.toml` allows", packages.len());
    Ok(())
}

#[derive(Deserialize)]
struct Rules {
    graph: Graph,
    licenses: Licences,
    sources: Sources,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    allow: Vec<String>,
    #[serde(rename = "crate")]
    package: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// Absent for the crates of this workspace.
    source: Option<String>,
}

fn dependencies(workspace: &Workspace, targets: &[String]) -> Result<Vec<Package>> {
    let mut cargo = workspace.command("cargo");
    cargo.args(["metadata", "--format-version", "1", "--locked", "--all-features"]);
    for target in targets {
        cargo.args(["--filter-platform", target]);
    }
    let output = cargo.output().context("cannot start `cargo`")?;
    if !output.status.success() {
        bail!("cargo does not list the dependencies: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    Ok(metadata.packages)
}

fn fault(package: &Package, rules: &Rules) -> Option<String> {
    let Package { name, version, license, source } = package;
    let from_elsewhere = source.as_ref().filter(|source| !is_allowed_source(source, &rules.sources));
    if let Some(source) = from_elsewhere {
        return Some(format!("`{name}` {version} comes from `{source}`"));
    }
    let Some(licence) = license else {
        return Some(format!("`{name}` {version} names no licence"));
    };
    let excepted = rules.licenses.exceptions.iter().filter(|exception| exception.package == *name);
    let allowed: Vec<&str> = (rules.licenses.allow.iter().chain(excepted.flat_map(|exception| &exception.allow)))
        .map(String::as_str)
        .collect();
    (!permits(licence, &allowed)).then(|| format!("`{name}` {version} is under `{licence}`"))
}

fn is_allowed_source(source: &str, sources: &Sources) -> bool {
    sources.allow_registry.iter().any(|registry| source.strip_prefix("registry+") == Some(registry))
}

/// Whether an SPDX expression can be met with the allowed licences alone. The old `MIT/Apache-2.0` is an `OR`.
fn permits(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    permits_any(&mut rest, allowed) && rest.is_empty()
}

fn permits_any(words: &mut &[&str], allowed: &[&str]) -> bool {
    let mut permitted = permits_all(words, allowed);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        permitted |= permits_all(words, allowed);
    }
    permitted
}

fn permits_all(words: &mut &[&str], allowed: &[&str]) -> bool {
    let mut permitted = permits_one(words, allowed);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        permitted &= permits_one(words, allowed);
    }
    permitted
}

fn permits_one(words: &mut &[&str], allowed: &[&str]) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let permitted = permits_any(words, allowed);
            let [")", rest @ ..] = *words else {
                return false;
            };
            *words = rest;
            permitted
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            allowed.contains(&format!("{licence} WITH {exception}").as_str())
        }
        [licence, rest @ ..] => {
            *words = rest;
            allowed.contains(licence)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::permits;

    fn check(expression: &str, expect: bool) {
        let allowed = ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"];
        assert_eq!(permits(expression, &allowed), expect, "`{expression}`");
    }

    #[test]
    fn an_expression_is_met_with_allowed_licences_alone() {
        check("MIT", true);
        check("GPL-3.0", false);
        check("GPL-3.0 OR MIT", true);
        check("MIT/Apache-2.0", true);
        check("MIT AND GPL-3.0", false);
        check("MIT AND GPL-3.0 OR Zlib", true);
        check("MIT AND (GPL-3.0 OR Zlib)", true);
        check("(MIT OR Zlib) AND GPL-3.0", false);
        check("Apache-2.0 WITH LLVM-exception", true);
        check("Apache-2.0", false);
    }

    #[test]
    fn what_is_not_an_expression_is_not_met() {
        check("", false);
        check("MIT MIT", false);
        check("(MIT", false);
    }
}
