//! What a license server says of itself.
//!
//! Source of all: Microsoft Learn, *Win32_TSLicenseServer class* with the pages of its methods,
//! *Win32_TSLicenseKeyPack class*, *Win32_TSIssuedLicense class*, *Win32_LogicalDisk class*. Administrators
//! alone are answered; to others some of it comes empty.

use serde_json::{Value as Json, json};
use snapshot::{FileTime, Wmi, WmiClass, WmiError, WmiObject};

use super::wmi::{called, flag, number, only, text};
use crate::model::facts::{IssuedLicense, KeyPack, ReportedServer};
use rds_formats::cim_time;

const NAMESPACE: &str = r"root\CIMV2";
const SERVER: WmiClass = WmiClass { namespace: NAMESPACE, name: "Win32_TSLicenseServer" };
const PACK: WmiClass = WmiClass { namespace: NAMESPACE, name: "Win32_TSLicenseKeyPack" };
const DISK: WmiClass = WmiClass { namespace: NAMESPACE, name: "Win32_LogicalDisk" };
const ISSUED: WmiClass = WmiClass { namespace: NAMESPACE, name: "Win32_TSIssuedLicense" };

pub(super) const SERVER_SOURCE: &str = "WMI Win32_TSLicenseServer";
pub(super) const DATABASE_SOURCE: &str = "WMI Win32_TSLicenseServer.DatabasePath";
pub(super) const FREE_SOURCE: &str = "WMI Win32_LogicalDisk.FreeSpace";
pub(super) const ACTIVATION_SOURCE: &str = "WMI Win32_TSLicenseServer.GetActivationStatus";
pub(super) const ON_DC_SOURCE: &str = "WMI Win32_TSLicenseServer.IsLSonDC";
pub(super) const GROUP_SOURCE: &str = "WMI Win32_TSLicenseServer.IsLSinTSLSGroup";
pub(super) const SCP_SOURCE: &str = "WMI Win32_TSLicenseServer.IsLSRegisteredToSCP";
pub(super) const PACKS_SOURCE: &str = "WMI Win32_TSLicenseKeyPack";
pub(super) const ISSUED_SOURCE: &str = "WMI Win32_TSIssuedLicense";

/// Who is responsible for the server (`FirstName` and its kin) is not read.
const PROPERTIES: &[&str] = &["ProductId", "ServerRole", "Version", "VersionNumber", "DatabasePath"];

type Answer = Result<Option<Json>, WmiError>;

/// Product id, version and scope: a [`ReportedServer`].
pub(super) fn server(wmi: &mut dyn Wmi) -> Answer {
    let found = only(wmi, SERVER, PROPERTIES)?;
    let owned = |name| text(&found, name).map(str::to_owned);
    Ok(Some(json!(ReportedServer {
        product_id: owned("ProductId"),
        version: owned("Version"),
        version_number: owned("VersionNumber"),
        scope: number(&found, "ServerRole", "Win32_TSLicenseServer.ServerRole").ok(),
    })))
}

/// The path of the database.
pub(super) fn database_path(wmi: &mut dyn Wmi) -> Answer {
    let found = only(wmi, SERVER, PROPERTIES)?;
    let path = text(&found, "DatabasePath").ok_or(WmiError::Shape("Win32_TSLicenseServer.DatabasePath"))?;
    Ok(Some(path.into()))
}

/// Free bytes of the drive with the database; `None` where the path has no drive letter.
pub(super) fn database_free_bytes(wmi: &mut dyn Wmi) -> Answer {
    const SHAPE: WmiError = WmiError::Shape("Win32_LogicalDisk.FreeSpace");
    let found = only(wmi, SERVER, PROPERTIES)?;
    let path = text(&found, "DatabasePath").ok_or(WmiError::Shape("Win32_TSLicenseServer.DatabasePath"))?;
    let Some(drive) = path.get(..2).filter(|drive| drive.ends_with(':')) else { return Ok(None) };
    let disks = wmi.instances(DISK, &["DeviceID", "FreeSpace"])?;
    let is_drive =
        |disk: &&WmiObject| text(disk, "DeviceID").is_some_and(|id| id.eq_ignore_ascii_case(drive));
    let free = disks.iter().find(is_drive).and_then(|disk| disk.get("FreeSpace")).ok_or(SHAPE)?;
    // COM passes numbers of 64 bits as text.
    let free = free.as_u64().or_else(|| free.as_str()?.parse().ok()).ok_or(SHAPE)?;
    Ok(Some(free.into()))
}

/// 0 activated, 1 not, 2 unknown.
pub(super) fn activation(wmi: &mut dyn Wmi) -> Answer {
    let output = called(wmi, SERVER, "GetActivationStatus", &[], "ActivationStatus")?;
    number(&output, "ActivationStatus", "GetActivationStatus.ActivationStatus")
        .map(|status| Some(status.into()))
}

/// Whether it runs on a domain controller.
pub(super) fn on_domain_controller(wmi: &mut dyn Wmi) -> Answer {
    truth(wmi, "IsLSonDC", &[], "OnDC", "IsLSonDC.OnDC")
}

/// Whether it is in the group of license servers of its own domain, the default where no domain is named.
pub(super) fn in_group(wmi: &mut dyn Wmi) -> Answer {
    truth(wmi, "IsLSinTSLSGroup", &[("Domain", "")], "IsMember", "IsLSinTSLSGroup.IsMember")
}

/// Whether the directory has it as a service connection point.
pub(super) fn registered(wmi: &mut dyn Wmi) -> Answer {
    truth(wmi, "IsLSRegisteredToSCP", &[], "Registered", "IsLSRegisteredToSCP.Registered")
}

fn truth(
    wmi: &mut dyn Wmi,
    method: &'static str,
    input: &[(&str, &str)],
    output: &str,
    shape: &'static str,
) -> Answer {
    let found = called(wmi, SERVER, method, input, output)?;
    flag(&found, output).map(|truth| Some(truth.into())).ok_or(WmiError::Shape(shape))
}

/// A list of [`KeyPack`].
pub(super) fn key_packs(wmi: &mut dyn Wmi) -> Answer {
    const WANTED: &[&str] = &[
        "KeyPackId",
        "KeyPackType",
        "ProductType",
        "ProductVersionID",
        "TotalLicenses",
        "IssuedLicenses",
        "ExpirationDate",
    ];
    let packs = wmi.instances(PACK, WANTED)?;
    let packs: Result<Vec<_>, _> = packs.iter().map(key_pack).collect();
    Ok(Some(json!(packs?)))
}

fn key_pack(pack: &WmiObject) -> Result<KeyPack, WmiError> {
    let field = |name, shape| number(pack, name, shape);
    Ok(KeyPack {
        id: field("KeyPackId", "Win32_TSLicenseKeyPack.KeyPackId")?,
        kind: field("KeyPackType", "Win32_TSLicenseKeyPack.KeyPackType")?,
        product_type: field("ProductType", "Win32_TSLicenseKeyPack.ProductType")?,
        version_id: field("ProductVersionID", "Win32_TSLicenseKeyPack.ProductVersionID")?,
        total: field("TotalLicenses", "Win32_TSLicenseKeyPack.TotalLicenses")?,
        issued: field("IssuedLicenses", "Win32_TSLicenseKeyPack.IssuedLicenses")?,
        expires: text(pack, "ExpirationDate").and_then(cim_time::moment),
    })
}

/// A list of [`IssuedLicense`]. To whom they were issued is not asked for.
pub(super) fn issued(wmi: &mut dyn Wmi) -> Answer {
    let licenses = wmi.instances(ISSUED, &["LicenseStatus", "IssueDate", "ExpirationDate"])?;
    let licenses = licenses.iter().map(|license| {
        Ok(IssuedLicense {
            status: number(license, "LicenseStatus", "Win32_TSIssuedLicense.LicenseStatus")?,
            issued: moment(license, "IssueDate", "Win32_TSIssuedLicense.IssueDate")?,
            expires: moment(license, "ExpirationDate", "Win32_TSIssuedLicense.ExpirationDate")?,
        })
    });
    Ok(Some(json!(licenses.collect::<Result<Vec<_>, WmiError>>()?)))
}

fn moment(object: &WmiObject, name: &str, shape: &'static str) -> Result<FileTime, WmiError> {
    text(object, name).and_then(cim_time::moment).ok_or(WmiError::Shape(shape))
}
