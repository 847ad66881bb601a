//! What each fuzz target does with its bytes: it must not panic, hang or allocate without bound, and what it reads it
//! must be able to write and read again.
//!
//! A new target is a function here, a row in [`TARGETS`], a file in `fuzz_targets/`, a `[[bin]]` in Cargo.toml, and
//! seeds in `seeds/NAME/`. With cargo-fuzz and a nightly: `cargo +nightly fuzz run --features libfuzzer NAME`.

use regf::security::{AccessMask, SecurityDescriptor, Sid};

/// A target: its name, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[("sddl", sddl), ("security", security)];

/// Stored security descriptors.
pub fn security(data: &[u8]) {
    let Ok(descriptor) = SecurityDescriptor::from_bytes(data) else { return };
    assert_eq!(descriptor.to_bytes(), data, "unchanged bytes come back");
    let encoded = descriptor.encode();
    assert_eq!(
        SecurityDescriptor::from_bytes(&encoded).as_ref(),
        Ok(&descriptor),
        "what is encoded is read again"
    );
    if let Ok(text) = descriptor.to_sddl() {
        let again: SecurityDescriptor = text.parse().expect("what is printed is read again");
        assert_eq!(again.to_sddl(), Ok(text));
    }
    let everyone = Sid::from_sddl("WD").expect("a well-known alias");
    let _ = descriptor.grants(&[everyone], AccessMask::KEY_SET_VALUE);
}

/// Descriptors as text.
pub fn sddl(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = text.parse::<Sid>();
    let Ok(descriptor) = text.parse::<SecurityDescriptor>() else { return };
    let encoded = descriptor.encode();
    assert_eq!(
        SecurityDescriptor::from_bytes(&encoded).as_ref(),
        Ok(&descriptor),
        "what is encoded is read again"
    );
    if let Ok(text) = descriptor.to_sddl() {
        assert_eq!(text.parse().as_ref(), Ok(&descriptor), "what is printed is read again: {text}");
    }
}
