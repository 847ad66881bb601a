//! Signing in by Kerberos.

use std::time::Duration;

use kerberos::{Centers, Client, Context, Error, Initiator, Network, Wishes, spnego};

use super::SignIn;
use super::sealing::{Handshake, Mechanism, Peer, Protection, Seal};

impl SignIn {
    /// By a ticket for the domain controller's service `ldap`, which only domain controllers have. The key distribution centers have so
    /// much time for each answer.
    #[must_use]
    pub fn kerberos(client: Client, centers: &Centers, within: Duration) -> Self {
        Self::by(Kerberos { client, center: Network::new(centers, within) })
    }
}

struct Kerberos {
    client: Client,
    center: Network,
}

impl Mechanism for Kerberos {
    fn begin(&self, peer: &Peer<'_>) -> Result<Box<dyn Handshake>, String> {
        let ticket = self.client.ticket("ldap", peer.host, &mut self.center.clone()).map_err(text)?;
        let wishes = match peer.protection {
            Protection::Sealed => Wishes { sealed: true, binding: None },
            Protection::Tls(binding) => Wishes { sealed: false, binding },
        };
        let (token, initiator) = ticket.initiate(wishes).map_err(text)?;
        Ok(Box::new(Shown {
            token: Some(spnego::offer(&token)),
            initiator: Some(initiator),
            context: None,
            sealed: wishes.sealed,
        }))
    }

    fn realm(&self) -> Option<&str> {
        Some(self.client.realm())
    }
}

/// A ticket that is shown.
struct Shown {
    token: Option<Vec<u8>>,
    initiator: Option<Initiator>,
    context: Option<Context>,
    sealed: bool,
}

impl Handshake for Shown {
    fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, String> {
        if let Some(own) = self.token.take() {
            return Ok(Some(own));
        }
        if let Some(token) = spnego::answer(token).map_err(text)? {
            let initiator = self.initiator.take().ok_or("the directory answers a ticket twice")?;
            self.context = Some(initiator.complete(&token).map_err(text)?);
        }
        Ok(None)
    }

    fn finish(self: Box<Self>) -> Result<Option<Box<dyn Seal>>, String> {
        let context = self.context.ok_or("the directory does not prove who it is")?;
        Ok(self.sealed.then(|| Box::new(context) as Box<dyn Seal>))
    }
}

impl Seal for Context {
    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, String> {
        self.seal(message).map_err(text)
    }

    fn unwrap(&mut self, block: &[u8]) -> Result<Vec<u8>, String> {
        self.open(block).map(|mut message| std::mem::take(&mut *message)).map_err(text)
    }
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` wants it
fn text(error: Error) -> String {
    error.to_string()
}
