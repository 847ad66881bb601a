//! What can go wrong before a machine is contacted.

use std::io;
use std::path::PathBuf;

use diagnostic::{Code, Diagnostic};
#[cfg(feature = "remote")]
use sources::BadTarget;

/// Hosts, accounts or files that cannot be used. Each is a matter of how the program was called.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The credentials file cannot be used.
    #[error("credentials file {path}: {cause}", path = path.display())]
    CredentialsFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: CredentialsFileError,
    },
    /// The list of hosts cannot be used.
    #[error("host list {path}: {cause}", path = path.display())]
    HostList {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: HostListError,
    },
    /// An environment variable is not valid Unicode.
    #[error("{variable} is not valid Unicode")]
    NotUnicode {
        /// Its name.
        variable: &'static str,
    },
    /// No account was given for this machine.
    #[error("no account given for {host}")]
    NoAccount {
        /// The machine.
        host: String,
    },
    /// No account was given for this directory server.
    #[error("no account given for the directory {host}")]
    NoDirectoryAccount {
        /// The server.
        host: String,
    },
    /// The password is unknown, and no prompt is possible.
    #[error("no password for {account}, and no terminal to ask for it")]
    NoPassword {
        /// The account.
        account: String,
    },
    /// The prompt for the password failed.
    #[error("could not ask for the password of {account}: {cause}")]
    Prompt {
        /// The account.
        account: String,
        /// The reason.
        cause: io::Error,
    },
    /// The name of a machine is not valid. The name is left out if it contains a password.
    #[cfg(feature = "remote")]
    #[error("{}{cause}", name.as_deref().map(|name| format!("{name}: ")).unwrap_or_default())]
    Name {
        /// The name.
        name: Option<String>,
        /// The reason.
        cause: BadTarget,
    },
    /// The keytab cannot be used.
    #[cfg(feature = "kerberos")]
    #[error("keytab {path}: {cause}", path = path.display())]
    Keytab {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: gssapi::BadKeytab,
    },
    /// Kerberos is unavailable, or the credential cache cannot be used.
    #[cfg(feature = "kerberos")]
    #[error(transparent)]
    Kerberos(#[from] gssapi::Error),
    /// The program was built without this feature.
    #[error("this rdscal was built without {0}")]
    NotBuilt(&'static str),
}

impl Diagnostic for Error {
    fn code(&self) -> Code {
        match self {
            Self::NotBuilt(_) => Code::Unavailable,
            _ => Code::InvalidArgument,
        }
    }

    fn advice(&self) -> Option<String> {
        Some(match self {
            Self::CredentialsFile { path, cause: CredentialsFileError::Mode(_) } => {
                format!("Run chmod 600 {}.", path.display())
            }
            #[cfg(feature = "remote")]
            Self::HostList { cause: HostListError::Password { .. }, .. } => {
                "Remove it from the list. Set RDSCAL_PASSWORD, or use a credentials file.".to_owned()
            }
            Self::HostList { cause: HostListError::Empty, .. } => {
                "Write one host name per line. Lines that begin with # are comments.".to_owned()
            }
            Self::NoAccount { .. } => {
                "Name it as smb://[DOMAIN;]USER@HOST, set RDSCAL_USER, or use --credentials FILE.".to_owned()
            }
            Self::NoDirectoryAccount { .. } => {
                "Set RDSCAL_USER to user@domain or DOMAIN\\user, or use --credentials FILE.".to_owned()
            }
            Self::NoPassword { .. } => "Set RDSCAL_PASSWORD, or use --credentials FILE.".to_owned(),
            #[cfg(feature = "kerberos")]
            Self::Kerberos(cause) => return cause.advice(),
            _ => return None,
        })
    }
}

/// Why a credentials file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsFileError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is a folder, a pipe or a device.
    #[error("is not a file")]
    NotAFile,
    /// It is larger than any credentials file.
    #[error("is too large ({0} bytes)")]
    TooLarge(u64),
    /// Its mode lets other users read the password.
    #[error("other users may read it (mode {0:03o})")]
    Mode(u32),
    /// A line without an equals sign.
    #[error("line {0} is not of the form NAME = VALUE")]
    Form(usize),
    /// A name other than these three.
    #[error("line {0}: only username, password and domain are allowed")]
    Name(usize),
}

/// Why a list of hosts cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostListError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is larger than any list of hosts.
    #[error("is too large ({0} bytes)")]
    TooLarge(u64),
    /// It is not text.
    #[error("is not UTF-8 text")]
    NotText,
    /// It has no line with a host.
    #[error("contains no host")]
    Empty,
    /// A line contains a password.
    #[cfg(feature = "remote")]
    #[error("line {line} contains a password")]
    Password {
        /// Its number.
        line: usize,
    },
    /// A line does not name a host.
    #[cfg(feature = "remote")]
    #[error("line {line}: {cause}")]
    Line {
        /// Its number.
        line: usize,
        /// The reason.
        cause: BadTarget,
    },
}
