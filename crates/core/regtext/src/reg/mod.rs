//! Registry exports: `.reg` files.
//!
//! [`Document::parse`] never fails: it splits a file into [`Item`]s that together are every byte of it, and
//! reads from them the [`Section`]s and [`Entry`]s that regedit would apply, in file order. What regedit
//! would skip stays in the document as an [`Ignored`](ItemKind::Ignored) item with a [`Problem`] that says
//! where and why. [`Document::to_bytes`] gives the file back byte for byte. [`Writer`] writes new files as
//! regedit 5.00 does, and [`Document::with_value`] and its siblings change a file that exists and leave every
//! other byte of it as it is.
//!
//! # What is applied
//!
//! The rules are those that the conformance suite of Wine's regedit and reg (`programs/regedit/tests`,
//! `programs/reg/tests`, which also run on Windows) establishes:
//!
//! * The first line is exactly `REGEDIT4`, `Windows Registry Editor Version 5.00` or `REGEDIT`, blanks before it allowed;
//!   with anything else the whole file is ignored.
//! * `[key]` opens a key, `[-key]` deletes it with its tree; neither may start with a blank. Values under a deleted key
//!   are ignored.
//! * `"name"=data` or `@=data` (the same as `""=`), `=-` deletes. In quotes `\\` and `\"` are the only escapes.
//! * `dword:` takes 1 to 8 hexadecimal digits; `hex:` and `hex(n):` take bytes of up to `ff`, separated by commas.
//! * Hexadecimal data goes on after `,\`; blank lines and comments in between do not count. A line that is no
//!   hexadecimal data there takes the value with it and is itself lost. A `\` that no comma precedes loses the value only.
//! * `hex(2)` and `hex(7)` are text: 8-bit in `REGEDIT4`, UTF-16LE in version 5; where the last NUL is missing, one is
//!   added (but not to empty data).
//! * `;` starts a comment at the start of a line or after a value. `#` does not: it makes the line invalid.
//!
//! Four things go beyond that suite. A quoted string may span lines, as older versions of regedit export one
//! that holds line breaks: this is tried when the quote is not closed on its line, and is taken only if the
//! closing quote ends a valid value. A `[` line that cannot be read closes the key before it, so that its
//! values are not credited to the wrong key. UTF-16 without byte order mark, UTF-16BE and UTF-8 are read.
//! Root key names are not judged.
//!
//! ```
//! use regtext::reg::{Document, Op, Options};
//!
//! let text = b"REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Example]\r\n\"Mode\"=dword:4 ; per user\r\nno value\r\n";
//! let document = Document::parse(text, &Options::default());
//! let section = &document.sections()[0];
//! assert_eq!(section.path, r"HKEY_LOCAL_MACHINE\SOFTWARE\Example");
//! assert_eq!(section.entries[0].name, "Mode");
//! assert!(matches!(&section.entries[0].op, Op::Set(value) if value.ty == 4 && value.data == [4, 0, 0, 0]));
//! assert_eq!(document.problems()[0].line, 5);
//! assert_eq!(document.to_bytes(), text);
//! ```

mod cursor;
mod document;
mod edit;
mod hex;
mod parse;
mod problem;
mod value;
mod write;

pub use document::{Document, Entry, Item, ItemKind, Op, Section, Value, Version};
pub use edit::EditError;
pub use parse::Options;
pub use problem::{Problem, What};
pub use write::{Obstacle, WriteError, Writer};

pub(crate) use parse::version_of;
