//! The evidence of a judgment, and what is missing.

use std::fmt;

use serde::Serialize;
use snapshot::coverage::{Deletion, LostLine};
use snapshot::policy::{PolicyDamage, PolicyInstruction};
use snapshot::{FileTime, Key, KeyPath, Name, Position, Unanswered, Value, on_one_line};

/// One thing that was found, as it was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The key, or the name of a fact that is not in the registry.
    pub path: String,
    /// The value's name; `None` where the key itself is the evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Name>,
    /// The data as found, for people; for an absent key or value the word `absent`.
    pub found: String,
    /// The value's type as found.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The data as found, in hexadecimal; only for data of at most 64 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
    /// Last-write time of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_write: Option<FileTime>,
    /// Offset in its file in bytes, for an instruction of a policy file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Where it is in its file; set by the program, for formats that show it.
    #[serde(skip)]
    pub position: Option<Position>,
}

impl Evidence {
    /// A value that was found.
    #[must_use]
    pub fn value(path: &KeyPath, key: &Key, value: &Value) -> Self {
        let bytes = value.bytes();
        Self {
            path: path.to_string(),
            value: Some(value.name.clone()),
            found: value.shown(),
            kind: Some(value.kind.to_string()),
            hex: (bytes.len() <= 64).then(|| hex::encode(bytes)),
            last_write: key.last_write,
            offset: None,
            position: None,
        }
    }

    /// A key that was found; `found` says what about it matters.
    #[must_use]
    pub fn key(path: &KeyPath, key: &Key, found: impl Into<String>) -> Self {
        Self { last_write: key.last_write, ..Self::bare(path.to_string(), None, found.into()) }
    }

    /// A value that is not there, though its key may be.
    #[must_use]
    pub fn absent_value(path: &KeyPath, value: &str) -> Self {
        Self::bare(path.to_string(), Some(Name::from(value)), "absent")
    }

    /// A key that is not there.
    #[must_use]
    pub fn absent_key(path: &KeyPath) -> Self {
        Self::bare(path.to_string(), None, "absent")
    }

    /// A fact that is not in the registry, with its source.
    #[must_use]
    pub fn fact(name: &str, found: impl Into<String>) -> Self {
        Self::bare(name.to_owned(), None, found.into())
    }

    /// An instruction of a policy file.
    #[must_use]
    pub fn instruction(instruction: &PolicyInstruction) -> Self {
        let root = if instruction.user { "HKCU" } else { "HKLM" };
        let found = format!("{} (at byte {} of the file)", instruction.shown, instruction.offset);
        Self {
            kind: Some(instruction.kind.to_string()),
            offset: Some(instruction.offset),
            ..Self::bare(
                format!(r"{root}\{}", instruction.key),
                Some(Name::from(instruction.name.as_str())),
                found,
            )
        }
    }

    /// The place where a policy file is damaged.
    #[must_use]
    pub fn damage(file: &str, damage: &PolicyDamage) -> Self {
        Self { offset: Some(damage.offset), ..Self::bare(file.to_owned(), None, damage.message.clone()) }
    }

    /// A deletion in a script.
    #[must_use]
    pub fn deletion(deletion: &Deletion) -> Self {
        let what = if deletion.value.is_some() { "deleted" } else { "deleted with everything below it" };
        let found = format!("{what} (line {} of {})", deletion.line, deletion.file);
        Self::bare(deletion.key.to_string(), deletion.value.clone(), found)
    }

    fn bare(path: String, value: Option<Name>, found: impl AsRef<str>) -> Self {
        let found = on_one_line(found.as_ref()).into_owned();
        Self { path, value, found, kind: None, hex: None, last_write: None, offset: None, position: None }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        match &self.value {
            Some(name) if name.is_empty() => f.write_str(" (default value)")?,
            // Names of keys and values contain spaces: quotes show where each ends.
            Some(name) => write!(f, " “{name}”")?,
            None => {}
        }
        write!(f, ": {}", self.found)
    }
}

/// Evidence that a judgment would need and the snapshot does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// This key was not captured.
    Key(String),
    /// This key could not be read.
    Readable {
        /// The key.
        key: String,
        /// Why it could not be read.
        because: String,
    },
    /// The security descriptor of this key, which not every source holds (an export does not).
    Security(String),
    /// A fact that only the running session host can report; the text names it.
    Host(&'static str),
    /// A fact that only the license server can report.
    LicenseServer(&'static str),
    /// A fact that is in Active Directory.
    Directory(&'static str),
    /// Licensing events of the event logs.
    Events(&'static str),
    /// An answer from the network: name resolution, a port, a service.
    Network(&'static str),
    /// A fact about the client's side that no registry holds.
    Client(&'static str),
    /// More than one machine.
    Fleet(&'static str),
    /// What a policy file, or a file beside it, says.
    PolicyFile(&'static str),
    /// The running machine was asked for it and did not answer.
    Unanswered {
        /// The need.
        need: Box<Need>,
        /// Which source was asked.
        source: String,
        /// Why it failed.
        because: String,
    },
}

impl Need {
    /// The content of a line that could not be read.
    #[must_use]
    pub fn lost_line(line: &LostLine) -> Self {
        Self::Readable {
            key: line.key.as_ref().map_or_else(|| line.file.clone(), ToString::to_string),
            because: format!("line {}: {}", line.line, line.reason),
        }
    }

    /// Whether this is about the key itself: that it was not captured, or could not be read.
    #[must_use]
    pub fn is_about(&self, key: &KeyPath) -> bool {
        match self {
            Self::Key(text) | Self::Readable { key: text, .. } => *text == key.to_string(),
            _ => false,
        }
    }

    /// This need of a machine that was asked, with the reason why it did not answer.
    #[must_use]
    pub fn unanswered(self, asked: &Unanswered) -> Self {
        let Unanswered { source, reason } = asked.clone();
        Self::Unanswered { need: Box::new(self), source, because: reason }
    }

    /// Where the evidence is available, as one phrase by which a report groups.
    #[must_use]
    pub fn available_from(&self) -> String {
        match self {
            Self::Key(key) => match key.split('\\').nth(1) {
                Some(hive) => format!("the {} hive", hive.to_uppercase()),
                None => "the registry".to_owned(),
            },
            Self::Readable { .. } => "a key that could not be read".to_owned(),
            Self::Security(_) => "a source with security descriptors (a hive, a snapshot)".to_owned(),
            Self::Host(_) => "the running session host".to_owned(),
            Self::LicenseServer(_) => "the license server".to_owned(),
            Self::Directory(_) => "Active Directory".to_owned(),
            Self::Events(_) => "the event logs".to_owned(),
            Self::Network(_) => "the network".to_owned(),
            Self::Client(_) => "the client".to_owned(),
            Self::Fleet(_) => "more machines in one run".to_owned(),
            Self::PolicyFile(_) => "the policy object's own files".to_owned(),
            Self::Unanswered { because, .. } => {
                format!("the running machine, which did not answer ({because})")
            }
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "{key} (not in this source)"),
            Self::Readable { key, because } => write!(f, "{key} (could not be read: {because})"),
            Self::Security(key) => write!(f, "owner and access list of {key} (not in this source)"),
            Self::Host(what)
            | Self::LicenseServer(what)
            | Self::Directory(what)
            | Self::Events(what)
            | Self::Network(what)
            | Self::Client(what)
            | Self::Fleet(what)
            | Self::PolicyFile(what) => f.write_str(what),
            Self::Unanswered { need, source, because } => {
                write!(f, "{need} ({source} did not answer: {because})")
            }
        }
    }
}

/// The snapshot does not have the evidence for an answer.
///
/// Reading functions return it as an error, so that a rule that uses `?` answers *unknown* when its evidence
/// is missing, and can never answer *fine* by accident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// What is missing.
    pub needs: Vec<Need>,
}

impl From<Need> for Unknown {
    fn from(need: Need) -> Self {
        Self { needs: vec![need] }
    }
}

impl Unknown {
    /// Both are missing.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for need in other.needs {
            if !self.needs.contains(&need) {
                self.needs.push(need);
            }
        }
        self
    }
}
