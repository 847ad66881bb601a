//! `.reg` exports and policy files as a target.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use diagnostic::{Code, Message};
use regtext::pol::{PolicyFile, State};
use regtext::reg::{Document, Op, Options};
use snapshot::{Change, FileTime, Key, KeyPath, Name, RootKey, Value, ValueType};

use super::{Reach, Target, TargetError, file_error};
use crate::rewrite::{TextError, called, change_pol, change_reg, reg_reach, roots};

/// Maximum size of an export or policy file.
const MAX_SIZE: u64 = 512 << 20;

/// The exports of one machine, or one policy file, locked for changing.
///
/// Changes are buffered in memory until they are committed. Then each changed file is written to a temporary
/// file that replaces it, so that the old or the new file exists at any time.
#[derive(Debug)]
pub struct TextTarget {
    files: Vec<TextFile>,
    control_set: Option<String>,
}

#[derive(Debug)]
struct TextFile {
    path: PathBuf,
    /// Kept open for its lock.
    lock: Option<File>,
    content: Content,
    changed: bool,
}

#[derive(Debug)]
enum Content {
    Export(Document),
    Policy(PolicyFile, RootKey),
}

impl TextTarget {
    /// Opens the exports of one machine.
    pub fn exports(paths: &[PathBuf], control_set: Option<&str>) -> Result<Self, TargetError> {
        let files = paths.iter().map(|path| {
            TextFile::open(path, |bytes| Ok(Content::Export(Document::parse(bytes, &Options::default()))))
        });
        Ok(Self { files: files.collect::<Result<_, _>>()?, control_set: control_set.map(str::to_owned) })
    }

    /// Opens a policy file.
    pub fn policy(path: &Path) -> Result<Self, TargetError> {
        // The folder determines whether the policy is for the machine or for users.
        let folder = path.parent().and_then(Path::file_name);
        let is_user = folder.is_some_and(|folder| folder.eq_ignore_ascii_case("User"));
        let root = if is_user { RootKey::CurrentUser } else { RootKey::LocalMachine };
        let parse = |bytes: &[u8]| match PolicyFile::parse(bytes) {
            Ok(policy) => Ok(Content::Policy(policy, root)),
            Err(error) => {
                let cause = format!("is a damaged Registry.pol and is not changed: {error}");
                Err(Message::new(Code::Malformed, cause))
            }
        };
        Ok(Self { files: vec![TextFile::open(path, parse)?], control_set: None })
    }

    /// The file for a change of this key: of several exports the one with its deepest parent.
    fn file_of(&self, key: &KeyPath) -> Result<usize, TargetError> {
        let reach = |file: &TextFile| match &file.content {
            Content::Export(document) => reg_reach(document, self.control_set.as_deref(), key),
            Content::Policy(_, root) => (key.root_key() == *root).then_some(0),
        };
        let reaches = self.files.iter().enumerate().filter_map(|(index, file)| Some((reach(file)?, index)));
        reaches.max().map(|(_, index)| index).ok_or_else(|| TargetError::NotHere(key.clone()))
    }
}

impl TextFile {
    fn open(path: &Path, parse: impl Fn(&[u8]) -> Result<Content, Message>) -> Result<Self, TargetError> {
        let at = |source: io::Error| file_error(path, source);
        let lock = File::options().read(true).write(true).open(path).map_err(at)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(TargetError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(at(error)),
        }
        let unsuitable = |cause: Message| TargetError::File { path: path.to_owned(), cause };
        if lock.metadata().map_err(at)?.len() > MAX_SIZE {
            return Err(unsuitable(Message::new(Code::TooLarge, "is too large to be changed")));
        }
        // Through the locked handle, because on Windows no other handle can read.
        let mut bytes = Vec::new();
        (&lock).read_to_end(&mut bytes).map_err(at)?;
        let content = parse(&bytes).map_err(unsuitable)?;
        Ok(Self { path: path.to_owned(), lock: Some(lock), content, changed: false })
    }

    fn bytes(&self) -> Vec<u8> {
        match &self.content {
            Content::Export(document) => document.to_bytes(),
            Content::Policy(policy, _) => policy.to_bytes(),
        }
    }

    /// Writes the new contents to a temporary file and replaces the file.
    fn write(&self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut name = std::ffi::OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(".rdscal-new");
        let new = folder.join(name);
        let write = || -> io::Result<()> {
            let mut file = File::create(&new)?;
            file.set_permissions(fs::metadata(&self.path)?.permissions())?;
            file.write_all(&self.bytes())?;
            file.sync_all()?;
            fs::rename(&new, &self.path)
        };
        if let Err(error) = write() {
            // If that also fails, a temporary file remains, which does no harm.
            let _ = fs::remove_file(&new);
            return Err(error);
        }
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }
}

impl Target for TextTarget {
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, TargetError> {
        let mut found: Option<Key> = None;
        for file in &self.files {
            match &file.content {
                Content::Export(document) => {
                    read_export(document, self.control_set.as_deref(), key, reach, &mut found);
                }
                Content::Policy(policy, root) if key.root_key() == *root => {
                    // In a policy, keys exist only through values, so every key is considered existing.
                    found = Some(read_policy(policy, key));
                }
                Content::Policy(..) => {}
            }
        }
        Ok(found)
    }

    fn change(&mut self, change: &Change, _: FileTime) -> Result<(), TargetError> {
        let index = self.file_of(change.key())?;
        let file = &mut self.files[index];
        let cannot = |error: TextError| TargetError::Unsupported {
            key: change.key().clone(),
            message: error.to_string(),
        };
        let changes = std::slice::from_ref(change);
        match &mut file.content {
            Content::Export(document) => {
                let bytes = change_reg(document, self.control_set.as_deref(), changes).map_err(cannot)?;
                *document = Document::parse(&bytes, &Options::default());
            }
            Content::Policy(policy, root) => {
                let bytes = change_pol(policy, *root, changes).map_err(cannot)?;
                *policy = PolicyFile::parse(&bytes).map_err(|error| TargetError::Unsupported {
                    key: change.key().clone(),
                    message: error.to_string(),
                })?;
            }
        }
        file.changed = true;
        Ok(())
    }

    fn is_buffered(&self) -> bool {
        true
    }

    fn commit(&mut self) -> Result<(), TargetError> {
        for file in self.files.iter_mut().filter(|file| file.changed) {
            // Some Windows versions cannot replace an open file.
            if cfg!(windows) {
                drop(file.lock.take());
            }
            file.write().map_err(|error| TargetError::File {
                path: file.path.clone(),
                cause: Message::new(Code::of_io(error.kind()), error.to_string())
                    .with_state("The file is unchanged."),
            })?;
            file.changed = false;
        }
        Ok(())
    }
}

/// Adds the contents of a key in an export.
fn read_export(
    document: &Document,
    control_set: Option<&str>,
    wanted: &KeyPath,
    reach: Reach,
    found: &mut Option<Key>,
) {
    let roots = roots(document);
    for section in document.sections().iter().filter(|section| !section.delete) {
        let Some(path) = roots.path(section.path.units()) else { continue };
        let path = called(path, control_set);
        let Some(below) = path.below(wanted) else { continue };
        let name = wanted.last().cloned().unwrap_or_default();
        let mut key = found.get_or_insert_with(|| Key { name, ..Key::default() });
        if reach == Reach::Alone && !below.is_empty() {
            continue;
        }
        for name in below {
            let index = key.subkeys.iter().position(|sub| sub.name.same(name)).unwrap_or_else(|| {
                key.subkeys.push(Key { name: name.clone(), ..Key::default() });
                key.subkeys.len() - 1
            });
            key = &mut key.subkeys[index];
        }
        for entry in &section.entries {
            if let Op::Set(value) = &entry.op {
                let name = Name::from_utf16(entry.name.units());
                let value = Value::new(name, ValueType(value.ty), value.as_written());
                match key.values.iter_mut().find(|old| old.name.same(&value.name)) {
                    // The last one wins, as in an import.
                    Some(old) => *old = Value { name: old.name.clone(), ..value },
                    None => key.values.push(value),
                }
            }
        }
    }
}

/// What a policy sets in a key.
fn read_policy(policy: &PolicyFile, wanted: &KeyPath) -> Key {
    let mut key = Key { name: wanted.last().cloned().unwrap_or_default(), ..Key::default() };
    let below = wanted.parts().iter().map(Name::to_utf16).collect::<Vec<_>>().join(&u16::from(b'\\'));
    let is_wanted = |path: &&&regtext::Text| Name::from_utf16(path.units()).same(&Name::from_utf16(&below));
    for path in policy.keys().iter().filter(is_wanted) {
        for value in policy.outcome(path).values {
            if let State::Set { ty, data } | State::SetIfAbsent { ty, data } = value.state {
                key.values.push(Value::new(Name::from_utf16(value.name.units()), ValueType(ty), data));
            }
        }
    }
    key
}
