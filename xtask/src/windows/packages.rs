//! Packages of Debian.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::run;

/// Installs packages if one of these programs is missing.
///
/// # Errors
/// If one is missing and nothing may be installed, or not by this user: one line with the command.
pub fn need(programs: &[&str], packages: &[&str], no_install: bool) -> Result<()> {
    let missing = || programs.iter().find(|program| !is_there(program));
    let Some(program) = missing() else { return Ok(()) };
    let names = packages.join(" ");
    if no_install {
        bail!("{program} is missing; install {names}");
    }
    install(packages)?;
    match missing() {
        Some(program) => bail!("{names} is installed, but {program} is still missing"),
        None => Ok(()),
    }
}

fn is_there(program: &str) -> bool {
    if program.starts_with('/') {
        return Path::new(program).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !run::answers("apt-get", &["--version"]) {
        bail!("{names} cannot be installed: this system is not Debian");
    }
    if run::printed("id", &["-u"]).as_deref() != Some("0") {
        bail!("run as root: apt-get install {names}");
    }
    println!("installing packages of Debian: {names}");
    // An old list names packages that no longer exist. If the update fails, so does the installation.
    let _ = run::logged("windows-apt-update", Command::new("apt-get").args(["update", "-qq"]))?;
    let done = run::logged(
        "windows-apt-install",
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    if !done.ok {
        bail!("{names} cannot be installed: apt-get: {}", done.last_line());
    }
    Ok(())
}

/// Downloads a package of exactly this upstream version from one of these suites of Debian and unpacks it.
/// The package sources of this machine stay unchanged. Returns false if no suite has it.
pub(super) fn unpack(package: &str, version: &str, suites: &[&str], into: &Path) -> Result<bool> {
    let Some(site) =
        run::printed("apt-get", &["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
            .and_then(|sites| {
                let mut sites = sites.lines().map(|site| site.trim_end_matches('/').to_owned());
                sites.find(|site| site.ends_with("/debian"))
            })
    else {
        return Ok(false);
    };
    for suite in suites {
        let state = into.join(suite);
        for folder in ["lists/partial", "cache/archives/partial"] {
            std::fs::create_dir_all(state.join(folder))?;
        }
        let state = state.canonicalize()?;
        std::fs::write(state.join("status"), "")?;
        std::fs::write(
            state.join("sources.list"),
            format!("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {site} {suite} main\n"),
        )?;
        let at = state.display();
        let settings = format!(
            "Dir::Etc::sourcelist \"{at}/sources.list\";\nDir::Etc::sourceparts \"/nonexistent\";\n\
             Dir::State::lists \"{at}/lists\";\nDir::State::status \"{at}/status\";\nDir::Cache \"{at}/cache\";\n\
             APT::Sandbox::User \"root\";\nAcquire::Languages \"none\";\n"
        );
        std::fs::write(state.join("apt.conf"), settings)?;
        let apt = |program: &str| {
            let mut command = Command::new(program);
            command.env("APT_CONFIG", state.join("apt.conf"));
            command
        };
        if !run::logged("windows-apt-suite", apt("apt-get").args(["update", "-qq"]))?.ok {
            continue;
        }
        let listed = apt("apt-cache").args(["madison", package]).output()?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let Some(found) =
            listed.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim).find(|found| {
                found.strip_prefix(version).is_some_and(|rest| rest.starts_with(['+', '~', '-']))
            })
        else {
            continue;
        };
        // It downloads into the current folder.
        let script = format!(
            "cd '{at}' && apt-get download -qq '{package}={found}' && dpkg-deb -x *.deb '{}'",
            into.display()
        );
        if run::logged("windows-apt-download", apt("sh").args(["-c", &script]))?.ok {
            return Ok(true);
        }
    }
    Ok(false)
}
