//! The shared test data, and functions that summarize it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // Each test file uses a part of it.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use regf::walk::{Step, Trail, Visitor};
use regf::{Error, Hive, Image, Value};

/// The folder of shared data; `None`, with a message on standard error, if it does not exist. With `CI=true`
/// that is a failure.
pub fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    let folder = std::env::var_os("RDSCAL_SHARED").map_or(beside, PathBuf::from);
    if folder.join("corpus").is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "the shared test data is missing");
    eprintln!("skipped: no shared test data at {}", folder.display());
    None
}

/// A hive of the corpus.
pub fn hive(path: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(folder()?.join("corpus/hives").join(path)).unwrap())
}

/// All files below the hives of the corpus, as path and bytes.
pub fn all_hives() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = folder() else { return Vec::new() };
    let root = folder.join("corpus/hives");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Keys, values and data in a comparable form, and the errors.
#[derive(Default)]
pub struct Contents {
    pub lines: Vec<String>,
    pub keys: usize,
    pub values: usize,
    pub damage: Vec<Error>,
}

impl<'h, I: Image> Visitor<'h, I> for Contents {
    fn key(&mut self, trail: &Trail<'h, I>) -> Step {
        let time = trail.key().map(|key| key.last_write().0);
        self.keys += 1;
        self.lines.push(format!("K {} {time:?}", trail.path()));
        Step::Continue
    }

    fn value(&mut self, trail: &Trail<'h, I>, value: &Value<'h, I>, data: regf::Result<&[u8]>) -> Step {
        match data {
            Ok(data) => {
                self.values += 1;
                let (name, kind) = (value.name(), value.data_type().0);
                // Enough to distinguish data, and fast without optimization.
                let mut hasher = DefaultHasher::new();
                hasher.write(data);
                let (len, hash) = (data.len(), hasher.finish());
                self.lines.push(format!("V {} {name:?} {kind} {len} {hash:x}", trail.path()));
            }
            Err(error) => self.damage.push(error),
        }
        Step::Continue
    }

    fn damage(&mut self, _: &Trail<'h, I>, error: Error) {
        self.damage.push(error);
    }
}

/// The results of a walk over a hive.
pub fn contents<I: Image>(hive: &Hive<I>) -> Contents {
    let mut contents = Contents::default();
    hive.walk(&mut contents).unwrap();
    contents
}
