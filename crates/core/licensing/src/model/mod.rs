//! The machine: a snapshot, decoded.

pub mod certificates;
pub mod client;
mod enforcement;
pub mod facts;
mod fleet_key;
mod generation;
pub mod grace;
pub mod key_packs;
pub mod license_server;
mod membership;
mod mode;
pub(crate) mod own;
pub mod policy_file;
mod policy_objects;
mod product;
mod profile;
mod reach;
mod reported;
mod reset_signs;
mod roles;
pub mod security;
mod seen;
mod server_entry;
mod servers;
pub mod sets;
mod setting;
mod stored;
pub mod strays;
mod tasks;

use std::cell::OnceCell;

use rds_formats::Signatures;
use snapshot::coverage::Deletion;
use snapshot::{FileTime, Key, KeyPath, Lookup, Snapshot, Value};

use crate::evidence::{Evidence, Need, Unknown};
use crate::places;

pub use certificates::HostCertificates;
pub use client::{ClientStore, ClientStores, StoredLicense};
pub use enforcement::Enforcement;
pub use facts::{
    ClientFailure, Connectivity, EventRecord, IssuedLicense, KeyPack, PolicyObject, Reachability, Resolution,
    UserLicense, WriteFilter,
};
pub use fleet_key::{FleetKey, LicenseServerFleetKey, PolicyFleetKey};
pub use grace::{Grace, GraceBasis, GraceEnd, GraceFigure, GraceKey, GraceRecord};
pub use license_server::LicenseServer;
pub use membership::Membership;
pub use mode::LicensingMode;
pub use product::{Era, Kind, Product};
pub use profile::{Profile, UnknownProfile};
pub use reach::Reach;
pub use reported::{ReportedFact, UnansweredQuery, reported, unanswered};
pub use reset_signs::{ResetSign, ResetSignKind, ResetSigns};
pub use roles::{Role, Roles};
pub use security::KeySecurity;
pub use seen::Seen;
pub use server_entry::{EntryFlaw, EntryForm, ServerEntry, ServerNames, listed, same_servers};
pub use setting::{Candidate, CandidateStatus, Effective, Layer, Setting, Stray};
pub use stored::{Content, Stored};
pub use tasks::Task;

/// One machine, as one snapshot shows it.
///
/// Facts that most rules need are decoded when the machine is made, others when first asked for, and each
/// only once. A rule asks for the rest with [`Machine::key`] and [`Machine::value`], which answer
/// [`Unknown`] where the snapshot does not have it.
#[derive(Debug)]
pub struct Machine<'s> {
    snapshot: &'s Snapshot,
    at: FileTime,
    profile: Profile,
    product: Product,
    roles: Roles,
    licensing_mode: Setting<LicensingMode>,
    license_servers: Setting<Vec<ServerEntry>>,
    signatures: Signatures,
    derived: Derived,
}

/// What is derived from the snapshot at most once, when first asked for.
#[derive(Debug, Default)]
struct Derived {
    name: OnceCell<Option<String>>,
    certificates: OnceCell<Result<Option<HostCertificates>, Unknown>>,
    client_stores: OnceCell<ClientStores>,
    grace_key: OnceCell<Result<Option<GraceKey>, Unknown>>,
    grace_end: OnceCell<Result<GraceEnd, Unknown>>,
    lacks_license_server: OnceCell<Result<Option<Vec<Evidence>>, Unknown>>,
    reset_signs: OnceCell<ResetSigns>,
}

/// A value that was found, with its key and path.
#[derive(Clone, Debug)]
pub struct Found<'s> {
    /// The key's path.
    pub path: KeyPath,
    /// The key.
    pub key: &'s Key,
    /// The value.
    pub value: &'s Value,
}

impl Found<'_> {
    /// The value as evidence.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        Evidence::value(&self.path, self.key, self.value)
    }
}

impl<'s> Machine<'s> {
    /// Decodes a snapshot, to be judged as of `at`.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot, at: FileTime, profile: Profile) -> Self {
        Self::with_signatures(snapshot, at, profile, Signatures::default())
    }

    /// [`Machine::new`] with the signatures that were computed for other machines.
    #[must_use]
    pub fn with_signatures(
        snapshot: &'s Snapshot,
        at: FileTime,
        profile: Profile,
        signatures: Signatures,
    ) -> Self {
        let product = Product::read(snapshot);
        let roles = Roles::read(snapshot, &product, profile);
        let licensing_mode = mode::read(snapshot, &product);
        let license_servers = servers::read(snapshot, &product);
        let derived = Derived::default();
        Self { snapshot, at, profile, product, roles, licensing_mode, license_servers, signatures, derived }
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// The time that the machine is judged as of.
    #[must_use]
    pub fn at(&self) -> FileTime {
        self.at
    }

    /// What the user says the machine is.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Product, version, build.
    #[must_use]
    pub fn product(&self) -> &Product {
        &self.product
    }

    /// What the machine is for.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// The licensing mode: every place that names one, and which wins.
    #[must_use]
    pub fn licensing_mode(&self) -> &Setting<LicensingMode> {
        &self.licensing_mode
    }

    /// The license servers: every place that lists some, and which wins.
    #[must_use]
    pub fn license_servers(&self) -> &Setting<Vec<ServerEntry>> {
        &self.license_servers
    }

    /// The computer's name, where the snapshot has one.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.derived.name.get_or_init(|| computer_name(self.snapshot)).clone()
    }

    /// What an import of the source deletes, where `matters` holds.
    #[must_use]
    pub fn deletions(&self, matters: impl Fn(&Deletion) -> bool) -> Vec<Evidence> {
        let deletions = self.snapshot.coverage.deletions.iter();
        deletions.filter(|deletion| matters(deletion)).map(Evidence::deletion).collect()
    }

    /// The lines of the source that could not be read and may delete or set anything; `None` if there are
    /// none.
    #[must_use]
    pub fn lost_lines(&self) -> Option<Unknown> {
        let needs: Vec<_> = self.snapshot.coverage.lost_lines.iter().map(Need::lost_line).collect();
        (!needs.is_empty()).then_some(Unknown { needs })
    }

    /// The DNS domain or, failing that, nothing: an empty text means a workgroup.
    pub fn dns_domain(&self) -> Result<String, Unknown> {
        let domain = self.value(&places::tcpip_parameters(), "Domain")?;
        Ok(domain.and_then(|found| found.value.as_text()).map(|text| text.content).unwrap_or_default())
    }

    /// The key; `None` where there is none.
    pub fn key(&self, path: &KeyPath) -> Result<Option<&'s Key>, Unknown> {
        key(self.snapshot, path)
    }

    /// The value; `None` where it, or its key, does not exist.
    pub fn value(&self, path: &KeyPath, name: &str) -> Result<Option<Found<'s>>, Unknown> {
        value(self.snapshot, path, name)
    }
}

/// [`Machine::key`] for a snapshot.
fn key<'s>(snapshot: &'s Snapshot, path: &KeyPath) -> Result<Option<&'s Key>, Unknown> {
    match snapshot.lookup(path) {
        Lookup::Found(key) => Ok(Some(key)),
        Lookup::Absent => Ok(None),
        Lookup::Unread(because) => {
            Err(Need::Readable { key: path.to_string(), because: because.to_owned() }.into())
        }
        Lookup::NotCaptured => Err(Need::Key(path.to_string()).into()),
    }
}

/// [`Machine::value`] for a snapshot.
fn value<'s>(snapshot: &'s Snapshot, path: &KeyPath, name: &str) -> Result<Option<Found<'s>>, Unknown> {
    let Some(key) = key(snapshot, path)? else { return Ok(None) };
    match (key.value(name), &key.damage) {
        (Some(value), _) => Ok(Some(Found { path: path.clone(), key, value })),
        (None, None) => Ok(None),
        (None, Some(damage)) => Err(Need::Readable { key: path.to_string(), because: damage.clone() }.into()),
    }
}

/// The computer's name, where the snapshot has one.
#[must_use]
pub fn computer_name(snapshot: &Snapshot) -> Option<String> {
    [
        (places::active_computer_name(), "ComputerName"),
        (places::computer_name(), "ComputerName"),
        (places::tcpip_parameters(), "Hostname"),
    ]
    .iter()
    .filter_map(|(path, name)| value(snapshot, path, name).ok().flatten())
    .filter_map(|found| found.value.as_text())
    .map(|text| text.content)
    .find(|name| !name.is_empty())
    .or_else(|| {
        let name = snapshot.facts.get(facts::LOG_COMPUTER.name)?.value.as_str()?;
        name.split('.').next().filter(|name| !name.is_empty()).map(str::to_owned)
    })
}
