//! Hive files as a target.

use std::borrow::Cow;
use std::path::PathBuf;

use diagnostic::{Code, Message};
use regf::disk::CellOffset;
use regf::edit::{EditError, Editor, HiveFiles, KeyOptions, OpenError, Options, Refusal, check};
use regf::{FileImage, log};
use snapshot::{Change, FileTime, Key, KeyPath, Name, Security, Value, ValueType};

use super::{Mounted, Reach, Target, TargetError, file_error};

/// Maximum nesting of keys; the registry itself permits no more.
const MAX_DEPTH: usize = 512;

/// The hives of one machine, opened and locked for changing.
///
/// Changes are buffered in memory until they are committed, hive by hive. Each commit is atomic.
#[derive(Debug)]
pub struct HiveTarget {
    hives: Vec<Open>,
    control_set: Option<Name>,
}

#[derive(Debug)]
struct Open {
    mount: KeyPath,
    path: PathBuf,
    files: HiveFiles,
    editor: Editor<FileImage>,
    options: Options,
    changed: bool,
}

impl HiveTarget {
    /// Opens the hives that contain one of these keys.
    pub fn open<'k>(
        files: &[Mounted],
        control_set: Option<&str>,
        older_logs: bool,
        keys: impl Iterator<Item = &'k KeyPath>,
    ) -> Result<Self, TargetError> {
        let keys: Vec<&KeyPath> = keys.collect();
        let mut hives = Vec::new();
        for file in files.iter().filter(|file| keys.iter().any(|key| key.starts_with(&file.mount))) {
            hives.push(Open::new(file, older_logs)?);
        }
        Ok(Self { hives, control_set: control_set.map(Name::from) })
    }

    /// The index of the hive with a key, and the names below its root.
    fn locate<'p>(&self, key: &'p KeyPath) -> Result<(usize, Vec<Cow<'p, Name>>), TargetError> {
        let here = |hive: &Open| key.below(&hive.mount);
        let found = self.hives.iter().enumerate().find_map(|(index, hive)| Some((index, here(hive)?)));
        let (index, below) = found.ok_or_else(|| TargetError::NotHere(key.clone()))?;
        let mut names: Vec<_> = below.iter().map(Cow::Borrowed).collect();
        if let Some(first) = names.first_mut()
            && key.starts_with(&KeyPath::hklm(r"SYSTEM\CurrentControlSet"))
        {
            let set = self.control_set.clone().ok_or_else(|| TargetError::Unsupported {
                key: key.clone(),
                message: "the current control set is unknown".to_owned(),
            })?;
            *first = Cow::Owned(set);
        }
        Ok((index, names))
    }
}

impl Open {
    fn new(file: &Mounted, older_logs: bool) -> Result<Self, TargetError> {
        let at = |error| describe(error, &file.path);
        let files = HiveFiles::open(&file.path).map_err(at)?;
        let mut options = Options {
            // Set in every measured SYSTEM hive of Windows 7 and 10: it shows that there is a resource
            // manager, not that a transaction is pending.
            accept_transactions: true,
            ..Options::default()
        };
        if older_logs && !has_logs(&file.path) {
            options.log_format = Some(log::Format::Old);
        }
        let editor = files.edit(options).map_err(at)?;
        Ok(Self {
            mount: file.mount.clone(),
            path: file.path.clone(),
            files,
            editor,
            options,
            changed: false,
        })
    }

    /// Changed, or recovered from its logs but not yet written.
    fn is_to_be_written(&self) -> bool {
        self.changed || self.editor.recovery().outcome == log::Outcome::Recovered
    }

    fn says(&self, error: &dyn std::error::Error) -> TargetError {
        TargetError::File { path: self.path.clone(), cause: unusable(error) }
    }

    fn find(&self, names: &[Cow<'_, Name>]) -> Result<Option<CellOffset>, TargetError> {
        let mut key = self.editor.root();
        for name in names {
            match self.editor.subkey(key, &name.to_utf16()).map_err(|error| self.says(&error))? {
                Some(below) => key = below,
                None => return Ok(None),
            }
        }
        Ok(Some(key))
    }

    fn read(&self, at: CellOffset, reach: Reach) -> Result<Key, TargetError> {
        let hive = self.editor.hive().map_err(|error| self.says(&error))?;
        let key = hive.key_at(at).map_err(|error| self.says(&error))?;
        read(&key, reach, 0).map_err(|error| self.says(&error))
    }

    fn create(&mut self, parent: CellOffset, key: &Key, now: FileTime) -> Result<(), TargetError> {
        let class = key.class.as_ref().map(Name::to_utf16).unwrap_or_default();
        let options = KeyOptions { security: key.security.as_ref().map(Security::bytes), class: &class };
        let made = self.editor.create_key(parent, &key.name.to_utf16(), &options, now);
        let at = made.map_err(|error| self.says(&error))?;
        for value in &key.values {
            let set = self.editor.set_value(at, &value.name.to_utf16(), value.kind.0, value.bytes(), now);
            set.map_err(|error| self.says(&error))?;
        }
        key.subkeys.iter().try_for_each(|subkey| self.create(at, subkey, now))
    }

    fn change(&mut self, names: &[Cow<'_, Name>], change: &Change, now: FileTime) -> Result<(), TargetError> {
        let missing = || TargetError::Unsupported {
            key: change.key().clone(),
            message: "the key does not exist".to_owned(),
        };
        self.changed = true;
        if let Change::Key { after: Some(after), .. } = change {
            let above = names.split_last().map(|(_, above)| above).unwrap_or_default();
            let parent = self.find(above)?.ok_or_else(missing)?;
            return self.create(parent, after, now);
        }
        let key = self.find(names)?.ok_or_else(missing)?;
        let editor = &mut self.editor;
        let done = match change {
            Change::Key { .. } => editor.delete_tree(key, now),
            Change::Value { name, after: None, .. } => {
                editor.delete_value(key, &name.to_utf16(), now).map(|_| ())
            }
            Change::Value { name, before, after: Some(after), .. } => {
                let value = after.named(name);
                let (name, data) = (name.to_utf16(), value.bytes());
                match (before, after.at) {
                    (None, Some(place)) => editor.insert_value(key, place, &name, after.kind.0, data, now),
                    _ => editor.set_value(key, &name, after.kind.0, data, now),
                }
            }
            Change::Security { after, .. } => editor.set_security(key, after.bytes(), now),
        };
        done.map_err(|error| self.says(&error))
    }

    /// Faults that the changes would introduce into the hive. There should be none; otherwise the hive must
    /// not be written.
    fn faults(&self) -> Result<Option<String>, TargetError> {
        let after = check(&self.editor.hive().map_err(|error| self.says(&error))?);
        if after.is_empty() {
            return Ok(None);
        }
        // Existing faults of a hive remain.
        let before = check(&self.editor.original().map_err(|error| self.says(&error))?);
        Ok(after.into_iter().find(|fault| !before.contains(fault)).map(|fault| fault.to_string()))
    }
}

impl Target for HiveTarget {
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, TargetError> {
        let (index, names) = self.locate(key)?;
        let hive = &self.hives[index];
        let Some(at) = hive.find(&names)? else { return Ok(None) };
        let mut found = hive.read(at, reach)?;
        // The root of a hive and a control set have other names in the file.
        found.name = key.last().cloned().unwrap_or_default();
        Ok(Some(found))
    }

    fn change(&mut self, change: &Change, now: FileTime) -> Result<(), TargetError> {
        let (index, names) = self.locate(change.key())?;
        self.hives[index].change(&names, change, now)
    }

    fn is_buffered(&self) -> bool {
        true
    }

    fn commit(&mut self) -> Result<(), TargetError> {
        let mut commits = Vec::new();
        for hive in self.hives.iter().filter(|hive| hive.is_to_be_written()) {
            if let Some(fault) = hive.faults()? {
                let cause = format!("the change would damage the hive ({fault})");
                let cause = Message::new(Code::Rejected, cause).with_state("Nothing was changed.");
                return Err(TargetError::File { path: hive.path.clone(), cause });
            }
            commits.push(hive.editor.commit().map_err(|error| hive.says(&error))?);
        }
        for (hive, commit) in self.hives.iter_mut().filter(|hive| hive.is_to_be_written()).zip(commits) {
            commit.apply(&mut hive.files).map_err(|error| {
                let path = hive.path.clone();
                if error.is_new_state {
                    return TargetError::Interrupted { path, cause: error.source };
                }
                let cause = Message::new(Code::of_io(error.source.kind()), error.source.to_string());
                TargetError::File { path, cause: cause.with_state("Nothing was changed in it.") }
            })?;
        }
        for hive in &mut self.hives {
            hive.editor = hive.files.edit(hive.options).map_err(|error| describe(error, &hive.path))?;
            hive.changed = false;
        }
        Ok(())
    }
}

fn read<I: regf::Image>(key: &regf::Key<'_, I>, reach: Reach, depth: usize) -> regf::Result<Key> {
    let name_of = |name: regf::Name<'_>| Name::from_utf16(&name.units().collect::<Vec<_>>());
    let mut found = Key {
        name: name_of(key.name()),
        last_write: Some(key.last_write()),
        class: key.class_name()?.map(name_of),
        security: key.security_bytes()?.map(Security::new),
        ..Key::default()
    };
    for value in key.values() {
        let value = value?;
        if value.is_tombstone() {
            continue;
        }
        let (name, kind) = (name_of(value.name()), ValueType(value.data_type().0));
        found.values.push(Value::new(name, kind, value.data()?.into_owned()));
    }
    if reach == Reach::Tree {
        for subkey in key.subkeys() {
            let subkey = subkey?;
            if depth < MAX_DEPTH {
                found.subkeys.push(read(&subkey, reach, depth + 1)?);
            } else {
                found.damage = Some("keys are nested more than 512 levels deep".to_owned());
            }
        }
    }
    Ok(found)
}

/// True if there is a transaction log beside the hive, whose format is then decisive.
fn has_logs(path: &std::path::Path) -> bool {
    ["LOG", "LOG1", "LOG2"].iter().any(|end| {
        let mut log = path.as_os_str().to_owned();
        log.push(".");
        log.push(end);
        std::fs::metadata(&log).is_ok_and(|metadata| metadata.len() > 0)
    })
}

/// A hive that cannot be read or edited. The editor reports nothing else than defects and limits of the
/// format.
fn unusable(error: &dyn std::error::Error) -> Message {
    Message::new(Code::Malformed, error.to_string())
}

fn describe(error: OpenError, hive: &std::path::Path) -> TargetError {
    match error {
        OpenError::InUse(path) => TargetError::InUse(path),
        OpenError::Io { path, source } => file_error(&path, source),
        OpenError::Edit(error @ EditError::Refused(Refusal::Dirty(_))) => TargetError::File {
            path: hive.to_owned(),
            cause: Message::new(
                Code::Incomplete,
                format!("{error}: the last changes are only in its transaction logs"),
            )
            .with_state("Nothing was changed.")
            .with_advice("Copy the .LOG, .LOG1 and .LOG2 files of the same time beside it, then try again."),
        },
        error => TargetError::File { path: hive.to_owned(), cause: unusable(&error) },
    }
}
