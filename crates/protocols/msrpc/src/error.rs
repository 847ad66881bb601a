//! Failures of a call.

use diagnostic::{Code, Diagnostic};

use crate::ndr::Malformed;
use crate::pipe::PipeError;
use crate::rpc::{BindRejection, FaultStatus};
use crate::winreg::ErrorCode;

/// A call without a usable response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The method returned this error code.
    #[error("{0}")]
    Returned(ErrorCode),
    /// The server sent a fault PDU instead of a response.
    #[error("{0}")]
    Fault(FaultStatus),
    /// The server rejected the interface on this pipe.
    #[error("{0}")]
    BindRejected(BindRejection),
    /// The response violates the protocol. The connection cannot be used any more.
    #[error("malformed response: {0}")]
    Malformed(#[from] Malformed),
    /// The pipe failed.
    #[error(transparent)]
    Pipe(#[from] PipeError),
    /// An earlier call made the connection unusable.
    #[error("the connection failed in an earlier call: {0}")]
    Broken(Box<Error>),
    /// The server has a single view of its registry, not one for 32-bit and one for 64-bit programs.
    #[error("the server does not offer separate registry views for 32-bit and 64-bit programs")]
    ViewNotOffered,
    /// A name is longer than the protocol can carry.
    #[error("the name has {0} characters, more than the protocol can carry")]
    NameTooLong(usize),
    /// Data exceeds the limit of the caller or of the protocol.
    #[error("{length} bytes exceed the limit of {max}")]
    TooLarge {
        /// Size of the data in bytes.
        length: u64,
        /// The limit in bytes.
        max: u64,
    },
    /// A value or descriptor grew between the calls that read its size and its content.
    #[error("the data kept changing while it was read")]
    KeptChanging,
}

impl Error {
    /// The error code that the method returned, if the call got that far.
    #[must_use]
    pub fn returned(&self) -> Option<ErrorCode> {
        match self {
            Self::Returned(code) => Some(*code),
            Self::Fault(FaultStatus::ACCESS_DENIED) => Some(ErrorCode::ACCESS_DENIED),
            _ => None,
        }
    }

    /// True if the key, value or index does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.returned(), Some(ErrorCode::NOT_FOUND | ErrorCode::PATH_NOT_FOUND))
    }

    /// True if the account lacks a right.
    #[must_use]
    pub fn is_access_denied(&self) -> bool {
        self.returned() == Some(ErrorCode::ACCESS_DENIED)
    }

    /// True if no further call can succeed on this connection.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Pipe(_) | Self::BindRejected(_) | Self::Broken(_))
    }
}

impl Diagnostic for Error {
    fn code(&self) -> Code {
        match self {
            _ if self.is_access_denied() => Code::AccessDenied,
            _ if self.is_not_found() => Code::NotFound,
            Self::Returned(_) | Self::Fault(_) => Code::Rejected,
            Self::BindRejected(_) => Code::InterfaceUnavailable,
            Self::Malformed(_) => Code::Malformed,
            Self::Pipe(error) => error.code(),
            Self::Broken(error) => error.code(),
            Self::ViewNotOffered => Code::Unsupported,
            Self::NameTooLong(_) => Code::InvalidArgument,
            Self::TooLarge { .. } => Code::TooLarge,
            Self::KeptChanging => Code::InUse,
        }
    }

    fn advice(&self) -> Option<String> {
        match self {
            Self::Pipe(error) => error.advice(),
            Self::Broken(error) => error.advice(),
            Self::KeptChanging => Some("Retry.".to_owned()),
            _ => None,
        }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::Returned(code)
    }
}
