//! What is remembered of a machine once it is judged.

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use snapshot::OriginKind;

use super::grace::is_record_name;
use super::{EventRecord, KeyPack, LicensingMode, Machine, Role, ServerEntry, facts};
use crate::knowledge::{self, Generation, values};
use crate::places;

/// What is remembered of a machine for the rules that compare machines.
///
/// Small on purpose: a fleet of thousands is judged one machine after the other, and only this is kept. A run
/// that is to be resumed writes it down; what a later version adds is then as if it had not been seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FleetKey {
    /// The machine's name, else where its snapshot came from.
    pub label: String,
    /// The computer's name.
    pub name: Option<String>,
    /// The roles it holds for certain.
    pub roles: Vec<Role>,
    /// `ClientHWID`, 20 bytes, of the 64-bit or the 32-bit store.
    #[serde(with = "hexadecimal")]
    pub hardware_id: Option<Vec<u8>>,
    /// Licensing mode in force.
    pub mode: Option<LicensingMode>,
    /// License servers in force.
    pub servers: Option<Vec<ServerEntry>>,
    /// Build.
    pub build: Option<u32>,
    /// The roles that the snapshot neither proves nor excludes.
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
    /// SHA-1 of the grace record, which is encrypted for one machine.
    #[serde(with = "hexadecimal")]
    pub grace_record: Option<[u8; 20]>,
    /// SHA-1 of `X509 Certificate`, which a license server issues to one host.
    #[serde(with = "hexadecimal")]
    pub host_certificate: Option<[u8; 20]>,
    /// What a policy file sets; `None` for anything else.
    pub policy: Option<PolicyFleetKey>,
    /// The folder or archive of the source, which stands for the owner of the machine: short names and
    /// workgroups of different groups have nothing in common. Empty for machines on the network.
    pub group: String,
    /// `InstallDate` of Windows, in seconds since 1970.
    pub installed: Option<u32>,
    /// What a license server says; `None` for other machines.
    pub license_server: Option<LicenseServerFleetKey>,
}

/// What is remembered of a license server, for the session hosts that list it. A part is `None` where it was
/// not seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LicenseServerFleetKey {
    /// The purchased packs.
    pub packs: Option<Vec<KeyPack>>,
    /// Whether the policy *Prevent license upgrade* is set.
    pub prevents_upgrade: Option<bool>,
    /// Event 4105 of the last 30 days: license attributes of users were not written.
    pub not_written: Option<Vec<EventRecord>>,
}

/// What is remembered of a policy file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyFleetKey {
    /// The licensing values that it sets, by name, with their data for people. Empty where it could not be
    /// looked at.
    pub values: Vec<(String, String)>,
    /// False where the file could not be read to its end.
    pub whole: bool,
}

impl FleetKey {
    /// Whether the machine holds the role; `None` where the snapshot does not show it.
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
            policy: PolicyFleetKey::of(machine),
            group: String::new(),
            installed: machine
                .value(&places::current_version(), "InstallDate")
                .ok()
                .flatten()
                .and_then(|found| found.value.as_u32()),
            license_server: roles.contains(&Role::LicenseServer).then(|| LicenseServerFleetKey::of(machine)),
        }
    }

    /// What separates this machine from others of equal names: nothing in a known domain, otherwise its
    /// group.
    #[must_use]
    pub fn realm(&self) -> (Option<&str>, &str) {
        match self.domain.as_deref() {
            Some(domain) if !domain.is_empty() => (Some(domain), ""),
            domain => (domain, &self.group),
        }
    }

    /// Whether two captures of equal names can be of one machine: a machine in two groups has one date of
    /// installation.
    #[must_use]
    pub fn can_be(&self, other: &Self) -> bool {
        self.group == other.group
            || match (self.installed, other.installed) {
                (Some(one), Some(two)) => one == two,
                _ => true,
            }
    }
}

impl LicenseServerFleetKey {
    fn of(machine: &Machine<'_>) -> Self {
        Self {
            packs: machine.bought_packs().ok().flatten(),
            prevents_upgrade: machine
                .value(&places::policy(), "fPreventLicenseUpgrade")
                .ok()
                .map(|found| found.is_some_and(|found| found.value.as_u32() == Some(1))),
            not_written: machine.recent_events(&[4105], "event 4105 of the licensing service").ok(),
        }
    }
}

impl PolicyFleetKey {
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
        Some(Self { values: set.collect(), whole: !snapshot.facts.contains_key(facts::POLICY_DAMAGE.name) })
    }
}

/// SHA-1 of the data; used only to compare two machines.
fn digest(bytes: &[u8]) -> Option<[u8; 20]> {
    (!bytes.is_empty()).then(|| Sha1::digest(bytes).into())
}

/// Bytes as hexadecimal digits.
mod hexadecimal {
    use serde::de::{Deserialize as _, Deserializer, Error as _};
    use serde::ser::{Serialize as _, Serializer};

    #[allow(clippy::ref_option)] // what serde's `with` calls it with
    pub(super) fn serialize<T: AsRef<[u8]>, S: Serializer>(
        bytes: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(hex::encode).serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: TryFrom<Vec<u8>>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let Some(digits) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let bytes = hex::decode(digits).map_err(D::Error::custom)?;
        T::try_from(bytes).map(Some).map_err(|_| D::Error::custom("not as many bytes as there should be"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_is_read_back() {
        let none = FleetKey::default();
        let full = FleetKey {
            label: "RDSH\u{1}".to_owned(),
            name: Some("RDSH".to_owned()),
            roles: vec![Role::SessionHost],
            hardware_id: Some(vec![7; 20]),
            mode: Some(LicensingMode::Other(9)),
            servers: Some(vec![ServerEntry(" a".to_owned())]),
            build: Some(20348),
            roles_unknown: vec![Role::Client],
            mode_seen: true,
            servers_seen: true,
            domain: Some(String::new()),
            generation: Some(Generation::Unknown(31000)),
            locator: r"\\rdsh".to_owned(),
            grace_record: Some([1; 20]),
            host_certificate: Some([2; 20]),
            policy: Some(PolicyFleetKey {
                values: vec![("LicensingMode".to_owned(), "4".to_owned())],
                whole: true,
            }),
            group: "customers/a".to_owned(),
            installed: Some(1_700_000_000),
            license_server: Some(LicenseServerFleetKey {
                packs: Some(vec![KeyPack {
                    id: 3,
                    kind: 2,
                    product_type: 1,
                    version_id: 6,
                    total: 50,
                    issued: 1,
                    expires: None,
                }]),
                prevents_upgrade: Some(true),
                not_written: Some(Vec::new()),
            }),
        };
        for fleet_key in [none, full] {
            let json = serde_json::to_string(&fleet_key).unwrap();
            assert_eq!(serde_json::from_str::<FleetKey>(&json).unwrap(), fleet_key, "{json}");
        }
        let known = FleetKey { generation: Some(Generation::W2008R2), ..FleetKey::default() };
        let json = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<FleetKey>(&json).unwrap(), known, "{json}");
        assert!(serde_json::from_str::<FleetKey>(r#"{"grace_record":"00"}"#).is_err());
    }
}
