//! Accounts, and what authenticates them.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// An account and what authenticates it.
#[derive(Clone)]
pub enum Account {
    /// A password. It is overwritten when this is dropped.
    Password {
        /// `user`, or `user@domain`, which is looked up as an enterprise name.
        name: String,
        /// The password.
        password: Zeroizing<String>,
    },
    /// A keytab.
    Keytab {
        /// The file.
        keytab: Keytab,
        /// `user` or `user@domain`, in any case; empty selects the only principal of the keytab.
        name: String,
    },
    /// The tickets of a credential cache, such as `FILE:/tmp/tickets`; `None` is the default cache
    /// (`KRB5CCNAME`, or the one that `krb5.conf` names). The cache knows its account.
    Cache(Option<String>),
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { name, .. } => write!(f, "Password({name})"),
            Self::Keytab { keytab, name } => write!(f, "Keytab({}, {name})", keytab.path.display()),
            Self::Cache(name) => write!(f, "Cache({name:?})"),
        }
    }
}

/// A keytab file that only its owner can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keytab {
    path: PathBuf,
}

/// Why a keytab is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadKeytab {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// It is a folder, a device, or the like.
    #[error("is not a file")]
    NoFile,
    /// Other users can open it.
    #[error("other users can open it (mode {0:03o}), and its keys are as good as the password: chmod 600")]
    Open(u32),
}

impl Keytab {
    /// Checks that this is a file which only its owner can open. The content is read when it is needed.
    ///
    /// # Errors
    /// If it is not such a file.
    pub fn open(path: &Path) -> Result<Self, BadKeytab> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(BadKeytab::NoFile);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = metadata.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(BadKeytab::Open(mode));
            }
        }
        // Reports missing rights now.
        fs::File::open(path)?;
        Ok(Self { path: path.to_owned() })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = |mode| {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
            Keytab::open(file.path())
        };
        assert!(matches!(open(0o640), Err(BadKeytab::Open(0o640))));
        assert_eq!(open(0o600).unwrap().path(), file.path());
        assert!(matches!(Keytab::open(&std::env::temp_dir()), Err(BadKeytab::NoFile)));
        assert!(matches!(Keytab::open(Path::new("/dev/null")), Err(BadKeytab::NoFile)));
    }

    #[test]
    fn no_display_shows_the_password() {
        let account =
            Account::Password { name: "admin".to_owned(), password: Zeroizing::new("hunter2".to_owned()) };
        assert_eq!(format!("{account:?}"), "Password(admin)");
    }
}
