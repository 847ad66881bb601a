//! Other readers of hives and regf, each behind the same interface.

pub mod canonical;
pub mod readers;

use std::any::Any;
use std::path::Path;

use anyhow::Result;

/// The result of a walk. Readers that read the same data have equal results.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Number of keys.
    pub keys: u64,
    /// Number of values.
    pub values: u64,
    /// Bytes of data.
    pub bytes: u64,
    /// Sum of the first and the last byte of each value's data, so that the data is actually accessed.
    pub sum: u64,
}

impl Totals {
    /// Counts a value with this data.
    pub fn value(&mut self, data: &[u8]) {
        self.values += 1;
        self.bytes += data.len() as u64;
        self.sum +=
            data.first().map_or(0, |&byte| u64::from(byte)) + data.last().map_or(0, |&byte| u64::from(byte));
    }
}

/// Opens the file and looks up each value, given as key and value name; a missing value counts as nothing.
pub type LookUp = fn(&Path, &[(&str, &str)]) -> Result<Totals>;

/// Opens a hive in memory and visits every key and value with its data. Returns its allocations, so that
/// their release is not timed.
pub type Walk = fn(Vec<u8>) -> Result<(Totals, Box<dyn Any>)>;

/// A reader of hives.
pub struct Reader {
    /// The name of the reader.
    pub name: &'static str,
    /// Looks up single values.
    pub look_up: LookUp,
    /// Walks the whole hive.
    pub walk: Walk,
}

/// All readers, regf first.
pub const READERS: &[Reader] =
    &[readers::ours::READER, readers::nt_hive::READER, readers::winreg::READER, readers::notatin::READER];

/// Ten values that the doctor looks up in a SYSTEM hive, in the control set that the hive names as current.
pub const LICENSING_VALUES: [(&str, &str); 10] = [
    (r"Select", "Current"),
    (r"ControlSet001\Control\Terminal Server\RCM\Licensing Core", "LicensingMode"),
    (r"ControlSet001\Control\Terminal Server\RCM", "Certificate"),
    (r"ControlSet001\Control\Terminal Server\RCM", "CertificateOld"),
    (r"ControlSet001\Control\Terminal Server\RCM", "X509 Certificate"),
    (
        r"ControlSet001\Control\Terminal Server\RCM\GracePeriod",
        "L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588",
    ),
    (r"ControlSet001\Services\TermService\Parameters\LicenseServers", "SpecifiedLicenseServers"),
    (r"ControlSet001\Services\TermService", "Start"),
    (r"ControlSet001\Control\Terminal Server", "fDenyTSConnections"),
    (r"ControlSet001\Control\ProductOptions", "ProductType"),
];
