//! Client licenses, in the license stores of a snapshot or in separate files.

use serde::{Serialize, Serializer};
use snapshot::{FileTime, Snapshot};

use crate::model::client;
use rds_formats::DecodeError;
use rds_formats::client_license::{ClientLicense, HardwareBinding, LicenseFile, Standing, from_any};
use rds_formats::hardware_id::{self, HardwareId};

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
    pub standing: Option<Standing>,
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
