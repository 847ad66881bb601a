//! The fuzz targets: their seeds as an ordinary test, and short runs under libFuzzer.

use anyhow::Result;

use super::outcome::Outcome;
use super::tools::Tools;
use crate::fuzz::{self, MANIFEST, targets};
use crate::{run, shared};

/// Seconds for each target.
const SECONDS: u32 = 5;

/// Every target accepts its seeds and the corpus, as an ordinary test.
pub(super) fn seeds(_: &Tools) -> Result<Outcome> {
    if !run::root().join(MANIFEST).is_file() {
        return Ok(Outcome::could_not_run("the fuzz workspace is missing"));
    }
    let mut command = run::cargo(["test", "--manifest-path", MANIFEST, "--locked", "--", "--show-output"]);
    if let Some(folder) = shared::folder() {
        command.env("RDSCAL_SHARED", folder);
    }
    let done = run::logged("fuzz-seeds", &mut command)?;
    let skipped = super::skipped::in_output(&done.output());
    Ok(Outcome::of(&done, format!("{} targets", targets().len())).without(skipped))
}

/// Some seconds of real fuzzing for each target.
pub(super) fn short_runs(tools: &Tools) -> Result<Outcome> {
    let folder = match fuzz::built(tools.no_install) {
        Ok(Ok(folder)) => folder,
        Ok(Err(done)) => return Ok(Outcome::of(&done, "")),
        Err(why) => return Ok(Outcome::could_not_run(format!("{why:#}"))),
    };
    let fed = fuzz::feed(&folder, &targets(), SECONDS)?;
    if let Some(broken) = fed.iter().find(|fed| !fed.done.ok) {
        let what = format!("{}: {}", broken.name, fuzz::reason(&broken.done));
        return Ok(Outcome::failed(what, Some(&broken.done)));
    }
    // A target that only ran its seeds was not fuzzed.
    if let Some(idle) = fed.iter().find(|fed| fed.runs < 100) {
        return Ok(Outcome::failed(format!("{}: {} runs only", idle.name, idle.runs), Some(&idle.done)));
    }
    let runs: u64 = fed.iter().map(|fed| fed.runs).sum();
    Ok(Outcome::passed(format!("{} targets, {SECONDS} s each, {runs} runs", fed.len())))
}
