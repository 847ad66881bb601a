//! Waiting for changes of a source.

use std::time::Duration;

use crate::ReadError;

/// Waits for changes of the keys that were selected when the watch was created.
///
/// Call [`Watch::listen`], then read the state, then call [`Watch::wait`]: any change after the call to
/// listen ends the wait.
pub trait Watch {
    /// Starts listening. Returns the keys that cannot be watched.
    ///
    /// # Errors
    /// If no key can be watched.
    fn listen(&mut self) -> Result<Vec<ReadError>, ReadError>;

    /// Waits for a change after [`Watch::listen`], without a time limit if `limit` is `None`.
    ///
    /// # Errors
    /// If the system refuses to wait.
    fn wait(&mut self, limit: Option<Duration>) -> Result<Woken, ReadError>;
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something changed.
    Changed,
    /// Nothing changed within the time limit.
    Time,
    /// The user interrupted the program.
    Interrupt,
}
