//! Waiting until a source changes.

use std::time::Duration;

use crate::ReadError;

/// Waits for changes of what was named when it was made.
///
/// [`Watch::listen`] first, then look at what is there, then [`Watch::wait`]: whatever changes after the call to listen ends the wait.
pub trait Watch {
    /// Listens from now on. Returns the keys that cannot be watched.
    ///
    /// # Errors
    /// If no key can be watched.
    fn listen(&mut self) -> Result<Vec<ReadError>, ReadError>;

    /// Waits until something changes after [`Watch::listen`]; forever where no limit is given.
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
    /// Nothing changed in the time that was given.
    Time,
    /// The user asked the program to end.
    Interrupt,
}
