//! What is remembered of a machine once it is judged.

use sha1::{Digest, Sha1};

use registry::OriginKind;

use super::grace::is_record_name;
use super::{LicensingMode, Machine, Role, ServerEntry, facts};
use crate::knowledge::{self, Generation, values};
use crate::places;

/// What is remembered of a machine for the rules that compare machines.
///
/// Small on purpose: a fleet of thousands is judged one machine after the other, and only this is kept.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    /// The machine's name, else where its snapshot came from.
    pub label: String,
    /// The computer's name.
    pub name: Option<String>,
    /// The roles it holds for certain.
    pub roles: Vec<Role>,
    /// `ClientHWID`, 20 bytes, of the 64-bit or the 32-bit store.
    pub hardware_id: Option<Vec<u8>>,
    /// Licensing mode in force.
    pub mode: Option<LicensingMode>,
    /// License servers in force.
    pub servers: Option<Vec<ServerEntry>>,
    /// Build.
    pub build: Option<u32>,
    /// The roles of which the snapshot could not tell whether it holds them.
    pub roles_unknown: Vec<Role>,
    /// False where places that could name a licensing mode were not seen, and none that was names one.
    pub mode_seen: bool,
    /// The same for the license servers.
    pub servers_seen: bool,
    /// DNS domain; empty in a workgroup, `None` where it was not seen.
    pub domain: Option<String>,
    /// Generation of Windows.
    pub generation: Option<Generation>,
    /// Where the snapshot came from.
    pub locator: String,
    /// SHA-1 of the grace record, which is enciphered for one machine.
    pub grace_record: Option<[u8; 20]>,
    /// SHA-1 of `X509 Certificate`, which a license server issues to one host.
    pub host_certificate: Option<[u8; 20]>,
    /// What a policy file sets; `None` for anything else.
    pub policy: Option<PolicyTraits>,
}

/// What is remembered of a policy file.
#[derive(Clone, Debug, Default)]
pub struct PolicyTraits {
    /// The licensing values that it sets, by name, with their data for people. Empty where it could not be looked at.
    pub values: Vec<(String, String)>,
    /// False where the file could not be read to its end.
    pub whole: bool,
}

impl Traits {
    /// Whether the machine holds the role; `None` where the snapshot could not tell.
    #[must_use]
    pub fn holds(&self, role: Role) -> Option<bool> {
        (!self.roles_unknown.contains(&role)).then(|| self.roles.contains(&role))
    }

    /// What is remembered of this machine, which holds these roles.
    #[must_use]
    pub fn of(machine: &Machine<'_>, roles: &[Role]) -> Self {
        let hardware_id = [places::client_store(), places::client_store_32()]
            .iter()
            .filter_map(|store| machine.value(&store.join("HardwareID"), "ClientHWID").ok().flatten())
            .map(|found| found.value.bytes().to_vec())
            .find(|bytes| bytes.len() == 20);
        let name = machine.name();
        let locator = machine.snapshot().origin.locator.clone();
        let rcm = places::rcm();
        let grace = machine.key(&places::grace_period()).ok().flatten();
        let record = grace
            .and_then(|key| key.values.iter().find(|value| value.name.as_str().is_some_and(is_record_name)));
        let certificate = machine.value(&rcm, "X509 Certificate").ok().flatten();
        Self {
            label: name.clone().unwrap_or_else(|| locator.clone()),
            name,
            roles: roles.to_vec(),
            hardware_id,
            mode: machine.licensing_mode().effective.value().copied(),
            servers: machine.license_servers().effective.value().cloned(),
            build: machine.product().build,
            roles_unknown: [Role::SessionHost, Role::LicenseServer, Role::Client]
                .into_iter()
                .filter(|role| machine.roles().holds(*role).is_err())
                .collect(),
            mode_seen: machine.licensing_mode().known().is_ok(),
            servers_seen: machine.license_servers().known().is_ok(),
            domain: machine
                .value(&places::tcpip_parameters(), "Domain")
                .ok()
                .flatten()
                .and_then(|found| found.value.as_text().map(|text| text.content.trim().to_lowercase())),
            generation: machine.product().generation(),
            locator,
            grace_record: record.and_then(|value| digest(value.bytes())),
            host_certificate: certificate.and_then(|found| digest(found.value.bytes())),
            policy: PolicyTraits::of(machine),
        }
    }
}

impl PolicyTraits {
    fn of(machine: &Machine<'_>) -> Option<Self> {
        let snapshot = machine.snapshot();
        if snapshot.origin.kind != OriginKind::Policy {
            return None;
        }
        let key = machine.key(&places::policy()).ok().flatten();
        let set = key.into_iter().flat_map(|key| &key.values).filter_map(|value| {
            let row = values::of_key("policy").find(|row| value.name.matches(row.name))?;
            (row.role == knowledge::Role::Real).then(|| (row.name.to_owned(), value.shown()))
        });
        Some(Self { values: set.collect(), whole: !snapshot.facts.contains_key(facts::POLICY_DAMAGE) })
    }
}

/// SHA-1 of what is there; it only tells whether two machines hold the same.
fn digest(bytes: &[u8]) -> Option<[u8; 20]> {
    (!bytes.is_empty()).then(|| Sha1::digest(bytes).into())
}
