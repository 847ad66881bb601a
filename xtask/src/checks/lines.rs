//! `cargo xtask lines [REV]...`: the lines of Rust of revisions, counted by one method and printed side by
//! side.
//!
//! Every `.rs` file of a revision (`git archive`) is in one class by its path: the program and its libraries,
//! their build scripts, development tasks, crates for tests, benchmarks, fuzzing. Lines of tests are the
//! items under `#[cfg(test)]`, files in folders named `tests` or `examples`, and files named `tests.rs`.
//! Every line counts, empty ones and comments included; the second number counts only lines with code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::{run, source};

/// Arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Revisions to count; the working tree is always counted last
    revisions: Vec<String>,
}

/// Crates for tests, by folder name. They are in `crates/testing`, and in `crates` in older revisions.
const TESTING: [&str; 4] = ["fixture", "samba", "wine", "generate"];

/// The classes, in the order of the table.
const CLASSES: [&str; 8] = [
    "program and libraries",
    "build scripts",
    "xtask",
    "wine, generate",
    "bench",
    "other testing crates",
    "fuzz",
    "tests and examples",
];

/// The first of the [`CLASSES`] that are production code.
const PRODUCTION: usize = 2;
/// The first of the [`CLASSES`] that, at the first revisions, were `xtask` and bench.
const TOOLS: usize = 5;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    all: usize,
    code: usize,
}

type Counts = BTreeMap<&'static str, Count>;

/// Counts and prints.
pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = run::target().join("xtask/lines");
    let mut columns = Vec::new();
    for revision in &args.revisions {
        let tree = folder.join(revision.replace(|c: char| !c.is_alphanumeric(), "-"));
        unpack(revision, &tree)?;
        columns.push((revision.clone(), count(&tree)?));
    }
    columns.push(("working tree".to_owned(), count(&run::root())?));
    let row = |name: &str, of: &dyn Fn(&Counts) -> Count| {
        print!("{name:<34}");
        for (_, counts) in &columns {
            let count = of(counts);
            print!(" {:>9} {:>9}", count.all, count.code);
        }
        if let [(_, first), .., (_, last)] = columns.as_slice() {
            print!(" {:>9} {:>9}", share(of(last).all, of(first).all), share(of(last).code, of(first).code));
        }
        println!();
    };
    print!("{:<34}", "");
    for (name, _) in &columns {
        print!(" {name:>19}");
    }
    println!("{}", if columns.len() > 1 { "     last / first" } else { "" });
    row("", &|_| Count::default());
    let sum = |counts: &Counts, classes: &[&str]| {
        classes.iter().filter_map(|class| counts.get(class)).fold(Count::default(), |sum, count| Count {
            all: sum.all + count.all,
            code: sum.code + count.code,
        })
    };
    for class in CLASSES {
        row(class, &|counts| sum(counts, &[class]));
    }
    row("production", &|counts| sum(counts, &CLASSES[..PRODUCTION]));
    row("production, xtask, wine, bench", &|counts| sum(counts, &CLASSES[..TOOLS]));
    println!("\nFirst number: every line. Second number: lines with code.");
    Ok(())
}

fn share(part: usize, whole: usize) -> String {
    (part * 1000)
        .checked_div(whole)
        .map_or_else(String::new, |share| format!("{}.{} %", share / 10, share % 10))
}

/// Unpacks a revision into a fresh folder.
fn unpack(revision: &str, folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let mut archive = Command::new("git")
        .args(["archive", "--format=tar", revision])
        .current_dir(run::root())
        .stdout(Stdio::piped())
        .spawn()?;
    let tar = archive.stdout.take().context("git archive has no output")?;
    let unpacked = Command::new("tar").arg("-xf-").current_dir(folder).stdin(tar).status()?;
    ensure!(archive.wait()?.success() && unpacked.success(), "{revision} cannot be unpacked");
    Ok(())
}

fn count(tree: &Path) -> Result<Counts> {
    let mut counts = Counts::new();
    for top in ["crates", "xtask", "bench", "fuzz"].map(|top| tree.join(top)) {
        let files: Vec<PathBuf> = if top.is_dir() { source::rust_files(&top)? } else { Vec::new() };
        for file in files {
            let path = file.strip_prefix(tree)?.to_owned();
            let text = std::fs::read_to_string(&file)?;
            let class = class(&path.to_string_lossy());
            for line in source::lines(&text) {
                let class = if line.is_test { CLASSES[7] } else { class };
                let count = counts.entry(class).or_default();
                count.all += 1;
                count.code += usize::from(!line.code.trim().is_empty() || !line.string.is_empty());
            }
        }
    }
    Ok(counts)
}

/// The class of a file by its path.
fn class(path: &str) -> &'static str {
    let parts: Vec<_> = path.split('/').collect();
    let testing = TESTING.iter().find(|name| parts.iter().take(3).any(|part| part == *name));
    let is_test =
        parts.iter().any(|part| ["tests", "examples"].contains(part)) || path.ends_with("/tests.rs");
    match (parts.first().copied().unwrap_or_default(), testing.copied()) {
        (_, Some("wine" | "generate")) => CLASSES[3],
        (_, Some(_)) => CLASSES[5],
        ("xtask", _) => CLASSES[2],
        ("bench", _) => CLASSES[4],
        ("fuzz", _) => CLASSES[6],
        _ if is_test => CLASSES[7],
        _ if parts.last() == Some(&"build.rs") => CLASSES[1],
        _ => CLASSES[0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_a_class() {
        for (path, expected) in [
            ("crates/core/regf/src/lib.rs", CLASSES[0]),
            ("crates/regf/src/lib.rs", CLASSES[0]),
            ("crates/core/licensing/build.rs", CLASSES[1]),
            ("crates/core/licensing/src/rules/tests.rs", CLASSES[7]),
            ("crates/app/rdscal/tests/cli/main.rs", CLASSES[7]),
            ("crates/testing/wine/tests/suite/main.rs", CLASSES[3]),
            ("crates/fixture/src/lib.rs", CLASSES[5]),
            ("xtask/src/windows/machines.rs", CLASSES[2]),
            ("bench/src/main.rs", CLASSES[4]),
            ("fuzz/src/lib.rs", CLASSES[6]),
        ] {
            assert_eq!(class(path), expected, "{path}");
        }
    }
}
