//! Connection-oriented DCE/RPC (C706 chapter 12, [MS-RPCE] 2.2.2): the PDUs that a client of one interface
//! needs.
//!
//! The transport provides authentication and encryption: an SMB session signs every message, and encrypts it
//! if the server requires that.

mod assemble;
mod bind;
mod call;
mod header;
mod status;

pub(crate) use assemble::take_pdu;
pub use assemble::{Answer, Assembler};
pub use bind::{BindRejection, Binding, Interface, Syntax, bind, read_bind_answer};
pub use call::fragments;
pub use header::{Flags, HEADER_LEN, Header, PduType};
pub use status::FaultStatus;

/// Largest PDU sent and accepted. Windows uses the same limit on named pipes; [MS-RPCE] requires at least
/// 1432.
pub const FRAGMENT: u16 = 4280;

/// Smallest fragment size that a server may request (`MustRecvFragSize`, C706 12.6.2).
pub const MIN_FRAGMENT: u16 = 1432;
