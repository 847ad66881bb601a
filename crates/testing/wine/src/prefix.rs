//! A Wine prefix, its creation and its copies.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::cache;

/// The 64-bit loader, called by its own name: the script `wine` requires 32-bit support.
pub const WINE: &str = "/usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver";
const LINKER: &str = "x86_64-w64-mingw32-gcc";

/// The programs that [`Prefix::template`] runs.
pub const PROGRAMS: [&str; 4] = [WINE, SERVER, "wineboot", LINKER];

/// The files of a prefix that hold its registry.
const HIVES: [&str; 4] = ["system.reg", "user.reg", "userdef.reg", ".update-timestamp"];

/// A Wine prefix: a drive C: and a registry.
#[derive(Debug)]
pub struct Prefix {
    folder: PathBuf,
}

impl Prefix {
    /// The prefix that all others are copied from. It is made once per version of Wine and kept in the cache.
    ///
    /// # Errors
    /// If Wine is not installed, or its own set-up program fails.
    pub fn template() -> Result<Self> {
        let version = Command::new(WINE).arg("--version").output().context("Wine is not installed")?;
        let version = String::from_utf8_lossy(&version.stdout).into_owned();
        let version = version.split_whitespace().next().unwrap_or("wine");
        let folder =
            cache::made(&format!("prefix-{version}"), |folder| Self { folder: folder.to_owned() }.make())?;
        Ok(Self { folder })
    }

    /// The folder of the prefix.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn make(&self) -> Result<()> {
        let mut boot = Command::new("wineboot");
        boot.arg("--init").env("WINEDLLOVERRIDES", "mscoree,mshtml=");
        succeed(self.environment(&mut boot))?;
        // Wine 8 lacks the DLL from which the standard library imports `ProcessPrng`.
        let system = self.folder.join("drive_c/windows/system32");
        if !system.join("bcryptprimitives.dll").is_file() {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bcryptprimitives.c");
            succeed(
                Command::new(LINKER)
                    .args(["-shared", "-O2", "-nostartfiles", "-Wl,-e,0", "-o"])
                    .arg(system.join("bcryptprimitives.dll"))
                    .arg(source)
                    .arg("-ladvapi32"),
            )?;
        }
        self.end();
        Ok(())
    }

    /// A prefix at `folder` that shares the drive of this one and has a fresh registry.
    pub fn copy(&self, folder: &Path) -> Result<Self> {
        let copy = Self::replacing(folder)?;
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

    /// A prefix at `folder` with a copy of the drive, for programs that write to it.
    pub fn copy_with_drive(&self, folder: &Path) -> Result<Self> {
        let copy = Self::replacing(folder)?;
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent)?;
        }
        succeed(Command::new("cp").args(["-a", "--reflink=auto", "--"]).args([&self.folder, folder]))?;
        Ok(copy)
    }

    /// Removes the prefix at `folder`, if there is one.
    fn replacing(folder: &Path) -> Result<Self> {
        let copy = Self { folder: folder.to_owned() };
        if folder.exists() {
            copy.end();
            fs::remove_dir_all(folder)?;
        }
        Ok(copy)
    }

    /// A Windows program in this prefix.
    pub fn wine(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(WINE);
        command.arg(program);
        self.environment(&mut command);
        command
    }

    /// Starts the server that holds the registry. Otherwise the first program would start it and wait for it.
    pub fn start(&self) -> Result<()> {
        let mut server = Command::new(SERVER);
        server.arg("--persistent").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.environment(&mut server).status()?;
        let mut first = self.wine("reg");
        first.arg("/?").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        Ok(())
    }

    /// Ends every program in this prefix.
    pub fn end(&self) {
        for arguments in [["--kill"], ["--wait"]] {
            let mut server = Command::new(SERVER);
            server.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
            // It fails if no server runs.
            let _ = self.environment(&mut server).status();
        }
    }

    /// Sets the environment variables that select this prefix.
    pub fn environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("WINEPREFIX", &self.folder)
            .env("WINEDEBUG", "-all")
            .env("LC_ALL", "C.UTF-8")
            // Some versions of Wine in Debian abort if it is set.
            .env_remove("TMPDIR")
            .env_remove("DISPLAY")
    }
}

/// Runs a command, and fails with the last line of its output.
fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().with_context(|| program.clone())?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text += &String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    ensure!(output.status.success(), "{program} ended with {}: {last}", output.status);
    Ok(())
}
