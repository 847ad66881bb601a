//! Changing a running Windows: for whoever was told to.
//!
//! Everything that changes anything stands in this module; nothing else of the crate opens a key for writing.

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
