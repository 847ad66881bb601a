//! What a client reports: its Unified Write Filter, and failed licensing in its log.
//!
//! Sources: Microsoft Learn, *UWF_Filter*, *UWF_Volume*, *UWF_RegistryFilter* and *Win32_OperatingSystem*
//! classes; the provider manifest of `Microsoft-Windows-TerminalServices-ClientActiveXCore` (Windows 10
//! 1903); Microsoft Learn, *IMsTscAxEvents::OnDisconnected method*, for the reasons.

use serde_json::{Value as Json, json};
use snapshot::{DecodeError, Wmi, WmiClass, WmiError};

use super::wmi::{called, flag, list, only, text};
use crate::model::facts::{ClientFailure, WriteFilter};
use rds_formats::event_xml;

const NAMESPACE: &str = r"root\standardcimv2\embedded";
const FILTER: WmiClass = WmiClass { namespace: NAMESPACE, name: "UWF_Filter" };
const VOLUME: WmiClass = WmiClass { namespace: NAMESPACE, name: "UWF_Volume" };
const REGISTRY: WmiClass = WmiClass { namespace: NAMESPACE, name: "UWF_RegistryFilter" };
const SYSTEM: WmiClass = WmiClass { namespace: r"root\CIMV2", name: "Win32_OperatingSystem" };

pub(super) const FILTER_SOURCE: &str = "WMI UWF_RegistryFilter.PersistTSCAL";

/// The state of the Unified Write Filter in this session: a [`WriteFilter`]. `None` where Windows does not
/// have the filter.
pub(super) fn write_filter(wmi: &mut dyn Wmi) -> Result<Option<Json>, WmiError> {
    let enabled = match only(wmi, FILTER, &["CurrentEnabled"]) {
        Ok(filter) => flag(&filter, "CurrentEnabled").ok_or(WmiError::Shape("UWF_Filter.CurrentEnabled"))?,
        Err(WmiError::Missing(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let protects = enabled && protects_system_drive(wmi)?;
    let keeps_licenses = keeps_licenses(wmi)?;
    Ok(Some(json!(WriteFilter { name: "UWF".to_owned(), protects, keeps_licenses })))
}

fn protects_system_drive(wmi: &mut dyn Wmi) -> Result<bool, WmiError> {
    let system = only(wmi, SYSTEM, &["SystemDrive"])?;
    let drive = text(&system, "SystemDrive").ok_or(WmiError::Shape("Win32_OperatingSystem.SystemDrive"))?;
    let volumes = wmi.instances(VOLUME, &["CurrentSession", "DriveLetter", "Protected"])?;
    let of_drive = volumes.iter().find(|volume| {
        flag(volume, "CurrentSession") == Some(true)
            && text(volume, "DriveLetter").is_some_and(|letter| letter.eq_ignore_ascii_case(drive))
    });
    // A volume that was never protected has no instance.
    of_drive
        .map_or(Ok(false), |volume| flag(volume, "Protected").ok_or(WmiError::Shape("UWF_Volume.Protected")))
}

/// Whether `MSLicensing` survives a restart: by `PersistTSCAL`, or by an exclusion of the key.
fn keeps_licenses(wmi: &mut dyn Wmi) -> Result<bool, WmiError> {
    const SHAPE: WmiError = WmiError::Shape("UWF_RegistryFilter.PersistTSCAL");
    let sessions = wmi.instances(REGISTRY, &["CurrentSession", "PersistTSCAL"])?;
    let current = sessions.iter().find(|session| flag(session, "CurrentSession") == Some(true));
    if flag(current.ok_or(SHAPE)?, "PersistTSCAL").ok_or(SHAPE)? {
        return Ok(true);
    }
    let found = called(wmi, REGISTRY, "GetExclusions", &[], "ExcludedKeys")?;
    let excluded = list(&found, "ExcludedKeys", "GetExclusions.ExcludedKeys")?;
    let names_store = |key: &Json| {
        let path = key.get("RegistryKey").and_then(Json::as_str).unwrap_or_default();
        path.to_ascii_lowercase().contains("mslicensing")
    };
    Ok(excluded.iter().any(names_store))
}

const PROVIDER: &str = "Microsoft-Windows-TerminalServices-ClientActiveXCore";
const LOG: &str = "Microsoft-Windows-TerminalServices-RDPClient/Operational";

/// The client's log.
pub(super) const LOGS: &[&str] = &[LOG];

/// The client has no license.
const NO_LICENSE: u32 = 1017;
/// The client was disconnected; the event has the reason.
const DISCONNECTED: u32 = 1026;

/// Disconnect reasons about licensing: the negotiation failed, or timed out. The extended reasons (256 to
/// 267) are not recorded; in this event these numbers mean something else.
const OF_LICENSING: [u32; 2] = [2056, 2312];

pub(super) fn providers() -> Vec<&'static str> {
    vec![PROVIDER]
}

pub(super) fn queries() -> Vec<String> {
    let milliseconds = super::events::DAYS * 86_400_000;
    vec![format!(
        "<QueryList><Query Id=\"0\"><Select Path=\"{LOG}\">*[System[Provider[@Name='{PROVIDER}'] and \
         (EventID={NO_LICENSE} or EventID={DISCONNECTED}) and \
         TimeCreated[timediff(@SystemTime) &lt;= {milliseconds}]]]</Select></Query></QueryList>"
    )]
}

/// Failed licensing, counted: a list of [`ClientFailure`], the newest first.
pub(super) fn failures(xml: &[String]) -> Result<Json, DecodeError> {
    let mut failures: Vec<ClientFailure> = Vec::new();
    for xml in xml {
        let logged = event_xml::decode(xml).map_err(DecodeError::new)?;
        if !logged.providers.iter().any(|name| name.eq_ignore_ascii_case(PROVIDER)) {
            continue;
        }
        let field = match logged.id {
            NO_LICENSE => "ErrorCode",
            DISCONNECTED => "Value",
            _ => continue,
        };
        let code = event_xml::number(xml, field).map_err(DecodeError::new)?;
        if logged.id == DISCONNECTED && !OF_LICENSING.contains(&code) {
            continue;
        }
        match failures.iter_mut().find(|known| known.event == logged.id && known.code == code) {
            Some(known) => {
                known.count += 1;
                known.newest = known.newest.max(logged.time);
            }
            None => failures.push(ClientFailure { event: logged.id, code, newest: logged.time, count: 1 }),
        }
    }
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.newest));
    Ok(json!(failures))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn event(id: u32, field: &str, value: &str, time: &str) -> String {
        format!(
            "<Event><System><Provider Name='{PROVIDER}'/><EventID>{id}</EventID>\
             <TimeCreated SystemTime='{time}'/></System><EventData><Data Name='Name'>x</Data>\
             <Data Name='{field}'>{value}</Data></EventData></Event>"
        )
    }

    #[test]
    fn only_reasons_about_licensing_count() {
        let xml = [
            event(1026, "Value", "2056", "2026-03-02T10:00:00Z"),
            event(1026, "Value", "2056", "2026-03-03T10:00:00Z"),
            // A closed window, a name that does not resolve (also an extended licensing reason), a password.
            event(1026, "Value", "1", "2026-03-04T10:00:00Z"),
            event(1026, "Value", "260", "2026-03-04T10:00:00Z"),
            event(1026, "Value", "2055", "2026-03-04T10:00:00Z"),
            event(1017, "ErrorCode", "0x80004005", "2026-03-01T10:00:00Z"),
            event(1024, "Value", "rdsh01", "2026-03-01T10:00:00Z"),
        ];
        assert_eq!(
            failures(&xml).unwrap(),
            json!([
                {"event": 1026, "code": 2056, "newest": "2026-03-03T10:00:00Z", "count": 2},
                {"event": 1017, "code": 0x8000_4005_u32, "newest": "2026-03-01T10:00:00Z", "count": 1}
            ])
        );
        assert_eq!(failures(&[]).unwrap(), json!([]));
        assert!(failures(&[event(1026, "Reason", "2056", "2026-03-02T10:00:00Z")]).is_err());
        assert!(failures(&[event(1026, "Value", "many", "2026-03-02T10:00:00Z")]).is_err());
    }

    #[test]
    fn the_query_is_well_formed() {
        for query in queries() {
            roxmltree::Document::parse(&query).unwrap();
        }
    }
}
