//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod central_deployment;
pub(crate) mod control_sets_differ;
pub(crate) mod legacy_mode_key;
pub(crate) mod mode_administration_on_host;
pub(crate) mod mode_against_packs;
pub(crate) mod mode_entra_per_user;
pub(crate) mod mode_entra_without_join;
pub(crate) mod mode_not_configured;
pub(crate) mod mode_personal;
pub(crate) mod mode_policy_differs;
pub(crate) mod mode_policy_invalid;
pub(crate) mod mode_unknown;
pub(crate) mod mode_wrong_type;
pub(crate) mod multi_session_policy;
pub(crate) mod per_user_in_workgroup;
pub(crate) mod policy_ac_on_zero;
pub(crate) mod script_deletes_settings;
pub(crate) mod setting_not_in_effect;
