//! The journal: what was changed, when, where and why, and everything that is needed to take it back.
//!
//! A file of JSON lines that only grows. Each line carries the SHA-256 of the line before it, so a line that was changed or
//! taken out shows. A repair has a *begin*, flushed before anything is changed, and an end.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use snapshot::{Change, FileTime};

use crate::{History, Identity, Location, PastAct, Plan};

/// The journal's file in its folder.
const FILE: &str = "journal.jsonl";

/// The hash that the first line carries.
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
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A repair is about to be made.
    Begin(Box<Begin>),
    /// It ended.
    End {
        /// The repair.
        id: u64,
        /// How.
        #[serde(flatten)]
        end: End,
    },
}

/// What is written before anything is changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// The repair's number, from 1.
    pub id: u64,
    /// The repair that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// Where.
    pub location: Location,
    /// The plan.
    pub plan: Plan,
    /// The plan's changes with everything filled in that was found: positions, security, what is deleted.
    pub changes: Vec<Change>,
    /// The folder of its backup, below that of the journal.
    pub backup: String,
}

impl Begin {
    /// True where it lies there. An address across the network may lead to another machine by now, which its name tells.
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
    /// It was made, read back and found right.
    Done {
        /// The changes as they were read back.
        changes: Vec<Change>,
        /// What is worth telling of how they were made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remarks: Vec<String>,
    },
    /// Everything is as it was before.
    RolledBack {
        /// Why.
        because: String,
    },
    /// What was found afterwards is neither the old nor the new state; nothing more was done.
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
    /// What was written before.
    pub begin: Begin,
    /// How it ended; `None` where it was interrupted.
    pub end: Option<End>,
    /// The repair that took it back and was not itself taken back.
    pub undone_by: Option<u64>,
}

impl Record {
    /// The changes that were made; `None` where there are none.
    #[must_use]
    pub fn made(&self) -> Option<&[Change]> {
        match &self.end {
            Some(End::Done { changes, .. }) => Some(changes),
            _ => None,
        }
    }
}

/// Why the journal cannot be used.
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
    /// Another run holds it.
    #[error("the journal {} is in use by another run of rdscal; wait for it to end", .0.display())]
    InUse(PathBuf),
    /// Somebody else made it.
    #[error(
        "the folder {} was made, or written to, by somebody who is no administrator of this machine, so what its journal says is not \
         trusted. Look at it and move it away, or name another folder with --journal",
        .0.display()
    )]
    Foreign(PathBuf),
    /// It is the administrators'.
    #[error(
        "rdscal was not started elevated, and the journal in {} is kept for administrators; without a journal nothing is changed. Start \
         it from an elevated prompt (Run as administrator), or name a folder of your own with --journal",
        .0.display()
    )]
    NotElevated(PathBuf),
    /// A line is not what the one after it says.
    #[error(
        "the journal {} was tampered with: line {line} {what}. Nothing is changed while it is so: keep the file as evidence, \
         and name another folder with --journal",
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
    /// The end of the last whole line.
    end: u64,
    /// Bytes after it: a line that was never finished, and so never counted.
    torn: u64,
    /// Held, and locked, by whoever may write.
    file: Option<File>,
}

impl Journal {
    /// Reads the journal of a folder, whose absence means an empty one.
    pub fn read(folder: &Path) -> Result<Self, JournalError> {
        let path = folder.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => Self::parse(folder, &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::parse(folder, &[]),
            Err(error) if is_locked(&error) => Err(JournalError::InUse(path)),
            Err(source) => Err(JournalError::Io { path, source }),
        }
    }

    /// Opens the journal of a folder for writing, made where it does not exist, and locked until it is dropped.
    ///
    /// A last line that was never finished is cut off: nothing was changed on its strength.
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
            .map_err(|error| broken(number, format!("is no line of a journal ({error})")))?;
        if line.line != number {
            return Err(broken(number, format!("says that it is line {}", line.line)));
        }
        if line.previous != self.head {
            return Err(broken(
                number.saturating_sub(1).max(1),
                "is not the one that the next line names".to_owned(),
            ));
        }
        let known =
            |id: u64| self.lines.iter().any(|line| matches!(&line.entry, Entry::Begin(b) if b.id == id));
        match &line.entry {
            Entry::Begin(begin) if known(begin.id) => {
                return Err(broken(number, format!("begins repair {} a second time", begin.id)));
            }
            Entry::End { id, .. } if !known(*id) => {
                return Err(broken(number, format!("ends repair {id}, which never began")));
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

    /// The folder of the journal, in which the backups lie too.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a backup lies that the journal names, with `/` between the parts of its name on every system.
    #[must_use]
    pub fn backup(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.folder.clone(), |folder, part| folder.join(part))
    }

    /// Every line.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// SHA-256 of the last line: whoever notes it elsewhere can tell later that nothing before it was changed.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// True where the file ends with a line that was never finished.
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
        // The newest first: an undo that was itself undone takes nothing back any more.
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

    /// What recipes must know of the past.
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

    /// Adds a line and returns when it is safe from a loss of power.
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
            return Err(io(io::Error::other("it was opened for reading only")));
        };
        let written = file
            .seek(SeekFrom::Start(self.end))
            .and_then(|_| file.write_all(&bytes))
            .and_then(|()| file.sync_all());
        if let Err(error) = written {
            // What was written of the line does not count.
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

/// True where another run holds the file: locks of Windows keep out readers too (`ERROR_LOCK_VIOLATION`).
fn is_locked(error: &io::Error) -> bool {
    cfg!(windows) && error.raw_os_error() == Some(33)
}

/// A new file is safe only when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Makes a folder that only its owner can look into (on Windows: administrators and the system): what the journal holds is nobody
/// else's business.
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

/// Sees to it that the machine's own folder for the journal is what it seems: on Windows it lies where everybody may make folders,
/// so it must belong to administrators, to the system or to whoever runs this, and its journal, too. What others wrote must not
/// steer what is undone.
///
/// Where the journal is to be written the folder is made, and closed to everybody but administrators and the system. That takes an
/// elevated process. On other systems the folder lies in the home of its owner, and nothing is to be done.
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
            // Now nobody else can put anything there; what was put there before shows.
            trust()?;
        }
    }
    Ok(())
}
