//! What a session host says of itself, and of its way to the license servers.
//!
//! Source of all: Microsoft Learn, *Win32_TerminalServiceSetting class* with the pages of its methods,
//! *Win32_TSDiscoveredLicenseServer class*, *Win32_TSDeploymentLicensing class*. The namespace answers with
//! packet privacy only.

use serde_json::{Value as Json, json};
use snapshot::{Wmi, WmiClass, WmiError, WmiObject};

use super::wmi::{called, flag, list, number, only, text};
use crate::model::facts::{Connectivity, Discovered, LicensingSettings};

const NAMESPACE: &str = r"root\CIMV2\TerminalServices";
const SETTING: WmiClass = WmiClass { namespace: NAMESPACE, name: "Win32_TerminalServiceSetting" };
const DEPLOYMENT: WmiClass = WmiClass { namespace: NAMESPACE, name: "Win32_TSDeploymentLicensing" };

pub(super) const MODE_SOURCE: &str = "WMI Win32_TerminalServiceSetting.TerminalServerMode";
pub(super) const SETTINGS_SOURCE: &str = "WMI Win32_TerminalServiceSetting";
pub(super) const CENTRAL_SOURCE: &str = "WMI Win32_TSDeploymentLicensing.UseCentralLicensingSettings";
pub(super) const GRACE_SOURCE: &str = "WMI Win32_TerminalServiceSetting.GetGracePeriodDays";
pub(super) const SPECIFIED_SOURCE: &str = "WMI Win32_TerminalServiceSetting.GetSpecifiedLicenseServerList";
pub(super) const DISCOVERED_SOURCE: &str = "WMI Win32_TerminalServiceSetting.FindLicenseServers";
pub(super) const CONNECTIVITY_SOURCE: &str = "WMI Win32_TerminalServiceSetting.GetTStoLSConnectivityStatus";

/// One list of properties for every question, so that Windows is asked once.
const PROPERTIES: &[&str] = &[
    "TerminalServerMode",
    "LicensingType",
    "LicensingName",
    "PolicySourceLicensingType",
    "PolicySourceConfiguredLicenseServers",
];

/// Hosts with more license servers than this were not heard of, and each may take seconds to say nothing.
const MOST_SERVERS: usize = 16;

type Answer = Result<Option<Json>, WmiError>;

fn setting(wmi: &mut dyn Wmi) -> Result<WmiObject, WmiError> {
    only(wmi, SETTING, PROPERTIES)
}

/// `TerminalServerMode`: 1 application server, 0 remote administration.
pub(super) fn mode(wmi: &mut dyn Wmi) -> Answer {
    terminal_server_mode(wmi).map(|mode| Some(mode.into()))
}

fn terminal_server_mode(wmi: &mut dyn Wmi) -> Result<u32, WmiError> {
    number(&setting(wmi)?, "TerminalServerMode", "Win32_TerminalServiceSetting.TerminalServerMode")
}

/// Asked only of an application server: sessions for administration need no license.
fn of_application_server(
    wmi: &mut dyn Wmi,
    ask: impl FnOnce(&mut dyn Wmi) -> Result<Json, WmiError>,
) -> Answer {
    if terminal_server_mode(wmi)? == 1 { ask(wmi).map(Some) } else { Ok(None) }
}

/// The licensing type in force and where it and the list of servers come from: [`LicensingSettings`].
pub(super) fn settings(wmi: &mut dyn Wmi) -> Answer {
    of_application_server(wmi, |wmi| {
        let found = setting(wmi)?;
        Ok(json!(LicensingSettings {
            licensing_type: number(&found, "LicensingType", "Win32_TerminalServiceSetting.LicensingType")?,
            name: text(&found, "LicensingName").map(str::to_owned),
            type_by_policy: flag(&found, "PolicySourceLicensingType"),
            servers_by_policy: flag(&found, "PolicySourceConfiguredLicenseServers"),
        }))
    })
}

/// Whether a deployment configures the licensing of its hosts. Its class is there on connection brokers only;
/// elsewhere it has no sense.
pub(super) fn central(wmi: &mut dyn Wmi) -> Answer {
    match only(wmi, DEPLOYMENT, &["UseCentralLicensingSettings"]) {
        Ok(found) => match flag(&found, "UseCentralLicensingSettings") {
            Some(central) => Ok(Some(central.into())),
            None => Err(WmiError::Shape("Win32_TSDeploymentLicensing.UseCentralLicensingSettings")),
        },
        Err(WmiError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Days left of the grace period; 0 where it is over.
pub(super) fn grace_days(wmi: &mut dyn Wmi) -> Answer {
    of_application_server(wmi, |wmi| {
        let output = called(wmi, SETTING, "GetGracePeriodDays", &[], "DaysLeft")?;
        number(&output, "DaysLeft", "GetGracePeriodDays.DaysLeft").map(Json::from)
    })
}

/// The license servers that the host is configured to use.
pub(super) fn specified(wmi: &mut dyn Wmi) -> Answer {
    of_application_server(wmi, |wmi| Ok(json!(specified_servers(wmi)?)))
}

fn specified_servers(wmi: &mut dyn Wmi) -> Result<Vec<String>, WmiError> {
    const SHAPE: &str = "GetSpecifiedLicenseServerList.SpecifiedLSList";
    let output = called(wmi, SETTING, "GetSpecifiedLicenseServerList", &[], "SpecifiedLSList")?;
    let names = list(&output, "SpecifiedLSList", SHAPE)?.iter();
    names.map(|name| name.as_str().map(str::to_owned).ok_or(WmiError::Shape(SHAPE))).collect()
}

/// The license servers that the host finds: a list of [`Discovered`].
pub(super) fn discovered(wmi: &mut dyn Wmi) -> Answer {
    of_application_server(wmi, |wmi| Ok(json!(discovered_servers(wmi)?)))
}

fn discovered_servers(wmi: &mut dyn Wmi) -> Result<Vec<Discovered>, WmiError> {
    const SHAPE: &str = "FindLicenseServers.LicenseServersList";
    let output = called(wmi, SETTING, "FindLicenseServers", &[], "LicenseServersList")?;
    let servers = list(&output, "LicenseServersList", SHAPE)?.iter().map(|server| {
        let server = server.as_object().ok_or(WmiError::Shape(SHAPE))?;
        Ok(Discovered {
            server: text(server, "LicenseServer").ok_or(WmiError::Shape(SHAPE))?.to_owned(),
            available: flag(server, "IsLSAvailable"),
            administered: flag(server, "IsAdminOnLS"),
            issues: flag(server, "IssuingCALs"),
        })
    });
    servers.collect()
}

/// The connectivity of each server that the host is configured to use, or discovers: a list of
/// [`Connectivity`]. All of them or none: half a list would look as if no server were of use.
pub(super) fn connectivity(wmi: &mut dyn Wmi) -> Answer {
    of_application_server(wmi, |wmi| {
        let mut servers = specified_servers(wmi)?;
        if servers.is_empty() {
            servers = discovered_servers(wmi)?.into_iter().map(|found| found.server).collect();
        }
        if servers.len() > MOST_SERVERS {
            return Err(WmiError::Other(format!(
                "{} license servers are listed; at most {MOST_SERVERS} are queried",
                servers.len()
            )));
        }
        let answers = servers.into_iter().map(|server| {
            let input = [("ServerName", server.as_str())];
            let output =
                called(wmi, SETTING, "GetTStoLSConnectivityStatus", &input, "TStoLSConnectivityStatus")?;
            let shape = "GetTStoLSConnectivityStatus.TStoLSConnectivityStatus";
            let status = number(&output, "TStoLSConnectivityStatus", shape)?;
            Ok(Connectivity { server, status })
        });
        Ok(json!(answers.collect::<Result<Vec<_>, WmiError>>()?))
    })
}
