//! Per-user licenses, as a directory records them: who holds one, until when, from which server; counted and
//! judged.
//!
//! A license server writes down in the user's own object that the user got a license: `msTSManagingLS`,
//! `msTSExpireDate` and `msTSLicenseVersion`, and the series 2 to 4 of the same, about which documentation
//! and what was seen in a directory disagree ([MS-ADA2]; in a public dump the second holds `7` and the third
//! a product id). So the first series is read, and the others are shown as found.

mod holder;
mod report;
mod tally;
mod version;

pub use holder::{Ends, Holder, HolderStatus, Series};
pub use report::{
    Asked, ComputerName, FoundServer, Group, Rights, RightsMissing, USERS_SCHEMA, UsersReport, UsersVerdict,
};
pub use tally::{Count, Tally};
pub use version::UserCalVersion;
