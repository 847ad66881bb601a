//! Sign-in to directories with Windows' own credentials: a mechanism of the crate `ldap`.

use std::sync::Arc;

use diagnostic::{Code, Message};
use ldap::{Handshake, Mechanism, Peer, Protection, Seal, SignIn};
use zeroize::Zeroizing;

use crate::sspi::{Account, Context, Credential};

/// As the current user, by Kerberos in a domain, otherwise by NTLM.
#[must_use]
pub fn own() -> SignIn {
    SignIn::by(Negotiate { account: None, realm: std::env::var("USERDNSDOMAIN").ok() })
}

/// As this account. The domain may be empty. The password is zeroed on drop.
#[must_use]
pub fn with_password(user: &str, domain: &str, password: &str) -> SignIn {
    // Only a DNS name states which hosts belong to the domain.
    let realm = user.split_once('@').map_or(domain, |(_, realm)| realm);
    let realm = realm.contains('.').then(|| realm.to_owned());
    let text = |text: &str| Zeroizing::new(text.encode_utf16().collect());
    let account = Named { user: text(user), domain: text(domain), password: text(password) };
    SignIn::by(Negotiate { account: Some(account), realm })
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
    fn begin(&self, peer: &Peer<'_>) -> Result<Box<dyn Handshake>, Message> {
        if !matches!(peer.protection, Protection::Sealed) {
            return Err(Message::new(Code::Unavailable, "on Windows, the sign-in is not bound to TLS"));
        }
        // A bare name is an account of the queried domain.
        let theirs: Vec<u16> = domain_of(peer.host).encode_utf16().collect();
        let account = self.account.as_ref().map(|account| {
            let is_bare = account.domain.is_empty() && !account.user.contains(&u16::from(b'@'));
            Account {
                user: &account.user,
                domain: if is_bare { &theirs } else { &account.domain },
                password: &account.password,
            }
        });
        let credential = Credential::new(account).map_err(as_message)?;
        Ok(Box::new(InProgress(Context::new(Arc::new(credential), &format!("ldap/{}", peer.host)))))
    }

    fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }
}

/// The domain part of a host name; empty for a name of one label and for an address.
fn domain_of(host: &str) -> &str {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return "";
    }
    host.split_once('.').map_or("", |(_, domain)| domain)
}

struct InProgress(Context);

impl Handshake for InProgress {
    fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, Message> {
        self.0.step(token).map_err(as_message)
    }

    fn finish(self: Box<Self>) -> Result<Option<Box<dyn Seal>>, Message> {
        if self.0.seals() {
            Ok(Some(Box::new(Sealed(self.0))))
        } else {
            Err(Message::new(Code::NotProtected, "the directory does not agree to signing and encryption"))
        }
    }
}

struct Sealed(Context);

impl Seal for Sealed {
    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, Message> {
        self.0.seal(message).map_err(as_message)
    }

    fn unwrap(&mut self, block: &[u8]) -> Result<Vec<u8>, Message> {
        self.0.open(block).map_err(as_message)
    }
}

/// Code and advice for the errors of winerror.h that are frequent here.
#[allow(clippy::needless_pass_by_value)] // the signature of `map_err`
fn as_message(error: crate::Error) -> Message {
    let (code, advice) = match error.code() {
        // SEC_E_LOGON_DENIED
        Some(0x8009_030C) => (
            Code::WrongPassword,
            "Check the account and its password. Repeated attempts may lock the account.",
        ),
        // SEC_E_NO_CREDENTIALS, SEC_E_INTERNAL_ERROR
        Some(0x8009_030E | 0x8009_0304) => (
            Code::SessionDenied,
            "The directory does not know the account of this session: name one in RDSCAL_USER, or in a credentials file \
             (--credentials FILE).",
        ),
        // SEC_E_TARGET_UNKNOWN, SEC_E_WRONG_PRINCIPAL
        Some(0x8009_0303 | 0x8009_0322) => {
            (Code::Kerberos, "The domain does not know this domain controller: name it by its full DNS name.")
        }
        // SEC_E_NO_AUTHENTICATING_AUTHORITY
        Some(0x8009_0311) => (
            Code::NoDomainController,
            "No domain controller is available to issue a ticket: check name resolution.",
        ),
        // SEC_E_TIME_SKEW
        Some(0x8009_0324) => (
            Code::ClockSkew,
            "Synchronize the clocks of this machine and of the domain controller; Kerberos accepts a difference of five \
             minutes.",
        ),
        _ => return Message::new(Code::SessionDenied, error.to_string()),
    };
    Message::new(code, error.to_string()).with_advice(advice)
}
