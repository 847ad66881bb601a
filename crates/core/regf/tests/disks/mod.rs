//! Hives and logs in memory, for tests of commits.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // Each test file uses a part of it.

use std::io;

use regf::edit::{Commit, Editor, Files, Options, Step, Storage, Target};
use regf::log::{Outcome, recover};
use regf::{Hive, Image, Overlay};

/// A hive, `.LOG1`, `.LOG2` and `.LOG`; a file that does not exist is empty.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    pub files: [Memory; 4],
}

#[derive(Clone, Debug, Default)]
pub struct Memory(pub Vec<u8>);

impl Storage for Memory {
    fn read_at(&self, offset: u64, to: &mut [u8]) -> io::Result<usize> {
        let from = self.0.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let len = from.len().min(to.len());
        to[..len].copy_from_slice(&from[..len]);
        Ok(len)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        let end = start + bytes.len();
        self.0.resize(self.0.len().max(end), 0);
        self.0[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.0.resize(usize::try_from(len).unwrap(), 0);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn place(target: Target) -> usize {
    match target {
        Target::Hive => 0,
        Target::Log1 => 1,
        Target::Log2 => 2,
        Target::Log => 3,
    }
}

impl Files for Disk {
    fn storage(&mut self, target: Target) -> io::Result<&mut dyn Storage> {
        Ok(&mut self.files[place(target)])
    }
}

impl Disk {
    pub fn new(hive: Vec<u8>) -> Self {
        Self { files: [Memory(hive), Memory::default(), Memory::default(), Memory::default()] }
    }

    pub fn hive(&self) -> &[u8] {
        &self.files[0].0
    }

    pub fn logs(&self) -> [&[u8]; 3] {
        [&self.files[1].0, &self.files[2].0, &self.files[3].0]
    }

    pub fn edit(&self, options: Options) -> Editor<&[u8]> {
        Editor::open(self.hive(), &self.logs(), options).unwrap()
    }

    /// The hive as recovered from its logs; it must be a clean hive.
    pub fn recovered(&self) -> Hive<Overlay<&[u8]>> {
        let recovery = recover(self.hive(), &self.logs()).unwrap();
        assert_ne!(recovery.report.outcome, Outcome::StillDirty, "{:?}", recovery.report);
        recovery.into_hive().unwrap()
    }

    /// Performs one step; a write only up to `len` bytes.
    pub fn step(&mut self, step: &Step, most: usize) {
        match step {
            Step::SetLen { target, len } => self.storage(*target).unwrap().set_len(*len).unwrap(),
            Step::Write { target, offset, bytes } => {
                let bytes = &bytes[..bytes.len().min(most)];
                self.storage(*target).unwrap().write_at(*offset, bytes).unwrap();
            }
            Step::Flush { target } => self.storage(*target).unwrap().sync().unwrap(),
        }
    }

    pub fn apply(&mut self, commit: &Commit) {
        commit.apply(self).unwrap();
    }
}

/// The contents of a hive in a comparable form.
pub fn dump<I: Image>(hive: &Hive<I>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut waiting = vec![(hive.root().unwrap(), String::new())];
    while let Some((key, path)) = waiting.pop() {
        let class = key.class_name().unwrap().map(|class| class.to_string());
        lines.push(format!("{path} {} {class:?} {:?}", key.last_write(), key.security_bytes().unwrap()));
        for value in key.values() {
            let value = value.unwrap();
            lines.push(format!(
                "{path} {:?} {} {:?}",
                value.name(),
                value.data_type().0,
                value.data().unwrap()
            ));
        }
        for subkey in key.subkeys() {
            let subkey = subkey.unwrap();
            waiting.push((subkey, format!("{path}\\{}", subkey.name())));
        }
    }
    lines
}
