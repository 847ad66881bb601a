//! `cargo xtask windows`: builds `rdscal.exe` on Linux and runs it under Wine.
//!
//! mingw links it and Wine runs it; both are packages of Debian. The standard library for Windows comes from
//! rustup if it is installed there. Otherwise it is built once from the sources of the installed compiler, in
//! a cache that all clones share.

mod compiler;
pub mod executable;
mod packages;
mod standard_library;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use wine::{Prefix, cache};

pub use packages::need;

use crate::run::{self, Done};
use standard_library::Library;

/// The target of the Windows programs.
pub const TARGET: &str = "x86_64-pc-windows-gnu";

const LINKER: &str = "x86_64-w64-mingw32-gcc";

/// Windows on ARM. Debian has no linker for it.
const ARM: &str = "aarch64-pc-windows-gnullvm";

/// The maximum size of the distributed program in bytes.
const MAX_SIZE: u64 = 8_000_000;

/// Arguments of the task.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    task: Option<Task>,
    /// Install nothing, and use what is installed
    #[arg(long, global = true)]
    no_install: bool,
    /// Use Debian's compiler; the default if the sources of the installed one are not available
    #[arg(long, global = true)]
    debian_rust: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// Install and build what the other tasks need
    Prepare,
    /// Build rdscal.exe (the default)
    Build {
        /// Use the profile of the distributed program
        #[arg(long)]
        dist: bool,
    },
    /// Check that it compiles for Windows on ARM, without linking
    Arm,
    /// Build rdscal.exe and run the tests of crates/testing/wine
    Test {
        /// Only the tests whose names contain this text
        only: Option<String>,
    },
    /// Build rdscal.exe and run it under Wine, with a fresh registry
    Run {
        /// Registry exports to import first
        #[arg(long, value_name = "REG")]
        import: Vec<PathBuf>,
        /// Arguments of rdscal.exe
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    let task = args.task.as_ref().unwrap_or(&Task::Build { dist: false });
    if let Task::Arm = task {
        return arm(args.no_install, args.debian_rust);
    }
    let toolchain = Toolchain::prepare(args.no_install, args.debian_rust)?;
    if let Task::Build { dist } = task {
        let (done, program) = toolchain.build(*dist)?;
        finished(&done)?;
        println!("{}", run::below_root(&program));
        return Ok(());
    }
    let template = template(args.no_install)?;
    if let Task::Prepare = task {
        println!("ready: {}", cache::folder()?.display());
        return Ok(());
    }
    let (done, program) = toolchain.build(false)?;
    finished(&done)?;
    let Task::Run { import, arguments } = task else {
        let only = if let Task::Test { only } = task { only.as_deref() } else { None };
        let nextest =
            run::cargo(["nextest", "--version"]).output().is_ok_and(|output| output.status.success());
        let done = suite(&program, only, nextest)?;
        finished(&done)?;
        println!("{}", done.last_line());
        return Ok(());
    };
    let prefix = template.copy(&run::target().join("windows/run"))?;
    prefix.start()?;
    for file in import {
        let done = prefix.wine("reg").arg("import").arg(file).status()?;
        if !done.success() {
            bail!("Wine could not import {}", file.display());
        }
    }
    let status = prefix.wine(program).args(arguments).status()?;
    prefix.end();
    std::process::exit(status.code().unwrap_or(1));
}

/// Checks the program for Windows on ARM.
fn arm(no_install: bool, debian: bool) -> Result<()> {
    let library = Library::prepare(ARM, no_install, debian)?;
    let mut command = library.compiler.cargo("check");
    command.args(["--target", ARM, "--locked", "--package", "rdscal"]).env_remove("RUSTFLAGS");
    if let Some(sysroot) = &library.sysroot {
        let flags = format!("--sysroot {}", sysroot.display());
        command.env("CARGO_TARGET_AARCH64_PC_WINDOWS_GNULLVM_RUSTFLAGS", flags);
    }
    finished(&run::logged("windows-arm", &mut command)?)?;
    println!("rdscal compiles for {ARM}; it was not linked");
    Ok(())
}

/// The Wine prefix that all others are copied from. Installs Wine if that is allowed.
///
/// # Errors
/// One line that names what is missing.
pub fn template(no_install: bool) -> Result<Prefix> {
    need(&wine::PROGRAMS, &["wine64", "wine", "gcc-mingw-w64-x86-64-win32"], no_install)?;
    Prefix::template()
}

/// Runs the tests of the crate `rdscal-wine` whose names contain `only`.
pub fn suite(program: &Path, only: Option<&str>, nextest: bool) -> Result<Done> {
    let linux = run::logged("rdscal", &mut run::cargo(["build", "--package", "rdscal", "--locked"]))?;
    if !linux.ok {
        return Ok(linux);
    }
    let runner: &[&str] =
        if nextest { &["nextest", "run", "--profile", "wine", "--run-ignored", "only"] } else { &["test"] };
    let mut command = run::cargo(runner);
    command.args(["--package", "rdscal-wine", "--locked"]);
    if nextest {
        command.args(only);
    } else {
        command.args(["--", "--ignored", "--show-output"]).args(only);
    }
    command.env("RDSCAL_WINDOWS_PROGRAM", program);
    command.env("RDSCAL_LINUX_PROGRAM", run::target().join("debug/rdscal"));
    run::logged("windows-suite", &mut command)
}

fn finished(done: &Done) -> Result<()> {
    if !done.ok {
        bail!("{}\n{}", done.complaint(), done.tail(40));
    }
    Ok(())
}

/// A compiler, standard library and linker for Windows.
pub struct Toolchain {
    library: Library,
    /// Whether cargo-auditable adds the list of dependencies to the program.
    pub is_auditable: bool,
}

impl Toolchain {
    /// Installs and builds what is missing.
    ///
    /// # Errors
    /// One line that names what is missing.
    pub fn prepare(no_install: bool, debian: bool) -> Result<Self> {
        packages::need(&[LINKER], &["gcc-mingw-w64-x86-64-win32"], no_install)?;
        Ok(Self { library: Library::prepare(TARGET, no_install, debian)?, is_auditable: false })
    }

    /// Cargo with these arguments, for Windows.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        self.cargo_with(arguments, &["-Cstrip=debuginfo"])
    }

    fn cargo_with(&self, arguments: &[&str], flags: &[&str]) -> Command {
        let (subcommand, rest) = arguments.split_first().map_or(("", [].as_slice()), |(a, b)| (*a, b));
        // These have a subcommand before its options.
        let (second, rest) = match (subcommand, rest.split_first()) {
            ("nextest" | "auditable", Some((second, rest))) => (Some(*second), rest),
            _ => (None, rest),
        };
        let mut command = self.library.compiler.cargo(subcommand);
        command.args(second).args(["--target", TARGET, "--locked"]).args(rest);
        let mut flags: Vec<_> = flags.iter().map(|&flag| flag.to_owned()).collect();
        if let Some(sysroot) = &self.library.sysroot {
            flags.extend(["--sysroot".to_owned(), sysroot.display().to_string()]);
        }
        command
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS", flags.join(" "))
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", LINKER)
            // RUSTFLAGS would replace the flags above.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET");
        command
    }

    /// Clippy on the packages with code for Windows only; `None` if the compiler has no clippy.
    pub fn clippy(&self) -> Result<Option<Done>> {
        if !self.library.compiler.has_clippy() {
            return Ok(None);
        }
        let packages = [
            "rdscal-win32",
            "rdscal-sources",
            "rdscal-msrpc",
            "rdscal-smb",
            "rdscal-repair",
            "rdscal-ldap",
            "rdscal",
        ];
        let named = packages.iter().flat_map(|package| ["--package", package]);
        let arguments: Vec<_> = ["clippy", "--all-targets"].into_iter().chain(named).collect();
        let mut command = self.cargo(&arguments);
        command.args(["--", "-D", "warnings"]);
        run::logged("windows-clippy", &mut command).map(Some)
    }

    /// The tests of code for Windows only, and those of the command line, in a fresh registry. The other
    /// packages have no code that depends on the system.
    pub fn unit_tests(&self, template: &Prefix, nextest: bool) -> Result<Done> {
        let prefix = template.copy(&run::target().join("windows/tests"))?;
        prefix.start()?;
        let packages = ["--package", "rdscal-win32", "--package", "rdscal-sources", "--package", "rdscal"];
        let runner: &[&str] =
            if nextest { &["nextest", "run", "--no-fail-fast"] } else { &["test", "--no-fail-fast"] };
        let mut command = self.cargo(&[runner, &packages].concat());
        prefix.environment(&mut command).env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", wine::WINE);
        // A test under Wine cannot ask Cargo for the folder of the snapshots, and must not write any.
        command.env("INSTA_WORKSPACE_ROOT", run::root()).env("INSTA_UPDATE", "no");
        let done = run::logged("windows-tests", &mut command);
        prefix.end();
        done
    }

    /// Builds the program.
    ///
    /// # Errors
    /// Also if the distributed program exceeds its size limit.
    pub fn build(&self, dist: bool) -> Result<(Done, PathBuf)> {
        let build: &[&str] = if self.is_auditable { &["auditable", "build"] } else { &["build"] };
        let arguments = |profile| [build, &["--package", "rdscal", "--profile", profile]].concat();
        let (mut command, folder) = if dist {
            // The profile strips all symbols; a flag would override it.
            (self.cargo_with(&arguments("dist"), &[]), "dist")
        } else {
            (self.cargo(&arguments("dev")), "debug")
        };
        let mut done = run::logged("windows-build", &mut command)?;
        let program = self.library.compiler.target().join(TARGET).join(folder).join("rdscal.exe");
        if dist && done.ok {
            let size = std::fs::metadata(&program)?.len();
            if size > MAX_SIZE {
                bail!("{} has {size} bytes, more than the limit of {MAX_SIZE}", program.display());
            }
        }
        if !dist && done.ok {
            // It sets the security descriptors that the tests need; it is not distributed.
            let mut helper = self.cargo(&["build", "--package", "rdscal-win32", "--example", "describe"]);
            done = run::logged("windows-build-helper", &mut helper)?;
        }
        Ok((done, program))
    }
}
