//! Rust's standard library for Windows.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};

use super::compiler::Compiler;
use super::{TARGET, cache, packages};
use crate::run;

/// Where Debian has the sources of recent compilers.
const SUITES: &[&str] = &["trixie-backports", "sid"];

/// The library for a compiler: the folder to hand to rustc as its sysroot, or `None` where rustup installed it.
pub(super) struct Library {
    pub(super) compiler: Compiler,
    pub(super) sysroot: Option<PathBuf>,
}

impl Library {
    /// For the compiler at hand; where its sources are not to be had, for Debian's.
    pub(super) fn prepare(target: &str, no_install: bool, debian: bool) -> Result<Self> {
        let own = if debian {
            Err(anyhow!("another compiler is asked for"))
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
    let release = compiler.told("release: ")?;
    let hash: String = compiler.told("commit-hash: ")?.chars().take(9).collect();
    let other = if target == TARGET { String::new() } else { format!("{target}-") };
    let name = format!("std-{other}{release}-{hash}");
    if no_install && !cache::folder()?.join(&name).is_dir() {
        bail!("no standard library for {target}: rustup target add {target}");
    }
    let sysroot = cache::made(&name, |folder| build(folder, compiler, target, &release))?;
    Ok(Library { compiler, sysroot: Some(sysroot) })
}

/// Builds the library from the sources of this very compiler, as rustc's own build does: by the manifest of its sysroot.
fn build(folder: &Path, compiler: Compiler, target: &str, release: &str) -> Result<()> {
    println!("building the standard library of Rust {release} for {target}, a minute once");
    let work = folder.join("work");
    fs::create_dir_all(&work)?;
    let sources = sources(&work, compiler, target, release)?;
    copy(&sources, &work.join("library"))?;
    // Programs are linked with it statically; as a shared library it could not even be linked here.
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
        bail!("Rust's standard library for Windows does not build: {}", done.complaint());
    }
    let libraries = folder.join("lib/rustlib").join(target).join("lib");
    fs::create_dir_all(&libraries)?;
    for entry in fs::read_dir(work.join("target").join(target).join("release/deps"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The crate that only gathers the others is none of them.
        if path.extension() == Some(OsStr::new("rlib")) && !name.starts_with("libsysroot-") {
            fs::copy(&path, libraries.join(name))?;
        }
    }
    if !has_library(&libraries) {
        bail!("Rust's standard library for Windows was built, and is not there");
    }
    // What runs while building (macros, build scripts) is the host's own.
    let own = run::printed(compiler.rustc(), &["--print", "sysroot"]).context("rustc tells no sysroot")?;
    let host = compiler.told("host: ")?;
    link(&Path::new(&own).join("lib/rustlib").join(&host), &folder.join("lib/rustlib").join(&host))?;
    fs::remove_dir_all(&work)?;
    Ok(())
}

/// Where the sources of exactly this compiler are: rustup's component, else Debian's package.
fn sources(work: &Path, compiler: Compiler, target: &str, release: &str) -> Result<PathBuf> {
    if compiler == Compiler::Debian {
        let library = PathBuf::from(format!("/usr/src/rustc-{release}/library"));
        if library.join("sysroot/Cargo.toml").is_file() {
            return Ok(library);
        }
        bail!("{} is not there; install rust-web-src", library.display());
    }
    let own = run::printed("rustc", &["--print", "sysroot"]).context("rustc tells no sysroot")?;
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
        "no standard library for {target}: rustup has it not installed (rustup target add {target}), and Debian has no rust-src {release}"
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
    // Debian's sources bring their dependencies along, in a form that their lock file does not name.
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
    bail!("{}: only Linux needs it", at.display())
}
