//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod image_client_hardware_id;
pub(crate) mod image_client_licenses;
pub(crate) mod image_grace_record;
pub(crate) mod image_half_configured;
pub(crate) mod image_host_certificates;
pub(crate) mod image_is_license_server;
pub(crate) mod image_lists_itself;
pub(crate) mod image_not_generalized;
pub(crate) mod image_redirection_address;
