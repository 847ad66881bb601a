//! BER and DER: one reader and one writer.
//!
//! Covers what LDAP ([RFC 4511] 5.1), Kerberos, and X.509 use: tags of one byte and definite lengths of at
//! most four bytes. A length may have more digits than needed: Active Directory writes such lengths, and a
//! damaged certificate should be readable as far as Windows might read it. Nothing recurses; nested elements
//! are read on request.
//!
//! Every error has the offset of the faulty element in the whole input.
//!
//! [RFC 4511]: https://www.rfc-editor.org/rfc/rfc4511
#![forbid(unsafe_code)]

mod element;
mod error;
mod reader;
mod tag;
mod writer;

pub use element::Element;
pub use error::{Defect, Malformed};
pub use reader::{Head, Reader, head};
pub use tag::*;
pub use writer::Writer;

#[cfg(test)]
mod tests;
