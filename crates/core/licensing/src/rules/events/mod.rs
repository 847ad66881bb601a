//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod client_licensing_failed;
pub(crate) mod clients_present_invalid_licenses;
pub(crate) mod connections_refused;
pub(crate) mod disconnected_after_sixty_minutes;
pub(crate) mod host_cannot_issue_licenses;
pub(crate) mod host_licensing_events;
pub(crate) mod stale_redirection_address;
