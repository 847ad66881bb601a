//! Registry exports: `.reg` files.
//!
//! [`Document::parse`] never fails. It divides a file into [`Item`]s that together contain every byte of it,
//! and reads from them the [`Section`]s and [`Entry`]s that regedit would apply, in file order. Text that
//! regedit would skip is an [`Ignored`](ItemKind::Ignored) item with a [`RegProblem`] that has the position
//! and the reason. [`Document::to_bytes`] returns the file byte for byte. [`Writer`] writes new files like
//! regedit 5.00. [`Document::with_value`] and similar methods change an existing file and leave all other
//! bytes unchanged.
//!
//! # What is applied
//!
//! The rules are those of the conformance tests of Wine's regedit and reg (`programs/regedit/tests`,
//! `programs/reg/tests`), which also run on Windows:
//!
//! * The first line is exactly `REGEDIT4`, `Windows Registry Editor Version 5.00` or `REGEDIT`, possibly
//!   after spaces; otherwise the whole file is ignored.
//! * `[key]` opens a key, `[-key]` deletes it with its tree; neither may start with a space. Values under a
//!   deleted key are ignored.
//! * `"name"=data` or `@=data` (the same as `""=`) sets a value, `=-` deletes it. The only escapes in quotes
//!   are `\\` and `\"`.
//! * `dword:` takes 1 to 8 hexadecimal digits; `hex:` and `hex(n):` take bytes of up to `ff`, separated by
//!   commas.
//! * Hexadecimal data continues after `,\`; empty lines and comments in between are ignored. A continuation
//!   line without hexadecimal data invalidates the value and is skipped with it. A `\` without a comma before
//!   it invalidates only the value.
//! * `hex(2)` and `hex(7)` are text: 8-bit in `REGEDIT4`, UTF-16LE in version 5. If the final NUL is missing,
//!   one is added, except to empty data.
//! * `;` starts a comment at the start of a line or after a value. `#` does not: it makes the line invalid.
//!
//! Four rules are additions to those tests. A quoted string may span lines, because older versions of regedit
//! export strings with line breaks this way: this is tried if the quote is not closed on its line, and
//! accepted only if the closing quote ends a valid value. An invalid `[` line closes the key before it, so
//! that its values are not assigned to the wrong key. UTF-16 without byte order mark, UTF-16BE and UTF-8 are
//! read. Root key names are not checked.
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
pub use problem::{RegProblem, What};
pub use write::{Obstacle, WriteError, Writer};

pub(crate) use parse::version_of;
