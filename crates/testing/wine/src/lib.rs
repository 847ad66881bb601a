//! Wine prefixes: a drive and a registry in which `rdscal.exe` runs on Linux.
//!
//! The tests in `tests/suite` run `rdscal.exe` in them. They are ignored by default, because they need the
//! program built for Windows: `cargo xtask windows test` builds it and runs them.
#![forbid(unsafe_code)]

pub mod cache;
mod prefix;

pub use prefix::{PROGRAMS, Prefix, WINE};
