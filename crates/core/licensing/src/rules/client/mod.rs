//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod client_license_beta;
pub(crate) mod client_license_expired;
pub(crate) mod client_license_of_other_device;
pub(crate) mod client_license_renews_soon;
pub(crate) mod client_license_signature_bad;
pub(crate) mod client_license_temporary;
pub(crate) mod client_license_unreadable;
pub(crate) mod client_license_values_missing;
pub(crate) mod client_licenses_duplicate;
pub(crate) mod client_store_absent;
pub(crate) mod client_store_not_writable;
pub(crate) mod client_stores_differ;
pub(crate) mod hardware_id_constant;
pub(crate) mod hardware_id_malformed;
pub(crate) mod script_deletes_client_store;
pub(crate) mod write_filter_loses_licenses;
