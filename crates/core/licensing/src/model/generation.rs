//! What the machine's Windows is to licensing.

use super::{Kind, Machine, Product, Role, facts};
use crate::evidence::{Need, Unknown};
use crate::knowledge::Generation;
use crate::knowledge::products::{Edition, product};
use crate::places;

impl Product {
    /// The generation as licensing counts them; `None` where the build is not known.
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        let edition = self.kind.map(|kind| match kind {
            Kind::Client => Edition::Client,
            Kind::Server | Kind::DomainController => Edition::Server,
        });
        self.build.map(|build| product(build, edition).generation)
    }
}

impl Machine<'_> {
    /// The machine's generation; unknown where its build is.
    pub fn generation(&self) -> Result<Generation, Unknown> {
        self.product().generation().ok_or_else(|| Need::Key(places::current_version().to_string()).into())
    }

    /// The generation of the license server that the machine is, else of the one that it uses.
    pub fn license_server_generation(&self) -> Result<Generation, Unknown> {
        if let Ok(build) = self.fact(facts::LICENSE_SERVER_BUILD) {
            return Ok(product(build, Some(Edition::Server)).generation);
        }
        if self.roles().holds(Role::LicenseServer)? {
            self.generation()
        } else {
            Err(facts::LICENSE_SERVER_BUILD.need().into())
        }
    }

    /// The generations of the session hosts that get their licenses where this machine is or asks: the
    /// machine itself, and what the license server knows of others. Unknown where no host is known.
    pub fn served_hosts(&self) -> Result<Vec<Generation>, Unknown> {
        let others = self.fact(facts::HOST_BUILDS);
        let itself = self
            .roles()
            .holds(Role::SessionHost)
            .and_then(|held| held.then(|| self.generation()).transpose());
        let mut hosts = match (others, &itself) {
            (Ok(builds), _) => builds,
            (Err(_), Ok(Some(_))) => Vec::new(),
            (Err(unknown), _) => return Err(unknown),
        }
        .into_iter()
        .map(|build| product(build, Some(Edition::Server)).generation)
        .collect::<Vec<_>>();
        hosts.extend(itself.ok().flatten());
        hosts.sort_unstable();
        hosts.dedup();
        Ok(hosts)
    }
}
