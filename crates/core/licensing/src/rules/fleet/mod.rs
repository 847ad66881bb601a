//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod captures_disagree;
pub(crate) mod equal_grace_records;
pub(crate) mod equal_hardware_ids;
pub(crate) mod equal_host_certificates;
pub(crate) mod license_server_older_than_hosts;
pub(crate) mod listed_server_lacks_role;
pub(crate) mod modes_differ;
pub(crate) mod server_lists_differ;
