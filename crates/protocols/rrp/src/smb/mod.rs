//! The pipe `\pipe\winreg` over SMB 2 and 3.
//!
//! SMB itself (negotiation, sessions, signing, encryption, NTLM) is the crate `smolder-smb-core`, which stays behind
//! [`Pipe`](crate::Pipe): nothing of it shows outside this module. One call is one round trip, by `FSCTL_PIPE_TRANSCEIVE`.
//!
//! Beside it, since it is the same session: whether another pipe can be opened ([`try_pipe`]), and the files of a share, read
//! ([`open_share`]).

mod connect;
mod control;
mod credentials;
mod error;
mod files;
#[cfg(feature = "kerberos")]
mod kerberos;
mod negotiate;
#[cfg(windows)]
mod own;
mod target;
mod wire;

#[cfg(feature = "kerberos")]
pub use self::kerberos::{Kerberos, Source};
pub use connect::{SmbPipe, Timeouts, connect, connect_under, try_pipe};
pub use control::{Caution, Control, Stop};
pub use credentials::Credentials;
pub use error::{ConnectError, Step};
pub use files::{FileError, Listed, Share, open_share};
#[cfg(windows)]
pub use own::{OwnPipe, connect_as_user};
pub use target::{BadTarget, SMB_PORT, Target};
