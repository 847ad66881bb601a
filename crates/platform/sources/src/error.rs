//! Why a source, or a part of it, could not be read.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diagnostic::{Code, Diagnostic, Message, Retry};
use snapshot::{Name, SnapshotError};

/// A source that could not be read, or not completely.
#[derive(Clone, Debug)]
pub struct ReadError {
    /// What was read: a path, `archive.zip!member`, `\\HOST`.
    pub place: String,
    /// Why it could not be read.
    pub cause: Cause,
}

impl ReadError {
    /// An error at this place.
    #[must_use]
    pub fn new(place: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self { place: place.into(), cause: cause.into() }
    }

    /// Cause and advice without the place, in one paragraph.
    #[must_use]
    pub fn message(&self) -> String {
        Message::of(&self.cause).one_line()
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.cause)
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl Diagnostic for ReadError {
    fn code(&self) -> Code {
        self.cause.code()
    }

    fn retry(&self) -> Retry {
        self.cause.retry()
    }

    fn state(&self) -> Option<String> {
        self.cause.state()
    }

    fn advice(&self) -> Option<String> {
        self.cause.advice()
    }
}

/// Why a place could not be read. The text is the predicate of a sentence that begins with the place.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// An error of the file system.
    #[error(transparent)]
    File(#[from] FileError),
    /// The content of a file or folder is not readable by this program.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The hive is damaged.
    #[error("cannot be read as a hive: {0}")]
    Hive(#[from] regf::Error),
    /// The keys of the hive that identify it are damaged.
    #[error("cannot be identified as a hive of a machine: {0}")]
    Role(#[source] regf::Error),
    /// The hive is shorter than its header states, and the remaining part cannot be read.
    #[error("is truncated by {missing} bytes: {error}")]
    Truncated {
        /// The number of missing bytes.
        missing: u64,
        /// The error of the hive parser.
        error: regf::Error,
    },
    /// The policy file is damaged at its first instruction.
    #[error("is a damaged Registry.pol: {0}")]
    Policy(#[from] regtext::pol::ParseError),
    /// The file is not a snapshot of a supported schema.
    #[error(transparent)]
    Snapshot(Arc<SnapshotError>),
    /// The text is not the name of a host.
    #[cfg(feature = "remote")]
    #[error(transparent)]
    Name(#[from] smb::BadTarget),
    /// The connection failed.
    #[cfg(feature = "remote")]
    #[error(transparent)]
    Connect(#[from] smb::ConnectError),
    /// The connection was lost after a part of the registry was read.
    #[cfg(feature = "remote")]
    #[error(transparent)]
    Call(#[from] msrpc::Error),
    /// A predefined key cannot be opened.
    #[cfg(feature = "remote")]
    #[error("{root} could not be opened: {error}")]
    Root {
        /// The key, such as `HKLM`.
        root: &'static str,
        /// The result of the call.
        error: KeyError,
    },
    /// A Windows API call failed.
    #[cfg(windows)]
    #[error(transparent)]
    Windows(#[from] win32::Error),
    /// An error of another crate.
    #[error(transparent)]
    Other(#[from] Message),
}

impl From<SnapshotError> for Cause {
    fn from(error: SnapshotError) -> Self {
        Self::Snapshot(Arc::new(error))
    }
}

impl From<zip::result::ZipError> for Cause {
    fn from(error: zip::result::ZipError) -> Self {
        ContentError::Archive(Arc::new(error)).into()
    }
}

impl Diagnostic for Cause {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::Content(error) => error.code(),
            Self::Hive(error) | Self::Role(error) | Self::Truncated { error, .. } => match error.problem() {
                regf::Problem::Io(error) => Code::of_io(error.kind()),
                _ => Code::Malformed,
            },
            Self::Policy(_) => Code::Malformed,
            Self::Snapshot(error) => match **error {
                SnapshotError::Schema(_) => Code::Unsupported,
                SnapshotError::Malformed(_) => Code::Malformed,
            },
            #[cfg(feature = "remote")]
            Self::Name(_) => Code::InvalidArgument,
            #[cfg(feature = "remote")]
            Self::Connect(error) => error.code(),
            #[cfg(feature = "remote")]
            Self::Call(error) => error.code(),
            #[cfg(feature = "remote")]
            Self::Root { error, .. } => match error {
                KeyError::Remote(error) if error.is_fatal() => error.code(),
                _ => Code::InterfaceUnavailable,
            },
            #[cfg(windows)]
            Self::Windows(error) if error.is_access_denied() => Code::AccessDenied,
            #[cfg(windows)]
            Self::Windows(_) => Code::Io,
            Self::Other(message) => message.code,
        }
    }

    /// A file does not become readable after a delay, whichever code the error has.
    fn retry(&self) -> Retry {
        match self {
            #[cfg(feature = "remote")]
            Self::Connect(_) | Self::Call(_) | Self::Root { .. } => self.code().retry(),
            Self::Other(message) => message.retry(),
            _ => Retry::Permanent,
        }
    }

    fn state(&self) -> Option<String> {
        match self {
            Self::Other(message) => message.state.clone(),
            _ => None,
        }
    }

    fn advice(&self) -> Option<String> {
        match self {
            Self::File(error) => error.advice(),
            Self::Content(error) => error.advice(),
            #[cfg(feature = "remote")]
            Self::Connect(error) => error.advice(),
            #[cfg(feature = "remote")]
            Self::Call(error) => error.advice(),
            Self::Other(message) => message.advice.clone(),
            _ => None,
        }
    }
}

/// The operating system refused access to a file or folder.
#[derive(Clone, Debug)]
pub struct FileError {
    error: Arc<io::Error>,
    is_link: bool,
}

/// ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION ([MS-ERREF] 2.2): Windows locks the hives in use.
const IN_USE: [i32; 2] = [32, 33];

impl FileError {
    /// The error of an operation on this path.
    pub(crate) fn new(path: &Path, error: io::Error) -> Self {
        let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink())
            && (error.kind() == io::ErrorKind::NotFound || path.metadata().is_err());
        Self { error: Arc::new(error), is_link }
    }

    fn is_in_use(&self) -> bool {
        cfg!(windows) && self.error.raw_os_error().is_some_and(|code| IN_USE.contains(&code))
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error.kind() {
            io::ErrorKind::NotFound if self.is_link => {
                f.write_str("is a link to something that does not exist")
            }
            io::ErrorKind::NotFound => f.write_str("does not exist"),
            io::ErrorKind::PermissionDenied => f.write_str("access is denied"),
            _ if self.is_in_use() => f.write_str("is in use by the running Windows"),
            _ if self.is_link => write!(f, "is a broken link: {}", self.error),
            _ => write!(f, "cannot be read: {}", self.error),
        }
    }
}

impl std::error::Error for FileError {}

impl Diagnostic for FileError {
    fn code(&self) -> Code {
        if self.is_in_use() { Code::InUse } else { Code::of_io(self.error.kind()) }
    }

    fn advice(&self) -> Option<String> {
        let advice = match self.error.kind() {
            io::ErrorKind::PermissionDenied => "Run rdscal as a user who may read it, or copy it first.",
            _ if self.is_in_use() => "To judge the running machine, use `.` as the source.",
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

/// The content of a file, folder or archive is not a supported format.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// A device, socket or pipe.
    #[error("is neither a file nor a folder")]
    NotAFile,
    /// A file of zero bytes.
    #[error("is an empty file")]
    Empty,
    /// A file of an unknown format.
    #[error("its content is not a hive, .reg export, Registry.pol, LGPO text, event log, snapshot or .zip")]
    UnknownFormat,
    /// A file with the name of a hive and other content.
    #[error("has a hive's name, but {}", if *.is_empty { "is empty" } else { "its content is not a hive" })]
    NotAHive {
        /// Whether the file has zero bytes.
        is_empty: bool,
    },
    /// A transaction log without its hive.
    #[error("is a transaction log")]
    Log,
    /// The event log is damaged.
    #[error("cannot be read as an event log: {0}")]
    EventLog(String),
    /// A member that an archive does not have.
    #[error("the archive has no member {0}")]
    NoMember(String),
    /// An event log without events.
    #[error("is an event log without events")]
    NoEvents,
    /// A log that licensing does not write to.
    #[error("is an event log that Remote Desktop licensing does not write to")]
    OtherLog,
    /// Event logs are never modified.
    #[error("is an event log, which is a record and is not changed")]
    IsEventLog,
    /// A folder that is nested too deeply.
    #[error("is nested more than {0} folders deep, and was not read")]
    TooDeep(usize),
    /// A link to a folder that contains it.
    #[error("is a link to a folder that contains it, and was not followed")]
    LinkLoop,
    /// A link to a folder that is not part of the source.
    #[error("is a link to {}, and was not followed", .0.display())]
    LinkElsewhere(PathBuf),
    /// An archive within an archive.
    #[error("is an archive within an archive, and was not unpacked")]
    NestedArchive,
    /// The hive is shorter than its header states.
    #[error("is truncated: {0} bytes are missing at its end; the rest was read")]
    Truncated(u64),
    /// No supported file was found.
    #[error("{}", nothing(*.other_hives))]
    Nothing {
        /// The number of hives other than SYSTEM, SOFTWARE and SECURITY.
        other_hives: usize,
    },
    /// The file exceeds the limit for its format.
    #[error("is larger than {} MiB, which no registry file of this kind is", .limit >> 20)]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The archive or a member is damaged.
    #[error("cannot be read as a .zip: {0}")]
    Archive(Arc<zip::result::ZipError>),
    /// The archive has more members than the limit.
    #[error("the archive has {members} members, more than the limit of {limit}")]
    TooManyMembers {
        /// The number of members.
        members: usize,
        /// The limit.
        limit: usize,
    },
    /// The member is encrypted.
    #[error("is encrypted")]
    Encrypted,
    /// The unpacked size is far larger than the packed size.
    #[error("unpacks from {packed} to {size} bytes, and was rejected as a decompression bomb")]
    Bomb {
        /// The packed size in bytes.
        packed: u64,
        /// The stated unpacked size in bytes.
        size: u64,
    },
    /// The member is larger than the archive states.
    #[error(
        "unpacks to more than the {0} bytes that the archive claims, and was rejected as a decompression bomb"
    )]
    FalseSize(u64),
    /// A file in an archive cannot be modified.
    #[error("is in an archive")]
    InArchive,
    /// Snapshots are never modified.
    #[error("is a snapshot, which is a record and is not changed")]
    IsSnapshot,
    /// Policy text is not changed.
    #[error("is LGPO text, which is read but not changed")]
    IsPolicyText,
    /// The hive is not SYSTEM, SOFTWARE or SECURITY.
    #[error("is not a hive with a machine's licensing state")]
    OtherHive,
}

impl ContentError {
    /// The innermost cause of an error of the event log parser, whose outer texts name no cause.
    #[allow(clippy::needless_pass_by_value, reason = "as `map_err` calls it")]
    pub(crate) fn event_log(error: impl std::error::Error) -> Self {
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Self::EventLog(cause.to_string())
    }
}

fn nothing(other_hives: usize) -> String {
    match other_hives {
        0 => "contains no hive, .reg export, Registry.pol, event log or snapshot".to_owned(),
        1 => "contains one hive, which is neither a SYSTEM nor a SOFTWARE hive".to_owned(),
        count => format!("contains {count} hives, none of which is a SYSTEM or SOFTWARE hive"),
    }
}

impl Diagnostic for ContentError {
    fn code(&self) -> Code {
        match self {
            Self::Truncated(_) | Self::Archive(_) | Self::EventLog(_) | Self::NoEvents => Code::Malformed,
            Self::TooDeep(_)
            | Self::TooLarge { .. }
            | Self::TooManyMembers { .. }
            | Self::Bomb { .. }
            | Self::FalseSize(_) => Code::TooLarge,
            Self::LinkLoop
            | Self::LinkElsewhere(_)
            | Self::NestedArchive
            | Self::Encrypted
            | Self::InArchive
            | Self::IsSnapshot
            | Self::OtherLog
            | Self::IsEventLog
            | Self::IsPolicyText
            | Self::OtherHive => Code::Unsupported,
            Self::Nothing { .. } | Self::NoMember(_) => Code::NotFound,
            Self::NotAFile | Self::Empty | Self::UnknownFormat | Self::NotAHive { .. } | Self::Log => {
                Code::UnknownFormat
            }
        }
    }

    fn advice(&self) -> Option<String> {
        Some(match self {
            Self::Log => "Use the hive that it belongs to; the logs next to a hive are found.".to_owned(),
            Self::LinkElsewhere(target) => {
                format!("To read the target, use {} as the source.", target.display())
            }
            Self::OtherLog => {
                "Use System.evtx, or the logs TerminalServices-RemoteConnectionManager and TerminalServices-Licensing of the same machine.".to_owned()
            }
            Self::NestedArchive | Self::Encrypted => "Unpack the archive first.".to_owned(),
            Self::IsPolicyText => {
                "Edit the text, or use the Registry.pol of the policy object as the source.".to_owned()
            }
            Self::InArchive => "Unpack the archive, and use the unpacked files as the source.".to_owned(),
            _ => return None,
        })
    }
}

/// Why a key, or a part of it, could not be read. The snapshot contains the text.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The hive is damaged at this key.
    #[error(transparent)]
    Hive(#[from] regf::Error),
    /// A call of the remote registry failed.
    #[cfg(feature = "remote")]
    #[error(transparent)]
    Remote(#[from] msrpc::Error),
    /// A Windows API call failed.
    #[cfg(windows)]
    #[error(transparent)]
    Windows(#[from] win32::Error),
    /// Access is denied; the text suggests a remedy.
    #[error("access is denied{0}")]
    Denied(&'static str),
    /// A part of the key could not be read.
    #[error("{part}: {error}")]
    Part {
        /// The part of the key.
        part: Part,
        /// Why it could not be read.
        error: Box<KeyError>,
    },
    /// The data of a value exceeds the limit.
    #[error("value “{name}” has {length} bytes, too many to be read")]
    TooLarge {
        /// The name of the value.
        name: Name,
        /// Its size in bytes.
        length: u64,
    },
    /// The key was deleted between two calls.
    #[error("was deleted while it was read")]
    Deleted,
    /// The parent key could not be opened.
    #[error("the key above is not open")]
    NotOpen,
    /// `Select` does not define which control set is current.
    #[error("it is unknown which control set is current")]
    NoControlSet,
    /// The key is a symbolic link.
    #[error("is a link to another key, and was not followed")]
    Link,
    /// The same key occurs in two places, which indicates damage.
    #[error("the key “{0}” was found before, in another place")]
    FoundTwice(Name),
    /// The key is nested too deeply.
    #[error("is nested {0} keys deep; what is below was left out")]
    TooDeep(usize),
    /// The limits of a snapshot are reached.
    #[error("there is far more here than on any machine; the rest was left out")]
    TooMuch,
}

impl KeyError {
    pub(crate) fn at(self, part: Part) -> Self {
        Self::Part { part, error: Box::new(self) }
    }
}

/// A part of a key.
#[derive(Clone, Debug)]
pub enum Part {
    /// A value whose name is unknown.
    UnknownValue,
    /// The value of this name.
    Value(Name),
    /// The data of the value of this name.
    Data(Name),
    /// A subkey whose name is unknown.
    UnknownSubkey,
    /// The subkey of this name.
    Subkey(Name),
    /// The security descriptor.
    Security,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownValue => f.write_str("a value"),
            Self::Value(name) => write!(f, "value “{name}”"),
            Self::Data(name) => write!(f, "the data of value “{name}”"),
            Self::UnknownSubkey => f.write_str("a subkey"),
            Self::Subkey(name) => write!(f, "the key “{name}”"),
            Self::Security => f.write_str("its security descriptor"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_not_found_and_not_retried() {
        let path = Path::new("/nonexistent");
        let error =
            ReadError::new("SYSTEM", Cause::from(FileError::new(path, io::ErrorKind::NotFound.into())));
        assert_eq!((error.code(), error.retry()), (Code::NotFound, Retry::Permanent));
        assert_eq!(error.to_string(), "SYSTEM: does not exist");
        assert_eq!(error.message(), "does not exist");
    }

    #[test]
    fn advice_is_apart_from_the_cause() {
        let error = ReadError::new("a.zip!b.zip", ContentError::NestedArchive);
        assert_eq!(error.cause.to_string(), "is an archive within an archive, and was not unpacked");
        assert_eq!(error.message(), format!("{}. Unpack the archive first.", error.cause));
        assert_eq!(error.code(), Code::Unsupported);
    }

    #[test]
    fn parts_of_keys_are_named() {
        let error = KeyError::Denied("").at(Part::Security).at(Part::Subkey("RCM".into()));
        assert_eq!(error.to_string(), "the key “RCM”: its security descriptor: access is denied");
    }
}
