//! Reading a running Windows, safely: its registry as it is, and the few things beside it that no registry tells.
//!
//! On other systems this crate is empty, so that a workspace can name it without conditions.
//!
//! | item | what it reads |
//! |---|---|
//! | `Key` | keys, values and security descriptors, without loss: names are UTF-16 code units that may hold NULs, types and sizes are whatever is stored |
//! | `token` | whether the process is elevated; switches on the privilege to read what access lists forbid |
//! | `service` | the state of a service |
//! | `domain` | domain or workgroup |
//! | `version` | the version of the running system, unchanged by compatibility settings |
//! | `network` | the machine's addresses |
//! | `wmi` | what Windows Management Instrumentation answers, within a limit of time |
//!
//! Nothing here writes: a key is opened for reading only, and no function of the system that changes anything is called, but for
//! the one that switches on privileges of the own process.
//!
//! Keys are read by the documented system services (`ZwOpenKeyEx` and its kin, which user programs call by their `Nt` names) and
//! not by `RegOpenKeyExW`, whose names end at the first NUL: a key called `a␀b` can be listed by it, and never opened.
// The one place where the system is called; each call says why it is sound.
#![allow(unsafe_code)]
#![warn(clippy::undocumented_unsafe_blocks)]

#[cfg(windows)]
mod buffer;
#[cfg(windows)]
pub mod domain;
#[cfg(windows)]
mod error;
#[cfg(windows)]
mod handle;
#[cfg(windows)]
mod key;
#[cfg(windows)]
pub mod network;
#[cfg(windows)]
pub mod service;
#[cfg(windows)]
pub mod token;
#[cfg(windows)]
pub mod version;
#[cfg(windows)]
pub mod wmi;

#[cfg(windows)]
pub use error::Error;
#[cfg(windows)]
pub use key::{Key, Reach, Root, Value};
