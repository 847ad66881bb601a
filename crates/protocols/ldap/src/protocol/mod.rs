//! The messages of LDAP (RFC 4511): encoding of requests, decoding of responses. Pure.

mod answer;
mod request;

pub use answer::{Answer, Body, Control, Outcome};
pub use asn1;
pub use request::{Request, SearchRequest};

/// Maximum size of a message: 16 MiB. Active Directory returns at most 1,500 values per attribute, of at most
/// 64 KiB each for the attributes requested here.
pub const MAX_MESSAGE: usize = 16 << 20;

/// Extended operation StartTLS (RFC 4511, 4.14).
pub const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// Control: results in pages (RFC 2696).
pub const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// Control: which parts of a security descriptor to return (MS-ADTS 3.1.1.3.4.1.11).
pub const SD_FLAGS: &str = "1.2.840.113556.1.4.801";
