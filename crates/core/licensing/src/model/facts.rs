//! Facts that stand in no registry: what WMI, services, the event log, the network and the directory say.
//!
//! A source that can ask for them stores each under a fixed name (the constants here) with its source; a snapshot from
//! files has none, and every rule that needs one answers *unknown*.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Machine, Role};
use crate::evidence::{Evidence, Need, Unknown};
use crate::knowledge::events::{self, EventRow};
use snapshot::FileTime;

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $text;)*
        /// The name of every fact that a rule may ask for.
        pub const ALL: &[&str] = &[$($text),*];
    };
}

facts! {
    /// `Win32_TerminalServiceSetting.TerminalServerMode`: 1 application server, 0 remote administration.
    TERMINAL_SERVER_MODE = "wmi.terminal-server-mode";
    /// Licensing type in force, and where it and the list of servers come from: a [`LicensingSettings`].
    LICENSING_SETTINGS = "wmi.licensing-settings";
    /// `Win32_TerminalServiceSetting.GetSpecifiedLicenseServerList`: names.
    SPECIFIED_SERVERS = "wmi.specified-license-servers";
    /// `Win32_TerminalServiceSetting.FindLicenseServers`: a list of [`Discovered`].
    DISCOVERED_SERVERS = "wmi.discovered-license-servers";
    /// `Win32_TSLicenseServer` of the license server that the machine is: a [`ToldServer`].
    LICENSE_SERVER = "wmi.license-server";
    /// `Win32_TerminalServiceSetting.GetGracePeriodDays`: days left; 0 also once a license server was reached.
    GRACE_DAYS = "wmi.grace-days";
    /// End of the grace period as the record has it, which the machine deciphered (`CryptUnprotectData`): a time, as text.
    GRACE_RECORD_END = "grace.record-end";
    /// `Win32_TSDeploymentLicensing.UseCentralLicensingSettings`: true or false.
    CENTRAL_LICENSING = "wmi.central-licensing";
    /// Result of a refused `ChangeMode` or `SetSpecifiedLicenseServerList`, as a number.
    SETTER_RESULT = "wmi.setter-result";
    /// `GetTStoLSConnectivityStatus` for each server: a list of [`Connectivity`].
    CONNECTIVITY = "wmi.license-server-connectivity";
    /// `Win32_TSLicenseServer.GetActivationStatus`: 0 activated, 1 not, 2 unknown.
    ACTIVATION_STATUS = "wmi.activation-status";
    /// `Win32_TSLicenseKeyPack`: a list of [`KeyPack`], of the license server that the machine is, else of
    /// the one that it uses. The same holds for every fact about a license server.
    KEY_PACKS = "wmi.key-packs";
    /// `Win32_TSIssuedLicense`: a list of [`IssuedLicense`].
    ISSUED_LICENSES = "wmi.issued-licenses";
    /// Build of the license server's Windows, a number.
    LICENSE_SERVER_BUILD = "wmi.license-server-build";
    /// `IsLSinTSLSGroup`: true or false.
    IN_TSLS_GROUP = "wmi.in-tsls-group";
    /// `IsLSonDC`: true or false.
    ON_DOMAIN_CONTROLLER = "wmi.on-domain-controller";
    /// `IsLSRegisteredToSCP`: true or false.
    REGISTERED_TO_SCP = "wmi.registered-to-scp";
    /// `IsSecureAccessAllowed` for this host: true or false.
    SECURE_ACCESS_ALLOWED = "wmi.secure-access-allowed";
    /// Result of the last `Revoke`, a number: 0 where it was carried out.
    REVOKE_RESULT = "wmi.revoke-result";
    /// `Win32_TSLicenseServer.DatabasePath`.
    DATABASE_PATH = "wmi.database-path";
    /// Free bytes of the drive that holds the database, a number.
    DATABASE_FREE_BYTES = "file.database-free-bytes";
    /// Whether the service's account can read and write the folder of the database: true or false.
    DATABASE_ACCESS = "file.database-access";
    /// Time of the newest backup of the license server (VSS writer *TermServLicensing*), as text; null where there is none.
    LAST_BACKUP = "vss.last-backup";
    /// Number of members of the local group that may ask for licenses.
    GROUP_MEMBERS = "group.rds-endpoint-servers";
    /// Members of *Terminal Server License Servers* (S-1-5-32-561): names, or SIDs for those without an account of their
    /// own, such as S-1-5-20 (Network Service, whose name Windows translates).
    TSLS_MEMBERS = "ad.tsls-members";
    /// State of the service TermService: `running`, `stopped`.
    TERM_SERVICE_STATE = "service.term-service";
    /// State of the service TermServLicensing.
    LICENSING_SERVICE_STATE = "service.term-serv-licensing";
    /// Licensing events of the System log: a list of [`EventRecord`].
    EVENTS = "events.system";
    /// Name resolution: a list of [`Resolution`].
    RESOLUTION = "network.resolution";
    /// Reachability: a list of [`Reachability`].
    REACHABILITY = "network.reachability";
    /// Whether the clearing house answers on port 443: true or false.
    CLEARING_HOUSE = "network.clearing-house";
    /// Newest time that the machine's own logs name.
    NEWEST_LOG_TIME = "log.newest-time";
    /// Extended disconnect reasons that a client recorded, as numbers.
    DISCONNECT_REASONS = "client.disconnect-reasons";
    /// License files of other clients: a list of paths.
    OTHER_CLIENT_STORES = "client.other-stores";
    /// Users with per-user licenses: a list of [`UserLicense`].
    USERS = "ad.users";
    /// Product ids of the forest's license servers, as texts.
    FOREST_LICENSE_SERVERS = "ad.license-server-ids";
    /// User objects without the access control entry for license servers, as names.
    USERS_WITHOUT_ACE = "ad.users-without-ace";
    /// Entries of `TS-Enterprise-License-Server` that point to nothing, as names.
    STALE_SITE_SERVERS = "ad.stale-site-servers";
    /// Trust with the license server's forest: `same-forest`, `two-way`, `one-way`, `none`.
    TRUST = "ad.trust";
    /// The session host that a client shall connect to: a [`TargetHost`].
    TARGET_HOST = "client.target-host";

    /// Builds of the session hosts that ask this license server, as numbers.
    HOST_BUILDS = "wmi.host-builds";
    /// Whether the session host's NETWORK SERVICE account holds credentials for its license server (`cmdkey`): true or false.
    STORED_CREDENTIALS = "host.stored-credentials";
    /// Whether users were told that their session will be disconnected in 60 minutes: true or false.
    SIXTY_MINUTES = "host.sixty-minutes";
    /// IP addresses of the machine, as texts.
    ADDRESSES = "network.addresses";
    /// The write filter of a thin client: a [`WriteFilter`], or null where there is none.
    WRITE_FILTER = "client.write-filter";
    /// The instructions of a policy file for keys of licensing: a list of [`snapshot::policy::PolicyInstruction`].
    POLICY_INSTRUCTIONS = "policy.instructions";
    /// Where a policy file is damaged: a [`snapshot::policy::PolicyDamage`].
    POLICY_DAMAGE = "policy.damage";
    /// The object that a policy file belongs to: a [`PolicyObject`].
    POLICY_OBJECT = "policy.object";
    /// What the machine is a member of, as the running Windows says: a [`Join`].
    JOIN = "system.join";
    /// Version of the running Windows, as its kernel says: a [`SystemVersion`].
    SYSTEM_VERSION = "system.version";
}

/// What the files beside a policy file, or the directory, tell of the object that it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyObject {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its GUID, in braces.
    #[serde(default)]
    pub id: Option<String>,
    /// Version of the computer's half: how often it was changed; `None` where nobody says.
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
    /// Whether a server runs as an application server, which is what a session host is; `None` for clients, and where Terminal
    /// Services say nothing.
    ///
    /// Microsoft, `OSVERSIONINFOEX`: *if `VER_SUITE_TERMINAL` is set but `VER_SUITE_SINGLEUSERTS` is not set, the system is running in
    /// application server mode.*
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
    /// `PolicySourceConfiguredLicenseServers`: whether a policy sets the list of servers. Windows Server 2008 does not say.
    #[serde(default)]
    pub servers_by_policy: Option<bool>,
}

/// A license server that a session host finds (`Win32_TSDiscoveredLicenseServer`). Nothing stands where the host does not know.
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
pub struct ToldServer {
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

/// The session host that a client shall connect to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetHost {
    /// Its name.
    pub name: String,
    /// Its build of Windows, such as 20348.
    pub build: u32,
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

/// A filter that forgets what was written to the system drive at the next start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteFilter {
    /// `UWF`, `FBWF` or `EWF`.
    pub name: String,
    /// Whether it protects the system drive now.
    pub protects: bool,
    /// Whether `MSLicensing` survives: `PersistTSCAL`, or an exclusion of the key.
    pub keeps_licenses: bool,
}

impl Machine<'_> {
    /// A fact of this name, decoded; unknown, with this need, where the snapshot has none or it has another shape. Where it was
    /// asked for and not told, the need says why.
    pub fn fact<T: DeserializeOwned>(&self, name: &str, need: Need) -> Result<T, Unknown> {
        let Some(fact) = self.snapshot.facts.get(name) else {
            return Err(match self.snapshot.unanswered.get(name) {
                Some(asked) => need.not_told(asked),
                None => need,
            }
            .into());
        };
        serde_json::from_value(fact.value.clone()).map_err(|_| need.into())
    }

    /// A fact as evidence: its source, and what of it matters.
    #[must_use]
    pub fn fact_evidence(&self, name: &str, found: impl Into<String>) -> Evidence {
        let source = self.snapshot.facts.get(name).map_or(name, |fact| fact.source.as_str());
        Evidence::fact(source, found)
    }

    /// A fact about licensing at large, which any source may have asked for: `None` where there is none and the machine is
    /// neither session host nor license server, so that nobody would ask.
    pub fn told<T: DeserializeOwned>(&self, name: &str, need: Need) -> Result<Option<T>, Unknown> {
        let told = self.fact(name, need);
        if told.is_err() && !self.takes_part()? {
            return Ok(None);
        }
        told.map(Some)
    }

    /// True where the machine asks for licenses or hands them out.
    fn takes_part(&self) -> Result<bool, Unknown> {
        match (self.roles().holds(Role::SessionHost), self.roles().holds(Role::LicenseServer)) {
            (Ok(true), _) | (_, Ok(true)) => Ok(true),
            (Ok(false), Ok(false)) => Ok(false),
            (Err(one), Err(other)) => Err(one.and(other)),
            (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
        }
    }

    /// Events with one of these ids, from the System log. An id that was stored with its severity bits left in (50280 for
    /// 1128) comes out without them; one that a provider unknown to the tables logged is another event, and left out.
    pub fn events(&self, ids: &[u32], what: &'static str) -> Result<Vec<EventRecord>, Unknown> {
        let all: Vec<EventRecord> = self.fact(EVENTS, Need::Events(what))?;
        let known = |mut event: EventRecord| {
            let (found, rows) = events::lookup(event.id)?;
            event.id = u32::from(found.id);
            let provided =
                |row: &&EventRow| row.providers.iter().any(|p| p.eq_ignore_ascii_case(&event.provider));
            rows.iter().any(provided).then_some(event)
        };
        Ok(all.into_iter().filter_map(known).filter(|event| ids.contains(&event.id)).collect())
    }

    /// [`Machine::events`] of the last 30 days: older ones tell of what was, and may be mended since.
    pub fn recent_events(&self, ids: &[u32], what: &'static str) -> Result<Vec<EventRecord>, Unknown> {
        let events = self.events(ids, what)?;
        Ok(events.into_iter().filter(|event| event.newest.days_until(self.at()) <= RECENT_DAYS).collect())
    }
}

/// Age in days at which an event says nothing of today any more.
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
