//! Windows builds, CAL versions and product ids, terms, compatibility, fixed builds.

/// Released builds of Windows.
pub mod builds;
/// Versions, kinds and product ids of CALs.
pub mod cals;
/// Which CAL fits which host and which license server.
pub mod compatibility;
/// The table of fixed builds, written from the CVE records.
pub mod cves;
/// Security fixes of the licensing service.
pub mod patches;
/// Grace periods and terms of CALs.
pub mod terms;

pub use builds::{BUILDS, BuildRow, Edition, Product, product};
pub use cals::{
    CAL_IDS, CAL_VERSIONS, CalKind, CalVersion, CalVersionRow, ProductId, Suffix, parse_product_id,
};
pub use compatibility::{Fit, host_accepts, least_cal, server_holds};
pub use cves::KNOWN_UNTIL;
pub use patches::{FIXES, FixRow, FixState, HARDENING, fix_state, support_end};
pub use terms::{TERMS, TermRow, terms_of};
