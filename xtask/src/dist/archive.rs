//! Archives with everything in one folder.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Papers, VERSION};
use crate::run;

/// For Windows.
pub(super) fn zip(folder: &Path, program: &Path, papers: &Papers) -> Result<PathBuf> {
    let top = format!("rdscal-{VERSION}-x86_64-windows");
    let file = folder.join(format!("{top}.zip"));
    let mut zip = ZipWriter::new(File::create(&file)?);
    // The same time in every one: the format's first.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    let program = ("rdscal.exe".to_owned(), program.to_owned());
    let others = papers.files.iter().map(|file| (file.display().to_string(), papers.folder.join(file)));
    for (name, path) in std::iter::once(program).chain(others) {
        zip.start_file(format!("{top}/{name}"), options)?;
        zip.write_all(&fs::read(path)?)?;
    }
    zip.finish()?;
    Ok(file)
}

/// For Linux.
pub(super) fn tar(folder: &Path, work: &Path, program: &Path, papers: &Papers) -> Result<PathBuf> {
    let top = format!("rdscal-{VERSION}-x86_64-linux");
    let stage = work.join("tar").join(&top);
    fs::create_dir_all(&stage)?;
    fs::copy(program, stage.join("rdscal"))?;
    for file in &papers.files {
        let to = stage.join(file);
        fs::create_dir_all(to.parent().unwrap_or(&stage))?;
        fs::copy(papers.folder.join(file), to)?;
    }
    let file = folder.join(format!("{top}.tar.gz"));
    let mut command = Command::new("tar");
    command.args(["--sort=name", "--mtime=1980-01-01 00:00Z", "--owner=0", "--group=0", "--numeric-owner"]);
    command
        .args(["--use-compress-program", "gzip -9n", "-cf"])
        .arg(&file)
        .arg("-C")
        .arg(work.join("tar"))
        .arg(&top);
    let done = run::logged("dist-tar", &mut command)?;
    ensure!(done.ok, "tar: {}", done.last_line());
    Ok(file)
}
