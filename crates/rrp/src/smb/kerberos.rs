//! Kerberos: tickets from a domain's key distribution center, or from a cache that `kinit` filled.
//!
//! The exchange with the center is that of the crate `smb2`, which is Rust throughout; nothing else of that crate is used. Its errors
//! are text, out of which the center's code is read ([RFC 4120] 7.5.9).

use std::path::PathBuf;
use std::time::Duration;

use smb2::auth::kerberos::ccache::load_ccache;
use smb2::auth::kerberos::{KerberosAuthenticator, KerberosCredentials};
use smb2::auth::spnego::parse_neg_token_resp;
use smolder_core::auth::{AuthError, AuthProvider};
use smolder_proto::smb::smb2::NegotiateResponse;
use tokio::runtime::Builder;
use zeroize::{Zeroize as _, Zeroizing};

use super::credentials::Credentials;
use super::error::ConnectError;

/// Where tickets come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kerberos {
    /// The realm, in capitals: the domain's DNS name.
    pub realm: String,
    /// The key distribution center, `HOST` or `HOST:PORT`. In a domain of Active Directory the domain's own name leads to one.
    pub center: String,
    /// A cache of tickets that is used instead of account and password. Its tickets must be forwardable and renewable (`kinit -f -r 1d`):
    /// such are asked for with them.
    pub cache: Option<PathBuf>,
}

/// A ticket for a host, ready to be shown to it.
pub(super) struct Ticket {
    token: Vec<u8>,
    exchange: KerberosAuthenticator,
    key: Zeroizing<Vec<u8>>,
}

/// The token, in the negotiation of [RFC 4178], that shows a host a ticket for its service `cifs`, within this time: for protocols other
/// than SMB at the same host, which has one key for all of its services. It asks for no protection of what follows, which must have its
/// own.
///
/// # Errors
/// Also where the credentials are not by Kerberos.
pub fn token(credentials: &Credentials, host: &str, within: Duration) -> Result<Vec<u8>, ConnectError> {
    let kerberos = credentials.kerberos().ok_or_else(|| explain("no realm is named"))?;
    let runtime = Builder::new_current_thread().enable_io().enable_time().build();
    let runtime = runtime.map_err(|error| ConnectError::Local(error.to_string()))?;
    runtime.block_on(ticket(credentials, kerberos, host, within)).map(|ticket| ticket.token)
}

/// Fetches the ticket for `cifs/HOST`.
pub(super) async fn ticket(
    credentials: &Credentials,
    kerberos: &Kerberos,
    host: &str,
    within: Duration,
) -> Result<Ticket, ConnectError> {
    let cache = kerberos.cache.as_deref().map(|path| load_ccache(Some(path))).transpose();
    let cache = cache.map_err(|error| explain(&error.to_string()))?;
    // The tickets of a cache are those of the account that they were given to.
    let (user, realm) = if let Some(cache) = &cache {
        let principal = &cache.default_principal;
        (principal.components.join("/"), principal.realm.clone())
    } else {
        let user = credentials.user().split('@').next().unwrap_or_default();
        (user.to_owned(), kerberos.realm.clone())
    };
    let mut account = KerberosCredentials {
        username: user,
        password: credentials.password().to_owned(),
        realm,
        kdc_address: kerberos.center.clone(),
    };
    // The exchange keeps a copy that it does not overwrite; this one is.
    let mut exchange = KerberosAuthenticator::new(account.clone());
    account.password.zeroize();
    let fetching = async {
        match &cache {
            Some(cache) => exchange.authenticate_from_ccache(cache, host).await,
            None => exchange.authenticate(host).await,
        }
    };
    let fetched = tokio::time::timeout(within, fetching).await;
    let late = |_| ConnectError::TimedOut {
        what: format!("asking the key distribution center {}", kerberos.center),
        after: within,
    };
    fetched.map_err(late)?.map_err(|error| explain(&error.to_string()))?;
    let token = exchange.token().map(<[u8]>::to_vec).ok_or_else(|| explain("no token"))?;
    Ok(Ticket { token, exchange, key: Zeroizing::default() })
}

fn explain(text: &str) -> ConnectError {
    let code = text.split("KRB-ERROR code ").nth(1).and_then(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    });
    match code {
        Some(6 | 24) => ConnectError::WrongPassword,
        Some(18) => ConnectError::Account("it is disabled, locked out or expired"),
        Some(23) => ConnectError::Account("its password has expired"),
        Some(37) => ConnectError::ClockSkew,
        _ => ConnectError::Kerberos(text.to_owned()),
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
        let wrong = |error: smb2::Error| AuthError::Backend(error.to_string());
        if !incoming.is_empty()
            && let Some(token) = parse_neg_token_resp(incoming).map_err(wrong)?.response_token
        {
            self.exchange.process_mutual_auth_token(&token).map_err(wrong)?;
        }
        self.key = Zeroizing::new(self.exchange.session_key().unwrap_or_default().to_vec());
        Ok(())
    }

    fn session_key(&self) -> Option<&[u8]> {
        (!self.key.is_empty()).then_some(self.key.as_slice())
    }
}
