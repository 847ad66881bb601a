//! A running Windows, safely: its registry as it is, the few things beside it that no registry tells, and the means to change it.
//!
//! On other systems this crate is empty, so that a workspace can name it without conditions.
//!
//! | item | what it is for |
//! |---|---|
//! | `Key` | keys, values and security descriptors, without loss: names are UTF-16 code units that may hold NULs, types and sizes are whatever is stored |
//! | `token` | whether the process is elevated; switches privileges of the process on, and off again |
//! | `service` | the state of a service |
//! | `session` | who is signed in to this host |
//! | `domain` | domain or workgroup |
//! | `version` | the version of the running system, unchanged by compatibility settings |
//! | `network` | the machine's addresses |
//! | `protect` | what the machine enciphered for itself |
//! | `sspi` | signing in to servers, as whoever runs the program or as another account, and sealing what is said |
//! | `events` | event logs |
//! | `watch` | that keys change |
//! | `wmi` | what Windows Management Instrumentation answers, within a limit of time |
//! | `write` | everything that changes the machine: keys opened for writing, services stopped and started, private folders |
//!
//! Outside of `write` nothing writes: a key is opened for reading only, and no function of the system that changes anything is
//! called, but for the one that switches privileges of the own process.
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
pub mod events;
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
