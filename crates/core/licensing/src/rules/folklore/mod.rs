//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod concurrent_session_patch;
pub(crate) mod invented_license_store;
pub(crate) mod misspelt_key;
pub(crate) mod policy_entry_damaged;
pub(crate) mod policy_server_list_empty;
pub(crate) mod server_list_in_licensing_core;
pub(crate) mod server_list_one_key_too_high;
pub(crate) mod setting_without_effect;
pub(crate) mod value_name_has_blank;
