//! Backup of the affected keys: a `.reg` file that regedit imports, and a snapshot with security descriptors.
//!
//! `undo` uses the journal. The backup is for people, and for the case that the journal is lost.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use licensing::places;
use regtext::reg::{WriteError, Writer};
use snapshot::{Capture, Change, Data, Extent, FileTime, Key, KeyPath, Origin, Snapshot, State};

use crate::Plan;
use crate::journal::private_folder;
use crate::target::{Reach, Target, TargetError};

/// Error while writing the backup. Nothing is changed in that case.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be written.
    #[error("the backup {} cannot be written: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The present state cannot be read.
    #[error(transparent)]
    Target(#[from] TargetError),
}

/// The affected keys in their present state: with all subkeys if the key is created or deleted, otherwise
/// without.
pub(crate) fn touched(
    changes: &[Change],
    target: &dyn Target,
) -> Result<Vec<(KeyPath, Reach, Option<Key>)>, TargetError> {
    let mut reaches: BTreeMap<String, (KeyPath, Reach)> = BTreeMap::new();
    for change in changes {
        let reach = if matches!(change, Change::Key { .. }) { Reach::Tree } else { Reach::Alone };
        let path = change.key().clone();
        let entry = reaches.entry(path.to_string().to_lowercase()).or_insert((path, reach));
        if reach == Reach::Tree {
            entry.1 = Reach::Tree;
        }
    }
    let read = |(path, reach): (KeyPath, Reach)| {
        let mut key = target.key(&path, reach)?;
        if path.starts_with(&places::rcm_secrets()) {
            key.iter_mut().for_each(withhold);
        }
        Ok((path, reach, key))
    };
    reaches.into_values().map(read).collect()
}

/// Replaces the data of secrets by their length.
fn withhold(key: &mut Key) {
    for value in &mut key.values {
        value.data = Data::Withheld { length: value.bytes().len() as u64 };
    }
    key.subkeys.iter_mut().for_each(withhold);
}

/// Creates the folder and writes the backup into it.
pub(crate) fn write(
    folder: &Path,
    plan: &Plan,
    keys: &[(KeyPath, Reach, Option<Key>)],
    now: FileTime,
) -> Result<(), BackupError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    };
    private_folder(folder).map_err(at(folder))?;
    let (text, json) = (folder.join("before.reg"), folder.join("before.json"));
    let snapshot = snapshot(plan, keys, now);
    let bytes = snapshot.to_json().map_err(|error| io::Error::other(error.to_string())).map_err(at(&json))?;
    put(&json, &bytes).map_err(at(&json))?;
    put(&text, &export(plan, keys)).map_err(at(&text))
}

fn snapshot(plan: &Plan, keys: &[(KeyPath, Reach, Option<Key>)], now: FileTime) -> Snapshot {
    let mut snapshot = Snapshot::new(Origin {
        kind: plan.machine.kind,
        locator: plan.machine.place.clone(),
        files: Vec::new(),
    });
    snapshot.captured_at = Some(now);
    snapshot.captures = keys
        .iter()
        .map(|(path, reach, key)| Capture {
            path: path.clone(),
            extent: if *reach == Reach::Tree { Extent::Tree } else { Extent::Values },
            state: key.clone().map_or(State::ABSENT, |key| State::Key(Box::new(key))),
        })
        .collect();
    snapshot
}

/// The keys as regedit exports them.
fn export(plan: &Plan, keys: &[(KeyPath, Reach, Option<Key>)]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.comment(&format!("Before: {} ({})", plan.title, plan.machine.shown()));
    writer.comment("Owners and access lists are in before.json; rdscal undo also restores them.");
    for (path, _, key) in keys {
        if let Some(key) = key {
            section(&mut writer, path, key);
        } else {
            writer.end_key();
            writer.comment(&format!("The key {path} did not exist"));
        }
    }
    writer.into_bytes()
}

fn section(writer: &mut Writer, path: &KeyPath, key: &Key) {
    let mut put = || -> Result<(), WriteError> {
        writer.key(path.to_long_string().as_str())?;
        // A .reg file cannot represent a value whose data is withheld.
        for value in key.values.iter().filter(|value| matches!(value.data, Data::Bytes(_))) {
            let name = regtext::Text::from(value.name.to_utf16().as_slice());
            writer.set(name, value.kind.0, value.bytes())?;
        }
        Ok(())
    };
    if let Err(error) = put() {
        writer.end_key();
        writer.comment(&format!("Not in this file: {error}"));
    }
    for subkey in &key.subkeys {
        section(writer, &path.child(&subkey.name), subkey);
    }
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // An existing one belongs to a run that stopped before anything was changed.
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
