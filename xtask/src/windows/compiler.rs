//! Which compiler builds for Windows.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::packages;
use crate::run;

/// A compiler with its cargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compiler {
    /// The one that runs this chore.
    Own,
    /// Debian's, for which Debian always has the matching sources.
    Debian,
}

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

impl Compiler {
    /// Makes sure that Debian's is there, and new enough.
    pub(super) fn debian(no_install: bool) -> Result<Self> {
        let packages = ["rustc-web", "cargo-web", "rust-web-src"];
        let programs = [DEBIAN_RUSTC, DEBIAN_CARGO];
        packages::need(&programs, &packages, no_install)?;
        let compiler = Self::Debian;
        let release = compiler.told("release: ")?;
        let manifest = std::fs::read_to_string(crate::root().join("Cargo.toml"))?;
        let promised =
            manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'));
        if numbers(&release) < numbers(promised.unwrap_or_default()) {
            bail!("Debian's Rust is {release}, too old");
        }
        Ok(compiler)
    }

    /// Its rustc.
    pub(super) fn rustc(self) -> &'static Path {
        Path::new(match self {
            Self::Own => "rustc",
            Self::Debian => DEBIAN_RUSTC,
        })
    }

    /// What it says of itself on the line that begins so.
    pub(super) fn told(self, field: &str) -> Result<String> {
        let version =
            run::printed(self.rustc(), &["--version", "--verbose"]).context("rustc does not answer")?;
        let told = version.lines().find_map(|line| line.strip_prefix(field));
        told.map(str::to_owned).with_context(|| format!("rustc tells no “{field}”"))
    }

    /// Its cargo, with this subcommand.
    pub(super) fn cargo(self, subcommand: &str) -> Command {
        match self {
            Self::Own => run::cargo([subcommand]),
            Self::Debian => {
                let mut command = Command::new(DEBIAN_CARGO);
                command.arg(subcommand).env("RUSTC", DEBIAN_RUSTC).env("CARGO", DEBIAN_CARGO);
                // Two compilers in one folder would build everything anew in turns.
                command.env("CARGO_TARGET_DIR", self.target()).env_remove("RUSTUP_TOOLCHAIN");
                command
            }
        }
    }

    /// Where it builds.
    pub(super) fn target(self) -> PathBuf {
        let own = || std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        match self {
            Self::Own => own().unwrap_or_else(|| crate::root().join("target")),
            Self::Debian => crate::root().join("target/debian"),
        }
    }

    /// Whether it has clippy.
    pub(super) fn has_clippy(self) -> bool {
        self.cargo("clippy").arg("--version").output().is_ok_and(|output| output.status.success())
    }
}

/// The numbers of a version, to be compared.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(numbers("1.100.0") > numbers("1.95"));
        assert!(numbers("1.95.0") >= numbers("1.95"));
        assert!(numbers("1.85.0") < numbers("1.95"));
    }
}
