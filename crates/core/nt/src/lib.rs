//! Base types of Windows NT, without calls to Windows.
//!
//! * [`FileTime`] and [`Date`]: times in units of 100 nanoseconds since 1601, and their calendar.
//! * [`Guid`]: globally unique identifiers in their stored and text form.
//! * [`security`]: SIDs, access control lists, security descriptors, and SDDL.
//! * [`upcase`]: the case folding of registry names.
//!
//! No function reads a clock, a locale, or the operating system.
#![forbid(unsafe_code)]

mod civil;
mod guid;
pub mod security;
mod time;
mod upcase;

pub use civil::Date;
pub use guid::{Guid, InvalidGuid};
pub use time::{FileTime, ParseFileTimeError};
pub use upcase::upcase;
