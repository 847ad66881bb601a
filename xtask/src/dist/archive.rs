//! Archives with all files in one folder. Archives of the same programs are identical byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::{Papers, VERSION};
use crate::run;
use crate::windows::need;

/// The archive for Windows.
pub(super) fn zip(
    folder: &Path,
    work: &Path,
    program: &Path,
    papers: &Papers,
    no_install: bool,
) -> Result<PathBuf> {
    need(&["zip", "unzip"], &["zip", "unzip"], no_install)?;
    let top = format!("rdscal-{VERSION}-x86_64-windows");
    let stage = work.join("zip");
    staged(&stage.join(&top), program, "rdscal.exe", papers)?;
    let file = folder.join(format!("{top}.zip"));
    // Sorted names, no times of the files, no owners.
    let script = format!(
        "find '{top}' -exec touch -d 1980-01-01T00:00:00Z {{}} + && find '{top}' -type f | LC_ALL=C sort | zip -X -9 -q -@ '{}'",
        file.display()
    );
    let mut command = Command::new("sh");
    let done = run::logged_in(&stage, "dist-zip", command.args(["-c", &script]).env("TZ", "UTC"))?;
    ensure!(done.ok, "zip: {}", done.last_line());
    Ok(file)
}

fn staged(stage: &Path, program: &Path, name: &str, papers: &Papers) -> Result<()> {
    fs::create_dir_all(stage)?;
    fs::copy(program, stage.join(name))?;
    for file in &papers.files {
        let to = stage.join(file);
        fs::create_dir_all(to.parent().unwrap_or(stage))?;
        fs::copy(papers.folder.join(file), to)?;
    }
    Ok(())
}

/// An archive for Linux.
pub(super) fn tar(
    folder: &Path,
    work: &Path,
    program: &Path,
    system: &str,
    papers: &Papers,
) -> Result<PathBuf> {
    let top = format!("rdscal-{VERSION}-x86_64-{system}");
    let stage = work.join(system).join(&top);
    staged(&stage, program, "rdscal", papers)?;
    let file = folder.join(format!("{top}.tar.gz"));
    let mut command = Command::new("tar");
    command.args(["--sort=name", "--mtime=1980-01-01 00:00Z", "--owner=0", "--group=0", "--numeric-owner"]);
    command
        .args(["--use-compress-program", "gzip -9n", "-cf"])
        .arg(&file)
        .arg("-C")
        .arg(work.join(system))
        .arg(&top);
    let done = run::logged("dist-tar", &mut command)?;
    ensure!(done.ok, "tar: {}", done.last_line());
    Ok(file)
}
