//! The named pipe that RPC runs over, independent of its transport.

use diagnostic::{Code, Diagnostic};

/// An open named pipe in message mode: each write is one message.
///
/// A read may return part of a message, but never bytes of two messages.
pub trait Pipe {
    /// Writes one message.
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError>;

    /// Reads 1 to `max` bytes; blocks until one is available.
    fn read(&mut self, max: usize) -> Result<Vec<u8>, PipeError>;

    /// Writes one message and reads at most `max` bytes of the response, in one round trip if the transport
    /// can.
    fn transact(&mut self, message: &[u8], max: usize) -> Result<Vec<u8>, PipeError> {
        self.write(message)?;
        self.read(max)
    }
}

impl<P: Pipe + ?Sized> Pipe for &mut P {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        (**self).write(message)
    }

    fn read(&mut self, max: usize) -> Result<Vec<u8>, PipeError> {
        (**self).read(max)
    }

    fn transact(&mut self, message: &[u8], max: usize) -> Result<Vec<u8>, PipeError> {
        (**self).transact(message, max)
    }
}

impl<P: Pipe + ?Sized> Pipe for Box<P> {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        (**self).write(message)
    }

    fn read(&mut self, max: usize) -> Result<Vec<u8>, PipeError> {
        (**self).read(max)
    }

    fn transact(&mut self, message: &[u8], max: usize) -> Result<Vec<u8>, PipeError> {
        (**self).transact(message, max)
    }
}

/// A failure of the pipe or of its transport.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PipeError {
    /// No response within the request timeout.
    #[error("the server did not respond in time")]
    TimedOut,
    /// The total time for this host is spent.
    #[error("the total time limit for this host is reached")]
    TimeLimit,
    /// Cancelled from this side.
    #[error("cancelled")]
    Cancelled,
    /// The connection or the pipe is gone.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// The transport failed with this NTSTATUS ([MS-ERREF] 2.3).
    #[error("the named pipe failed with status {0:#010x}")]
    Status(u32),
    /// The transport received a message that violates its protocol.
    #[error("malformed message from the server: {0}")]
    Malformed(String),
}

impl Diagnostic for PipeError {
    fn code(&self) -> Code {
        match self {
            Self::TimedOut => Code::TimedOut,
            Self::TimeLimit => Code::TimeLimit,
            Self::Cancelled => Code::Cancelled,
            Self::Lost(_) => Code::ConnectionLost,
            Self::Status(_) => Code::Rejected,
            Self::Malformed(_) => Code::WrongProtocol,
        }
    }

    fn advice(&self) -> Option<String> {
        match self {
            Self::TimedOut => Some("Retry, or allow more time with --timeout.".to_owned()),
            Self::TimeLimit => Some("Allow more time with --host-timeout.".to_owned()),
            Self::Lost(_) => Some("Retry.".to_owned()),
            Self::Status(_) => Some("Look the status up in [MS-ERREF] 2.3.".to_owned()),
            Self::Cancelled | Self::Malformed(_) => None,
        }
    }
}
