//! Reading many machines: their order, retries and accounts, and how an interrupted run is resumed.
//!
//! * [`read`] reads a list of places with a pool of threads, retries by a [`RetryPolicy`], and passes on
//!   results as they arrive.
//! * [`Network`] resolves host names and lists of hosts to places, with credentials from a file, the
//!   environment, or a prompt.
//! * [`interrupt`] turns Ctrl-C into an orderly end.
//! * [`resume`] reads the JSON Lines of an interrupted run, and continues the file.
//!
//! The crate is independent of what is read and what the results mean.
#![forbid(unsafe_code)]

#[cfg(feature = "remote")]
mod credentials;
mod error;
#[cfg(feature = "remote")]
mod hosts;
pub mod interrupt;
mod network;
mod queue;
pub mod resume;
mod retry;
mod run;

pub use error::{CredentialsFileError, Error, HostListError};
pub use network::{KerberosOptions, Network, NetworkOptions};
pub use retry::RetryPolicy;
pub use run::{Reading, Scope, SurveyOptions, SurveyResult, read};
