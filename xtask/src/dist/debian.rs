//! A package for Debian and its kin.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{Papers, VERSION};
use crate::run;

pub(super) fn package(folder: &Path, work: &Path, program: &Path, papers: &Papers) -> Result<PathBuf> {
    let stage = work.join("deb");
    let put = |from: &Path, to: &str| -> Result<()> {
        let to = stage.join(to);
        fs::create_dir_all(to.parent().unwrap_or(&stage))?;
        fs::copy(from, &to).with_context(|| from.display().to_string())?;
        Ok(())
    };
    put(program, "usr/bin/rdscal")?;
    for file in &papers.files {
        let from = papers.folder.join(file);
        let name = super::name(file);
        match name.as_str() {
            "rdscal.bash" => put(&from, "usr/share/bash-completion/completions/rdscal")?,
            "_rdscal" => put(&from, "usr/share/zsh/vendor-completions/_rdscal")?,
            "rdscal.fish" => put(&from, "usr/share/fish/vendor_completions.d/rdscal.fish")?,
            _ if file.starts_with("man") => put(&from, &format!("usr/share/man/man1/{name}"))?,
            "README.md" | "CHANGELOG.md" | "LICENSE-APACHE" | "LICENSE-MIT" => {
                put(&from, &format!("usr/share/doc/rdscal/{name}"))?;
            }
            // Windows' own are of no use there.
            _ => {}
        }
    }
    let mut copyright = String::from(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: the rdscal authors\n\
         License: Apache-2.0 or MIT\n The texts are LICENSE-APACHE and LICENSE-MIT in this folder.\n",
    );
    copyright.push('\n');
    fs::write(stage.join("usr/share/doc/rdscal/copyright"), copyright)?;
    fs::create_dir_all(stage.join("DEBIAN"))?;
    let size = run::printed("du", &["-sk", &stage.display().to_string()]).unwrap_or_default();
    let size = size.split_whitespace().next().unwrap_or("0").to_owned();
    // The oldest C library that holds what the program asks of it is not looked up; that of the oldest Debian with support is safe.
    let control = format!(
        "Package: rdscal\nVersion: {VERSION}\nArchitecture: amd64\nSection: admin\nPriority: optional\n\
         Maintainer: the rdscal authors <rdscal@localhost>\nInstalled-Size: {size}\nDepends: libc6 (>= 2.36), libgcc-s1\n\
         Description: reads and judges the licensing state of Remote Desktop Services\n \
         Reads the licensing state of Microsoft Remote Desktop Services from registry hives,\n exports, policies and snapshots, \
         and says what is wrong, why, and how to put it right.\n"
    );
    fs::write(stage.join("DEBIAN/control"), control)?;
    let file = folder.join(format!("rdscal_{VERSION}_amd64.deb"));
    let mut command = Command::new("dpkg-deb");
    command
        .args(["--root-owner-group", "--build"])
        .arg(&stage)
        .arg(&file)
        .env("SOURCE_DATE_EPOCH", "315532800");
    let done = run::logged("dist-deb", &mut command)?;
    ensure!(done.ok, "dpkg-deb: {}", done.last_line());
    Ok(file)
}
