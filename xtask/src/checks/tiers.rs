//! `cargo xtask tiers`: the crate graph is the architecture.
//!
//! The tiers are the folders below `crates/`. A crate may depend on crates of the same tier and of lower
//! ones. Crates of the tier `core` perform no I/O and read no clock: none of their dependencies opens files
//! or sockets, and their own code does not use the parts of the standard library that do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value as Json;

use crate::{run, source};

/// The folders below `crates/`, from the lowest.
const TIERS: [&str; 5] = ["core", "protocols", "platform", "app", "testing"];

/// Crates that open files or sockets, start processes, or read clocks. Crates of the tiers above `core` are
/// added to these.
const IO_CRATES: &[&str] = &[
    "async-std",
    "ctrlc",
    "domain",
    "fs-err",
    "futures-net",
    "hickory-resolver",
    "ignore",
    "indicatif",
    "libloading",
    "memmap2",
    "mio",
    "native-tls",
    "nix",
    "notify",
    "reqwest",
    "rpassword",
    "rustix",
    "rustls",
    "rustls-native-certs",
    "smol",
    "smolder-proto",
    "smolder-smb-core",
    "socket2",
    "sspi",
    "tempfile",
    "terminal_size",
    "tokio",
    "ureq",
    "walkdir",
    "windows",
    "windows-sys",
    "winapi",
    "zip",
];

/// Parts of the standard library that perform I/O or read a clock.
const IO_CODE: &[&str] = &[
    "std::env::",
    "std::fs",
    "std::io::stdin",
    "TcpListener",
    "TcpStream",
    "ToSocketAddrs",
    "UdpSocket",
    "std::os::",
    "std::process",
    "std::thread",
    "File::open",
    "File::create",
    "Instant::now",
    "SystemTime::now",
];

/// Files of the tier `core` that may use [`IO_CODE`], each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "crates/core/regf/src/edit/storage.rs",
        "the commit protocol orders writes to a file; a caller may supply another `Storage`",
    ),
    (
        "crates/core/regf/src/image/file.rs",
        "a hive is read page by page from a file; a caller may supply bytes instead",
    ),
];

/// Checks the crate graph and prints it.
pub(crate) fn run() -> Result<()> {
    println!("{}", check()?);
    Ok(())
}

/// A package of the workspace.
struct Member {
    name: String,
    tier: usize,
}

/// Fails with one line per violation; returns a summary.
pub(crate) fn check() -> Result<String> {
    let output = run::cargo(["metadata", "--format-version", "1", "--all-features", "--locked"])
        .current_dir(run::root())
        .output()?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Json = serde_json::from_slice(&output.stdout)?;
    let graph = Graph::of(&metadata)?;
    let mut violations = graph.violations();
    violations.extend(io_in_code(&run::root().join("crates/core"))?);
    if !violations.is_empty() {
        bail!("{}", violations.join("\n"));
    }
    let counts = TIERS.iter().enumerate().map(|(tier, name)| {
        let count = graph.members.values().filter(|member| member.tier == tier).count();
        format!("{name} {count}")
    });
    Ok(format!("crates: {}", counts.collect::<Vec<_>>().join(", ")))
}

struct Graph {
    members: BTreeMap<String, Member>,
    names: BTreeMap<String, String>,
    /// Normal and build dependencies of each package, by package id.
    dependencies: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn of(metadata: &Json) -> Result<Self> {
        let crates = run::root().join("crates");
        let in_workspace: BTreeSet<_> =
            array(&metadata["workspace_members"]).filter_map(Json::as_str).collect();
        let (mut members, mut names) = (BTreeMap::new(), BTreeMap::new());
        for package in array(&metadata["packages"]) {
            let (id, name) = (text(&package["id"])?, text(&package["name"])?);
            names.insert(id.to_owned(), name.to_owned());
            let manifest = Path::new(text(&package["manifest_path"])?);
            let Ok(below) = manifest.strip_prefix(&crates) else { continue };
            if !in_workspace.contains(id) {
                continue;
            }
            let folder =
                below.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
            let tier = TIERS.iter().position(|tier| folder.as_deref() == Some(tier));
            let tier = tier.with_context(|| format!("{name}: {} is in no tier", below.display()))?;
            members.insert(id.to_owned(), Member { name: name.to_owned(), tier });
        }
        let mut dependencies = BTreeMap::<_, BTreeSet<_>>::new();
        for node in array(&metadata["resolve"]["nodes"]) {
            let of = dependencies.entry(text(&node["id"])?.to_owned()).or_default();
            for dependency in array(&node["deps"]) {
                // A dependency for tests alone is not part of the crate.
                if array(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev") {
                    of.insert(text(&dependency["pkg"])?.to_owned());
                }
            }
        }
        Ok(Self { members, names, dependencies })
    }

    fn violations(&self) -> Vec<String> {
        let mut violations = Vec::new();
        for (id, member) in &self.members {
            for dependency in self.direct(id) {
                if let Some(other) = self.members.get(dependency)
                    && other.tier > member.tier
                {
                    violations.push(format!(
                        "{} ({}) depends on {} ({}): dependencies only go down",
                        member.name, TIERS[member.tier], other.name, TIERS[other.tier]
                    ));
                }
            }
            if member.tier == 0 {
                violations.extend(self.io_path(id).map(|path| {
                    format!("{} (core) depends on a crate that performs I/O: {path}", member.name)
                }));
            }
        }
        violations
    }

    fn direct(&self, id: &str) -> impl Iterator<Item = &String> {
        self.dependencies.get(id).into_iter().flatten()
    }

    /// The chain of dependencies from this package to one that performs I/O.
    fn io_path(&self, id: &str) -> Option<String> {
        let mut seen = BTreeSet::from([id]);
        let mut queue = vec![(id, self.names.get(id)?.clone())];
        while let Some((id, path)) = queue.pop() {
            for dependency in self.direct(id) {
                let name = self.names.get(dependency)?;
                let path = format!("{path} → {name}");
                let above = self.members.get(dependency).is_some_and(|member| member.tier > 0);
                if IO_CRATES.contains(&name.as_str()) || above {
                    return Some(path);
                }
                if seen.insert(dependency) {
                    queue.push((dependency, path));
                }
            }
        }
        None
    }
}

/// Uses of [`IO_CODE`] outside of tests, as `FILE:LINE: code`.
fn io_in_code(folder: &Path) -> Result<Vec<String>> {
    let mut violations = Vec::new();
    for file in source::rust_files(folder)? {
        let shown = run::below_root(&file);
        let is_source =
            shown.contains("/src/") && !shown.ends_with("/tests.rs") && !shown.contains("/tests/");
        if !is_source || EXCEPTIONS.iter().any(|(path, _)| *path == shown) {
            continue;
        }
        let text = std::fs::read_to_string(&file)?;
        for (number, line) in source::lines(&text).iter().enumerate().filter(|(_, line)| !line.is_test) {
            if let Some(code) = IO_CODE.iter().find(|code| line.code.contains(**code)) {
                violations.push(format!("{shown}:{}: {code} in a crate of the tier core", number + 1));
            }
        }
    }
    Ok(violations)
}

fn array(value: &Json) -> impl Iterator<Item = &Json> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Json) -> Result<&str> {
    value.as_str().context("cargo metadata: a text is missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_crate_may_not_reach_io_and_imports_only_go_down() {
        let root = run::root();
        let package = |name: &str, path: &str| serde_json::json!({ "id": name, "name": name, "manifest_path": root.join(path).join("Cargo.toml") });
        let needs = |package: &str, kind: Json| serde_json::json!({ "pkg": package, "dep_kinds": [{ "kind": kind }] });
        let metadata = serde_json::json!({
            "workspace_members": ["low", "high"],
            "packages": [
                package("low", "crates/core/low"),
                package("high", "crates/app/high"),
                package("helper", "elsewhere/helper"),
                package("tokio", "elsewhere/tokio"),
            ],
            "resolve": { "nodes": [
                { "id": "low", "deps": [needs("helper", Json::Null), needs("high", "dev".into())] },
                { "id": "helper", "deps": [needs("tokio", Json::Null)] },
                { "id": "high", "deps": [needs("low", Json::Null)] },
            ] },
        });
        let violations = Graph::of(&metadata).unwrap().violations();
        assert_eq!(violations, ["low (core) depends on a crate that performs I/O: low → helper → tokio"]);

        let mut upward = metadata;
        upward["resolve"]["nodes"][0]["deps"][1] = needs("high", Json::Null);
        let violations = Graph::of(&upward).unwrap().violations();
        assert!(violations.iter().any(|line| line.contains("only go down")), "{violations:?}");
    }
}
