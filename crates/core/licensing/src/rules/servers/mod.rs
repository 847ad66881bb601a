//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod default_license_server;
pub(crate) mod discovered_server_issues_nothing;
pub(crate) mod host_not_in_server_group;
pub(crate) mod license_server_too_old;
pub(crate) mod no_license_server;
pub(crate) mod no_rights_on_license_server;
pub(crate) mod server_does_not_resolve;
pub(crate) mod server_is_this_machine;
pub(crate) mod server_list_has_blanks;
pub(crate) mod server_list_in_key_form;
pub(crate) mod server_list_order;
pub(crate) mod server_list_policy_differs;
pub(crate) mod server_list_wrong_type;
pub(crate) mod server_listed_twice;
pub(crate) mod server_not_a_name;
pub(crate) mod server_not_reachable;
pub(crate) mod server_not_suitable;
pub(crate) mod servers_as_subkeys;
pub(crate) mod single_license_server;
