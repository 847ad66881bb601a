//! The journal: what was changed, when, where and why, and everything that is needed to revert it.
//!
//! An append-only file of JSON lines. Each line contains the SHA-256 of the previous line, so a modified or
//! removed line is detected. A repair has a *begin*, flushed before anything is changed, and an *end*.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use snapshot::{Change, FileTime};

use crate::{History, Identity, Location, PastAct, Plan};

/// The journal's file in its folder.
const FILE: &str = "journal.jsonl";

/// The hash in the first line.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Number of the line, from 1.
    pub line: u64,
    /// SHA-256 of the line before it, without its line break, in hexadecimal; zeros for the first.
    pub previous: String,
    /// When it was written.
    pub at: FileTime,
    /// Program and version that wrote it.
    pub tool: String,
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Contents of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A repair starts.
    Begin(Box<Begin>),
    /// A repair ended.
    End {
        /// The repair.
        id: u64,
        /// How.
        #[serde(flatten)]
        end: End,
    },
}

/// The entry that is written before anything is changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// The repair's number, from 1.
    pub id: u64,
    /// The repair that this one reverts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// Where.
    pub location: Location,
    /// The plan.
    pub plan: Plan,
    /// The plan's changes, completed with the state that was found: positions, security, deleted contents.
    pub changes: Vec<Change>,
    /// The folder of its backup, below the folder of the journal.
    pub backup: String,
}

impl Begin {
    /// True if the location is that of the machine. A network address may belong to another machine by now,
    /// which the name reveals.
    #[must_use]
    pub fn is_of(&self, location: &Location, machine: &Identity) -> bool {
        let is_remote = matches!(location, Location::Remote { .. });
        let ours = &self.plan.machine;
        let is_another = ours.name.is_some() && machine.name.is_some() && !ours.is_same_machine(machine);
        self.location.meets(location) && !(is_remote && is_another)
    }
}

/// How a repair ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// The changes were made, read back and verified.
    Done {
        /// The changes as they were read back.
        changes: Vec<Change>,
        /// What is worth telling of how they were made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remarks: Vec<String>,
    },
    /// All changes were reverted.
    RolledBack {
        /// Why.
        because: String,
    },
    /// The state found is neither the old nor the new one; nothing more was done.
    Left {
        /// What was found.
        because: String,
    },
}

/// A repair that the journal has.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When it began.
    pub at: FileTime,
    /// The begin entry.
    pub begin: Begin,
    /// The end; `None` if it was interrupted.
    pub end: Option<End>,
    /// The repair that reverted it and was not itself reverted.
    pub undone_by: Option<u64>,
}

impl Record {
    /// The changes that were made; `None` if there are none.
    #[must_use]
    pub fn made(&self) -> Option<&[Change]> {
        match &self.end {
            Some(End::Done { changes, .. }) => Some(changes),
            _ => None,
        }
    }
}

/// Error of the journal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// It cannot be opened, read or written.
    #[error("the journal {} cannot be used: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has locked it.
    #[error("the journal {} is in use by another run of rdscal; wait for it to end", .0.display())]
    InUse(PathBuf),
    /// The folder was created by an untrusted account.
    #[error(
        "the folder {} was created or written by an account that is not an administrator of this machine, so its journal is not trusted. Inspect it and move it away, or specify another folder with --journal",
        .0.display()
    )]
    Foreign(PathBuf),
    /// Only administrators have access.
    #[error(
        "rdscal is not elevated, and the journal in {} is accessible only to administrators; nothing is changed without a journal. Start rdscal from an elevated prompt (Run as administrator), or specify your own folder with --journal",
        .0.display()
    )]
    NotElevated(PathBuf),
    /// A line does not match the hash in the next one.
    #[error(
        "the journal {} was modified: line {line} {what}. No repair is possible with it; keep the file as evidence, and specify another folder with --journal",
        .path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
}

/// The journal of a folder.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    lines: Vec<Line>,
    /// SHA-256 of the last line.
    head: String,
    /// Offset of the end of the last complete line.
    end: u64,
    /// Number of bytes after it: an incomplete line, which is ignored.
    torn: u64,
    /// The locked file, if opened for writing.
    file: Option<File>,
}

impl Journal {
    /// Reads the journal of a folder. A missing file is an empty journal.
    pub fn read(folder: &Path) -> Result<Self, JournalError> {
        let path = folder.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => Self::parse(folder, &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::parse(folder, &[]),
            Err(error) if is_locked(&error) => Err(JournalError::InUse(path)),
            Err(source) => Err(JournalError::Io { path, source }),
        }
    }

    /// Opens the journal of a folder for writing, creates it if necessary, and locks it until it is dropped.
    ///
    /// An incomplete last line is removed. Nothing was changed because of it.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let path = folder.join(FILE);
        let at = |source| JournalError::Io { path: path.clone(), source };
        private_folder(folder).map_err(at)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let is_new = !path.exists();
        let mut file = options.open(&path).map_err(at)?;
        if is_new {
            sync_folder(folder).map_err(at)?;
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(path)),
            Err(TryLockError::Error(error)) => return Err(at(error)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(at)?;
        let mut journal = Self::parse(folder, &bytes)?;
        if journal.torn > 0 {
            file.set_len(journal.end).and_then(|()| file.sync_all()).map_err(at)?;
            journal.torn = 0;
        }
        journal.file = Some(file);
        Ok(journal)
    }

    fn parse(folder: &Path, bytes: &[u8]) -> Result<Self, JournalError> {
        let mut journal = Self {
            folder: folder.to_owned(),
            lines: Vec::new(),
            head: NOTHING.to_owned(),
            end: 0,
            torn: 0,
            file: None,
        };
        let mut rest = bytes;
        while let Some(length) = rest.iter().position(|&byte| byte == b'\n') {
            let (line, after) = rest.split_at(length);
            journal.take(line)?;
            journal.end += length as u64 + 1;
            rest = after.get(1..).unwrap_or_default();
        }
        journal.torn = rest.len() as u64;
        Ok(journal)
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let number = self.lines.len() as u64 + 1;
        let broken = |line, what: String| JournalError::Broken { path: self.path(), line, what };
        let line: Line = serde_json::from_slice(bytes)
            .map_err(|error| broken(number, format!("is not a journal line ({error})")))?;
        if line.line != number {
            return Err(broken(number, format!("has the line number {}", line.line)));
        }
        if line.previous != self.head {
            return Err(broken(
                number.saturating_sub(1).max(1),
                "does not match the hash in the next line".to_owned(),
            ));
        }
        let known =
            |id: u64| self.lines.iter().any(|line| matches!(&line.entry, Entry::Begin(b) if b.id == id));
        match &line.entry {
            Entry::Begin(begin) if known(begin.id) => {
                return Err(broken(number, format!("begins repair {} a second time", begin.id)));
            }
            Entry::End { id, .. } if !known(*id) => {
                return Err(broken(number, format!("ends repair {id}, which was never begun")));
            }
            _ => {}
        }
        self.head = hash(bytes);
        self.lines.push(line);
        Ok(())
    }

    /// The journal's file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// The folder of the journal, which also contains the backups.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Path of a backup named in the journal. The name uses `/` on every system.
    #[must_use]
    pub fn backup(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.folder.clone(), |folder, part| folder.join(part))
    }

    /// Every line.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// SHA-256 of the last line. Recorded elsewhere, it proves later that nothing before it was changed.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// True if the file ends with an incomplete line.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.torn > 0
    }

    /// Every repair, the oldest first.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        for line in &self.lines {
            match &line.entry {
                Entry::Begin(begin) => {
                    let begin = (**begin).clone();
                    records.push(Record { at: line.at, begin, end: None, undone_by: None });
                }
                Entry::End { id, end } => {
                    if let Some(record) = records.iter_mut().find(|record| record.begin.id == *id) {
                        record.end = Some(end.clone());
                    }
                }
            }
        }
        // Newest first: an undo that was itself undone no longer reverts anything.
        for index in (0..records.len()).rev() {
            let record = &records[index];
            let (id, made, undone) = (record.begin.id, record.made().is_some(), record.undone_by.is_some());
            if let Some(undoes) = record.begin.undoes.filter(|_| made && !undone)
                && let Some(earlier) = records.iter_mut().find(|earlier| earlier.begin.id == undoes)
            {
                earlier.undone_by = Some(id);
            }
        }
        records
    }

    /// The repair of this number.
    #[must_use]
    pub fn record(&self, id: u64) -> Option<Record> {
        self.records().into_iter().find(|record| record.begin.id == id)
    }

    /// The history for recipes.
    #[must_use]
    pub fn history(&self) -> History {
        let made =
            self.records().into_iter().filter(|record| record.made().is_some() || record.end.is_none());
        History(
            made.map(|record| PastAct {
                id: record.begin.id,
                reason: record.begin.plan.arguments.first("reason").map(str::to_owned),
                recipe: record.begin.plan.recipe,
                machine: record.begin.plan.machine,
                at: record.at,
                undone: record.undone_by.is_some(),
            })
            .collect(),
        )
    }

    /// The number that the next repair gets.
    #[must_use]
    pub fn next_id(&self) -> u64 {
        let ids = self.lines.iter().filter_map(|line| match &line.entry {
            Entry::Begin(begin) => Some(begin.id),
            Entry::End { .. } => None,
        });
        ids.max().unwrap_or(0) + 1
    }

    /// Appends a line and returns when it is durable.
    pub fn append(&mut self, entry: Entry, at: FileTime) -> Result<(), JournalError> {
        let path = self.path();
        let io = |source| JournalError::Io { path: path.clone(), source };
        let line = Line {
            line: self.lines.len() as u64 + 1,
            previous: self.head.clone(),
            at,
            tool: concat!("rdscal ", env!("CARGO_PKG_VERSION")).to_owned(),
            entry,
        };
        let mut bytes = serde_json::to_vec(&line).map_err(|error| io(error.into()))?;
        let head = hash(&bytes);
        bytes.push(b'\n');
        let Some(file) = &mut self.file else {
            return Err(io(io::Error::other("it was opened read-only")));
        };
        let written = file
            .seek(SeekFrom::Start(self.end))
            .and_then(|_| file.write_all(&bytes))
            .and_then(|()| file.sync_all());
        if let Err(error) = written {
            // A partly written line is ignored.
            let _ = file.set_len(self.end);
            return Err(io(error));
        }
        self.end += bytes.len() as u64;
        self.head = head;
        self.lines.push(line);
        Ok(())
    }
}

fn hash(line: &[u8]) -> String {
    hex::encode(Sha256::digest(line))
}

/// True if another process has locked the file. Windows locks also block readers (`ERROR_LOCK_VIOLATION`).
fn is_locked(error: &io::Error) -> bool {
    cfg!(windows) && error.raw_os_error() == Some(33)
}

/// A new file is durable only after its folder is synced.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Creates a folder that only its owner can read (on Windows: administrators and SYSTEM), because the journal
/// contains deleted data.
#[cfg(not(windows))]
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(windows)]
pub(crate) use win32::write::private_folder;

/// Checks the machine's folder for the journal. On Windows every user can create folders in its parent, so
/// the folder and the journal must belong to administrators, to SYSTEM or to the current account. Data from
/// others must not control an undo.
///
/// For writing, the folder is created and restricted to administrators and SYSTEM, which requires an elevated
/// process. On other systems the folder is in the home directory of its owner, and no check is needed.
pub fn guard(folder: &Path, to_write: bool) -> Result<(), JournalError> {
    #[cfg(not(windows))]
    let _ = (folder, to_write);
    #[cfg(windows)]
    {
        use win32::write::{FolderError, close_folder, private_folder, trusted_folder};
        let io = |source| JournalError::Io { path: folder.to_owned(), source };
        let trust = || {
            trusted_folder(folder, &[FILE]).map_err(|error| match error {
                FolderError::Io(error) => io(error),
                FolderError::Foreign => JournalError::Foreign(folder.to_owned()),
            })
        };
        trust()?;
        if to_write {
            if !win32::token::is_elevated().unwrap_or(false) {
                return Err(JournalError::NotElevated(folder.to_owned()));
            }
            private_folder(folder).and_then(|()| close_folder(folder)).map_err(io)?;
            // From here on no other account can write there; earlier contents are detected.
            trust()?;
        }
    }
    Ok(())
}
