//! Self-relative security descriptors of registry keys: owner, group and access control lists.
//!
//! The descriptor of a key is stored in its `sk` cell in the form of [MS-DTYP] 2.4.6. This module converts
//! those bytes to a [`SecurityDescriptor`] and back without loss, prints and parses the text form (SDDL,
//! [MS-DTYP] 2.5.1), and computes the granted rights ([`SecurityDescriptor::granted`]).
//!
//! ```
//! use nt::security::{AccessMask, SecurityDescriptor, Sid};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key: SecurityDescriptor = "O:SYG:SYD:(A;;KA;;;SY)(A;;KA;;;BA)(A;;KR;;;BU)".parse()?;
//! let users: Sid = "S-1-5-32-545".parse()?;
//! assert!(key.grants(std::slice::from_ref(&users), AccessMask::KEY_READ));
//! assert!(!key.grants(&[users], AccessMask::KEY_SET_VALUE));
//! # Ok(())
//! # }
//! ```

mod access;
mod ace;
mod acl;
mod bytes;
mod control;
mod descriptor;
mod error;
mod rights;
mod sddl;
mod service;
mod sid;
mod well_known;

pub use ace::{Ace, AceBody, AceFlags, AceKind};
pub use acl::Acl;
pub use control::Control;
pub use descriptor::SecurityDescriptor;
pub use error::{SecurityError, SecurityProblem};
pub use rights::AccessMask;
pub use sddl::{SddlError, SddlProblem, Unprintable};
pub use service::{SERVICES, Service};
pub use sid::{InvalidSid, Sid};
pub use well_known::{WELL_KNOWN, WellKnown};

#[cfg(test)]
mod tests;
