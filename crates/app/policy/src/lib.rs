//! Group policy objects that concern licensing: their settings, links and filters, and which one wins on a
//! given computer.
//!
//! * [`find`] searches a tree of [`Files`] (a folder, or the share SYSVOL) for objects: those of SYSVOL, with
//!   `gpt.ini`; backups of the Group Policy Management Console, with `bkupInfo.xml`; backups of samba-tool;
//!   and policy files without an object. The files are `Registry.pol`, `Registry.xml` of Preferences, and
//!   LGPO text.
//! * [`resolve`] computes, without network access, the effect of the objects on a computer, in the order of
//!   [MS-GPOL] 3.2.5.1.
//! * [`applied`] reads the result of the last refresh from a machine's own registry.
//! * [`lint()`] checks policy files that are kept in a repository.
//!
//! Nothing here opens anything for writing.
#![forbid(unsafe_code)]

pub mod applied;
mod backup;
#[cfg(feature = "directory")]
pub mod directory;
mod files;
mod find;
mod gpt_ini;
pub mod lint;
mod object;
mod pol;
mod preferences;
pub mod report;
pub mod resolve;
mod security;
#[cfg(feature = "smb")]
mod sysvol;
mod xml;

pub use files::{Disk, FileEntry, Files, FilesError};
pub use find::{Found, find, find_file, is_policy_file};
pub use lint::lint;
pub use object::{
    Backup, Half, HalfVersion, LinkedTo, ObjectKind, PolicyFile, PolicyFormat, PolicyObject, PolicyValue,
    Trustee, ValueAction,
};
pub use security::Filtering;
#[cfg(feature = "smb")]
pub use sysvol::Sysvol;

/// An error in reading a part of a source.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The place.
    pub source: String,
    /// The error, as a sentence.
    pub message: String,
}
