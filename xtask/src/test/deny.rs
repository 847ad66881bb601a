//! What may be linked into what ships: deny.toml.

use std::path::PathBuf;

use anyhow::Result;

use super::outcome::Outcome;
use super::tools::Tools;
use crate::run;

/// Licenses, banned crates and sources.
pub(super) fn policy(tools: &Tools) -> Result<Outcome> {
    if !tools.deny {
        return Ok(Outcome::could_not_run("cargo-deny is not there"));
    }
    let done = run::logged(
        "deny",
        &mut run::cargo(["deny", "--locked", "--all-features", "check", "licenses", "bans", "sources"]),
    )?;
    Ok(Outcome::of(&done, done.last_line()))
}

/// Known vulnerabilities. Their list is a Git repository, in no package registry: where it cannot be fetched and no
/// copy is there, this is left out, and says so.
pub(super) fn advisories(tools: &Tools) -> Result<Outcome> {
    if !tools.deny {
        return Ok(Outcome::could_not_run("cargo-deny is not there"));
    }
    let check = |fetch: bool| {
        let mut command = run::cargo(["deny", "--locked", "--all-features"]);
        if !fetch {
            command.arg("--offline");
        }
        // A name or password is asked for where the network answers for another.
        command.args(["check", "advisories"]).env("GIT_TERMINAL_PROMPT", "0");
        run::logged("advisories", &mut command)
    };
    let done = check(true)?;
    if done.ok
        || done.output().contains("error[") && !done.output().contains("failed to fetch advisory database")
    {
        return Ok(Outcome::of(&done, done.last_line()));
    }
    if database().is_some() {
        let done = check(false)?;
        return Ok(Outcome::of(&done, "with the copy of the advisory database that is there"));
    }
    Ok(Outcome::left_out("the advisory database cannot be fetched from here, and no copy of it is there"))
}

/// A copy of the database that cargo-deny fetched before.
fn database() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))?;
    let folder = home.join("advisory-dbs");
    let copies = std::fs::read_dir(&folder).ok()?;
    copies.flatten().map(|entry| entry.path()).find(|path| path.join(".git").is_dir())
}
