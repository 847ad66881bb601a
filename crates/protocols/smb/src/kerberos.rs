//! Kerberos: tickets from a domain's key distribution center, by a password or a keytab, or from a cache that `kinit` filled.
//!
//! Kerberos itself is the crate `kerberos`.

use std::sync::Arc;
use std::time::Duration;

use kerberos::{
    Cache, Centers, Client, Error, Initiator, Keytab, Network, Proof, Store, Wishes, code, spnego,
};
use smolder_core::auth::{AuthError, AuthProvider};
use smolder_proto::smb::smb2::NegotiateResponse;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::{AccountProblem, ConnectError};

/// Where tickets come from.
#[derive(Clone, Debug)]
pub struct Kerberos {
    /// The realm, in capitals: the domain's DNS name.
    pub realm: String,
    /// The key distribution centers of the realm.
    pub centers: Centers,
    /// What proves the account.
    pub source: Source,
    /// The tickets for tickets that were had so far. Clones share them, so that an account proves itself once for all hosts.
    pub store: Store,
}

/// What proves an account to a key distribution center.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// The password beside the account.
    #[default]
    Password,
    /// Its keys. The account need not be named where the keytab has the keys of one alone.
    Keytab(Arc<Keytab>),
    /// Tickets that it got already. The account is theirs.
    Cache(Arc<Cache>),
}

impl Kerberos {
    /// This account as a client of Kerberos', for whatever else signs in with it.
    #[must_use]
    pub fn client(&self, credentials: &Credentials) -> Client {
        let proof = match &self.source {
            Source::Password => Proof::Password(Zeroizing::new(credentials.password().to_owned())),
            Source::Keytab(keytab) => Proof::Keytab(Arc::clone(keytab)),
            Source::Cache(cache) => Proof::Cache(Arc::clone(cache)),
        };
        Client::new(credentials.user(), &self.realm, proof).remembering(&self.store)
    }
}

/// A ticket for a host, ready to be shown to it.
pub(crate) struct Ticket {
    token: Vec<u8>,
    initiator: Option<Initiator>,
    key: Zeroizing<Vec<u8>>,
}

/// Fetches the ticket for `cifs/HOST`.
pub(crate) async fn ticket(
    credentials: &Credentials,
    kerberos: &Kerberos,
    host: &str,
    within: Duration,
) -> Result<Ticket, ConnectError> {
    let client = kerberos.client(credentials);
    let (centers, host) = (kerberos.centers.clone(), host.to_owned());
    let (tell, told) = oneshot::channel();
    // Elsewhere, for it waits for the network; it ends by itself where nobody waits any more.
    std::thread::Builder::new()
        .spawn(move || {
            let ticket = client.ticket("cifs", &host, &mut Network::new(&centers, within));
            let _ = tell.send(ticket.and_then(|ticket| ticket.initiate(Wishes::default())));
        })
        .map_err(|error| ConnectError::Local(error.to_string()))?;
    // A ticket takes three questions, each of which has this time.
    let fetched = tokio::time::timeout(within.saturating_mul(3), told).await;
    let late = |_| ConnectError::TimedOut {
        what: format!("asking the key distribution center {}", kerberos.centers),
        after: within,
    };
    let ended = |_| ConnectError::Local("the thread that fetches tickets ended".to_owned());
    let (token, initiator) = fetched.map_err(late)?.map_err(ended)?.map_err(of_kerberos)?;
    Ok(Ticket { token: spnego::offer(&token), initiator: Some(initiator), key: Zeroizing::default() })
}

fn of_kerberos(error: Error) -> ConnectError {
    match (error.code(), error) {
        (Some(code::CLIENT_UNKNOWN | code::WRONG_PASSWORD), _) => ConnectError::WrongPassword,
        (Some(code::REVOKED), _) => ConnectError::Account(AccountProblem::Revoked),
        (Some(code::PASSWORD_EXPIRED), _) => ConnectError::Account(AccountProblem::PasswordExpired),
        (Some(code::SKEW), _) => ConnectError::ClockSkew,
        (_, Error::TimedOut { center, after }) => {
            ConnectError::TimedOut { what: format!("asking the key distribution center {center}"), after }
        }
        (_, error) => ConnectError::Kerberos(error.to_string()),
    }
}

impl AuthProvider for Ticket {
    fn initial_token(&mut self, _: &NegotiateResponse) -> Result<Vec<u8>, AuthError> {
        Ok(self.token.clone())
    }

    fn next_token(&mut self, _: &[u8]) -> Result<Vec<u8>, AuthError> {
        Err(AuthError::InvalidState("the server asks for more than a ticket"))
    }

    /// The server proves that it has the key of the ticket, and may give another key for the session.
    fn finish(&mut self, incoming: &[u8]) -> Result<(), AuthError> {
        let wrong = |error: Error| AuthError::Backend(error.to_string());
        let initiator =
            self.initiator.take().ok_or(AuthError::InvalidState("the ticket was shown before"))?;
        let token = spnego::answer(incoming).map_err(wrong)?;
        let token = token.ok_or(AuthError::InvalidState("the server does not prove who it is"))?;
        let context = initiator.complete(&token).map_err(wrong)?;
        self.key = Zeroizing::new(context.session_key().to_vec());
        Ok(())
    }

    fn session_key(&self) -> Option<&[u8]> {
        (!self.key.is_empty()).then_some(self.key.as_slice())
    }
}
