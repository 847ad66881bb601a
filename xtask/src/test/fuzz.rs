//! The fuzz targets: their seeds on any toolchain, and short runs where cargo-fuzz and a nightly are there.

use std::path::Path;

use anyhow::Result;

use super::outcome::Outcome;
use super::tools::Tools;
use crate::{run, shared};

const MANIFEST: &str = "fuzz/Cargo.toml";
/// Seconds for each target.
const SECONDS: u32 = 10;

/// Every target eats its seeds and the corpus as an ordinary test.
pub(super) fn seeds(_: &Tools) -> Result<Outcome> {
    if !crate::root().join(MANIFEST).is_file() {
        return Ok(Outcome::could_not_run("there is no fuzz workspace"));
    }
    let mut command = run::cargo(["test", "--manifest-path", MANIFEST, "--locked", "--", "--show-output"]);
    if let Some(folder) = shared::folder() {
        command.env("RDSCAL_SHARED", folder);
    }
    let done = run::logged("fuzz-seeds", &mut command)?;
    let skipped = super::skipped::in_output(&done.output());
    Ok(Outcome::of(&done, format!("{} targets", targets().len())).without(skipped))
}

/// Ten seconds of real fuzzing for each target.
pub(super) fn short_runs(_: &Tools) -> Result<Outcome> {
    let nightly = run::printed("rustup", &["toolchain", "list"])
        .is_some_and(|listed| listed.lines().any(|line| line.starts_with("nightly")));
    if !nightly {
        return Ok(Outcome::left_out("no nightly toolchain"));
    }
    // `+nightly` is rustup's; the cargo that runs this may be one toolchain's own.
    let fuzz = |arguments: &[&str]| {
        let mut command = std::process::Command::new("cargo");
        command.args(["+nightly", "fuzz"]).args(arguments).env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
        command
    };
    if !fuzz(&["--version"]).output().is_ok_and(|output| output.status.success()) {
        return Ok(Outcome::left_out("no cargo-fuzz: cargo install cargo-fuzz --locked"));
    }
    let targets = targets();
    for target in &targets {
        let seeds = format!("fuzz/seeds/{target}");
        let found = format!("target/fuzz/{target}");
        std::fs::create_dir_all(crate::root().join(&found))?;
        let seconds = format!("-max_total_time={SECONDS}");
        let mut arguments = vec!["run", "--features", "libfuzzer", target.as_str(), found.as_str()];
        if Path::new(&crate::root().join(&seeds)).is_dir() {
            arguments.push(&seeds);
        }
        arguments.extend(["--", seconds.as_str(), "-timeout=10", "-rss_limit_mb=2048", "-max_len=65536"]);
        let done = run::logged(&format!("fuzz-{target}"), &mut fuzz(&arguments))?;
        if !done.ok {
            return Ok(Outcome::failed(format!("{target}: {}", done.last_line()), Some(&done)));
        }
    }
    Ok(Outcome::passed(format!("{} targets, {SECONDS} s each", targets.len())))
}

/// The targets' names: the files in `fuzz/fuzz_targets`.
fn targets() -> Vec<String> {
    let files = std::fs::read_dir(crate::root().join("fuzz/fuzz_targets")).into_iter().flatten().flatten();
    let mut names: Vec<_> = files
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}
