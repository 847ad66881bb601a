//! Network data representation, the 32-bit transfer syntax (C706 chapter 14, [MS-RPCE] 2.2.4).
//!
//! Only little-endian data is read and written: that is what the header of every PDU announces, and a PDU
//! that announces something else is refused. Alignment counts from the beginning of the stub.

mod reader;
mod writer;

pub use reader::{Malformed, Reader};
pub use writer::{Terminated, Writer};
