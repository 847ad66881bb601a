//! `cargo xtask windows`: the Windows program, built and run on Linux.
//!
//! It is linked by mingw and run by Wine, both from Debian's packages. Rust's standard library for Windows comes from rustup where it is
//! installed; else it is built once, from the sources of exactly the compiler at hand, into a cache that clones share.

mod cache;
mod cases;
mod compiler;
mod contents;
mod domain;
mod living;
mod machines;
mod manners;
mod packages;
mod prefix;
mod repairs;
mod standard_library;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

pub use manners::made;
pub use packages::need;
pub use prefix::Prefix;

use crate::run::{self, Done};
use standard_library::Library;

/// What Windows programs are built for.
pub const TARGET: &str = "x86_64-pc-windows-gnu";

const LINKER: &str = "x86_64-w64-mingw32-gcc";

/// Windows on ARM, as far as it goes here: nothing of Debian's links for it.
const ARM: &str = "aarch64-pc-windows-gnullvm";

/// The program as it is handed out has at most so many bytes.
const LARGEST: u64 = 6_000_000;

/// What to do.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    task: Option<Task>,
    /// Install nothing: use what is there
    #[arg(long, global = true)]
    no_install: bool,
    /// With Debian's compiler, as is done by itself where the sources of the one at hand are not to be had
    #[arg(long, global = true)]
    debian_rust: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// Install and build what is needed, and no more
    Prepare,
    /// Build rdscal.exe (the default)
    Build {
        /// With the profile that it is handed out with
        #[arg(long)]
        dist: bool,
    },
    /// Check that it compiles for Windows on ARM, too; nothing is linked
    Arm,
    /// Build rdscal.exe and try it under Wine, on the machines of the table
    Test {
        /// Only the machines, and the domain, whose names hold this text
        only: Option<String>,
    },
    /// Build rdscal.exe and run it under Wine, in a registry of its own
    Run {
        /// Registry exports to import first
        #[arg(long, value_name = "REG")]
        import: Vec<PathBuf>,
        /// What rdscal.exe is called with
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Runs the chore.
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
    let template = Prefix::prepare(args.no_install)?;
    if let Task::Prepare = task {
        println!("ready: {}", cache::folder()?.display());
        return Ok(());
    }
    let (done, program) = toolchain.build(false)?;
    finished(&done)?;
    let Task::Run { import, arguments } = task else {
        let only = if let Task::Test { only } = task { only.as_deref() } else { None };
        let (count, failed) = tried(&template, &program, only)?;
        if !failed.is_empty() {
            bail!("{}", failed.join("\n"));
        }
        println!("{count} machines and manners are as they should be");
        return Ok(());
    };
    let prefix = template.copy(&crate::root().join("target/windows/run"))?;
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

/// Compiles the program for Windows on ARM, up to the linker.
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

const DOMAIN: &str = "a domain";

/// Tries the program under Wine, on the machines whose names hold this text, and its manners; gives how many there were, and one line
/// for each that failed.
pub fn tried(template: &Prefix, program: &Path, only: Option<&str>) -> Result<(usize, Vec<String>)> {
    let (machines, mut failed) = machines::run(template, program, only)?;
    let mut count = machines;
    if only.is_none() {
        let (manners, ill) = manners::run(template, program)?;
        count += manners;
        failed.extend(ill);
        let (living, ill) = living::run(template, program);
        count += living;
        failed.extend(ill);
    }
    if only.is_none_or(|only| DOMAIN.contains(only)) {
        match domain::run(template, program) {
            Ok(asked) => count += usize::from(asked),
            Err(error) => failed.push(format!("{DOMAIN}: {error:#}")),
        }
    }
    Ok((count, failed))
}

fn finished(done: &Done) -> Result<()> {
    if !done.ok {
        bail!("{}\n{}", done.complaint(), done.tail(40));
    }
    Ok(())
}

/// What compiles and links for Windows.
pub struct Toolchain {
    library: Library,
}

impl Toolchain {
    /// Has what is needed installed and built, once.
    ///
    /// # Errors
    /// Says in one line what cannot be had here.
    pub fn prepare(no_install: bool, debian: bool) -> Result<Self> {
        packages::need(&[LINKER], &["gcc-mingw-w64-x86-64-win32"], no_install)?;
        Ok(Self { library: Library::prepare(TARGET, no_install, debian)? })
    }

    /// Cargo with these arguments, for Windows.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        self.cargo_with(arguments, &["-Cstrip=debuginfo"])
    }

    fn cargo_with(&self, arguments: &[&str], flags: &[&str]) -> Command {
        let (subcommand, rest) = arguments.split_first().map_or(("", [].as_slice()), |(a, b)| (*a, b));
        // `nextest` has a subcommand of its own before its options.
        let (second, rest) = match (subcommand, rest.split_first()) {
            ("nextest", Some((second, rest))) => (Some(*second), rest),
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
            // It would replace the flags above.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET");
        command
    }

    /// Clippy on the packages in which something is compiled for Windows alone; `None` where the compiler has none.
    pub fn clippy(&self) -> Result<Option<Done>> {
        if !self.library.compiler.has_clippy() {
            return Ok(None);
        }
        let packages = [
            "rdscal-winreg",
            "rdscal-sources",
            "rdscal-msrpc",
            "rdscal-smb",
            "rdscal-repair",
            "rdscal-directory",
            "rdscal",
        ];
        let named = packages.iter().flat_map(|package| ["--package", package]);
        let arguments: Vec<_> = ["clippy", "--all-targets"].into_iter().chain(named).collect();
        let mut command = self.cargo(&arguments);
        command.args(["--", "-D", "warnings"]);
        run::logged("windows-clippy", &mut command).map(Some)
    }

    /// The tests of what is compiled for Windows alone, and those of the command line, in a fresh registry. Those of the other packages say
    /// nothing of Windows: no path, process or system is in them.
    pub fn unit_tests(&self, template: &Prefix, nextest: bool) -> Result<Done> {
        let prefix = template.copy(&crate::root().join("target/windows/tests"))?;
        prefix.start()?;
        let packages = ["--package", "rdscal-winreg", "--package", "rdscal-sources", "--package", "rdscal"];
        let runner: &[&str] =
            if nextest { &["nextest", "run", "--no-fail-fast"] } else { &["test", "--no-fail-fast"] };
        let mut command = self.cargo(&[runner, &packages].concat());
        prefix.surroundings(&mut command).env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", prefix::WINE);
        // A test under Wine has no cargo to ask where the snapshots are, and must not write any.
        command.env("INSTA_WORKSPACE_ROOT", crate::root()).env("INSTA_UPDATE", "no");
        let done = run::logged("windows-tests", &mut command);
        prefix.end();
        done
    }

    /// Builds the program.
    ///
    /// # Errors
    /// Also where the program to hand out has become too large.
    pub fn build(&self, dist: bool) -> Result<(Done, PathBuf)> {
        let arguments = |profile| ["build", "--package", "rdscal", "--profile", profile];
        let (mut command, folder) = if dist {
            // Its profile strips it of all symbols; a flag would be stronger.
            (self.cargo_with(&arguments("dist"), &[]), "dist")
        } else {
            (self.cargo(&arguments("dev")), "debug")
        };
        let mut done = run::logged("windows-build", &mut command)?;
        let program = self.library.compiler.target().join(TARGET).join(folder).join("rdscal.exe");
        if dist && done.ok {
            let size = std::fs::metadata(&program)?.len();
            if size > LARGEST {
                bail!("{} has {size} bytes, more than the {LARGEST} that it may have", program.display());
            }
        }
        if !dist && done.ok {
            // It gives keys under Wine the descriptors that tests need, and goes no further.
            let mut helper = self.cargo(&["build", "--package", "rdscal-winreg", "--example", "describe"]);
            done = run::logged("windows-build-helper", &mut helper)?;
        }
        Ok((done, program))
    }
}
