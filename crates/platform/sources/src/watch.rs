//! Waiting until a source changes.

use std::time::Duration;

/// Waits for changes of what was named when it was made.
///
/// [`Watch::listen`] first, then look at what is there, then [`Watch::wait`]: whatever changes after the call to listen ends the wait.
pub trait Watch {
    /// Listens from now on; gives what cannot be listened to, and why.
    ///
    /// # Errors
    /// Why nothing can be, in a sentence.
    fn listen(&mut self) -> Result<Vec<(String, String)>, String>;

    /// Waits until something changes after [`Watch::listen`]; forever where no limit is given.
    ///
    /// # Errors
    /// Why it cannot wait, in a sentence.
    fn wait(&mut self, limit: Option<Duration>) -> Result<Woken, String>;
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
