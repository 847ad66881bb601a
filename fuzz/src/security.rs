//! Security descriptors, stored and as text.

use nt::security::{AccessMask, SecurityDescriptor, Sid};

/// Security descriptors in their stored form.
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

/// Security descriptors in SDDL.
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
