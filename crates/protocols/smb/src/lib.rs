//! The pipe `\pipe\winreg` over SMB 2 and 3.
//!
//! SMB itself (negotiation, sessions, signing, encryption, NTLM) is provided by the crate `smolder-smb-core`,
//! which is hidden behind [`msrpc::Pipe`]. One call is one round trip, by `FSCTL_PIPE_TRANSCEIVE`.
//!
//! The same session is used to check whether another pipe can be opened ([`try_pipe`]), and to read the files
//! of a share ([`open_share`]).

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
