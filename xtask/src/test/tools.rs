//! The peers and tools that the checks need: from Debian's packages, PyPI and the crate registry, each where it may.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::run;

/// Debian's packages: hivex with its Python module and its importer of `.reg` files, reglookup, Samba's security descriptors, and what
/// a virtual environment needs.
const DEBIAN: &[&str] =
    &["libhivex-bin", "libwin-hivex-perl", "python3-hivex", "python3-samba", "python3-venv", "reglookup"];

/// Debian's server of registries across the network. Where services are managed, its installation would start a file server that
/// listens to the network: there it is left to people. The tests start their own, on the loopback interface.
const SERVERS: &[&str] = &[
    "samba",
    "samba-common-bin",
    // A domain controller, and what asks it for tickets.
    "samba-ad-provision",
    "samba-dsdb-modules",
    "samba-vfs-modules",
    "python3-samba",
    "winbind",
    "krb5-user",
    // MIT's library as a service.
    "python3-gssapi",
    // Its certificate.
    "openssl",
];

/// What could be had.
pub(crate) struct Tools {
    /// The Python that sees the peers' modules.
    pub(crate) python: Option<PathBuf>,
    /// `cargo nextest` answers.
    pub(crate) nextest: bool,
    /// `cargo deny` answers.
    pub(crate) deny: bool,
    /// Nothing may be installed.
    pub(crate) no_install: bool,
}

impl Tools {
    /// Installs what is not there, and says what could not be had.
    pub(crate) fn prepare(no_install: bool) -> Result<(Self, Vec<String>)> {
        let mut missing = Vec::new();
        if !no_install {
            debian(&mut missing)?;
        }
        let python = python(no_install, &mut missing)?;
        let nextest = cargo_tool("nextest", no_install, &mut missing)?;
        let deny = cargo_tool("deny", no_install, &mut missing)?;
        Ok((Self { python, nextest, deny, no_install }, missing))
    }
}

fn debian(missing: &mut Vec<String>) -> Result<()> {
    let absent = |packages: &[&'static str]| -> Vec<&'static str> {
        packages.iter().copied().filter(|package| !is_installed(package)).collect()
    };
    let (mut absent, servers) = (absent(DEBIAN), absent(SERVERS));
    if Path::new("/run/systemd/system").is_dir() && !servers.is_empty() {
        let names = servers.join(" ");
        missing.push(format!(
            "{names}: not installed by itself, for that would start a file server here; by hand: apt-get install {names} && \
             systemctl disable --now smbd nmbd winbind"
        ));
    } else {
        absent.extend(servers);
    }
    if absent.is_empty() {
        return Ok(());
    }
    let names = absent.join(" ");
    if !run::answers("apt-get", &["--version"]) {
        missing.push(format!(
            "{names}: this is no Debian; install hivex, Samba's Python modules and reglookup by hand"
        ));
        return Ok(());
    }
    if run::printed("id", &["-u"]).as_deref() != Some("0") {
        missing.push(format!("{names}: run as root: apt-get install {names}"));
        return Ok(());
    }
    println!("installing Debian's {names}");
    // An old list names packages that are gone; a failed update shows in the installation.
    let _ = run::logged("apt-update", Command::new("apt-get").args(["update", "-qq"]))?;
    let done = run::logged(
        "apt-install",
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(&absent)
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

/// A virtual environment in `target/peers` that sees Debian's modules too, with what requirements.txt asks for.
fn python(no_install: bool, missing: &mut Vec<String>) -> Result<Option<PathBuf>> {
    let folder = run::target().join("peers");
    let python = folder.join("bin/python");
    let requirements = run::root().join("bench/peers/requirements.txt");
    let installed = folder.join("requirements.txt");
    // The list that was installed lies in the environment, so that nothing is asked for twice.
    if python.is_file() && std::fs::read(&installed).ok() == std::fs::read(&requirements).ok() {
        return Ok(Some(python));
    }
    if no_install {
        missing.push("the peers' Python modules: target/peers is not there or not up to date".to_owned());
        return Ok(None);
    }
    // Debian's own Python is the one that sees Debian's modules, whatever else is first on the path.
    let system = Path::new("/usr/bin/python3");
    let system = if system.is_file() { system } else { Path::new("python3") };
    println!("installing the peers' Python modules into target/peers");
    let made = run::logged(
        "venv",
        Command::new(system).args(["-m", "venv", "--clear", "--system-site-packages"]).arg(&folder),
    );
    match made {
        Ok(done) if done.ok => {}
        Ok(done) => {
            missing.push(format!(
                "the peers' Python modules: {} -m venv: {}",
                system.display(),
                done.last_line()
            ));
            return Ok(None);
        }
        Err(error) => {
            missing.push(format!("the peers' Python modules: {error:#}"));
            return Ok(None);
        }
    }
    let done = run::logged(
        "pip",
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&requirements),
    )?;
    if !done.ok {
        missing.push(format!("the peers' Python modules: pip: {}", done.last_line()));
        return Ok(None);
    }
    std::fs::copy(&requirements, &installed)?;
    Ok(Some(python))
}

/// A subcommand of cargo from the crate registry. It goes where cargo puts such, so that the next clone has it too.
fn cargo_tool(name: &str, no_install: bool, missing: &mut Vec<String>) -> Result<bool> {
    let there = || run::cargo([name, "--version"]).output().is_ok_and(|output| output.status.success());
    if there() {
        return Ok(true);
    }
    let package = format!("cargo-{name}");
    if no_install {
        missing.push(package);
        return Ok(false);
    }
    println!("installing {package}, some minutes once (log: target/xtask/{package}.log)");
    let target = run::target().join("tools");
    let mut install = run::cargo(["install", &package, "--locked", "--quiet", "--target-dir"]);
    install.arg(target);
    if name == "nextest" {
        // Without the part that replaces itself over the network.
        install.args(["--no-default-features", "--features", "default-no-update"]);
    }
    let done = run::logged(&package, &mut install)?;
    if !done.ok || !there() {
        missing.push(format!("{package}: {}", done.last_line()));
        return Ok(false);
    }
    Ok(true)
}
