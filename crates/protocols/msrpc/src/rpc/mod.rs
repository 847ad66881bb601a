//! Connection-oriented DCE/RPC (C706 chapter 12, [MS-RPCE] 2.2.2): the PDUs that a client of one interface needs.
//!
//! Authentication and encryption are the transport's: over SMB the session signs and, where asked to, encrypts every byte.

mod assemble;
mod bind;
mod call;
mod header;
mod status;

pub(crate) use assemble::take_pdu;
pub use assemble::{Answer, Assembler};
pub use bind::{Bound, Interface, Refused, Syntax, bind, read_bind_answer};
pub use call::fragments;
pub use header::{Flags, HEADER_LEN, Header, PduType};
pub use status::FaultStatus;

/// The largest PDU that is asked for and sent. Windows sends no larger ones over named pipes ([MS-RPCE] asks for at least 1432).
pub const FRAGMENT: u16 = 4280;

/// The smallest fragment that a server may ask for (`MustRecvFragSize` of C706 12.6.2).
pub const SMALLEST_FRAGMENT: u16 = 1432;
