//! The pipe `\pipe\winreg` over SMB 2 and 3.
//!
//! SMB itself (negotiation, sessions, signing, encryption, NTLM) is the crate `smolder-smb-core`, which stays
//! behind
//! [`msrpc::Pipe`]: nothing of it shows outside this module. One call is one round trip, by `FSCTL_PIPE_TRANSCEIVE`.
//!
//! Beside it, since it is the same session: whether another pipe can be opened ([`try_pipe`]), and the files
//! of a share, read ([`open_share`]).

#![forbid(unsafe_code)]

mod connect;
mod credentials;
mod error;
mod files;
mod mechanism;
mod negotiate;
mod target;
#[cfg(windows)]
mod winpipe;
mod wire;

pub use connect::{SmbPipe, Timeouts, connect, connect_under, try_pipe};
pub use credentials::Credentials;
pub use error::{AccountProblem, ConnectError, Step};
pub use files::{FileError, Listed, Share, open_share};
pub use mechanism::{Handshake, Mechanism};
pub use target::{BadTarget, SMB_PORT, Target};
#[cfg(windows)]
pub use winpipe::{WindowsPipe, connect_as_user};
