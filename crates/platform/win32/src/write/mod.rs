//! Changing a running Windows.
//!
//! All functions that change the machine are in this module; no other part of the crate opens a key for
//! writing.

mod folder;
mod key;
mod security;
mod service;
mod transaction;

pub use folder::{FolderError, close_folder, private_folder, trusted_folder};
pub use key::{Key, Rights, With};
pub use security::Parts;
pub use service::{Refused, active_dependents, start, stop};
pub use transaction::Transaction;
