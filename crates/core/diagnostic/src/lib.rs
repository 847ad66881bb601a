//! The error vocabulary of rdscal.
//!
//! Every error type above the parsers implements [`Diagnostic`]. It has four parts, each for another reader:
//!
//! * the **code** ([`Code`]): for programs. Stable, printed in JSON, and the only part that decisions depend on;
//! * the **cause** (`Display`): what failed and why, in one clause without a period;
//! * the **state**: what the failure leaves behind, such as a partial repair;
//! * the **advice**: what to do next.
//!
//! [`Message`] is the owned form of the four. It crosses thread, process and trait boundaries without its error type.
//!
//! ```
//! use diagnostic::{Code, Diagnostic, Message, Retry};
//!
//! #[derive(Debug)]
//! struct Locked;
//!
//! impl std::fmt::Display for Locked {
//!     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
//!         f.write_str("the account is locked out")
//!     }
//! }
//! impl std::error::Error for Locked {}
//! impl Diagnostic for Locked {
//!     fn code(&self) -> Code {
//!         Code::AccountLocked
//!     }
//!     fn advice(&self) -> Option<String> {
//!         Some("Unlock the account, or use another one.".to_owned())
//!     }
//! }
//!
//! assert_eq!(Locked.retry(), Retry::CredentialsRejected);
//! assert_eq!(
//!     Message::of(&Locked).rendered(),
//!     "error: the account is locked out\nhint: Unlock the account, or use another one."
//! );
//! ```
#![forbid(unsafe_code)]

mod code;
mod message;

pub use code::{Code, UnknownCode};
pub use message::Message;

/// An error with a code, and with the parts that a person needs to act on it.
///
/// `Display` is the complete cause: lower case, one clause, no period. It includes the cause of `source()`, so that
/// no caller walks the chain.
pub trait Diagnostic: std::error::Error {
    /// What kind of failure it is.
    fn code(&self) -> Code;

    /// Whether another attempt can succeed. It follows from the code unless the error knows better.
    fn retry(&self) -> Retry {
        self.code().retry()
    }

    /// What the failure leaves behind, in sentences. `None` if nothing was changed.
    fn state(&self) -> Option<String> {
        None
    }

    /// What to do next, in sentences, in the order of least harm.
    fn advice(&self) -> Option<String> {
        None
    }
}

/// Whether another attempt can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// A later attempt may succeed without any change: a lost connection, a busy server.
    Transient,
    /// The host did not respond. A packet may be lost, but a host that is off costs the full timeout again.
    NoResponse,
    /// Every attempt fails until somebody changes something.
    Permanent,
    /// The host rejected the credentials. Each further attempt, on any host, may lock the account.
    CredentialsRejected,
    /// No attempt was made, so nothing is known about the host.
    NotAttempted,
    /// The attempt was cancelled from this side.
    Cancelled,
}
