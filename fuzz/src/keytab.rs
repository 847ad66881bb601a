//! Keytabs, caches of tickets, and the answers of a server that a ticket is shown to.

use kerberos::{Cache, Keytab, spnego};

/// The bytes are tried as each of them.
pub fn target(data: &[u8]) {
    if let Ok(keytab) = Keytab::parse(data) {
        let principals = keytab.principals();
        assert!(!principals.is_empty());
        // A name takes its bytes at least, but for replaced ones.
        assert!(principals.iter().all(|one| one.to_string().len() <= data.len() * 3));
    }
    if let Ok(cache) = Cache::parse(data) {
        assert!(cache.owner().to_string().len() <= data.len() * 3);
    }
    if let Ok(Some(token)) = spnego::answer(data) {
        assert!(token.len() < data.len());
    }
}
