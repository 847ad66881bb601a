//! Changing a hive: keys, values, security, and the commit that makes the change durable.
//!
//! [`Editor`] works in memory on pages laid over the hive, so its cost is that of the pages touched. [`Editor::commit`] yields
//! a [`Commit`]: the writes and flushes in their order, by which the hive is at any moment in the old or in the new state,
//! for whoever recovers it from its log as Windows does. [`HiveFiles`] is the hive with its logs on a disk, locked.
//!
//! ```no_run
//! use nt::FileTime;
//! use regf::edit::{HiveFiles, Options};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut files = HiveFiles::open("SYSTEM")?;
//! let mut editor = files.edit(Options::default())?;
//! let now = FileTime(133_000_000_000_000_000);
//! let key = editor.create_path(r"ControlSet001\Control\Terminal Server\RCM", now)?;
//! let name: Vec<u16> = "LicensingMode".encode_utf16().collect();
//! editor.set_value(key, &name, 4, &4_u32.to_le_bytes(), now)?;
//! assert!(regf::edit::check(&editor.hive()?).is_empty());
//! let commit = editor.commit()?;
//! commit.apply(&mut files)?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is kept
//!
//! Cells that an edit does not touch stay byte for byte, and so do unknown fields, remnants in free cells, and the tail of the
//! file. Fields that must not be too low (the longest name, the longest data) are raised and never lowered.
//!
//! Source: Maxim Suhanov, "Windows registry file format specification" (CC-BY 4.0); Microsoft, "Registry element size limits";
//! and what was measured on real hives.

mod check;
mod commit;
mod diff;
mod editor;
mod error;
mod security;
mod space;
mod storage;
mod subkeys;
mod values;

pub use check::{Fault, check};
pub use commit::{Commit, Step, Target};
pub use diff::{Change, changes};
pub use editor::{Editor, KeyOptions, Options};
pub use error::{CommitError, EditError, EditResult, Invalid, Refusal};
pub use storage::{Files, HiveFiles, OpenError, Storage};
