//! Authentication up to the point where a server is needed. `cargo xtask windows test domain` tests the rest
//! against a domain.
#![cfg(windows)]

use std::sync::Arc;

use win32::sspi::{Account, Context, Credential};

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

#[test]
fn nothing_is_sealed_before_a_sign_in() {
    let [user, domain, password] = ["ann", "RDS", "not asked for"].map(utf16);
    let account = Account { user: &user, domain: &domain, password: &password };
    let credential = Arc::new(Credential::new(Some(account)).unwrap());
    let mut context = Context::new(Arc::clone(&credential), "ldap/dc1.rds.test");
    assert!(!context.seals());
    for block in [&b""[..], b"\x01\0\0\0", &[1; 64], &[0; 4096], &[b"\x01\0\0\0", &[7; 60][..]].concat()] {
        assert!(context.open(block).is_err(), "{block:?}");
    }
    assert!(context.seal(b"who am I?").is_err());
}

#[test]
fn what_is_no_token_ends_a_sign_in() {
    let [user, domain, password] = ["ann", "RDS", "not asked for"].map(utf16);
    let account = Account { user: &user, domain: &domain, password: &password };
    let credential = Arc::new(Credential::new(Some(account)).unwrap());
    let mut context = Context::new(credential, "ldap/dc1.rds.test");
    let first = context.step(b"").unwrap();
    assert!(first.is_some_and(|token| !token.is_empty()), "it has something to say first");
    let error = context.step(b"\x30\x03no").unwrap_err();
    assert!(error.code().is_some_and(|code| code >= 0x8000_0000), "{error}");
    assert!(!context.seals());
}
