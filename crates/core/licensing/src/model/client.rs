//! The license stores of a client.

use serde::Serialize;
use snapshot::{FileTime, Key, KeyPath, Snapshot, State};

use super::{Found, Machine, Stored};
use crate::evidence::{Evidence, Need, Unknown};
use crate::knowledge::products::CalVersion;
use crate::places;
use rds_formats::Signatures;
use rds_formats::client_license::{ClientLicense, LicenseStatus};
use rds_formats::hardware_id::{self, HardwareId};
use rds_formats::strings::guess;

/// Which programs use a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// `SOFTWARE\Microsoft\MSLicensing`: programs of the machine's own width.
    Native,
    /// `SOFTWARE\WOW6432Node\Microsoft\MSLicensing`: 32-bit programs on 64-bit Windows.
    Wow64,
}

impl View {
    /// The view in words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Native => "store of native programs",
            Self::Wow64 => "store of 32-bit programs on 64-bit Windows",
        }
    }
}

/// Both stores of a client.
#[derive(Clone, Debug, Serialize)]
pub struct ClientStores {
    /// The stores that exist.
    pub stores: Vec<ClientStore>,
    /// Stores that could not be seen.
    pub unseen: Vec<Need>,
}

/// One store.
#[derive(Clone, Debug, Serialize)]
pub struct ClientStore {
    /// Whose it is.
    pub view: View,
    /// The key `MSLicensing`.
    #[serde(skip)]
    pub path: KeyPath,
    /// The key as evidence.
    pub key: Evidence,
    /// `HardwareID\ClientHWID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hardware_id: Option<Stored<HardwareId>>,
    /// The subkeys of `Store`, by name.
    pub licenses: Vec<StoredLicense>,
}

/// One `LICENSE00n`.
#[derive(Clone, Debug, Serialize)]
pub struct StoredLicense {
    /// The subkey's name.
    pub name: String,
    /// The subkey.
    #[serde(skip)]
    pub path: KeyPath,
    /// The subkey as evidence.
    pub key: Evidence,
    /// `CompanyName`, `LicenseScope`, `ProductID`: what the client looks a license up by. `None` where
    /// missing.
    pub index: Index,
    /// `ClientLicense`; `None` where missing or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<Stored<ClientLicense>>,
}

/// What the client looks a license up by, beside the version ([MS-RDPELE] 3.3.1.8).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Index {
    /// `CompanyName`: “Microsoft Corporation”.
    pub company: Option<String>,
    /// `LicenseScope`: “microsoft.com”.
    pub scope: Option<String>,
    /// `ProductID`: “A02”.
    pub product: Option<String>,
}

impl StoredLicense {
    /// The license, where it decodes.
    #[must_use]
    pub fn decoded(&self) -> Option<&ClientLicense> {
        self.license.as_ref()?.decoded()
    }

    /// The license value as evidence; the subkey where it is missing.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        self.license.as_ref().map_or_else(|| self.key.clone(), |license| license.evidence.clone())
    }

    /// The version of session host that it licenses.
    #[must_use]
    pub fn version(&self) -> Option<CalVersion> {
        self.decoded()?.version().map(|version| CalVersion::from_number(version.major, version.minor))
    }

    /// Its status at this time.
    #[must_use]
    pub fn standing(&self, at: FileTime) -> Option<LicenseStatus> {
        Some(self.decoded()?.standing(at))
    }

    /// The moment at which it ends.
    #[must_use]
    pub fn ends(&self) -> Option<FileTime> {
        self.decoded().map(|license| FileTime(license.validity.not_after.0))
    }

    /// The license in a phrase: “LICENSE000 (A02-6.00-S of RODENT)”.
    #[must_use]
    pub fn label(&self) -> String {
        let Some(license) = self.decoded() else { return self.name.clone() };
        let product = license.product().map(|product| product.adjusted.text.clone());
        let server = license.issuer.license_server.as_deref();
        match (product, server) {
            (Some(product), Some(server)) => format!("{} ({product} of {server})", self.name),
            (Some(one), None) => format!("{} ({one})", self.name),
            (None, Some(server)) => format!("{} (of {server})", self.name),
            (None, None) => self.name.clone(),
        }
    }
}

impl ClientStores {
    /// Every license with its store.
    pub fn licenses(&self) -> impl Iterator<Item = (&ClientStore, &StoredLicense)> {
        self.stores.iter().flat_map(|store| store.licenses.iter().map(move |license| (store, license)))
    }

    /// What a check of all stores found: unknown where it found nothing and a store could not be seen.
    pub fn conclude<T>(&self, found: Vec<T>) -> Result<Vec<T>, Unknown> {
        if found.is_empty() && !self.unseen.is_empty() {
            return Err(Unknown { needs: self.unseen.clone() });
        }
        Ok(found)
    }

    /// What a check of each license found, concluded as by [`ClientStores::conclude`].
    pub fn judge<T>(
        &self,
        find: impl Fn(&ClientStore, &StoredLicense) -> Option<T>,
    ) -> Result<Vec<T>, Unknown> {
        self.conclude(self.licenses().filter_map(|(store, license)| find(store, license)).collect())
    }
}

impl Machine<'_> {
    /// The license stores of a client: those that exist, and which could not be seen.
    #[must_use]
    pub fn client_stores(&self) -> &ClientStores {
        self.derived.client_stores.get_or_init(|| {
            let mut found = ClientStores { stores: Vec::new(), unseen: Vec::new() };
            for walked in stores(self.snapshot) {
                found.stores.extend(walked.read(&self.signatures));
                found.unseen.extend(walked.unseen);
            }
            found.unseen.sort();
            found.unseen.dedup();
            found
        })
    }
}

/// What a snapshot has of one store, nothing decoded.
pub(crate) struct Walked<'s> {
    view: View,
    path: KeyPath,
    /// The key `MSLicensing`.
    key: Option<&'s Key>,
    hardware: Option<(KeyPath, &'s Key)>,
    /// Every subkey of `Store`, whatever its name.
    pub(crate) licenses: Vec<(KeyPath, &'s Key)>,
    unseen: Vec<Need>,
}

/// The stores that a snapshot may have, that of the machine's own width first.
pub(crate) fn stores(snapshot: &Snapshot) -> impl Iterator<Item = Walked<'_>> {
    let both = [(View::Native, places::client_store()), (View::Wow64, places::client_store_32())];
    both.into_iter().filter_map(|(view, path)| walk(snapshot, view, path))
}

/// One store; `None` where it is known not to exist.
fn walk(snapshot: &Snapshot, view: View, path: KeyPath) -> Option<Walked<'_>> {
    let whole = super::key(snapshot, &path);
    if let Ok(None) = whole {
        return None;
    }
    let mut unseen = Vec::new();
    let hardware = seen(snapshot, &path.join("HardwareID"), &mut unseen);
    let licenses = licenses_below(snapshot, &path.join("Store"), &mut unseen);
    // A store whose top was not captured may have captured parts: an export of `Store` alone has all
    // licenses.
    Some(Walked { view, path, key: whole.unwrap_or_default(), hardware, licenses, unseen })
}

/// A key of a store; what hides it is noted.
fn seen<'s>(snapshot: &'s Snapshot, path: &KeyPath, unseen: &mut Vec<Need>) -> Option<(KeyPath, &'s Key)> {
    let key = super::key(snapshot, path).unwrap_or_else(|unknown| {
        unseen.extend(unknown.needs);
        None
    })?;
    if let Some(because) = &key.damage {
        unseen.push(Need::Readable { key: path.to_string(), because: because.clone() });
    }
    Some((path.clone(), key))
}

/// The subkeys of `Store`, also where only some of them were captured.
fn licenses_below<'s>(
    snapshot: &'s Snapshot,
    store: &KeyPath,
    unseen: &mut Vec<Need>,
) -> Vec<(KeyPath, &'s Key)> {
    if let Some((_, key)) = seen(snapshot, store, unseen) {
        return key.subkeys.iter().map(|license| (store.child(&license.name), license)).collect();
    }
    let captures = snapshot.captures.iter();
    let alone = captures.filter(|capture| capture.path.parent().is_some_and(|parent| parent == *store));
    alone
        .filter_map(|capture| match &capture.state {
            State::Key(key) => Some((capture.path.clone(), key.as_ref())),
            State::Absent(_) => None,
        })
        .collect()
}

impl<'s> Walked<'s> {
    /// `HardwareID\ClientHWID`.
    pub(crate) fn hardware_id(&self) -> Option<Found<'s>> {
        let (path, key) = self.hardware.as_ref()?;
        Some(Found { path: path.clone(), key, value: key.value("ClientHWID")? })
    }

    /// The store, decoded; `None` where nothing of it was found.
    fn read(&self, signatures: &Signatures) -> Option<ClientStore> {
        if self.key.is_none() && self.hardware.is_none() && self.licenses.is_empty() {
            return None;
        }
        let top = Key::default();
        let named = self.licenses.iter().filter(|(_, key)| is_license(key));
        Some(ClientStore {
            view: self.view,
            path: self.path.clone(),
            key: Evidence::key(&self.path, self.key.unwrap_or(&top), self.view.label()),
            hardware_id: self.hardware_id().map(|found| Stored::new(&found, hardware_id::decode)),
            licenses: named.map(|(path, key)| license(path, key, signatures)).collect(),
        })
    }
}

/// `LICENSE` with a number, as the client names its subkeys.
fn is_license(key: &Key) -> bool {
    let name = key.name.as_str().unwrap_or_default().to_ascii_uppercase();
    name.strip_prefix("LICENSE")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn license(path: &KeyPath, key: &Key, signatures: &Signatures) -> StoredLicense {
    let text = |name: &str| key.value(name).map(|value| guess(value.bytes()).content);
    let decode = |bytes: &[u8]| ClientLicense::decode_with(bytes, signatures);
    let blob = |value| Stored::new(&Found { path: path.clone(), key, value }, decode);
    StoredLicense {
        name: key.name.to_string(),
        path: path.clone(),
        key: Evidence::key(path, key, "license subkey"),
        index: Index {
            company: text("CompanyName"),
            scope: text("LicenseScope"),
            product: text("ProductID"),
        },
        license: key.value("ClientLicense").filter(|value| !value.bytes().is_empty()).map(blob),
    }
}
