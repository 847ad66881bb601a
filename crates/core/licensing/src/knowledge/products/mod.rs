//! Windows builds, CAL versions and product ids, terms, compatibility, fixed builds.

/// Released builds of Windows.
pub mod builds;
/// Versions, kinds and product ids of CALs.
pub mod cals;
/// Which CAL fits which host and which license server.
pub mod compatibility;
/// Security fixes of the licensing service.
pub mod patches;
/// Grace periods and terms of CALs.
pub mod terms;

pub use builds::{BUILDS, BuildRow, Edition, Product, product};
pub use cals::{
    CAL_IDS, CAL_VERSIONS, CalKind, CalVersion, CalVersionRow, ProductId, Suffix, parse_product_id,
};
pub use compatibility::{Fit, host_accepts, server_holds};
pub use patches::{FIXES, FixRow, FixState, fix_state};
pub use terms::{TERMS, TermRow, terms_of};
