//! The license server, as its registry keys show it.
//!
//! Little of it is documented: what is under `TermServLicensing\Parameters` is kept as found, with a note on
//! the values that are known, so that `show` can print it and rules can judge it. Whether the server is
//! activated, and with what licenses, is in its database and in LSA secrets, which are not in the registry
//! files read here.

use serde::Serialize;
use snapshot::{FileTime, Key, KeyPath, Value, ValueType};

use super::{Found, Machine};
use crate::evidence::{Evidence, Need, Unknown};
use crate::places;
use rds_formats::x509::{Certificate, HostCertificates};

/// Pages of the database's version store (KB3167312).
pub const MAX_VER_PAGES: &str = "MaxVerPages";
/// Opts out of the July 2024 hardening (CVE-2024-38099).
pub const DISABLE_ENFORCEMENT: &str = "DisableWorkgroupAuthEnforcement";
/// The group whose members may ask a license server in a workgroup (CVE-2024-38231).
pub const ACCOUNTS_GROUP: &str = "WorkgroupLicenseServerAccountsGroup";

/// The registry's part of a license server.
#[derive(Clone, Debug, Serialize)]
pub struct LicenseServer {
    /// The service's key.
    pub service: Evidence,
    /// How the service starts; `None` where the value is missing or no number.
    pub start: Option<ServiceStart>,
    /// Every value of `Parameters`, in its stored order.
    pub parameters: Vec<Parameter>,
    /// The policy for license servers.
    pub policy: ServerPolicy,
    /// Certificates in the two documented keys.
    pub certificates: Vec<StoredCertificate>,
    /// What could not be seen of all this.
    pub unseen: Vec<Need>,
}

/// `Start` of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStart {
    /// 2
    Automatic,
    /// 3
    Manual,
    /// 4
    Disabled,
    /// Another number: 0 and 1 are for drivers.
    Other(u32),
}

impl ServiceStart {
    /// The start with this number.
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        match number {
            2 => Self::Automatic,
            3 => Self::Manual,
            4 => Self::Disabled,
            other => Self::Other(other),
        }
    }
}

/// A value of `TermServLicensing\Parameters`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// As found.
    pub evidence: Evidence,
    /// What it is.
    pub meaning: Meaning,
}

impl Parameter {
    /// Its name, as found.
    #[must_use]
    pub fn name(&self) -> String {
        self.evidence.value.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

/// What a value of `TermServLicensing\Parameters` is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// `MaxVerPages`, this many; `None` where it is not a REG_DWORD.
    VersionPages(Option<u32>),
    /// `DisableWorkgroupAuthEnforcement`, this number; `None` where it is not a REG_DWORD.
    DisableEnforcement(Option<u32>),
    /// `WorkgroupLicenseServerAccountsGroup`, this name; `None` where it is not a REG_SZ.
    AccountsGroup(Option<String>),
    /// One of these names with spaces around it, which Windows does not look for.
    BlankInName(&'static str),
    /// Anything else. A path among these is not the database's folder: only WMI states that
    /// (`Win32_TSLicenseServer.DatabasePath`), and `ServiceDll` is a path as well.
    NotDocumented,
}

impl Meaning {
    fn of(value: &Value) -> Self {
        let name = value.name.as_str().unwrap_or_default();
        let same = |known: &&&str| name.trim().eq_ignore_ascii_case(known);
        let known = [MAX_VER_PAGES, DISABLE_ENFORCEMENT, ACCOUNTS_GROUP];
        let number = || value.as_u32().filter(|_| value.kind == ValueType::DWORD);
        let text = || value.as_text().map(|text| text.content);
        match known.iter().find(same).copied() {
            Some(known) if name.trim() != name => Self::BlankInName(known),
            Some(MAX_VER_PAGES) => Self::VersionPages(number()),
            Some(DISABLE_ENFORCEMENT) => Self::DisableEnforcement(number()),
            Some(_) => Self::AccountsGroup(text()),
            None => Self::NotDocumented,
        }
    }
}

/// True for a path on another machine: `\\server\share`.
#[must_use]
pub fn is_network_path(path: &str) -> bool {
    path.starts_with(r"\\") && !path.starts_with(r"\\?\") && !path.starts_with(r"\\.\")
}

/// The policy for license servers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ServerPolicy {
    /// `fSecureLicensing`: only members of a local group may ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secure_licensing: Option<Evidence>,
    /// `fPreventLicenseUpgrade`: no newer license for an older host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prevent_upgrade: Option<Evidence>,
}

/// A value that holds a certificate, or may hold one.
#[derive(Clone, Debug, Serialize)]
pub struct StoredCertificate {
    /// As found.
    pub evidence: Evidence,
    /// The certificates in it; empty where none can be recognized.
    pub certificates: Vec<Certificate>,
}

impl StoredCertificate {
    /// When the first of its certificates ends.
    #[must_use]
    pub fn ends(&self) -> Option<FileTime> {
        self.certificates.iter().map(|certificate| FileTime(certificate.validity.not_after.0)).min()
    }
}

impl Machine<'_> {
    /// The license server; `None` where the service is not installed.
    pub fn license_server(&self) -> Result<Option<LicenseServer>, Unknown> {
        let path = places::licensing_service();
        let Some(service) = self.key(&path)? else { return Ok(None) };
        let mut unseen = Vec::new();
        let mut note = |unknown: Unknown| unseen.extend(unknown.needs);
        let parameters = self.licensing_parameters().unwrap_or_else(|unknown| {
            note(unknown);
            Vec::new()
        });
        let certificates = self.license_server_certificates().unwrap_or_else(|unknown| {
            note(unknown);
            Vec::new()
        });
        let mut policy = |name| match self.value(&places::policy(), name) {
            Ok(found) => found.map(|found| found.evidence()),
            Err(unknown) => {
                note(unknown);
                None
            }
        };
        let policy = ServerPolicy {
            secure_licensing: policy("fSecureLicensing"),
            prevent_upgrade: policy("fPreventLicenseUpgrade"),
        };
        unseen.sort();
        unseen.dedup();
        Ok(Some(LicenseServer {
            service: Evidence::key(&path, service, "service"),
            start: service.value("Start").and_then(Value::as_u32).map(ServiceStart::from_number),
            parameters,
            policy,
            certificates,
            unseen,
        }))
    }

    /// The values of `TermServLicensing\Parameters`; none where the key does not exist.
    pub fn licensing_parameters(&self) -> Result<Vec<Parameter>, Unknown> {
        let path = places::licensing_service_parameters();
        let Some(key) = self.key(&path)? else { return Ok(Vec::new()) };
        if let Some(because) = &key.damage {
            return Err(Need::Readable { key: path.to_string(), because: because.clone() }.into());
        }
        Ok(key
            .values
            .iter()
            .map(|value| Parameter {
                evidence: Evidence::value(&path, key, value),
                meaning: Meaning::of(value),
            })
            .collect())
    }

    /// The binary values below the two keys that hold a license server's certificates, with what can be read
    /// of them.
    pub fn license_server_certificates(&self) -> Result<Vec<StoredCertificate>, Unknown> {
        let mut found = Vec::new();
        if let Some(key) = self.key(&places::term_serv_licensing().join("Certificates"))? {
            collect(&places::term_serv_licensing().join("Certificates"), key, &mut found);
        }
        let parameters = places::licensing_service_parameters();
        if let Some(key) = self.key(&parameters)? {
            let named = |name: &str| name.to_ascii_lowercase().starts_with("certificates");
            for sub in key.subkeys.iter().filter(|sub| sub.name.as_str().is_some_and(named)) {
                collect(&parameters.child(&sub.name), sub, &mut found);
            }
            for value in key.values.iter().filter(|value| value.name.as_str().is_some_and(named)) {
                found.push(stored(&Found { path: parameters.clone(), key, value }));
            }
        }
        Ok(found)
    }
}

/// Every binary value of the key and below it, at most four levels deep.
fn collect(path: &KeyPath, key: &Key, found: &mut Vec<StoredCertificate>) {
    fn below(path: &KeyPath, key: &Key, depth: usize, found: &mut Vec<StoredCertificate>) {
        let binary = key.values.iter().filter(|value| value.kind == ValueType::BINARY);
        found.extend(binary.map(|value| stored(&Found { path: path.clone(), key, value })));
        if depth > 0 {
            for sub in &key.subkeys {
                below(&path.child(&sub.name), sub, depth - 1, found);
            }
        }
    }
    below(path, key, 4, found);
}

fn stored(found: &Found<'_>) -> StoredCertificate {
    StoredCertificate { evidence: found.evidence(), certificates: certificates(found.value.bytes()) }
}

/// The certificates in a value whose form is not documented: plain DER, PKCS #7, a chain as on the wire, or a
/// serialized certificate as Windows keeps it in its registry stores.
fn certificates(bytes: &[u8]) -> Vec<Certificate> {
    if let Ok(chain) = HostCertificates::decode(bytes) {
        return chain.certificates;
    }
    serialized(bytes).and_then(|der| Certificate::decode(der).ok()).into_iter().collect()
}

/// The DER in a serialized certificate: records of property id, reserved word, length (each 32 bits,
/// little-endian) and data; the record with the id 32 is the certificate ([MS-GPEF] 2.2.1.2.2,
/// `CertSerializeCertificateStoreElement`).
fn serialized(mut bytes: &[u8]) -> Option<&[u8]> {
    const CERTIFICATE: u32 = 32;
    loop {
        let (header, rest) = bytes.split_at_checked(12)?;
        let word = |at: usize| Some(u32::from_le_bytes(header.get(at..at + 4)?.try_into().ok()?));
        let (data, rest) = rest.split_at_checked(usize::try_from(word(8)?).ok()?)?;
        if word(0)? == CERTIFICATE {
            return Some(data);
        }
        bytes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_by_their_exact_names() {
        let meaning = |name: &str, text: &str| {
            Meaning::of(&Value::new(name, ValueType::SZ, snapshot::Text::encode(text)))
        };
        assert_eq!(meaning(" MaxVerPages", "x"), Meaning::BlankInName(MAX_VER_PAGES));
        assert_eq!(meaning("maxverpages", "1024"), Meaning::VersionPages(None));
        assert_eq!(meaning(ACCOUNTS_GROUP, "hosts"), Meaning::AccountsGroup(Some("hosts".into())));
        assert_eq!(meaning("ServiceDll", r"D:\LServer\"), Meaning::NotDocumented);
        let pages = Value::new("MaxVerPages", ValueType::DWORD, [0, 4, 0, 0]);
        assert_eq!(Meaning::of(&pages), Meaning::VersionPages(Some(1024)));
    }

    #[test]
    fn a_share_is_a_network_path_and_a_device_path_is_not() {
        assert!(is_network_path(r"\\nas\rds") && !is_network_path(r"\\?\C:\x"));
    }

    #[test]
    fn a_serialized_certificate_is_found_behind_its_properties() {
        let record = |id: u32, data: &[u8]| {
            let mut bytes = id.to_le_bytes().to_vec();
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            bytes.extend(data);
            bytes
        };
        let mut bytes = record(3, &[0; 20]);
        bytes.extend(record(32, b"der"));
        assert_eq!(serialized(&bytes), Some(&b"der"[..]));
        for length in 0..bytes.len() {
            assert_eq!(serialized(&bytes[..length]), None, "{length}");
        }
    }
}
