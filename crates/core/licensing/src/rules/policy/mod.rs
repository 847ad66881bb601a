//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod policies_conflict;
pub(crate) mod policy_deletion_undone;
pub(crate) mod policy_file_damaged;
pub(crate) mod policy_in_user_half;
pub(crate) mod policy_key_invalid;
pub(crate) mod policy_name_misspelt;
pub(crate) mod policy_object_inactive;
pub(crate) mod policy_outside_policies;
