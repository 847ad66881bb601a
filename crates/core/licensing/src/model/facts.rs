//! Facts that are not in the registry: what WMI, services, the event log, the network and the directory say.
//!
//! Each is declared once, as a [`FactKey`]: its name in a snapshot, its type, who can report it, and what
//! writes it. A snapshot from files has none of them, and every rule that needs one answers *unknown*.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Machine, Role};
use crate::evidence::{Evidence, Need, Unknown};
use crate::knowledge::events::{self, EventRow};
use snapshot::FileTime;
use snapshot::policy::{PolicyDamage, PolicyInstruction};

/// What the snapshot's facts are called, what they hold, and where they come from.
#[derive(Debug)]
pub struct FactKey<T> {
    /// The name in a snapshot.
    pub name: &'static str,
    /// What it is, for people, as part of a sentence.
    pub what: &'static str,
    /// Which sources write it into snapshots; at least one.
    pub producers: &'static [Producer],
    need: fn(&'static str) -> Need,
    shape: PhantomData<fn() -> T>,
}

/// What writes a fact into snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Producer {
    /// Questions to a running machine: [`crate::ask`].
    RunningMachine,
    /// The directory (`--from-ad`).
    Directory,
    /// A probe of the network (`--probe`).
    Probe,
    /// The source that reads a policy file.
    PolicyFile,
    /// The source that reads event log files (`.evtx`).
    EventLogs,
}

impl<T> Clone for FactKey<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for FactKey<T> {}

impl<T> FactKey<T> {
    /// What is missing where the snapshot does not have this fact.
    #[must_use]
    pub fn need(&self) -> Need {
        (self.need)(self.what)
    }

    const fn untyped(self) -> FactKey<()> {
        FactKey {
            name: self.name,
            what: self.what,
            producers: self.producers,
            need: self.need,
            shape: PhantomData,
        }
    }
}

macro_rules! facts {
    ($(
        $(#[$doc:meta])*
        $name:ident: $type:ty = $text:expr, $need:ident, $($producer:ident)|+, $what:literal;
    )*) => {
        $($(#[$doc])* pub const $name: FactKey<$type> = FactKey {
            name: $text,
            what: $what,
            producers: &[$(Producer::$producer),+],
            need: Need::$need,
            shape: PhantomData,
        };)*
        /// Every fact.
        pub const ALL: &[FactKey<()>] = &[$($name.untyped()),*];

        /// The names of the constants, in the order of [`ALL`].
        #[cfg(test)]
        const CONSTANTS: &[&str] = &[$(stringify!($name)),*];
    };
}

facts! {
    /// `Win32_TerminalServiceSetting.TerminalServerMode`: 1 application server, 0 remote administration.
    TERMINAL_SERVER_MODE: u32 = "wmi.terminal-server-mode", Host, RunningMachine,
        "whether the host is an application server (TerminalServerMode)";
    /// The licensing type in force, and whether a policy sets it and the list of servers.
    LICENSING_SETTINGS: LicensingSettings = "wmi.licensing-settings", Host, RunningMachine,
        "the licensing type in force (LicensingType)";
    /// Names.
    SPECIFIED_SERVERS: Vec<String> = "wmi.specified-license-servers", Host, RunningMachine,
        "the license servers that the host lists (GetSpecifiedLicenseServerList)";
    /// What discovery finds.
    DISCOVERED_SERVERS: Vec<Discovered> = "wmi.discovered-license-servers", Host, RunningMachine,
        "the license servers that the host finds (FindLicenseServers)";
    /// `Win32_TSLicenseServer` of the license server that the machine is.
    LICENSE_SERVER: ReportedServer = "wmi.license-server", LicenseServer, RunningMachine,
        "the license server's id and version (Win32_TSLicenseServer)";
    /// Days; 0 also once a license server was reached.
    GRACE_DAYS: u32 = "wmi.grace-days", Host, RunningMachine,
        "days left of the grace period (GetGracePeriodDays)";
    /// End of the grace period in the record, which the machine decrypted (`CryptUnprotectData`).
    GRACE_RECORD_END: FileTime = "grace.record-end", Host, RunningMachine,
        "the end of the grace period in its record (CryptUnprotectData)";
    /// `Win32_TSDeploymentLicensing.UseCentralLicensingSettings`
    CENTRAL_LICENSING: bool = "wmi.central-licensing", Host, RunningMachine,
        "whether a deployment sets the licensing (UseCentralLicensingSettings)";
    /// `GetTStoLSConnectivityStatus` for each server.
    CONNECTIVITY: Vec<Connectivity> = "wmi.license-server-connectivity", Host, RunningMachine,
        "whether the license servers respond (GetTStoLSConnectivityStatus)";
    /// 0 activated, 1 not, 2 unknown.
    ACTIVATION_STATUS: u32 = "wmi.activation-status", LicenseServer, RunningMachine,
        "whether the license server is activated (GetActivationStatus)";
    /// `Win32_TSLicenseKeyPack` of the license server that the machine is, else of the one that it uses. The
    /// same holds for every fact about a license server.
    KEY_PACKS: Vec<KeyPack> = "wmi.key-packs", LicenseServer, RunningMachine,
        "CAL packs of the license server (Win32_TSLicenseKeyPack)";
    /// `Win32_TSIssuedLicense`
    ISSUED_LICENSES: Vec<IssuedLicense> = "wmi.issued-licenses", LicenseServer, RunningMachine,
        "licenses that the server issued";
    /// Build of its Windows.
    LICENSE_SERVER_BUILD: u32 = "wmi.license-server-build", LicenseServer, Directory,
        "build of the license server's Windows";
    /// `IsLSinTSLSGroup`
    IN_TSLS_GROUP: bool = "wmi.in-tsls-group", LicenseServer, RunningMachine | Directory,
        "whether the server is in Terminal Server License Servers (IsLSinTSLSGroup)";
    /// `IsLSonDC`
    ON_DOMAIN_CONTROLLER: bool = "wmi.on-domain-controller", LicenseServer, RunningMachine | Directory,
        "whether the server is a domain controller";
    /// `IsLSRegisteredToSCP`
    REGISTERED_TO_SCP: bool = "wmi.registered-to-scp", LicenseServer, RunningMachine | Directory,
        "whether the server is registered in the directory (IsLSRegisteredToSCP)";
    /// `Win32_TSLicenseServer.DatabasePath`
    DATABASE_PATH: String = "wmi.database-path", LicenseServer, RunningMachine,
        "path of the license database (DatabasePath)";
    /// `Win32_LogicalDisk.FreeSpace`, in bytes.
    DATABASE_FREE_BYTES: u64 = "file.database-free-bytes", LicenseServer, RunningMachine,
        "free space of the drive with the license database";
    /// Number of members.
    GROUP_MEMBERS: u32 = "group.rds-endpoint-servers", LicenseServer, RunningMachine,
        "members of the local group RDS Endpoint Servers (S-1-5-32-576)";
    /// Names, or SIDs of principals without an account, such as S-1-5-20 (Network Service, whose name Windows
    /// translates).
    TSLS_MEMBERS: Vec<String> = "ad.tsls-members", Directory, Directory,
        "members of Terminal Server License Servers (S-1-5-32-561)";
    /// `running`, `stopped`
    TERM_SERVICE_STATE: String = "service.term-service", Host, RunningMachine,
        "state of the service TermService";
    /// `running`, `stopped`
    LICENSING_SERVICE_STATE: String = "service.term-serv-licensing", LicenseServer, RunningMachine,
        "state of the service TermServLicensing";
    /// Licensing events, from the running machine or from event log files.
    EVENTS: Vec<EventRecord> = "events.system", Events, RunningMachine | EventLogs, "licensing events";
    /// Name resolution.
    RESOLUTION: Vec<Resolution> = "network.resolution", Network, Probe,
        "whether the names of the license servers resolve";
    /// TCP ports.
    REACHABILITY: Vec<Reachability> = "network.reachability", Network, Probe,
        "whether TCP port 135 of the license servers responds";
    /// A time.
    NEWEST_LOG_TIME: FileTime = snapshot::LOG_NEWEST_TIME, Events, RunningMachine | EventLogs,
        "newest time in the machine's logs";
    /// The computer that wrote the newest event of an event log file.
    LOG_COMPUTER: String = snapshot::LOG_COMPUTER, Events, EventLogs, "the computer that wrote the event log";
    /// Failed licensing, from the client's log RDPClient/Operational.
    CLIENT_FAILURES: Vec<ClientFailure> = "client.licensing-failures", Client, RunningMachine | EventLogs,
        "failed licensing in the client's log (RDPClient/Operational)";
    /// Users with Per User licenses.
    USERS: Vec<UserLicense> = "ad.users", Directory, Directory,
        "users with Per User licenses (msTSExpireDate, msTSManagingLS)";
    /// Product ids.
    FOREST_LICENSE_SERVERS: Vec<String> = "ad.license-server-ids", Directory, Directory,
        "product ids of the license servers of the forest";
    /// Names of user objects without the access control entry for license servers.
    USERS_WITHOUT_ACE: Vec<String> = "ad.users-without-ace", Directory, Directory,
        "access control lists of the user objects";
    /// Names of entries that point to nothing.
    STALE_SITE_SERVERS: Vec<String> = "ad.stale-site-servers", Directory, Directory,
        "the TS-Enterprise-License-Server objects of the sites";
    /// `same-forest`, `two-way`, `one-way`, `none`
    TRUST: String = "ad.trust", Directory, Directory,
        "trust between the forests of the host and its license server";
    /// IP addresses.
    ADDRESSES: Vec<String> = "network.addresses", Host, RunningMachine, "IP addresses of the host";
    /// The Unified Write Filter (`UWF_Filter`, `UWF_Volume`, `UWF_RegistryFilter`).
    WRITE_FILTER: WriteFilter = "client.write-filter", Client, RunningMachine,
        "state of the Unified Write Filter (UWF_RegistryFilter)";
    /// The instructions of a policy file for keys of licensing.
    POLICY_INSTRUCTIONS: Vec<PolicyInstruction> = "policy.instructions", PolicyFile, PolicyFile,
        "the instructions of the policy file";
    /// Present only where the file is damaged.
    POLICY_DAMAGE: PolicyDamage = "policy.damage", PolicyFile, PolicyFile, "where the policy file is damaged";
    /// The object that a policy file belongs to.
    POLICY_OBJECT: PolicyObject = "policy.object", PolicyFile, PolicyFile,
        "the policy object's version and status (gpt.ini, Backup.xml, the directory)";
    /// What the machine is a member of.
    JOIN: Join = "system.join", Host, RunningMachine, "whether the machine is a member of a domain";
    /// Version of the running Windows, from its kernel.
    SYSTEM_VERSION: SystemVersion = "system.version", Host, RunningMachine, "version of the running Windows";
}

/// What the files beside a policy file, or the directory, say about the object that it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyObject {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its GUID, in braces.
    #[serde(default)]
    pub id: Option<String>,
    /// Version of the computer's half: the number of changes; `None` where no source has it.
    #[serde(default)]
    pub machine_version: Option<u16>,
    /// Whether the computer's half is disabled.
    #[serde(default)]
    pub machine_disabled: Option<bool>,
    /// Whether the object says that the registry extension has something to do for computers.
    #[serde(default)]
    pub registry_extension: Option<bool>,
}

/// What the machine is a member of. Neither is set where it is in no domain and no workgroup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// NetBIOS name of its domain.
    #[serde(default)]
    pub domain: Option<String>,
    /// Name of its workgroup.
    #[serde(default)]
    pub workgroup: Option<String>,
}

/// Version of the running Windows (`OSVERSIONINFOEX`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemVersion {
    /// Major version.
    pub major: u32,
    /// Minor version.
    pub minor: u32,
    /// Build number.
    pub build: u32,
    /// 1 client, 2 domain controller, 3 server.
    pub product_type: u8,
    /// `VER_SUITE_*` bits.
    pub suite: u16,
}

impl SystemVersion {
    /// Whether a server runs as an application server, which is what a session host is; `None` for clients,
    /// and where Terminal Services say nothing.
    ///
    /// Microsoft, `OSVERSIONINFOEX`: *if `VER_SUITE_TERMINAL` is set but `VER_SUITE_SINGLEUSERTS` is not set,
    /// the system is running in application server mode.*
    #[must_use]
    pub fn is_application_server(&self) -> Option<bool> {
        const CLIENT: u8 = 1;
        const TERMINAL: u16 = 0x10;
        const SINGLE_USER: u16 = 0x100;
        (self.product_type != CLIENT && self.suite & TERMINAL != 0).then_some(self.suite & SINGLE_USER == 0)
    }
}

/// What the host says of one license server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connectivity {
    /// The server's name as asked for.
    pub server: String,
    /// Result of `GetTStoLSConnectivityStatus`, 0 to 11.
    pub status: u32,
}

/// What a session host says of its licensing (`Win32_TerminalServiceSetting`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicensingSettings {
    /// `LicensingType` in force, as a number: 2 is Per Device.
    pub licensing_type: u32,
    /// `LicensingName`, in the language of Windows.
    #[serde(default)]
    pub name: Option<String>,
    /// `PolicySourceLicensingType`: whether a policy sets it.
    #[serde(default)]
    pub type_by_policy: Option<bool>,
    /// `PolicySourceConfiguredLicenseServers`: whether a policy sets the list of servers. Windows Server 2008
    /// does not say.
    #[serde(default)]
    pub servers_by_policy: Option<bool>,
}

/// A license server that a session host finds (`Win32_TSDiscoveredLicenseServer`). A field is `None` where
/// the host does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovered {
    /// `LicenseServer`
    pub server: String,
    /// `IsLSAvailable`: whether an RPC connection can be made.
    #[serde(default)]
    pub available: Option<bool>,
    /// `IsAdminOnLS`: whether the account that asked administers it.
    #[serde(default)]
    pub administered: Option<bool>,
    /// `IssuingCALs`: whether it may issue licenses to the host.
    #[serde(default)]
    pub issues: Option<bool>,
}

/// What a license server says of itself (`Win32_TSLicenseServer`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedServer {
    /// `ProductId`: the license server's id.
    #[serde(default)]
    pub product_id: Option<String>,
    /// `Version`
    #[serde(default)]
    pub version: Option<String>,
    /// `VersionNumber`
    #[serde(default)]
    pub version_number: Option<String>,
    /// `ServerRole`: who discovers it: 0 the workgroup, 1 the domain, 2 the forest.
    #[serde(default)]
    pub scope: Option<u32>,
}

/// Whether a name resolves to an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// The name as asked for.
    pub name: String,
    /// Whether it resolves.
    pub resolves: bool,
}

/// Whether a server can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reachability {
    /// The name as asked for.
    pub name: String,
    /// Whether the way to its licensing service is open.
    pub reachable: bool,
    /// The TCP port that decided: 135 for the RPC endpoint mapper.
    pub port: u16,
    /// What was met there, in words; `None` where all that is known is whether the port answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

/// One key pack of a license server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPack {
    /// `KeyPackId`
    pub id: u32,
    /// `KeyPackType`: 1 retail, 2 volume, 3 concurrent, 4 temporary, 5 open, 6 unsupported.
    pub kind: u32,
    /// `ProductType`: 0 device, 1 user, 3 built in.
    pub product_type: u32,
    /// `ProductVersionID`: 2 is 2008, 3 2008 R2, 4 2012, 5 2016, 6 2019, 7 2022, 8 2025.
    pub version_id: u32,
    /// `TotalLicenses`; 4294967295 where unlimited.
    pub total: u32,
    /// `IssuedLicenses`
    pub issued: u32,
    /// `ExpirationDate`, where there is one.
    #[serde(default)]
    pub expires: Option<FileTime>,
}

/// One license that a server issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedLicense {
    /// `LicenseStatus`: 1 temporary, 2 active, 3 upgrade, 4 revoked, 5 pending, 6 concurrent.
    pub status: u32,
    /// `IssueDate`
    pub issued: FileTime,
    /// `ExpirationDate`
    pub expires: FileTime,
}

impl IssuedLicense {
    /// True for a temporary license.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.status == 1
    }

    /// True for a license that was revoked.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.status == 4
    }
}

/// One kind of event in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRecord {
    /// Provider.
    pub provider: String,
    /// Event id, masked to its low 16 bits less 0xC000 where those were left in.
    pub id: u32,
    /// Time of the newest one.
    pub newest: FileTime,
    /// How many there are.
    pub count: u32,
}

/// A user who holds a per-user license, as the directory has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLicense {
    /// The account, as `DOMAIN\\name` or a distinguished name.
    pub user: String,
    /// `msTSManagingLS`: product id of the license server that issued it.
    #[serde(default)]
    pub managing_server: Option<String>,
    /// `msTSExpireDate`
    #[serde(default)]
    pub expires: Option<FileTime>,
}

/// One kind of failed licensing that the Remote Desktop client recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientFailure {
    /// The event: 1017 the client has no license, 1026 the client was disconnected.
    pub event: u32,
    /// The error of event 1017, or the disconnect reason of event 1026.
    pub code: u32,
    /// Time of the newest one.
    pub newest: FileTime,
    /// How many there are.
    pub count: u32,
}

/// A filter that forgets what was written to the system drive at the next start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteFilter {
    /// `UWF`.
    pub name: String,
    /// Whether it protects the system drive now.
    pub protects: bool,
    /// Whether `MSLicensing` survives: `PersistTSCAL`, or an exclusion of the key.
    pub keeps_licenses: bool,
}

impl Machine<'_> {
    /// The fact; *unknown* where the snapshot does not have it, or has it in another shape. Where a source
    /// asked for it and got no answer, the need has the reason.
    pub fn fact<T: DeserializeOwned>(&self, key: FactKey<T>) -> Result<T, Unknown> {
        let Some(fact) = self.snapshot.facts.get(key.name) else {
            return Err(match self.snapshot.unanswered.get(key.name) {
                Some(asked) => key.need().unanswered(asked),
                None => key.need(),
            }
            .into());
        };
        T::deserialize(&fact.value).map_err(|_| key.need().into())
    }

    /// A fact as evidence: its source, and the part that matters.
    #[must_use]
    pub fn fact_evidence<T>(&self, key: FactKey<T>, found: impl Into<String>) -> Evidence {
        let source = self.snapshot.facts.get(key.name).map_or(key.name, |fact| fact.source.as_str());
        Evidence::fact(source, found)
    }

    /// A fact that concerns session hosts and license servers: `None` where it is missing and the machine is
    /// neither.
    pub fn fact_if_relevant<T: DeserializeOwned>(&self, key: FactKey<T>) -> Result<Option<T>, Unknown> {
        let fact = self.fact(key);
        if fact.is_err() && !self.takes_part()? {
            return Ok(None);
        }
        fact.map(Some)
    }

    /// Whether the machine asks for licenses or hands them out.
    fn takes_part(&self) -> Result<bool, Unknown> {
        match (self.roles().holds(Role::SessionHost), self.roles().holds(Role::LicenseServer)) {
            (Ok(true), _) | (_, Ok(true)) => Ok(true),
            (Ok(false), Ok(false)) => Ok(false),
            (Err(one), Err(other)) => Err(one.and(other)),
            (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
        }
    }

    /// Events with one of these ids. An id that was stored with its severity bits left
    /// in (50280 for 1128) comes out without them; one that a provider unknown to the tables logged is
    /// another event, and left out.
    pub fn events(&self, ids: &[u32], what: &'static str) -> Result<Vec<EventRecord>, Unknown> {
        let all = self.fact(FactKey { what, ..EVENTS })?;
        let known = |mut event: EventRecord| {
            let (found, rows) = events::lookup(event.id)?;
            // Without these bits it would be another event.
            let bits = if events::OF_OTHERS.contains(&found.id) { 0xC000 } else { 0 };
            event.id = u32::from(found.id) | bits;
            let provided =
                |row: &&EventRow| row.providers.iter().any(|p| p.eq_ignore_ascii_case(&event.provider));
            rows.iter().any(provided).then_some(event)
        };
        Ok(all.into_iter().filter_map(known).filter(|event| ids.contains(&event.id)).collect())
    }

    /// [`Machine::events`] of the last 30 days: older ones may describe faults that are fixed. In event log
    /// files, these are the last 30 days of the log.
    pub fn recent_events(&self, ids: &[u32], what: &'static str) -> Result<Vec<EventRecord>, Unknown> {
        let events = self.events(ids, what)?;
        let last = self.last_day();
        Ok(events.into_iter().filter(|event| event.newest.days_until(last) <= RECENT_DAYS).collect())
    }
}

impl Machine<'_> {
    /// Failed licensing that the client recorded in the last 30 days.
    pub fn recent_client_failures(&self) -> Result<Vec<ClientFailure>, Unknown> {
        let mut failures = self.fact(CLIENT_FAILURES)?;
        let last = self.last_day();
        failures.retain(|failure| failure.newest.days_until(last) <= RECENT_DAYS);
        Ok(failures)
    }

    /// The end of the last days: the time of judgment, or the end of the log in event log files.
    fn last_day(&self) -> FileTime {
        self.fact(NEWEST_LOG_TIME).map_or(self.at(), |newest| newest.min(self.at()))
    }
}

/// Maximum age in days of an event that describes the current state.
const RECENT_DAYS: i64 = 30;

impl EventRecord {
    /// The event as evidence.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let times = if self.count == 1 { "once".to_owned() } else { format!("{} times", self.count) };
        Evidence::fact(
            &format!("event {} of {}", self.id, self.provider),
            format!("{times}, last at {}", self.newest),
        )
    }

    /// What the tables know of it.
    #[must_use]
    pub fn row(&self) -> Option<&'static EventRow> {
        let (_, rows) = events::lookup(self.id)?;
        rows.into_iter().find(|row| row.providers.iter().any(|p| p.eq_ignore_ascii_case(&self.provider)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;
    use std::{fs, iter};

    use super::{ALL, CONSTANTS, Producer};

    /// All Rust files of these folders of the workspace, joined.
    fn sources(folders: &[&str]) -> String {
        fn texts(path: &Path, found: &mut String) {
            if path.is_dir() {
                for entry in fs::read_dir(path).unwrap() {
                    texts(&entry.unwrap().path(), found);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push_str(&fs::read_to_string(path).unwrap());
            }
        }
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut found = String::new();
        for folder in folders {
            texts(&crates.join(folder), &mut found);
        }
        found
    }

    fn names(text: &str, constant: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        text.match_indices(constant).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + constant.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    }

    fn folders(producer: Producer) -> &'static [&'static str] {
        match producer {
            Producer::RunningMachine => &["core/licensing/src/ask/mod.rs"],
            Producer::Directory => &["platform/ad/src/facts.rs"],
            Producer::Probe => &["core/licensing/src/probe/facts.rs"],
            Producer::PolicyFile => &["platform/sources/src/policy.rs", "app/policy/src"],
            // The questions that event logs answer, and two facts about the files.
            Producer::EventLogs => &["core/licensing/src/ask/mod.rs", "platform/sources/src/event_log.rs"],
        }
    }

    #[test]
    fn every_fact_has_producers_that_write_it() {
        for (fact, constant) in iter::zip(ALL, CONSTANTS) {
            for &producer in fact.producers {
                let text = sources(folders(producer));
                let other = match *constant {
                    "LOG_COMPUTER" => "LOG_COMPUTER",
                    "NEWEST_LOG_TIME" => "LOG_NEWEST_TIME",
                    _ => constant,
                };
                assert!(names(&text, constant) || names(&text, other), "{constant}: not from {producer:?}");
            }
        }
    }

    #[test]
    fn every_fact_is_used_by_a_judgment() {
        let consumers = sources(&["core/licensing/src/rules", "core/licensing/src/answer.rs"]);
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model");
        let models: String = fs::read_dir(model)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            // The declarations, and the texts for showing.
            .filter(|path| !["facts.rs", "reported.rs"].iter().any(|file| path.ends_with(file)))
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        // Three that this file itself uses, and one from which the directory concludes.
        let here = ["EVENTS", "NEWEST_LOG_TIME", "CLIENT_FAILURES", "LICENSE_SERVER"];
        for constant in CONSTANTS {
            let used = [&consumers, &models].iter().any(|text| names(text, &format!("facts::{constant}")));
            assert!(used || here.contains(constant), "{constant}: nothing uses it");
        }
    }
}
