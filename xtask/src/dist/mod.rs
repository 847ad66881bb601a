//! `cargo xtask dist`: the files of a release, in `packages` of the target directory.
//!
//! A zip and an installer for Windows, an archive and packages for Linux, checksums, and manifests for the
//! package managers of Windows. Archives of the same programs are identical byte for byte.

mod archive;
mod installer;
mod linux;
mod managers;
pub mod tried;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::run;
use crate::windows::Toolchain;

/// The target of the static program for Linux.
const STATIC: &str = "x86_64-unknown-linux-musl";

/// Arguments of the task.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Args {
    /// Package the debug programs, to test the packages
    #[arg(long)]
    quick: bool,
    /// URL of the folder that will hold the files
    ///
    /// The manifests for package managers are only written with it.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Add an archive with a static program for Linux
    ///
    /// Needs rustup target add x86_64-unknown-linux-musl, and musl-gcc (package musl-tools of Debian).
    #[arg(long = "static")]
    is_static: bool,
    /// Add an RPM package, made by cargo-generate-rpm
    #[arg(long)]
    rpm: bool,
    /// Build with cargo-auditable, which adds the list of dependencies to the programs
    #[arg(long)]
    auditable: bool,
    /// Install nothing, and use what is installed
    #[arg(long)]
    no_install: bool,
}

/// The version of all crates.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The documents that are distributed with the program.
const PAPERS: [&str; 5] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "docs/windows.md"];

/// Shells, and the file names of their completions.
const SHELLS: [(&str, &str); 4] =
    [("bash", "rdscal.bash"), ("zsh", "_rdscal"), ("fish", "rdscal.fish"), ("powershell", "_rdscal.ps1")];

/// The programs of a release.
pub struct Programs {
    windows: PathBuf,
    linux: PathBuf,
    /// The profile of the program for Linux.
    profile: &'static str,
    /// The static program for Linux, if it is wanted.
    is_static: Option<PathBuf>,
}

/// Builds the programs and makes every file.
pub fn run(args: &Args) -> Result<()> {
    let mut programs = programs(args.quick, args.auditable, args.no_install)?;
    if args.is_static {
        programs.is_static = Some(static_program(programs.profile, args.auditable)?);
    }
    let folder = run::target().join("packages");
    let mut made = make(&programs, &folder, args.url.as_deref(), args.no_install)?;
    if args.rpm {
        made.push(linux::rpm(&folder)?);
    }
    for file in made {
        println!("{}", run::below_root(&file));
    }
    Ok(())
}

/// The programs, built.
pub fn programs(quick: bool, auditable: bool, no_install: bool) -> Result<Programs> {
    let mut toolchain = Toolchain::prepare(no_install, false)?;
    toolchain.is_auditable = auditable;
    let (done, windows) = toolchain.build(!quick)?;
    ensure!(done.ok, "{}", done.complaint());
    let profile = if quick { "dev" } else { "dist" };
    let linux = built(profile, auditable, None)?;
    Ok(Programs { windows, linux, profile, is_static: None })
}

/// The program for Linux without a dynamic library, linked with musl.
fn static_program(profile: &str, auditable: bool) -> Result<PathBuf> {
    let libraries = run::printed("rustc", &["--print", "target-libdir", "--target", STATIC]);
    let is_installed = libraries.is_some_and(|folder| Path::new(&folder).is_dir());
    ensure!(is_installed, "no standard library for {STATIC}: rustup target add {STATIC}");
    built(profile, auditable, Some(STATIC))
}

fn built(profile: &str, auditable: bool, target: Option<&str>) -> Result<PathBuf> {
    let build: &[&str] = if auditable { &["auditable", "build"] } else { &["build"] };
    let mut command = run::cargo(build);
    command.args(["--package", "rdscal", "--locked", "--profile", profile]);
    let mut folder = run::target().to_owned();
    if let Some(target) = target {
        command.args(["--target", target]).env("CC_x86_64_unknown_linux_musl", "musl-gcc");
        folder.push(target);
    }
    let done = run::logged("dist-build", &mut command)?;
    ensure!(done.ok, "{}", done.complaint());
    Ok(folder.join(if profile == "dev" { "debug" } else { profile }).join("rdscal"))
}

/// Makes every file in an empty folder; returns their paths.
pub fn make(programs: &Programs, folder: &Path, url: Option<&str>, no_install: bool) -> Result<Vec<PathBuf>> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let work = folder.join("work");
    let papers = papers(&programs.linux, &work.join("papers"))?;
    let mut made = vec![
        archive::zip(folder, &work, &programs.windows, &papers, no_install)?,
        archive::tar(folder, &work, &programs.linux, "linux", &papers)?,
        linux::deb(folder, &programs.linux, &papers)?,
        installer::msi(folder, &work, &programs.windows, &papers, no_install)?,
    ];
    if let Some(program) = &programs.is_static {
        made.push(archive::tar(folder, &work, program, "linux-static", &papers)?);
    }
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

/// The documents in one folder, with completions and man pages generated by the program; their paths relative
/// to the folder, sorted.
fn papers(program: &Path, folder: &Path) -> Result<Papers> {
    for paper in PAPERS {
        let to = folder.join(paper);
        fs::create_dir_all(to.parent().unwrap_or(folder))?;
        fs::copy(run::root().join(paper), to).with_context(|| paper.to_owned())?;
    }
    fs::create_dir_all(folder.join("complete"))?;
    for (shell, file) in SHELLS {
        let printed =
            run::printed(program, &["completions", shell]).context("the program prints no completions")?;
        fs::write(folder.join("complete").join(file), printed + "\n")?;
    }
    let done = run::logged("dist-man", Command::new(program).arg("man").arg(folder.join("man")))?;
    ensure!(done.ok, "the program writes no man pages: {}", done.last_line());
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

/// The files that are distributed with the program.
struct Papers {
    folder: PathBuf,
    /// Paths relative to the folder, sorted.
    files: Vec<PathBuf>,
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn sha256(path: &Path) -> Result<String> {
    let printed =
        run::printed("sha256sum", &[&path.display().to_string()]).context("sha256sum cannot be run")?;
    printed.split(' ').next().map(str::to_owned).context("sha256sum prints nothing")
}
