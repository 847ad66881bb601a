//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod attributes_not_written_2019;
pub(crate) mod database_drive_low;
pub(crate) mod database_folder_bad;
pub(crate) mod hosts_refused_by_group;
pub(crate) mod license_pack_expired;
pub(crate) mod license_pool_low;
pub(crate) mod license_server_activation_unknown;
pub(crate) mod license_server_certificate_expired;
pub(crate) mod license_server_events;
pub(crate) mod license_server_not_activated;
pub(crate) mod license_server_not_in_group;
pub(crate) mod license_server_unpatched;
pub(crate) mod licensing_service_down;
pub(crate) mod many_temporary_licenses;
pub(crate) mod network_service_missing_on_dc;
pub(crate) mod no_key_pack_installed;
pub(crate) mod pack_older_than_host;
pub(crate) mod per_user_overuse;
pub(crate) mod scp_not_registered;
pub(crate) mod script_deletes_license_server;
pub(crate) mod security_group_empty;
pub(crate) mod server_older_than_pack;
pub(crate) mod upgrade_prevented_newer_packs_only;
pub(crate) mod version_store_small;
pub(crate) mod workgroup_authentication_disabled;
pub(crate) mod workgroup_host_refused;
