//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod host_certificate_512_only;
pub(crate) mod host_certificate_chain_bad;
pub(crate) mod host_certificate_in_old_key;
pub(crate) mod host_certificate_invalid;
pub(crate) mod host_certificate_never_issued;
pub(crate) mod host_certificate_suspected;
pub(crate) mod host_secrets_missing;
pub(crate) mod rcm_key_locked;
