//! Group policy objects, as far as licensing is concerned: what each sets, where it is linked, whom it is filtered for, and which one
//! wins on a given computer.
//!
//! * [`find`] looks through a tree of [`Files`] (a folder, or the share SYSVOL) for objects: those of SYSVOL, with `gpt.ini`; backups
//!   of the Group Policy Management Console, with `bkupInfo.xml`; and policy files that lie by themselves.
//! * [`resolve`] decides, without asking anybody, what the objects together do to a computer: [MS-GPOL] 3.2.5.1 has the order.
//! * [`applied`] reads from a machine's own registry what its last refresh did.
//! * [`lint()`] judges policy files for those who keep them in git.
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
pub mod report;
pub mod resolve;
mod security;
#[cfg(feature = "smb")]
mod sysvol;
mod xml;

pub use files::{Disk, FileEntry, Files};
pub use find::{Found, find, find_file};
pub use lint::lint;
pub use object::{
    Backup, Half, HalfVersion, LinkedTo, ObjectKind, PolicyFile, PolicyObject, PolicyValue, Trustee,
    ValueAction,
};
pub use security::Filtering;
#[cfg(feature = "smb")]
pub use sysvol::Sysvol;

/// Why a part of a source could not be read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The place.
    pub source: String,
    /// What went wrong, in a sentence.
    pub message: String,
}
