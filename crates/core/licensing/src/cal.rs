//! Client licenses, in the license stores of a snapshot or in separate files.

use serde::{Serialize, Serializer};
use snapshot::{FileTime, Snapshot};

use crate::model::client;
use crate::rules::Severity;
use rds_formats::DecodeError;
use rds_formats::client_license::{ClientLicense, HardwareBinding, LicenseFile, LicenseStatus, from_any};
use rds_formats::hardware_id::{self, HardwareId};
use rds_formats::x509::Phase;

/// The schema of [`CalReport`] in JSON.
pub const CAL_SCHEMA: &str = "rdscal.cal/1";

/// Everything found in one run.
#[derive(Debug, Serialize)]
pub struct CalReport {
    /// [`CAL_SCHEMA`].
    pub schema: &'static str,
    /// Validity is judged as of this time.
    pub judged_at: FileTime,
    /// Each license, or what stood in its place.
    pub licenses: Vec<FoundLicense>,
}

/// One license, or what stood in its place.
#[derive(Debug, Serialize)]
pub struct FoundLicense {
    /// The file, or the registry key.
    pub place: String,
    /// What the bytes are.
    #[serde(serialize_with = "either")]
    pub content: Result<LicenseFile, DecodeError>,
    /// The status of the license at the time of judgment.
    pub standing: Option<LicenseStatus>,
    /// The hardware id that is stored beside it.
    pub hardware_id: Option<HardwareId>,
    /// Whether it belongs to that hardware id.
    pub binding: Option<HardwareBinding>,
}

impl FoundLicense {
    /// The license itself, where the bytes are one.
    #[must_use]
    pub fn license(&self) -> Option<&ClientLicense> {
        match self.content.as_ref().ok()? {
            LicenseFile::ClientLicense(license)
            | LicenseFile::NewLicenseInfo { license: Ok(license), .. } => Some(license),
            _ => None,
        }
    }

    /// How bad it is: an error if the license has expired or a signature does not match, a warning if it
    /// is not valid yet, must be renewed, or seems to belong to another device. `None` for a good
    /// license, and for bytes that are not a license.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        let phase = self.standing.map(|standing| standing.phase);
        let bad_signature = self.license().is_some_and(|license| license.chain.has_bad_signature());
        if bad_signature || phase == Some(Phase::Expired) {
            return Some(Severity::Error);
        }
        let foreign = self.binding.as_ref().is_some_and(|binding| !binding.fits);
        (foreign || matches!(phase, Some(Phase::NotYetValid | Phase::Renewal))).then_some(Severity::Warning)
    }

    fn new(place: String, bytes: &[u8], hardware_id: Option<HardwareId>, at: FileTime) -> Self {
        let mut found = Self { place, content: from_any(bytes), standing: None, hardware_id, binding: None };
        let standing = found.license().map(|license| license.standing(at));
        let binding =
            found.license().zip(found.hardware_id.as_ref()).and_then(|(license, id)| license.binding_to(id));
        found.standing = standing;
        found.binding = binding;
        found
    }
}

/// The content of a file: a `.cal`, a bare license, or a structure of the protocol.
#[must_use]
pub fn from_file(place: &str, bytes: &[u8], at: FileTime) -> FoundLicense {
    FoundLicense::new(place.to_owned(), bytes, None, at)
}

/// The licenses in a snapshot's stores, 64-bit first: every subkey of `Store` that has one, whatever its
/// name.
#[must_use]
pub fn from_snapshot(snapshot: &Snapshot, at: FileTime) -> Vec<FoundLicense> {
    let mut found = Vec::new();
    for store in client::stores(snapshot) {
        let hardware = store.hardware_id().and_then(|value| hardware_id::decode(value.value.bytes()).ok());
        for (path, key) in &store.licenses {
            let Some(value) = key.value("ClientLicense") else { continue };
            found.push(FoundLicense::new(path.to_string(), value.bytes(), hardware.clone(), at));
        }
    }
    found
}

fn either<S: Serializer>(
    content: &Result<LicenseFile, DecodeError>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Failed {
        kind: &'static str,
        error: String,
    }
    match content {
        Ok(content) => content.serialize(serializer),
        Err(error) => Failed { kind: "undecodable", error: error.to_string() }.serialize(serializer),
    }
}
