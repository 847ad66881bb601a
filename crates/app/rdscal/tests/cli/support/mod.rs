//! Running the program, and creating its input.

mod hive;
mod in_process;
pub mod run;

use std::fs;
use std::path::{Path, PathBuf};

use snapshot::Snapshot;
use tempfile::TempDir;

pub use hive::{hives, key, plain_root, value};
pub use in_process::{capture_all, in_time};
pub use run::{Run, rdscal, rdscal_in, rdscal_with};

/// A session host without faults.
pub const HOST: &str = include_str!("../machines/host.reg");
/// A session host without a licensing mode, whose grace period has ended.
pub const LOCKED_OUT: &str = include_str!("../machines/locked-out.reg");
/// A client with a license store.
pub const CLIENT: &str = include_str!("../machines/client.reg");

/// The machine that an annotated export describes.
pub fn machine(text: &str) -> Snapshot {
    fixture::parse(text).unwrap().machines.remove(0)
}

/// The same machine under another name.
pub fn renamed(text: &str, name: &str) -> Snapshot {
    machine(&text.replace("\"HOST\"", &format!("\"{name}\"")))
}

/// An empty folder that is removed when the returned value is dropped.
pub fn folder() -> TempDir {
    tempfile::Builder::new().prefix("rdscal-test-").tempdir().unwrap()
}

/// Writes a file, and creates its parent folders.
pub fn write(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = path.as_ref();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
    path.to_owned()
}

/// Writes the hives of the machine into a folder, each under a name with this prefix.
pub fn write_hives(folder: impl AsRef<Path>, prefix: &str, machine: &Snapshot) {
    for (name, bytes) in hives(machine) {
        write(folder.as_ref().join(format!("{prefix}{name}")), bytes);
    }
}

/// A file of the corpus beside the workspace. `None` if it does not exist, which is printed to stderr.
pub fn corpus(path: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("RDSCAL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared"), PathBuf::from);
    let file = shared.join("corpus").join(path);
    if file.exists() {
        return Some(file);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "the corpus is missing: {}",
        file.display()
    );
    eprintln!("not run: {} does not exist", file.display());
    None
}
