//! What the machine's Windows is to licensing.

use super::{Kind, Machine, Product, Role, facts};
use crate::evidence::{Need, Unknown};
use crate::knowledge::Generation;
use crate::knowledge::products::{Edition, product};
use crate::places;

/// The session hosts that a license server serves.
const SERVED_HOSTS: Need = Need::Fleet("session hosts that list the license server, in the same run");

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

    /// The generation of the machine as a session host. For a license server that is not one: unknown,
    /// because its session hosts are other machines, which [`super::sets::served`] finds in the run.
    pub fn served_host(&self) -> Result<Generation, Unknown> {
        if self.roles().holds(Role::SessionHost)? { self.generation() } else { Err(SERVED_HOSTS.into()) }
    }
}
