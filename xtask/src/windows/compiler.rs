//! The compiler that builds for Windows.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::packages;
use crate::run;

/// A compiler and its Cargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compiler {
    /// The compiler that built this program.
    Own,
    /// Debian's, whose sources are always available as a package.
    Debian,
}

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

impl Compiler {
    /// Debian's compiler, if it is new enough; installs it if that is allowed.
    pub(super) fn debian(no_install: bool) -> Result<Self> {
        let packages = ["rustc-web", "cargo-web", "rust-web-src"];
        let programs = [DEBIAN_RUSTC, DEBIAN_CARGO];
        packages::need(&programs, &packages, no_install)?;
        let compiler = Self::Debian;
        let release = compiler.property("release: ")?;
        let manifest = std::fs::read_to_string(run::root().join("Cargo.toml"))?;
        let promised =
            manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'));
        if numbers(&release) < numbers(promised.unwrap_or_default()) {
            bail!("Debian's Rust is {release}, too old");
        }
        Ok(compiler)
    }

    pub(super) fn rustc(self) -> &'static Path {
        Path::new(match self {
            Self::Own => "rustc",
            Self::Debian => DEBIAN_RUSTC,
        })
    }

    /// The rest of the line of `rustc --version --verbose` that begins with `field`.
    pub(super) fn property(self, field: &str) -> Result<String> {
        let version =
            run::printed(self.rustc(), &["--version", "--verbose"]).context("rustc cannot be run")?;
        let value = version.lines().find_map(|line| line.strip_prefix(field));
        value.map(str::to_owned).with_context(|| format!("rustc does not report “{field}”"))
    }

    /// Its Cargo with this subcommand.
    pub(super) fn cargo(self, subcommand: &str) -> Command {
        match self {
            Self::Own => run::cargo([subcommand]),
            Self::Debian => {
                let mut command = Command::new(DEBIAN_CARGO);
                command.arg(subcommand).env("RUSTC", DEBIAN_RUSTC).env("CARGO", DEBIAN_CARGO);
                // Two compilers with one target directory would each rebuild everything.
                command.env("CARGO_TARGET_DIR", self.target()).env_remove("RUSTUP_TOOLCHAIN");
                command
            }
        }
    }

    /// Its target directory.
    pub(super) fn target(self) -> PathBuf {
        match self {
            Self::Own => run::target().to_owned(),
            Self::Debian => run::target().join("debian"),
        }
    }

    /// Whether clippy is installed with it.
    pub(super) fn has_clippy(self) -> bool {
        self.cargo("clippy").arg("--version").output().is_ok_and(|output| output.status.success())
    }
}

/// The numbers of a version, for comparison.
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
