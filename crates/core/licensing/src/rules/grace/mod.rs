//! The rules of this family, one folder each. `cargo xtask new-rule` adds its line here.

pub(crate) mod clock_behind_its_records;
pub(crate) mod grace_ending_no_server;
pub(crate) mod grace_key_security;
pub(crate) mod grace_of_windows_2000;
pub(crate) mod grace_over_but_licensed;
pub(crate) mod grace_over_no_server;
pub(crate) mod grace_record_absent;
pub(crate) mod grace_record_late;
pub(crate) mod grace_record_malformed;
pub(crate) mod grace_record_name_unknown;
pub(crate) mod grace_record_prerelease;
pub(crate) mod grace_reset_scheduled;
pub(crate) mod grace_tooltip_disabled;
pub(crate) mod script_deletes_grace_record;
