//! The checks of the source text, the crate graph and the documents.

use anyhow::Result;

use super::outcome::Outcome;
use super::tools::Tools;
use crate::checks::{limits, prose, site, tiers};
use crate::run;

/// The crate graph is the architecture.
#[allow(clippy::unnecessary_wraps)] // every check has this signature
pub(super) fn tiers(_: &Tools) -> Result<Outcome> {
    Ok(of(tiers::check()))
}

/// No function and no file is too long.
#[allow(clippy::unnecessary_wraps)] // every check has this signature
pub(super) fn limits(_: &Tools) -> Result<Outcome> {
    Ok(of(limits::check()))
}

/// Words and lines are as STYLE.md says.
#[allow(clippy::unnecessary_wraps)] // every check has this signature
pub(super) fn prose(_: &Tools) -> Result<Outcome> {
    Ok(of(prose::check()))
}

/// The links of the documents lead to files and headings.
#[allow(clippy::unnecessary_wraps)] // every check has this signature
pub(super) fn links(_: &Tools) -> Result<Outcome> {
    Ok(of(site::links()))
}

/// The documents build as a site.
pub(super) fn site(tools: &Tools) -> Result<Outcome> {
    if !tools.mdbook {
        return Ok(Outcome::could_not_run("mdbook is missing"));
    }
    let mut command = std::process::Command::new("mdbook");
    let folder = run::target().join("site");
    let done = run::logged("site", command.args(["build", "--dest-dir"]).arg(&folder))?;
    if done.ok && done.output().lines().any(|line| line.contains("ERROR")) {
        return Ok(Outcome::failed("mdbook reports an error", Some(&done)));
    }
    Ok(Outcome::of(&done, run::below_root(&folder)))
}

fn of(result: Result<String>) -> Outcome {
    match result {
        Ok(note) => Outcome::passed(note),
        Err(error) => {
            let lines = format!("{error:#}");
            let count = lines.lines().count();
            Outcome::failed_with(format!("{count} violations"), &lines)
        }
    }
}
