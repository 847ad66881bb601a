//! Packages for Debian and for distributions with RPM. Their contents are in `Cargo.toml` of the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{Papers, VERSION};
use crate::run;

/// The Debian package, made by cargo-deb.
pub(super) fn deb(folder: &Path, program: &Path, papers: &Papers) -> Result<PathBuf> {
    // cargo-deb takes every file from a target directory, and accepts no program of the profile dev.
    let stage = stage(folder);
    let beside = stage.join("dist/papers");
    if stage.exists() {
        fs::remove_dir_all(&stage)?;
    }
    fs::create_dir_all(&beside)?;
    fs::copy(program, stage.join("dist/rdscal")).with_context(|| program.display().to_string())?;
    for file in &papers.files {
        let to = beside.join(file);
        fs::create_dir_all(to.parent().unwrap_or(&beside))?;
        fs::copy(papers.folder.join(file), to)?;
    }
    man_pages(&beside.join("man"))?;
    changelog(&beside)?;
    let file = folder.join(format!("rdscal_{VERSION}_amd64.deb"));
    let mut command = run::cargo(["deb", "--no-build", "--no-strip", "--package", "rdscal"]);
    command.args(["--profile", "dist", "--deb-version", VERSION, "--output"]).arg(&file);
    command.env("CARGO_TARGET_DIR", &stage).env("SOURCE_DATE_EPOCH", "315532800");
    let done = run::logged("dist-deb", &mut command)?;
    ensure!(done.ok, "cargo-deb: {}", done.complaint());
    Ok(file)
}

/// Compresses the man pages, as Debian's policy requires. cargo-deb does so only for programs that it builds.
fn man_pages(folder: &Path) -> Result<()> {
    let pages: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    let done = run::logged("dist-gzip-man", Command::new("gzip").arg("-9nf").args(&pages))?;
    ensure!(done.ok, "gzip: {}", done.last_line());
    Ok(())
}

/// The target directory of the packaging tools, beside the packages.
fn stage(folder: &Path) -> PathBuf {
    folder.with_file_name("packages-linux")
}

/// The changelog in the format of Debian: this version, with a reference to the changelog of the project.
fn changelog(folder: &Path) -> Result<()> {
    let date = run::printed("git", &["log", "-1", "--format=%cD"])
        .unwrap_or_else(|| "Tue, 01 Jan 1980 00:00:00 +0000".to_owned());
    let text = format!(
        "rdscal ({VERSION}) unstable; urgency=medium\n\n  * See NEWS.md in this folder.\n\n \
         -- the rdscal authors <rdscal@localhost>  {date}\n"
    );
    let file = folder.join("changelog.Debian");
    fs::write(&file, text)?;
    let done = run::logged("dist-gzip", Command::new("gzip").args(["-9nf"]).arg(&file))?;
    ensure!(done.ok, "gzip: {}", done.last_line());
    Ok(())
}

/// The RPM package, made by cargo-generate-rpm of the files that [`deb`] has collected.
pub(super) fn rpm(folder: &Path) -> Result<PathBuf> {
    let file = folder.join(format!("rdscal-{VERSION}.x86_64.rpm"));
    let mut command = run::cargo(["generate-rpm", "--package", "crates/app/rdscal", "--profile", "dist"]);
    command.arg("--target-dir").arg(stage(folder)).arg("--output").arg(&file);
    let done = run::logged("dist-rpm", &mut command)?;
    ensure!(done.ok, "cargo-generate-rpm: {}", done.complaint());
    Ok(file)
}
