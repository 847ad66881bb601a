//! Signing in by Windows' own means.

use std::sync::Arc;

use win32::sspi::{Account, Context, Credential};
use zeroize::Zeroizing;

use super::SignIn;
use super::sealing::{Handshake, Mechanism, Peer, Protection, Seal};

impl SignIn {
    /// As whoever runs the program, whom Windows knows: by Kerberos in a domain, else by NTLM.
    #[must_use]
    pub fn own() -> Self {
        Self::by(Negotiate { account: None, realm: std::env::var("USERDNSDOMAIN").ok() })
    }

    /// As this account, of this domain or of none in particular. Its password is overwritten when this is
    /// dropped.
    #[must_use]
    pub fn negotiated(user: &str, domain: &str, password: &str) -> Self {
        // Only a DNS name says which hosts lie in it.
        let realm = user.split_once('@').map_or(domain, |(_, realm)| realm);
        let realm = realm.contains('.').then(|| realm.to_owned());
        let text = |text: &str| Zeroizing::new(text.encode_utf16().collect());
        let account = Named { user: text(user), domain: text(domain), password: text(password) };
        Self::by(Negotiate { account: Some(account), realm })
    }
}

/// In UTF-16.
struct Named {
    user: Zeroizing<Vec<u16>>,
    domain: Zeroizing<Vec<u16>>,
    password: Zeroizing<Vec<u16>>,
}

struct Negotiate {
    account: Option<Named>,
    realm: Option<String>,
}

impl Mechanism for Negotiate {
    fn begin(&self, peer: &Peer<'_>) -> Result<Box<dyn Handshake>, String> {
        if !matches!(peer.protection, Protection::Sealed) {
            return Err("TLS is to protect it, and the program for Windows has none".to_owned());
        }
        // A bare name is that of an account of the domain that is asked.
        let theirs: Vec<u16> = domain_of(peer.host).encode_utf16().collect();
        let account = self.account.as_ref().map(|account| {
            let is_bare = account.domain.is_empty() && !account.user.contains(&u16::from(b'@'));
            Account {
                user: &account.user,
                domain: if is_bare { &theirs } else { &account.domain },
                password: &account.password,
            }
        });
        let credential = Credential::new(account).map_err(|error| text(&error))?;
        Ok(Box::new(Shaking(Context::new(Arc::new(credential), &format!("ldap/{}", peer.host)))))
    }

    fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }
}

/// The domain of a host, by its name; empty for one of a single label, and for an address.
fn domain_of(host: &str) -> &str {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return "";
    }
    host.split_once('.').map_or("", |(_, domain)| domain)
}

struct Shaking(Context);

impl Handshake for Shaking {
    fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, String> {
        self.0.step(token).map_err(|error| text(&error))
    }

    fn finish(self: Box<Self>) -> Result<Option<Box<dyn Seal>>, String> {
        if self.0.seals() {
            Ok(Some(Box::new(Sealing(self.0))))
        } else {
            Err("the directory does not agree to have everything signed and encrypted".to_owned())
        }
    }
}

struct Sealing(Context);

impl Seal for Sealing {
    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, String> {
        self.0.seal(message).map_err(|error| text(&error))
    }

    fn unwrap(&mut self, block: &[u8]) -> Result<Vec<u8>, String> {
        self.0.open(block).map_err(|error| text(&error))
    }
}

/// What is to be done about what Windows says, for what it says often. The codes are those of winerror.h.
fn text(error: &win32::Error) -> String {
    let advice = match error.code() {
        Some(0x8009_030C) => "the account or the password is wrong; repeated attempts may lock the account",
        Some(0x8009_030E | 0x8009_0304) => {
            "this session has no account that the directory could know: name one in RDSCAL_USER, or in a credentials file (--credentials FILE)"
        }
        Some(0x8009_0303 | 0x8009_0322) => {
            "the domain knows no such domain controller: name it by its full DNS name"
        }
        Some(0x8009_0311) => "no domain controller answers that could give a ticket: check name resolution",
        Some(0x8009_0324) => {
            "the clocks differ by more than Kerberos allows: set this machine's, or the domain controller's"
        }
        _ => return error.to_string(),
    };
    format!("{advice} ({error})")
}
