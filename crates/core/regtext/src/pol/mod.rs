//! Group Policy registry files: `Registry.pol` (PReg).
//!
//! A file is the signature `PReg`, the version 1 as a little-endian u32, and then any number of instructions
//! `[key;value;type;size;data]`: brackets and semicolons are UTF-16LE units, key and value are UTF-16LE
//! strings that end with NUL, type and size are little-endian u32. Whether a key belongs to
//! `HKEY_LOCAL_MACHINE` or `HKEY_CURRENT_USER` is decided by the folder of the file. Sources: MS-GPREG
//! sections 2.2.1 and 3.2.5.1, and 188 files found in public.
//!
//! Data may hold semicolons and brackets, so the size alone says where it ends, and a wrong size is an error
//! with its place, never a reason to guess. What the specification forbids but real files have (type 0, an
//! empty value name, long data, lone surrogates) is kept as it is: [`PolicyFile::to_bytes`] gives back every
//! file that [`PolicyFile::parse`] accepts.
//!
//! The instructions are carried out in order, and names that start with `**` are commands: [`Record::action`]
//! says what an instruction does, [`PolicyFile::outcome`] what all of them together do to one key.
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

/// The version that follows the signature, the only one there is.
pub const VERSION: u32 = 1;
