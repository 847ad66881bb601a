//! Domain, workgroup, Entra ID.

use super::facts;
use super::{Kind, Machine};
use crate::evidence::{Evidence, Unknown};
use crate::places;

/// What the machine is a member of.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    /// Whether it is a member, or a controller, of a domain.
    ///
    /// Reported by the running Windows where it was asked; else by the primary DNS suffix, which on a member is
    /// that of its domain. One that was set by hand on a machine in a workgroup looks the same.
    pub in_domain: bool,
    /// Whether the machine is joined to Entra ID.
    pub entra: Result<bool, Unknown>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

impl Machine<'_> {
    /// What the machine is a member of; unknown where neither the running Windows was asked nor
    /// `Tcpip\Parameters\Domain` is in the snapshot.
    pub fn membership(&self) -> Result<Membership, Unknown> {
        let mut evidence = Vec::new();
        if let Ok(join) = self.fact(facts::JOIN) {
            let found = match (&join.domain, &join.workgroup) {
                (Some(domain), _) => format!("member of the domain {domain}"),
                (None, Some(workgroup)) => format!("in the workgroup {workgroup}"),
                (None, None) => "in no domain and no workgroup".to_owned(),
            };
            evidence.push(self.fact_evidence(facts::JOIN, found));
            return Ok(self.with_entra(join.domain.is_some(), evidence));
        }
        let path = places::tcpip_parameters();
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
            return Err(facts::JOIN.need().into());
        }
        Ok(self.with_entra(in_domain, evidence))
    }

    fn with_entra(&self, in_domain: bool, mut evidence: Vec<Evidence>) -> Membership {
        let join = places::cloud_domain_join();
        let entra = match self.key(&join) {
            Ok(Some(key)) if !key.subkeys.is_empty() => {
                evidence.push(Evidence::key(&join, key, "joined to Entra ID"));
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(unknown) => Err(unknown),
        };
        Membership { in_domain, entra, evidence }
    }
}

#[cfg(test)]
mod tests {
    use crate::Profile;
    use crate::model::Machine;

    /// Whether a machine with this DNS suffix and these facts is a member of a domain.
    fn in_domain(facts: &str, suffix: &str) -> Option<bool> {
        let text = format!(
            "Windows Registry Editor Version 5.00\n;; source: made for this test\n;; covers: HKLM\\SYSTEM\n{facts}\n\n\
             [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters]\n\"Domain\"=\"{suffix}\"\n"
        );
        let fixture = fixture::parse(&text).unwrap();
        let machine = Machine::new(&fixture.machines[0], fixture.at, Profile::Auto);
        machine.membership().ok().map(|membership| membership.in_domain)
    }

    #[test]
    fn the_running_windows_knows_better_than_the_suffix() {
        assert_eq!(in_domain("", "contoso.example"), Some(true));
        assert_eq!(in_domain("", ""), Some(false));
        let workgroup = ";; fact: system.join = {\"workgroup\":\"WORKGROUP\"}";
        assert_eq!(in_domain(workgroup, "contoso.example"), Some(false));
        let domain = ";; fact: system.join = {\"domain\":\"CONTOSO\"}";
        assert_eq!(in_domain(domain, ""), Some(true));
        assert_eq!(in_domain(";; fact: system.join = {}", "contoso.example"), Some(false));
    }
}
