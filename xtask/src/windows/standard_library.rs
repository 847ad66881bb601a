//! The standard library for Windows.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};

use super::compiler::Compiler;
use wine::cache;

use super::{TARGET, packages};
use crate::run;

/// The suites of Debian with sources of recent compilers.
const SUITES: &[&str] = &["trixie-backports", "sid"];

/// The library for a compiler: the sysroot for rustc, or `None` if rustup has installed it.
pub(super) struct Library {
    pub(super) compiler: Compiler,
    pub(super) sysroot: Option<PathBuf>,
}

impl Library {
    /// For the installed compiler, or for Debian's if the sources of the installed one are not available.
    pub(super) fn prepare(target: &str, no_install: bool, debian: bool) -> Result<Self> {
        let own = if debian {
            Err(anyhow!("Debian's compiler is requested"))
        } else {
            of(Compiler::Own, target, no_install)
        };
        let why = match own {
            Ok(library) => return Ok(library),
            Err(why) => why,
        };
        let debian = Compiler::debian(no_install).and_then(|compiler| of(compiler, target, no_install));
        debian.map_err(|other| anyhow!("{why:#}; nor with Debian's compiler: {other:#}"))
    }
}

fn of(compiler: Compiler, target: &str, no_install: bool) -> Result<Library> {
    let installed = run::printed(compiler.rustc(), &["--print", "target-libdir", "--target", target]);
    if installed.is_some_and(|folder| has_library(Path::new(&folder))) {
        return Ok(Library { compiler, sysroot: None });
    }
    let release = compiler.property("release: ")?;
    let hash: String = compiler.property("commit-hash: ")?.chars().take(9).collect();
    let other = if target == TARGET { String::new() } else { format!("{target}-") };
    let name = format!("std-{other}{release}-{hash}");
    if no_install && !cache::folder()?.join(&name).is_dir() {
        bail!("no standard library for {target}: rustup target add {target}");
    }
    let sysroot = cache::made(&name, |folder| build(folder, compiler, target, &release))?;
    Ok(Library { compiler, sysroot: Some(sysroot) })
}

/// Builds the library from the sources of this compiler, from the manifest of its sysroot as rustc's own
/// build does.
fn build(folder: &Path, compiler: Compiler, target: &str, release: &str) -> Result<()> {
    println!("building the standard library of Rust {release} for {target}, which takes a minute, once");
    let work = folder.join("work");
    fs::create_dir_all(&work)?;
    let sources = sources(&work, compiler, target, release)?;
    copy(&sources, &work.join("library"))?;
    // Programs link it statically; as a shared library it could not be linked here.
    for member in ["std", "test"] {
        let manifest = work.join("library").join(member).join("Cargo.toml");
        let text = fs::read_to_string(&manifest)?;
        let lines = text
            .lines()
            .map(|line| if line.starts_with("crate-type") { "crate-type = [\"rlib\"]" } else { line });
        fs::write(&manifest, lines.collect::<Vec<_>>().join("\n"))?;
    }
    let mut cargo = compiler.cargo("build");
    cargo.args(["--release", "--locked", "--features", "panic-unwind,backtrace", "--target", target]);
    cargo.arg("--manifest-path").arg(work.join("library/sysroot/Cargo.toml"));
    cargo
        .env("RUSTC_BOOTSTRAP", "1")
        .env("__CARGO_DEFAULT_LIB_METADATA", "winstd")
        .env("CARGO_TARGET_DIR", work.join("target"))
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env(
            "RUSTFLAGS",
            format!(
                "--remap-path-prefix={}=/rustc -Cembed-bitcode=yes -Zforce-unstable-if-unmarked",
                work.display()
            ),
        );
    let done = run::logged("windows-std", &mut cargo)?;
    if !done.ok {
        bail!("the standard library for Windows does not build: {}", done.complaint());
    }
    let libraries = folder.join("lib/rustlib").join(target).join("lib");
    fs::create_dir_all(&libraries)?;
    for entry in fs::read_dir(work.join("target").join(target).join("release/deps"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The crate `sysroot` only depends on the others.
        if path.extension() == Some(OsStr::new("rlib")) && !name.starts_with("libsysroot-") {
            fs::copy(&path, libraries.join(name))?;
        }
    }
    if !has_library(&libraries) {
        bail!("the build of the standard library for Windows left no library");
    }
    // Macros and build scripts use the library of the host.
    let own = run::printed(compiler.rustc(), &["--print", "sysroot"]).context("rustc reports no sysroot")?;
    let host = compiler.property("host: ")?;
    link(&Path::new(&own).join("lib/rustlib").join(&host), &folder.join("lib/rustlib").join(&host))?;
    fs::remove_dir_all(&work)?;
    Ok(())
}

/// The sources of exactly this compiler: the component of rustup, otherwise the package of Debian.
fn sources(work: &Path, compiler: Compiler, target: &str, release: &str) -> Result<PathBuf> {
    if compiler == Compiler::Debian {
        let library = PathBuf::from(format!("/usr/src/rustc-{release}/library"));
        if library.join("sysroot/Cargo.toml").is_file() {
            return Ok(library);
        }
        bail!("{} is missing; install rust-web-src", library.display());
    }
    let own = run::printed("rustc", &["--print", "sysroot"]).context("rustc reports no sysroot")?;
    let component = Path::new(&own).join("lib/rustlib/src/rust/library");
    if component.join("sysroot/Cargo.toml").is_file() {
        return Ok(component);
    }
    if packages::unpack("rust-src", release, SUITES, work)? {
        let library = work.join(format!("usr/src/rustc-{release}/library"));
        if library.join("sysroot/Cargo.toml").is_file() {
            return Ok(library);
        }
    }
    bail!(
        "no standard library for {target}: not installed by rustup (rustup target add {target}), and Debian has no rust-src {release}"
    );
}

fn has_library(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            name.to_string_lossy().starts_with("libstd-")
                && Path::new(&name).extension() == Some(OsStr::new("rlib"))
        })
    })
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let done = Command::new("cp").arg("-r").arg("--").args([from, to]).status()?;
    if !done.success() {
        bail!("{} could not be copied", from.display());
    }
    // Debian's sources include dependencies that differ from the lock file.
    let vendor = to.join("vendor");
    if vendor.is_dir() {
        fs::remove_dir_all(vendor)?;
    }
    Ok(())
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> Result<()> {
    std::os::unix::fs::symlink(to, at).with_context(|| at.display().to_string())
}

#[cfg(not(unix))]
fn link(_: &Path, at: &Path) -> Result<()> {
    bail!("{}: only supported on Linux", at.display())
}
