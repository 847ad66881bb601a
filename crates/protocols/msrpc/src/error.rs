//! What can go wrong with a call.

use crate::ndr::Malformed;
use crate::pipe::PipeError;
use crate::rpc::{FaultStatus, Refused};
use crate::winreg::Code;

/// A call that gave no answer that could be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server made the call, and it returned this code.
    #[error("{0}")]
    Returned(Code),
    /// The server could not make the call.
    #[error("{0}")]
    Fault(FaultStatus),
    /// The server does not offer the registry's interface on this pipe.
    #[error("the server refused the registry interface: {0}")]
    Refused(Refused),
    /// The answer breaks the protocol. Nothing that follows on this connection can be relied on.
    #[error("the server's answer breaks the protocol: {0}")]
    Malformed(#[from] Malformed),
    /// The pipe failed.
    #[error(transparent)]
    Pipe(#[from] PipeError),
    /// An earlier call left the connection in a state in which nothing more can be asked.
    #[error("the connection broke at an earlier call: {0}")]
    Broken(Box<Error>),
    /// The server has one view of the registry, and not one of 32-bit and one of 64-bit programs.
    #[error("the server does not offer a view of its registry for 32-bit or for 64-bit programs")]
    ViewNotOffered,
    /// A name is longer than the protocol can carry.
    #[error("the name has {0} characters, more than the protocol can carry")]
    NameTooLong(usize),
    /// Data is larger than was allowed for, or than the protocol can carry.
    #[error("{length} bytes are more than the {most} that are taken")]
    TooLarge {
        /// The number of bytes that there are.
        length: u64,
        /// The number that is taken.
        most: u64,
    },
    /// A value or descriptor grew each time that it was asked for.
    #[error("it kept changing while it was read")]
    KeptChanging,
}

impl Error {
    /// The code that the method returned, where it came to that.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Returned(code) => Some(*code),
            Self::Fault(FaultStatus::ACCESS_DENIED) => Some(Code::ACCESS_DENIED),
            _ => None,
        }
    }

    /// True where the key, value or index that was asked for does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.code(), Some(Code::NOT_FOUND | Code::PATH_NOT_FOUND))
    }

    /// True where the rights do not suffice.
    #[must_use]
    pub fn is_access_denied(&self) -> bool {
        self.code() == Some(Code::ACCESS_DENIED)
    }

    /// True where nothing more can be asked on this connection.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Pipe(_) | Self::Refused(_) | Self::Broken(_))
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Returned(code)
    }
}
