//! `cargo xtask dist`: what is handed out, in `target/handout`.
//!
//! A zip and an installer for Windows, an archive and a package for Debian, the sums of all, and the descriptions that Windows' package
//! managers take. Archives made twice from the same programs are the same bytes.

mod archive;
mod debian;
mod installer;
mod managers;
pub mod tried;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::run;
use crate::windows::Toolchain;

/// What to make.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// From the programs of everyday's builds: larger and slower, for trying the packages
    #[arg(long)]
    quick: bool,
    /// Where the files will be downloaded from, without the file's name; the package managers' descriptions need it
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Install nothing: use what is there
    #[arg(long)]
    no_install: bool,
}

/// The version of all crates.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is handed out beside the program.
const PAPERS: [&str; 5] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "docs/windows.md"];

/// Shells, and what their completions are called.
const SHELLS: [(&str, &str); 4] =
    [("bash", "rdscal.bash"), ("zsh", "_rdscal"), ("fish", "rdscal.fish"), ("powershell", "_rdscal.ps1")];

/// Makes everything.
pub fn run(args: &Args) -> Result<()> {
    let (windows, linux) = programs(args.quick, args.no_install)?;
    let made = make(&windows, &linux, &run::target().join("handout"), args.url.as_deref(), args.no_install)?;
    for file in made {
        println!("{}", run::below_root(&file));
    }
    Ok(())
}

/// The programs, built.
pub fn programs(quick: bool, no_install: bool) -> Result<(PathBuf, PathBuf)> {
    let (done, windows) = Toolchain::prepare(no_install, false)?.build(!quick)?;
    ensure!(done.ok, "{}", done.complaint());
    let (profile, folder) = if quick { ("dev", "debug") } else { ("dist", "dist") };
    let done = run::logged(
        "dist-build",
        &mut run::cargo(["build", "--package", "rdscal", "--locked", "--profile", profile]),
    )?;
    ensure!(done.ok, "{}", done.complaint());
    Ok((windows, run::target().join(folder).join("rdscal")))
}

/// Makes everything of these two programs, anew; gives the files.
pub fn make(
    windows: &Path,
    linux: &Path,
    folder: &Path,
    url: Option<&str>,
    no_install: bool,
) -> Result<Vec<PathBuf>> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let work = folder.join("work");
    let papers = papers(linux, &work.join("papers"))?;
    let mut made = vec![
        archive::zip(folder, &work, windows, &papers, no_install)?,
        archive::tar(folder, &work, linux, &papers)?,
        debian::package(folder, &work, linux, &papers)?,
        installer::msi(folder, &work, windows, &papers, no_install)?,
    ];
    let sums: Vec<_> = made.iter().map(|file| Ok((name(file), sha256(file)?))).collect::<Result<_>>()?;
    let lines: Vec<_> = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    let file = folder.join("SHA256SUMS");
    fs::write(&file, lines.concat())?;
    made.push(file);
    if let Some(url) = url {
        made.extend(managers::describe(folder, url, &sums)?);
    }
    fs::remove_dir_all(&work)?;
    Ok(made)
}

/// The papers in one folder, with completions and man pages as the program itself makes them; their paths below it, in order.
fn papers(program: &Path, folder: &Path) -> Result<Papers> {
    for paper in PAPERS {
        let to = folder.join(paper);
        fs::create_dir_all(to.parent().unwrap_or(folder))?;
        fs::copy(run::root().join(paper), to).with_context(|| paper.to_owned())?;
    }
    fs::create_dir_all(folder.join("complete"))?;
    for (shell, file) in SHELLS {
        let printed = run::printed(program, &["completions", shell]).context("no completions")?;
        fs::write(folder.join("complete").join(file), printed + "\n")?;
    }
    let done = run::logged("dist-man", Command::new(program).arg("man").arg(folder.join("man")))?;
    ensure!(done.ok, "no man pages: {}", done.last_line());
    let mut files = Vec::new();
    for part in ["", "docs", "complete", "man"] {
        for entry in fs::read_dir(folder.join(part))? {
            let path = entry?.path();
            if path.is_file() {
                files.push(path.strip_prefix(folder)?.to_owned());
            }
        }
    }
    files.sort();
    Ok(Papers { folder: folder.to_owned(), files })
}

/// What goes beside the program.
struct Papers {
    folder: PathBuf,
    /// Paths below the folder, in order.
    files: Vec<PathBuf>,
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn sha256(path: &Path) -> Result<String> {
    let printed = run::printed("sha256sum", &[&path.display().to_string()]).context("no sha256sum")?;
    printed.split(' ').next().map(str::to_owned).context("sha256sum prints nothing")
}
