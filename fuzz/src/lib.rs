//! The fuzz targets. No input may cause a panic, a hang or an unbounded allocation, and every value read must
//! be written and read again without change.
//!
//! A new target is a function in a module here, a row in [`TARGETS`], a file in `fuzz_targets/`, a `[[bin]]`
//! in Cargo.toml, and seeds in `seeds/NAME/`. `cargo xtask fuzz NAME --seconds 3600` runs it, with any
//! toolchain.

pub mod client_license;
pub mod epm;
pub mod grace;
pub mod hive;
pub mod hive_edit;
pub mod ldap;
pub mod pol;
pub mod rdp_certificate;
pub mod reg_text;
pub mod rrp;
pub mod security;
pub mod server_lists;

/// A target: its name and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("client_license", client_license::target),
    ("epm", epm::target),
    ("grace", grace::target),
    ("hive_recover", hive::recovery),
    ("hive_walk", hive::walk),
    ("hive_edit", hive_edit::target),
    ("ldap", ldap::answers),
    ("ldap_filter", ldap::filter_text),
    ("pol", pol::target),
    ("rdp_certificate", rdp_certificate::target),
    ("reg_text", reg_text::target),
    ("rrp", rrp::target),
    ("server_lists", server_lists::target),
    ("sddl", security::sddl),
    ("security", security::security),
];
