//! The named pipe that the protocol runs over, whoever provides it.

/// An open named pipe in message mode: what is written at once is one message, and is read as one.
///
/// Reads may give a message in parts, never two in one.
pub trait Pipe {
    /// Writes one message.
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError>;

    /// Reads at most `most` bytes; waits until there is at least one.
    fn read(&mut self, most: usize) -> Result<Vec<u8>, PipeError>;

    /// Writes one message and reads at most `most` bytes of the answer, in one round trip where the transport can.
    fn transact(&mut self, message: &[u8], most: usize) -> Result<Vec<u8>, PipeError> {
        self.write(message)?;
        self.read(most)
    }
}

impl<P: Pipe + ?Sized> Pipe for &mut P {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        (**self).write(message)
    }

    fn read(&mut self, most: usize) -> Result<Vec<u8>, PipeError> {
        (**self).read(most)
    }

    fn transact(&mut self, message: &[u8], most: usize) -> Result<Vec<u8>, PipeError> {
        (**self).transact(message, most)
    }
}

impl<P: Pipe + ?Sized> Pipe for Box<P> {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        (**self).write(message)
    }

    fn read(&mut self, most: usize) -> Result<Vec<u8>, PipeError> {
        (**self).read(most)
    }

    fn transact(&mut self, message: &[u8], most: usize) -> Result<Vec<u8>, PipeError> {
        (**self).transact(message, most)
    }
}

/// The pipe, or what carries it, failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PipeError {
    /// No answer in time.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The time that everything together may take is over.
    #[error("the time that this machine may take is over")]
    OutOfTime,
    /// It was given up from this side.
    #[error("it was given up, as everything that was under way")]
    Stopped,
    /// The connection or the pipe is gone.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// The transport refused with this NTSTATUS ([MS-ERREF] 2.3).
    #[error("the named pipe failed with status {0:#010x}")]
    Status(u32),
    /// The transport got something that it does not understand.
    #[error("the answer is no SMB that can be read: {0}")]
    Garbled(String),
}
