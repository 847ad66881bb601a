//! The formats of Remote Desktop Services licensing: bytes of one structure in, typed facts out.
//!
//! Each module knows one structure and where it is specified; none knows registry paths, snapshots or rules.
//!
//! | module | bytes | where they come from |
//! |---|---|---|
//! | [`rdp_certificate`] | proprietary server certificate | a session host's `Certificate`, `CertificateOld` |
//! | [`x509`] | certificate chains | a session host's `X509 Certificate`, `X509 Certificate2` |
//! | [`client_license`] | client access license | a client's `ClientLicense`; `.cal` files |
//! | [`new_license_info`], [`product_info`] | protocol structures around a license | captures |
//! | [`hardware_id`] | hardware identification | a client's `ClientHWID` |
//! | [`grace`], [`dpapi`] | grace record and its envelope | `RCM\GracePeriod` |
//! | [`cim_time`] | times | WMI |
//! | [`event_xml`] | events | event logs |
//! | [`strings`] | texts, lists of texts, lists of servers | values and policies |
//!
//! What all of them promise:
//!
//! - No input makes them panic, loop, recurse without bound, or use memory beyond a small multiple of the
//!   input.
//! - An error is a [`DecodeError`]: which field, at which byte, what was expected, what was found.
//! - A signature that does not verify is a result, not an error.
//! - What is inferred rather than documented or measured carries a [`Certainty`] or says so in its
//!   documentation.
//! - Results serialize with stable snake_case names; binary fields as hexadecimal text, times as RFC 3339.
#![forbid(unsafe_code)]

mod bytes;
mod certainty;
pub mod cim_time;
pub mod client_license;
pub mod dpapi;
mod error;
pub mod event_xml;
pub mod grace;
pub mod hardware_id;
pub mod new_license_info;
pub mod product_info;
pub mod rdp_certificate;
mod reader;
mod rsa;
pub mod strings;
mod text;
pub mod x509;

pub use bytes::HexBytes;
pub use certainty::Certainty;
pub use error::{DecodeError, ErrorKind};
pub use rsa::{RsaKey, Signatures, UnusableKey};
