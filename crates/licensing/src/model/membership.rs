//! Domain, workgroup, Entra ID.

use super::{Kind, Machine};
use crate::evidence::{Evidence, Need, Unknown};
use crate::places;

/// What the machine is a member of.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    /// Whether it is a member, or a controller, of a domain.
    ///
    /// Told by the primary DNS suffix, which on a member is that of its domain. One that was set by hand on a machine in a
    /// workgroup looks the same.
    pub in_domain: bool,
    /// Whether the machine is joined to Entra ID.
    pub entra: Result<bool, Unknown>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

impl Machine<'_> {
    /// What the machine is a member of; unknown where `Tcpip\Parameters\Domain` is not in the snapshot.
    pub fn membership(&self) -> Result<Membership, Unknown> {
        let path = places::tcpip_parameters();
        let mut evidence = Vec::new();
        let mut in_domain = false;
        // The second is what the first will be after the next start.
        for name in ["Domain", "NV Domain"] {
            let Some(found) = self.value(&path, name)? else { continue };
            evidence.push(found.evidence());
            in_domain |= found.value.as_text().is_some_and(|text| !text.content.trim().is_empty());
        }
        if self.product().kind == Some(Kind::DomainController) {
            let found = self.value(&places::product_options(), "ProductType")?;
            evidence.extend(found.map(|found| found.evidence()));
            in_domain = true;
        }
        if evidence.is_empty() {
            return Err(Need::Host("whether the machine is a member of a domain").into());
        }
        let join = places::cloud_domain_join();
        let entra = match self.key(&join) {
            Ok(Some(key)) if !key.subkeys.is_empty() => {
                evidence.push(Evidence::key(&join, key, "joined to Entra ID"));
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(unknown) => Err(unknown),
        };
        Ok(Membership { in_domain, entra, evidence })
    }
}
