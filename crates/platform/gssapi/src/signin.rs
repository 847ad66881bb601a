//! Sign-in with Kerberos to directories and hosts.

#[cfg(any(feature = "smb", feature = "ldap"))]
use std::time::Duration;

use crate::account::Account;
#[cfg(any(feature = "smb", feature = "ldap"))]
use crate::context::Context;
use crate::realm::Realm;

/// An account in a realm. It is a mechanism of the crates `smb` and `ldap`, with the features of these names.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Where tickets come from.
    pub realm: Realm,
    /// Who signs in.
    pub account: Account,
}

/// A context whose first token was not sent yet.
#[cfg(any(feature = "smb", feature = "ldap"))]
struct Started {
    context: Context,
    token: Option<Vec<u8>>,
}

#[cfg(any(feature = "smb", feature = "ldap"))]
impl Started {
    fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, crate::Error> {
        match self.token.take() {
            Some(first) => Ok(Some(first)),
            None => self.context.step(token),
        }
    }
}

#[cfg(feature = "smb")]
mod for_smb {
    use diagnostic::Message;
    use smb::{AccountProblem, ConnectError};
    use zeroize::Zeroizing;

    use super::{Duration, SignIn, Started};
    use crate::context::Protection;
    use crate::error::{Error, Failure};
    use crate::realm::Service;

    impl smb::Mechanism for SignIn {
        fn begin(&self, host: &str, within: Duration) -> Result<Box<dyn smb::Handshake>, ConnectError> {
            let service = Service { class: "cifs", host, protection: Protection::SessionKey };
            let (context, token) =
                self.realm.initiate(&self.account, service, within).map_err(of_kerberos)?;
            Ok(Box::new(Started { context, token: Some(token) }))
        }
    }

    impl smb::Handshake for Started {
        fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, Message> {
            Started::step(self, token).map_err(|error| Message::of(&error))
        }

        fn session_key(&self) -> Result<Zeroizing<Vec<u8>>, Message> {
            self.context.session_key().map_err(|error| Message::of(&error))
        }
    }

    fn of_kerberos(error: Error) -> ConnectError {
        match (error.failure(), error) {
            (Some(Failure::Rejected), _) => ConnectError::WrongPassword,
            (Some(Failure::Revoked), _) => ConnectError::Account(AccountProblem::Revoked),
            (Some(Failure::PasswordExpired), _) => ConnectError::Account(AccountProblem::PasswordExpired),
            (Some(Failure::ClockSkew), _) => ConnectError::ClockSkew,
            (_, Error::TimedOut { realm, after }) => {
                ConnectError::TimedOut { what: format!("asking the KDCs of realm {realm}"), after }
            }
            (_, error) => ConnectError::Kerberos(Message::of(&error)),
        }
    }
}

#[cfg(feature = "ldap")]
mod for_ldap {
    use diagnostic::{Code, Message};
    use ldap::{Handshake, Mechanism, Peer, Seal};

    use super::{Duration, SignIn, Started};
    use crate::context::{Context, Protection};
    use crate::error::Error;
    use crate::realm::Service;

    impl SignIn {
        /// A sign-in at the service `ldap` of a domain controller, with this time limit for the KDCs.
        #[must_use]
        pub fn to_directory(self, within: Duration) -> ldap::SignIn {
            ldap::SignIn::by(ToDirectory { sign_in: self, within })
        }
    }

    struct ToDirectory {
        sign_in: SignIn,
        within: Duration,
    }

    impl Mechanism for ToDirectory {
        fn begin(&self, peer: &Peer<'_>) -> Result<Box<dyn Handshake>, Message> {
            let protection = match peer.protection {
                ldap::Protection::Sealed => Protection::Sealed,
                ldap::Protection::Tls(binding) => Protection::Tls(binding),
            };
            let service = Service { class: "ldap", host: peer.host, protection };
            let begun = self.sign_in.realm.initiate(&self.sign_in.account, service, self.within);
            let (context, token) = begun.map_err(as_message)?;
            Ok(Box::new(ToSeal {
                started: Started { context, token: Some(token) },
                is_sealed: protection == Protection::Sealed,
            }))
        }

        fn realm(&self) -> Option<&str> {
            Some(self.sign_in.realm.name())
        }
    }

    struct ToSeal {
        started: Started,
        is_sealed: bool,
    }

    impl Handshake for ToSeal {
        fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, Message> {
            self.started.step(token).map_err(as_message)
        }

        fn finish(self: Box<Self>) -> Result<Option<Box<dyn Seal>>, Message> {
            if !self.started.context.is_complete() {
                return Err(Message::new(Code::NotProtected, "the directory did not authenticate itself"));
            }
            Ok(self.is_sealed.then(|| Box::new(self.started.context) as Box<dyn Seal>))
        }
    }

    impl Seal for Context {
        fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, Message> {
            Context::wrap(self, message).map_err(as_message)
        }

        fn unwrap(&mut self, block: &[u8]) -> Result<Vec<u8>, Message> {
            Context::unwrap(self, block).map_err(as_message)
        }
    }

    #[allow(clippy::needless_pass_by_value)] // the signature of `map_err`
    fn as_message(error: Error) -> Message {
        Message::of(&error)
    }
}
