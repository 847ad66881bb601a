//! Licenses, banned crates, sources and advisories of the dependencies: deny.toml.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};

use super::outcome::Outcome;
use super::tools::Tools;
use crate::{run, shared};

/// The folder name under which cargo-deny looks for the database of `https://github.com/RustSec/advisory-db`.
const DATABASE: &str = "advisory-db-3157b0e258782691";

/// Licenses, banned crates and sources.
pub(super) fn policy(tools: &Tools) -> Result<Outcome> {
    if !tools.deny {
        return Ok(Outcome::could_not_run("cargo-deny is missing"));
    }
    let done = run::logged(
        "deny",
        &mut run::cargo(["deny", "--locked", "--all-features", "check", "licenses", "bans", "sources"]),
    )?;
    Ok(Outcome::of(&done, done.last_line()))
}

/// Known vulnerabilities, by the database of RustSec: fetched now, fetched by an earlier run, or the copy in
/// the shared folder.
pub(super) fn advisories(tools: &Tools) -> Result<Outcome> {
    if !tools.deny {
        return Ok(Outcome::could_not_run("cargo-deny is missing"));
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("no home folder")?;
    let fetched = home.join("advisory-dbs").join(DATABASE);
    // Without these variables, Git would wait for a name and a password where a proxy asks for them.
    let mut fetch = run::cargo(["deny", "--locked", "fetch", "db"]);
    fetch.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "true");
    let is_fresh = run::logged("advisories-fetch", &mut fetch)?.ok;
    let (database, source) = if fetched.join(".git").is_dir() {
        (fetched, if is_fresh { "fetched" } else { "not updated: it could not be fetched" })
    } else if let Some(archive) = archive() {
        (unpacked(&archive)?, "the copy in the shared folder")
    } else {
        return Ok(Outcome::could_not_run(
            "the advisory database cannot be fetched, and RDSCAL_SHARED has no copy of it",
        ));
    };
    let age = age(&database)?;
    let config = config(database.parent().context("no folder")?)?;
    let mut command = run::cargo(["deny", "--locked", "--all-features", "--offline", "--config"]);
    command.arg(config).args(["check", "advisories"]);
    let done = run::logged("advisories", &mut command)?;
    Ok(Outcome::of(&done, format!("database {age} days old ({source})")))
}

/// The newest copy in the shared folder.
fn archive() -> Option<PathBuf> {
    let entries = std::fs::read_dir(shared::folder()?.join("advisory-db")).ok()?;
    let named = |path: &PathBuf| path.to_string_lossy().ends_with(".tar.gz");
    entries.flatten().map(|entry| entry.path()).filter(named).max()
}

/// Unpacks `advisory-db-YYYY-MM-DD.tar.gz` as the Git repository that cargo-deny expects, with a commit of
/// that day.
fn unpacked(archive: &Path) -> Result<PathBuf> {
    let folder = run::target().join("xtask/advisory-dbs");
    let database = folder.join(DATABASE);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&database)?;
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let day = name.trim_end_matches(".tar.gz").rsplit("db-").next().unwrap_or_default().to_owned();
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(archive).args(["--strip-components=1", "-C"]).arg(&database);
    ensure!(run::logged("advisories-unpack", &mut tar)?.ok, "{name} cannot be unpacked");
    let script = "git init -q . && git add -A && git -c user.name=copy -c user.email=copy@localhost commit -qm copy && \
                  git rev-parse HEAD > .git/FETCH_HEAD";
    let mut git = Command::new("sh");
    git.args(["-c", script]);
    for variable in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        git.env(variable, format!("{day}T00:00:00Z"));
    }
    let done = run::logged_in(&database, "advisories-unpack", &mut git)?;
    ensure!(done.ok, "{name} does not become a Git repository: {}", done.last_line());
    Ok(database)
}

/// Days since the last commit of the database.
fn age(database: &Path) -> Result<u64> {
    let path = database.display().to_string();
    let time = run::printed("git", &["-C", &path, "log", "-1", "--format=%ct"]).context("no commit")?;
    let since = UNIX_EPOCH + Duration::from_secs(time.parse()?);
    Ok(SystemTime::now().duration_since(since).unwrap_or_default().as_secs() / 86_400)
}

/// deny.toml with the folder of the database. The age is printed instead of being an error.
fn config(databases: &Path) -> Result<PathBuf> {
    let text = std::fs::read_to_string(run::root().join("deny.toml"))?;
    let (before, after) = text.split_once("[advisories]\n").context("deny.toml has no [advisories]")?;
    let added = format!("db-path = {:?}\nmaximum-db-staleness = \"P10Y\"\n", databases.display().to_string());
    let path = run::log_folder().join("deny-advisories.toml");
    std::fs::write(&path, format!("{before}[advisories]\n{added}{after}"))?;
    Ok(path)
}
