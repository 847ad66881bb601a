//! DCE/RPC over TCP ([MS-RPCE] 2.1.1.1): the same PDUs without a pipe.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::pipe::{Pipe, PipeError};

/// A TCP connection that carries PDUs, with one time limit for all of them.
#[derive(Debug)]
pub struct TcpPipe {
    stream: TcpStream,
    ends: Instant,
}

impl TcpPipe {
    /// Uses this connection for at most `within`.
    pub fn new(stream: TcpStream, within: Duration) -> io::Result<Self> {
        // Every message waits for its response; Nagle's algorithm would delay it.
        stream.set_nodelay(true)?;
        let now = Instant::now();
        Ok(Self { stream, ends: now.checked_add(within).unwrap_or(now) })
    }

    fn left(&self) -> Result<Duration, PipeError> {
        let left = self.ends.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(PipeError::TimedOut) } else { Ok(left) }
    }
}

impl Pipe for TcpPipe {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        let left = self.left()?;
        self.stream.set_write_timeout(Some(left)).map_err(failed)?;
        self.stream.write_all(message).map_err(failed)
    }

    fn read(&mut self, max: usize) -> Result<Vec<u8>, PipeError> {
        let left = self.left()?;
        self.stream.set_read_timeout(Some(left)).map_err(failed)?;
        let mut bytes = vec![0; max];
        let length = self.stream.read(&mut bytes).map_err(failed)?;
        if length == 0 {
            return Err(PipeError::Lost("the server closed it".to_owned()));
        }
        bytes.truncate(length);
        Ok(bytes)
    }
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` gives it
fn failed(error: io::Error) -> PipeError {
    match error.kind() {
        // A timeout on Unix and on Windows.
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => PipeError::TimedOut,
        _ => PipeError::Lost(error.to_string()),
    }
}
