//! Group Policy registry files: `Registry.pol` (PReg).
//!
//! A file is the signature `PReg`, the version 1 as a little-endian u32, and then any number of instructions
//! `[key;value;type;size;data]`: brackets and semicolons are UTF-16LE units, key and value are UTF-16LE
//! strings that end with NUL, type and size are little-endian u32. The folder of the file determines whether
//! its keys belong to `HKEY_LOCAL_MACHINE` or `HKEY_CURRENT_USER`. Sources: MS-GPREG sections 2.2.1 and
//! 3.2.5.1, and 188 public files.
//!
//! Data may contain semicolons and brackets, so only the size determines where it ends. A wrong size is an
//! error with its offset; the parser does not guess. What the specification forbids but real files contain
//! (type 0, an empty value name, long data, lone surrogates) is preserved: [`PolicyFile::to_bytes`] returns
//! the bytes of every file that [`PolicyFile::parse`] accepts.
//!
//! The instructions are applied in order, and names that start with `**` are commands. [`Record::action`]
//! returns the action of one instruction, [`PolicyFile::outcome`] the effect of all of them on one key.
//!
//! ```
//! use regtext::pol::{PolicyFile, State};
//!
//! const KEY: &str = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
//! let mut policy = PolicyFile::new();
//! policy.delete(KEY, "LicensingMode")?;
//! policy.set(KEY, "LicensingMode", 4, &[4, 0, 0, 0])?;
//! assert_eq!(policy.records().len(), 1);
//!
//! let again = PolicyFile::parse(&policy.to_bytes()).expect("what was just written");
//! let outcome = again.outcome(&KEY.into());
//! assert_eq!(outcome.get(&"licensingmode".into()), Some(State::Set { ty: 4, data: &[4, 0, 0, 0] }));
//! # Ok::<(), regtext::pol::RecordError>(())
//! ```

mod action;
mod edit;
mod outcome;
mod parse;
mod record;

pub use action::Action;
pub use outcome::{Outcome, State, ValueOutcome};
pub use parse::{Found, ParseError};
pub use record::{PolicyFile, Record, RecordError};

/// The first four bytes of every `Registry.pol` file.
pub const SIGNATURE: [u8; 4] = *b"PReg";

/// The version that follows the signature; no other exists.
pub const VERSION: u32 = 1;
