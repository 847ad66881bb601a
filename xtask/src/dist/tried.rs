//! Tests of the distributed files: archives are unpacked; the installer is run and uninstalled under Wine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::{VERSION, name};
use crate::run;
use wine::Prefix;

/// Tests each of these files. They are unpacked in `folder`.
pub fn all(files: &[PathBuf], folder: &Path, template: &Prefix) -> Result<()> {
    let file = |ending: &str| {
        let found = files.iter().find(|file| name(file).ends_with(ending));
        found.with_context(|| format!("no {ending} was made"))
    };
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    zip(file(".zip")?, folder, template).context("the zip")?;
    tar(file(".tar.gz")?, folder).context("the archive for Linux")?;
    deb(file(".deb")?, folder).context("Debian's package")?;
    sums(file("SHA256SUMS")?).context("the sums")?;
    msi(file(".msi")?, folder, template).context("the installer")
}

fn zip(file: &Path, folder: &Path, template: &Prefix) -> Result<()> {
    let target = folder.join("zip");
    let done = run::logged("dist-unzip", Command::new("unzip").arg("-q").arg(file).arg("-d").arg(&target))?;
    ensure!(done.ok, "unzip: {}", done.last_line());
    let top = target.join(name(file).trim_end_matches(".zip"));
    for wanted in
        ["rdscal.exe", "README.md", "LICENSE-MIT", "docs/windows.md", "complete/_rdscal.ps1", "man/rdscal.1"]
    {
        ensure!(top.join(wanted).is_file(), "{wanted} is missing");
    }
    let prefix = template.copy(&folder.join("prefix"))?;
    let output = prefix.wine(top.join("rdscal.exe")).arg("--version").stdin(Stdio::null()).output()?;
    prefix.end();
    ensure!(says_its_version(&output.stdout), "rdscal.exe says {}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

fn tar(file: &Path, folder: &Path) -> Result<()> {
    let target = folder.join("tar");
    fs::create_dir_all(&target)?;
    let done = run::logged("dist-untar", Command::new("tar").arg("-xf").arg(file).arg("-C").arg(&target))?;
    ensure!(done.ok, "tar: {}", done.last_line());
    let program = target.join(name(file).trim_end_matches(".tar.gz")).join("rdscal");
    let output = Command::new(program).arg("--version").output()?;
    ensure!(says_its_version(&output.stdout), "rdscal says {}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

fn deb(file: &Path, folder: &Path) -> Result<()> {
    let target = folder.join("deb");
    let done = run::logged("dist-undeb", Command::new("dpkg-deb").arg("-x").arg(file).arg(&target))?;
    ensure!(done.ok, "dpkg-deb: {}", done.last_line());
    for wanted in [
        "usr/bin/rdscal",
        "usr/share/man/man1/rdscal-doctor.1.gz",
        "usr/share/bash-completion/completions/rdscal",
        "usr/share/doc/rdscal/copyright",
    ] {
        ensure!(target.join(wanted).is_file(), "{wanted} is missing");
    }
    let mut lintian = Command::new("lintian");
    // Lintian expects a mail address and a closed bug of Debian; the project has neither.
    lintian.args(["--allow-root", "--fail-on", "error", "--suppress-tags"]);
    lintian.arg(
        [
            "bogus-mail-host",
            "bogus-mail-host-in-debian-changelog",
            "initial-upload-closes-no-bugs",
            // The program under test has debug information.
            "unstripped-binary-or-object",
        ]
        .join(","),
    );
    lintian.arg(file);
    let done = run::logged("dist-lintian", &mut lintian)?;
    ensure!(done.ok, "lintian:\n{}", done.output());
    let field = run::printed("dpkg-deb", &["-f", &file.display().to_string(), "Version"]);
    ensure!(field.as_deref() == Some(VERSION), "its version is {field:?}");
    Ok(())
}

fn sums(file: &Path) -> Result<()> {
    let folder = file.parent().context("no folder")?;
    let output =
        Command::new("sha256sum").args(["--check", "--strict"]).arg(file).current_dir(folder).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

fn msi(file: &Path, folder: &Path, template: &Prefix) -> Result<()> {
    // It writes to the drive, so it needs a copy.
    let prefix = template.copy_with_drive(&folder.join("installed"))?;
    let result = installed_and_removed(file, &prefix);
    prefix.end();
    result
}

fn installed_and_removed(file: &Path, prefix: &Prefix) -> Result<()> {
    prefix.start()?;
    let home = prefix.folder().join("drive_c/Program Files/rdscal");
    let msiexec = |what: &str| -> Result<()> {
        let status = prefix.wine("msiexec").arg(what).arg(file).arg("/qn").stdin(Stdio::null()).status()?;
        ensure!(status.success(), "msiexec {what} ended with {:?}", status.code());
        Ok(())
    };
    msiexec("/i")?;
    ensure!(home.join("rdscal.exe").is_file(), "rdscal.exe is not in {}", home.display());
    ensure!(home.join("README.md").is_file(), "README.md is not in {}", home.display());
    // `cmd` finds it in the PATH that the installer wrote.
    let output = prefix.wine("cmd").args(["/c", "rdscal", "--version"]).stdin(Stdio::null()).output()?;
    ensure!(
        says_its_version(&output.stdout),
        "it is not in PATH: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    msiexec("/x")?;
    ensure!(!home.join("rdscal.exe").exists(), "it remains after its removal");
    let output = prefix.wine("cmd").args(["/c", "rdscal", "--version"]).stdin(Stdio::null()).output()?;
    ensure!(!says_its_version(&output.stdout), "it runs after its removal");
    Ok(())
}

fn says_its_version(output: &[u8]) -> bool {
    String::from_utf8_lossy(output).trim() == format!("rdscal {VERSION}")
}
