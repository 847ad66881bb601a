//! Registries of Wine to run the program in.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{LINKER, cache, packages};
use crate::run;

/// Called by its own name: the script `wine` asks for 32-bit support.
pub(super) const WINE: &str = "/usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver";

/// What makes up the registry.
const HIVES: [&str; 4] = ["system.reg", "user.reg", "userdef.reg", ".update-timestamp"];

/// A Wine prefix: a drive C: and a registry.
pub struct Prefix {
    folder: PathBuf,
}

impl Prefix {
    /// The prefix that all others are copies of, made once.
    ///
    /// # Errors
    /// Says in one line what cannot be had here.
    pub fn prepare(no_install: bool) -> Result<Self> {
        packages::need(&[WINE, SERVER, "wineboot"], &["wine64", "wine"], no_install)?;
        let version = run::printed(WINE, &["--version"]).context("Wine does not answer")?;
        let version = version.split(' ').next().unwrap_or("wine").to_owned();
        let folder = cache::made(&format!("prefix-{version}"), |folder| {
            println!("making a Wine prefix");
            Self { folder: folder.to_owned() }.make()
        })?;
        Ok(Self { folder })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn make(&self) -> Result<()> {
        let mut boot = Command::new("wineboot");
        boot.arg("--init").env("WINEDLLOVERRIDES", "mscoree,mshtml=");
        let done = run::logged("windows-prefix", self.surroundings(&mut boot))?;
        if !done.ok {
            bail!("wineboot: {}", done.last_line());
        }
        let system = self.folder.join("drive_c/windows/system32");
        if !system.join("bcryptprimitives.dll").is_file() {
            let source = crate::root().join("xtask/src/windows/bcryptprimitives.c");
            let done = run::logged(
                "windows-shim",
                Command::new(LINKER)
                    .args(["-shared", "-O2", "-nostartfiles", "-Wl,-e,0", "-o"])
                    .arg(system.join("bcryptprimitives.dll"))
                    .arg(source)
                    .arg("-ladvapi32"),
            )?;
            if !done.ok {
                bail!("bcryptprimitives.dll: {}", done.complaint());
            }
        }
        self.end();
        Ok(())
    }

    /// A prefix with the same drive and a fresh registry.
    pub fn copy(&self, folder: &Path) -> Result<Self> {
        let copy = Self { folder: folder.to_owned() };
        if folder.exists() {
            copy.end();
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder.join("dosdevices"))?;
        for name in HIVES {
            fs::copy(self.folder.join(name), folder.join(name)).with_context(|| name.to_owned())?;
        }
        #[cfg(unix)]
        for (target, link) in [
            (self.folder.join("drive_c"), "drive_c"),
            ("../drive_c".into(), "dosdevices/c:"),
            ("/".into(), "dosdevices/z:"),
        ] {
            std::os::unix::fs::symlink(&target, folder.join(link)).with_context(|| link.to_owned())?;
        }
        Ok(copy)
    }

    /// A prefix with a drive of its own, too.
    pub fn whole_copy(&self, folder: &Path) -> Result<Self> {
        let copy = Self { folder: folder.to_owned() };
        if folder.exists() {
            copy.end();
            fs::remove_dir_all(folder)?;
        }
        let done =
            Command::new("cp").args(["-a", "--reflink=auto", "--"]).args([&self.folder, folder]).status()?;
        if !done.success() {
            bail!("{} could not be copied", self.folder.display());
        }
        Ok(copy)
    }

    /// A Windows program in this prefix.
    pub fn wine(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(WINE);
        command.arg(program);
        self.surroundings(&mut command);
        command
    }

    /// Starts the server that holds the registry, so that no test is taken for the one that left it running.
    pub fn start(&self) -> Result<()> {
        let mut server = Command::new(SERVER);
        server.arg("--persistent").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.surroundings(&mut server).status()?;
        let mut first = self.wine("reg");
        first.arg("/?").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        Ok(())
    }

    /// Ends every program in this prefix.
    pub fn end(&self) {
        for arguments in [["--kill"], ["--wait"]] {
            let mut server = Command::new(SERVER);
            server.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
            // None may run.
            let _ = self.surroundings(&mut server).status();
        }
    }

    /// What Wine is told by its environment.
    pub(super) fn surroundings<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("WINEPREFIX", &self.folder)
            .env("WINEDEBUG", "-all")
            .env("LC_ALL", "C.UTF-8")
            // Some of Debian's Wines abort where it is set.
            .env_remove("TMPDIR")
            .env_remove("DISPLAY")
    }
}
