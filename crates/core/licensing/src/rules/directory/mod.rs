//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod license_servers_group_empty;
pub(crate) mod managing_server_unknown;
pub(crate) mod more_users_than_licenses;
pub(crate) mod no_trust_with_license_server;
pub(crate) mod per_user_license_expired;
pub(crate) mod stale_site_license_servers;
pub(crate) mod user_without_ace;
