//! Safe wrappers for a running Windows: its registry, the system state that the registry does not contain,
//! and the functions that change it.
//!
//! On other systems this crate is empty, so that a workspace can depend on it unconditionally.
//!
//! | item | purpose |
//! |---|---|
//! | `Key` | keys, values and security descriptors as stored; names are UTF-16 code units, NULs included |
//! | `token` | elevation of the process; enables and restores privileges of the process |
//! | `service` | the state of a service |
//! | `session` | users signed in to this host |
//! | `domain` | domain or workgroup membership |
//! | `group` | the number of members of a local group |
//! | `version` | the version of the running system, unaffected by compatibility settings |
//! | `network` | the machine's IP addresses |
//! | `protect` | data encrypted by DPAPI |
//! | `sign_in` | sign-in to directories by `sspi`, with the feature `ldap` |
//! | `sspi` | authentication to servers, as the current user or another account, and message encryption |
//! | `events` | event logs |
//! | `watch` | change notifications of keys |
//! | `wmi` | queries of Windows Management Instrumentation with a time limit |
//! | `write` | all changes of the machine: writable keys, stopping and starting services, private folders |
//!
//! Only `write` changes the machine: elsewhere keys are opened for reading only, and no function that changes
//! the system is called, except the one that adjusts privileges of the process.
//!
//! Keys are read by the documented system services (`ZwOpenKeyEx` and related functions, which user programs
//! call by their `Nt` names), not by `RegOpenKeyExW`. Names passed to the latter end at the first NUL: it can
//! enumerate a key named `a␀b`, but not open it.
// This crate is the only place that calls the system; each call states why it is sound.
#![allow(unsafe_code)]
#![warn(clippy::undocumented_unsafe_blocks)]

#[cfg(windows)]
mod buffer;
#[cfg(windows)]
pub mod domain;
#[cfg(windows)]
mod error;
#[cfg(windows)]
pub mod events;
#[cfg(windows)]
pub mod group;
#[cfg(windows)]
mod handle;
#[cfg(windows)]
mod key;
#[cfg(windows)]
mod lazy;
#[cfg(windows)]
pub mod network;
#[cfg(windows)]
pub mod protect;
#[cfg(windows)]
pub mod service;
#[cfg(windows)]
pub mod session;
#[cfg(all(windows, feature = "ldap"))]
pub mod sign_in;
#[cfg(windows)]
pub mod sspi;
#[cfg(windows)]
pub mod token;
#[cfg(windows)]
pub mod version;
#[cfg(windows)]
pub mod watch;
#[cfg(windows)]
pub mod wmi;
#[cfg(windows)]
pub mod write;

#[cfg(windows)]
pub use error::Error;
#[cfg(windows)]
pub use key::{Key, Reach, Root, Value};
