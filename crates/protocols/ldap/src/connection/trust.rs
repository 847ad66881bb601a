//! Which certificates are trusted.

use std::path::PathBuf;

/// The authorities whose certificates are trusted. Every certificate is verified; there is no way not to.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// Those that this machine trusts.
    #[default]
    System,
    /// Those in this file, in PEM, and no others: a domain's own authority is in no system's list.
    File(PathBuf),
}
