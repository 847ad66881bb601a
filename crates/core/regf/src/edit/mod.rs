//! Changes to a hive: keys, values, security, and the commit that makes them durable.
//!
//! [`Editor`] works in memory on pages in an overlay, so its cost depends on the number of changed pages.
//! [`Editor::commit`] returns a [`Commit`]: writes and flushes in an order that leaves the hive in the old or
//! the new state after a crash at any step, once it is recovered from its log as Windows does. [`HiveFiles`]
//! is a locked hive on disk with its logs.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use nt::FileTime;
//! use regf::build::{NewKey, build};
//! use regf::edit::{HiveFiles, Options, check};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("SYSTEM");
//! # let security = "O:BAG:SYD:(A;CI;KA;;;BA)".parse::<nt::security::SecurityDescriptor>()?.to_bytes();
//! # std::fs::write(&path, build(&NewKey { security, ..NewKey::new("ROOT") }, "SYSTEM")?)?;
//! let mut files = HiveFiles::open(&path)?;
//! let mut editor = files.edit(Options::default())?;
//! let now = FileTime(133_000_000_000_000_000);
//! let key = editor.create_path(r"Control\Terminal Server\RCM\Licensing Core", now)?;
//! editor.set(key, "LicensingMode", 4_u32, now)?;
//! editor.set(key, "Servers", ["rds1", "rds2"], now)?;
//! editor.set(key, &[0xD800], "an unpaired surrogate as a name", now)?;
//! assert!(check(&editor.hive()?).is_empty());
//! files.commit(editor)?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is preserved
//!
//! Cells that an edit does not touch, unknown fields, remnants in free cells, and the tail of the file do not
//! change. Fields that are upper bounds (the maximum lengths of names and data) are raised and never lowered.
//!
//! Source: Maxim Suhanov, "Windows registry file format specification" (CC-BY 4.0); Microsoft, "Registry
//! element size limits"; measurements on real hives.

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
pub use storage::{Files, HiveFiles, OpenError, SaveError, Storage};
