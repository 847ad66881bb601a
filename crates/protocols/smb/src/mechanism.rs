//! Authentication mechanisms other than NTLM, such as Kerberos.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diagnostic::Message;
use smolder_core::auth::{AuthError, AuthProvider};
use smolder_proto::smb::smb2::NegotiateResponse;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::error::ConnectError;

/// A mechanism that authenticates an account to hosts. It exchanges GSS-SPNEGO tokens.
pub trait Mechanism: Send + Sync + fmt::Debug {
    /// Starts a sign-in at this host. It may block for at most the given time.
    ///
    /// # Errors
    /// If the KDC issues no ticket for the host, or rejects the account.
    fn begin(&self, host: &str, within: Duration) -> Result<Box<dyn Handshake>, ConnectError>;
}

/// A sign-in that has started.
pub trait Handshake: Send {
    /// The next token for the server, whose own token is empty at first. `None` once both sides have
    /// authenticated.
    ///
    /// # Errors
    /// If the server is not the expected one.
    fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, Message>;

    /// The key of the completed sign-in, which signs the session.
    ///
    /// # Errors
    /// If the sign-in is not complete.
    fn session_key(&self) -> Result<Zeroizing<Vec<u8>>, Message>;
}

/// Up to three requests to a KDC: two for the account, one for the host.
const REQUESTS: u32 = 3;

/// A started handshake, as the SMB client drives it.
pub(crate) struct Ticket {
    token: Option<Vec<u8>>,
    handshake: Box<dyn Handshake>,
    /// Why a step failed: smolder returns only text.
    failure: Option<Message>,
    key: Zeroizing<Vec<u8>>,
}

/// Starts authentication to this host on a separate thread, so that cancelling does not wait for it.
pub(crate) async fn begin(
    mechanism: &Arc<dyn Mechanism>,
    host: &str,
    each: Duration,
) -> Result<Ticket, ConnectError> {
    let (mechanism, host) = (Arc::clone(mechanism), host.to_owned());
    let within = each.saturating_mul(REQUESTS);
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new()
        .spawn(move || {
            let begun = mechanism.begin(&host, within).and_then(|mut handshake| {
                let token = handshake.step(&[]).map_err(ConnectError::Kerberos)?;
                Ok(Ticket { token, handshake, failure: None, key: Zeroizing::default() })
            });
            let _ = sender.send(begun);
        })
        .map_err(|error| ConnectError::Local(error.to_string()))?;
    let ended = |_| ConnectError::Local("the sign-in thread ended".to_owned());
    receiver.await.map_err(ended)?
}

impl Ticket {
    /// Why the last step failed, if the mechanism failed.
    pub(crate) fn failure(&mut self) -> Option<Message> {
        self.failure.take()
    }

    fn step(&mut self, incoming: &[u8]) -> Result<Option<Vec<u8>>, AuthError> {
        self.handshake.step(incoming).map_err(|message| failed(&mut self.failure, message))
    }
}

fn failed(failure: &mut Option<Message>, message: Message) -> AuthError {
    *failure = Some(message);
    AuthError::InvalidState("the mechanism failed")
}

impl AuthProvider for Ticket {
    fn initial_token(&mut self, _: &NegotiateResponse) -> Result<Vec<u8>, AuthError> {
        self.token.take().ok_or(AuthError::InvalidState("the mechanism has no token"))
    }

    fn next_token(&mut self, incoming: &[u8]) -> Result<Vec<u8>, AuthError> {
        let token = self.step(incoming)?;
        token.ok_or(AuthError::InvalidState("the server continues a complete sign-in"))
    }

    /// Checks the server's last token, which authenticates it.
    fn finish(&mut self, incoming: &[u8]) -> Result<(), AuthError> {
        // An empty token comes only after the mechanism is complete, and completes nothing.
        if !incoming.is_empty() && self.step(incoming)?.is_some() {
            return Err(AuthError::InvalidState("the server ends a sign-in that is not complete"));
        }
        self.key = self.handshake.session_key().map_err(|message| failed(&mut self.failure, message))?;
        Ok(())
    }

    fn session_key(&self) -> Option<&[u8]> {
        (!self.key.is_empty()).then_some(self.key.as_slice())
    }
}
