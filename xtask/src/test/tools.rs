//! The tools that the checks need: packages of Debian, a Python environment, subcommands of Cargo.
//!
//! Everything that is missing is listed, with its disk space and time, before anything is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::outcome::{Progress, shown};
use crate::run;

/// Packages of Debian, by purpose.
const DEBIAN: &[(&str, &[&str])] = &[
    (
        "other readers of hives",
        &["libhivex-bin", "libwin-hivex-perl", "python3-hivex", "python3-samba", "python3-venv", "reglookup"],
    ),
    ("Windows build and Wine", &["gcc-mingw-w64-x86-64-win32", "wine64", "wine"]),
    ("packages", &["wixl", "msitools", "zip", "unzip", "lintian"]),
    ("fuzzing", &["g++"]),
];

/// Samba and Kerberos. Where systemd runs, installing Samba starts a file server that listens on the network,
/// so the user must do it. The tests start servers on the loopback interface.
const SERVERS: &[&str] = &[
    "samba",
    "samba-common-bin",
    "samba-ad-provision",
    "samba-dsdb-modules",
    "samba-vfs-modules",
    "python3-samba",
    "winbind",
    "krb5-user",
    "python3-gssapi",
    "openssl",
];

/// Subcommands of Cargo and other programs from the crate registry: package, features, and minutes to build
/// with two cores.
const CARGO: &[(&str, &[&str], u32)] = &[
    // Without the part that updates the tool over the network.
    ("cargo-nextest", &["--no-default-features", "--features", "default-no-update"], 6),
    ("cargo-deny", &[], 5),
    ("mdbook", &["--no-default-features", "--features", "search"], 4),
    ("cargo-deb", &["--no-default-features"], 3),
];

/// The tools that are installed.
#[allow(clippy::struct_excessive_bools)] // one for each tool
pub(crate) struct Tools {
    /// A Python that has the modules of the other readers.
    pub(crate) python: Option<PathBuf>,
    /// `cargo nextest` works.
    pub(crate) nextest: bool,
    /// `cargo deny` works.
    pub(crate) deny: bool,
    /// `mdbook` works.
    pub(crate) mdbook: bool,
    /// `cargo deb` works.
    pub(crate) deb: bool,
    /// Nothing may be installed.
    pub(crate) no_install: bool,
}

/// What is missing.
struct Missing {
    packages: Vec<&'static str>,
    servers: Vec<&'static str>,
    python: bool,
    cargo: Vec<&'static (&'static str, &'static [&'static str], u32)>,
}

impl Missing {
    fn find() -> Self {
        let absent = |packages: &mut dyn Iterator<Item = &'static str>| -> Vec<&'static str> {
            packages.filter(|package| !is_installed(package)).collect()
        };
        Self {
            packages: absent(&mut DEBIAN.iter().flat_map(|(_, packages)| packages.iter().copied())),
            servers: absent(&mut SERVERS.iter().copied()),
            python: !python_is_current(),
            cargo: CARGO.iter().filter(|(name, _, _)| !works(name)).collect(),
        }
    }

    /// Lists everything with its disk space and time.
    fn print(&self, no_install: bool) {
        let mut lines = Vec::new();
        if !(self.packages.is_empty() && self.servers.is_empty()) {
            let names = [self.packages.as_slice(), &self.servers].concat();
            // A package and its dependencies, on average.
            let megabytes = names.len() * 40;
            lines.push(format!(
                "packages of Debian, {megabytes} MB, some minutes, as root: {}",
                names.join(" ")
            ));
        }
        if self.python {
            lines
                .push("Python modules of other readers, 90 MB, a minute, in the target directory".to_owned());
        }
        for (name, _, minutes) in &self.cargo {
            lines.push(format!("{name}, 30 MB, {minutes} minutes, where cargo install puts programs"));
        }
        if lines.is_empty() {
            println!("every tool is installed");
            return;
        }
        println!("{}:", if no_install { "missing, not installed" } else { "missing, to be installed now" });
        for line in lines {
            println!("  {line}");
        }
        if !no_install {
            println!("  (--no-install leaves them out; the checks that need them then cannot run)");
        }
        println!("the builds need about 8 GB in {}", run::target().display());
    }
}

impl Tools {
    /// Lists and installs what is missing; returns the tools, and one line for each that is still missing.
    pub(crate) fn prepare(no_install: bool) -> Result<(Self, Vec<String>)> {
        let absent = Missing::find();
        absent.print(no_install);
        let mut missing = Vec::new();
        if !no_install {
            let _progress = Progress::start();
            debian(&absent, &mut missing)?;
        }
        let python = python(no_install, &mut missing)?;
        for (name, features, _) in &absent.cargo {
            if no_install {
                missing.push((*name).to_owned());
            } else {
                cargo_tool(name, features, &mut missing)?;
            }
        }
        let [nextest, deny, mdbook, deb] = ["cargo-nextest", "cargo-deny", "mdbook", "cargo-deb"].map(works);
        Ok((Self { python, nextest, deny, mdbook, deb, no_install }, missing))
    }
}

fn debian(absent: &Missing, missing: &mut Vec<String>) -> Result<()> {
    let mut packages = absent.packages.clone();
    if Path::new("/run/systemd/system").is_dir() && !absent.servers.is_empty() {
        let names = absent.servers.join(" ");
        missing.push(format!(
            "{names}: installing them starts a file server on this machine, so run it yourself: \
             apt-get install {names} && systemctl disable --now smbd nmbd winbind"
        ));
    } else {
        packages.extend(&absent.servers);
    }
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    if !run::answers("apt-get", &["--version"]) {
        missing.push(format!("{names}: this system is not Debian; install their equivalents"));
        return Ok(());
    }
    if run::printed("id", &["-u"]).as_deref() != Some("0") {
        missing.push(format!("{names}: run as root: apt-get install --no-install-recommends {names}"));
        return Ok(());
    }
    println!("installing packages of Debian");
    // An old list names packages that no longer exist. If the update fails, so does the installation.
    let _ = run::logged("apt-update", Command::new("apt-get").args(["update", "-qq"]))?;
    let done = run::logged(
        "apt-install",
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"])
            .args(&packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    if !done.ok {
        missing.push(format!("{names}: apt-get: {}", done.last_line()));
    }
    Ok(())
}

fn is_installed(package: &str) -> bool {
    run::printed("dpkg-query", &["-W", "-f=${Status}", package])
        .is_some_and(|it| it == "install ok installed")
}

/// The virtual environment, and the copy of the requirements that were installed in it.
fn environment() -> (PathBuf, PathBuf, PathBuf) {
    let folder = run::target().join("peers");
    (
        folder.join("bin/python"),
        folder.join("requirements.txt"),
        run::root().join("bench/peers/requirements.txt"),
    )
}

fn python_is_current() -> bool {
    let (python, installed, requirements) = environment();
    python.is_file() && std::fs::read(installed).ok() == std::fs::read(requirements).ok()
}

/// A virtual environment in the target directory that sees the Python modules of Debian, with those of
/// requirements.txt.
fn python(no_install: bool, missing: &mut Vec<String>) -> Result<Option<PathBuf>> {
    let (python, installed, requirements) = environment();
    if python_is_current() {
        return Ok(Some(python));
    }
    if no_install {
        missing.push("the Python modules of the other readers".to_owned());
        return Ok(None);
    }
    // Debian's Python sees the modules of Debian's packages, whichever Python is first in PATH.
    let system = Path::new("/usr/bin/python3");
    let system = if system.is_file() { system } else { Path::new("python3") };
    println!("installing the Python modules of the other readers");
    let folder = run::target().join("peers");
    let mut venv = Command::new(system);
    venv.args(["-m", "venv", "--clear", "--system-site-packages"]).arg(&folder);
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&requirements);
    for (name, command) in [("venv", &mut venv), ("pip", &mut pip)] {
        let reason = match run::logged(name, command) {
            Ok(done) if done.ok => continue,
            Ok(done) => done.last_line(),
            Err(error) => format!("{error:#}"),
        };
        missing.push(format!("the Python modules of the other readers: {name}: {reason}"));
        return Ok(None);
    }
    std::fs::copy(&requirements, &installed)?;
    Ok(Some(python))
}

/// Whether a program of the crate registry is installed.
fn works(package: &str) -> bool {
    match package.strip_prefix("cargo-") {
        Some(subcommand) => {
            run::cargo([subcommand, "--version"]).output().is_ok_and(|output| output.status.success())
        }
        None => run::answers(package, &["--version"]),
    }
}

/// Installs a program where Cargo puts such programs, so that other clones have it too.
fn cargo_tool(package: &str, features: &[&str], missing: &mut Vec<String>) -> Result<()> {
    println!("installing {package}");
    let _progress = Progress::start();
    let start = std::time::Instant::now();
    let target = run::target().join("tools");
    let mut install = run::cargo(["install", package, "--locked", "--quiet"]);
    install.args(features).arg("--target-dir").arg(&target);
    let done = run::logged(package, &mut install)?;
    // Its build folder is not used by anything else.
    let _ = std::fs::remove_dir_all(&target);
    if !done.ok || !works(package) {
        missing.push(format!("{package}: {}", done.last_line()));
    } else {
        println!("{package} is installed, in {}", shown(start.elapsed()));
    }
    Ok(())
}
