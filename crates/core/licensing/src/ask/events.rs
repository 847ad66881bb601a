//! Events about licensing.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::knowledge::events::{self, EventRow};
use crate::model::facts::EventRecord;
use rds_formats::event_xml::{self, LoggedEvent};
use snapshot::DecodeError;

/// Rules look back 30 days.
pub(super) const DAYS: u64 = 90;

/// Of providers with so few events in the tables, only those are asked for: they log much else.
const FEW: usize = 4;

const RCM: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";
const LICENSING: &str = "Microsoft-Windows-TerminalServices-Licensing";

/// The logs of all providers.
///
/// Source: the provider manifests of Windows 10 1507 and 1903 and of Windows Server 2008 R2.
pub(super) const LOGS: &[&str] = &[
    "System",
    "Application",
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Admin",
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
    "Microsoft-Windows-TerminalServices-Licensing/Admin",
    "Microsoft-Windows-TerminalServices-Licensing/Operational",
];

/// The logs of a provider. Since Windows 10 1903 the manifests of the first two send their licensing events
/// to logs of their own; older systems, and a part of the events still, use the System log.
///
/// Source: the provider manifests of Windows 10 1507 and 1903 and of Windows Server 2008 R2.
fn logs(provider: &str) -> &'static [&'static str] {
    match provider {
        RCM => &[
            "System",
            "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Admin",
            "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
        ],
        LICENSING => &[
            "System",
            "Microsoft-Windows-TerminalServices-Licensing/Admin",
            "Microsoft-Windows-TerminalServices-Licensing/Operational",
        ],
        // The database engine.
        "ESENT" => &["Application"],
        _ => &["System"],
    }
}

/// The providers of the tables.
pub(super) fn all_providers() -> Vec<&'static str> {
    providers().into_keys().collect()
}

fn providers() -> BTreeMap<&'static str, Vec<u16>> {
    let mut providers = BTreeMap::<&str, Vec<u16>>::new();
    for row in events::all() {
        for &provider in row.providers {
            providers.entry(provider).or_default().push(row.id);
        }
    }
    providers
}

/// One structured query for each provider that the tables name, so that a talkative one leaves room for the
/// others.
pub(super) fn queries() -> Vec<String> {
    providers().into_iter().map(|(provider, ids)| query(provider, &ids)).collect()
}

/// The condition that selects the licensing events of a provider; empty for all of its events.
///
/// A query may have few terms, so that the Remote Connection Manager, which logs each connection, is queried
/// by ranges: its old numbers, and the same with their severity bits.
fn condition(provider: &str, ids: &[u16]) -> String {
    if provider == RCM {
        return " and ((EventID &gt;= 1000 and EventID &lt;= 1069) or (EventID &gt;= 1128 and EventID &lt;= 1133) or \
                EventID=20497 or EventID &gt;= 50152)"
            .to_owned();
    }
    if ids.len() > FEW {
        return String::new();
    }
    let ids: Vec<_> = ids.iter().map(|id| format!("EventID={id}")).collect();
    format!(" and ({})", ids.join(" or "))
}

fn query(provider: &str, ids: &[u16]) -> String {
    let which = condition(provider, ids);
    let milliseconds = DAYS * 86_400_000;
    let select = |log: &&str| {
        format!(
            "<Select Path=\"{log}\">*[System[Provider[@Name='{provider}']{which} and \
             TimeCreated[timediff(@SystemTime) &lt;= {milliseconds}]]]</Select>"
        )
    };
    let selects: String = logs(provider).iter().map(select).collect();
    format!("<QueryList><Query Id=\"0\">{selects}</Query></QueryList>")
}

/// The events that the tables know, counted: a list of [`EventRecord`], the newest first.
pub(super) fn records(xml: &[String]) -> Result<Json, DecodeError> {
    let mut records: Vec<EventRecord> = Vec::new();
    for xml in xml {
        let event = event_xml::decode(xml).map_err(DecodeError::new)?;
        let Some((provider, id)) = known(&event) else { continue };
        let same = |record: &&mut EventRecord| record.id == id && record.provider == provider;
        match records.iter_mut().find(same) {
            Some(record) => {
                record.count += 1;
                record.newest = record.newest.max(event.time);
            }
            None => records.push(EventRecord { provider, id, newest: event.time, count: 1 }),
        }
    }
    records.sort_by_key(|record| std::cmp::Reverse(record.newest));
    Ok(json!(records))
}

/// Provider and id as the tables have them; `None` for an event that they do not know. An id that other
/// events share keeps its severity bits.
fn known(event: &LoggedEvent) -> Option<(String, u32)> {
    let (found, rows) = events::lookup(event.id)?;
    let has = |name: &str| {
        rows.iter().any(|row: &&EventRow| row.providers.iter().any(|known| known.eq_ignore_ascii_case(name)))
    };
    let provider = event.providers.iter().find(|name| has(name))?;
    let bits = if events::OF_OTHERS.contains(&found.id) { 0xC000 } else { 0 };
    Some((provider.clone(), u32::from(found.id) | bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An event as Microsoft Learn shows them (*Event Schema Elements*); names, ids and times made up.
    fn event(provider: &str, id: &str, time: &str) -> String {
        format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider {provider}/>\
             <EventID{id}</EventID><Version>0</Version><Level>2</Level><TimeCreated SystemTime='{time}'/>\
             <EventRecordID>77</EventRecordID><Channel>System</Channel><Computer>RDSH01</Computer><Security/></System>\
             <EventData><Data Name='listenerName'>RDP &amp; more</Data></EventData></Event>"
        )
    }

    const OF_RCM: &str = "Name='Microsoft-Windows-TerminalServices-RemoteConnectionManager' \
                       Guid='{c76baa63-ae81-421c-b425-340b4b24157f}' EventSourceName='TermService'";

    #[test]
    fn events_are_counted_whatever_bits_their_ids_carry() {
        let xml = [
            event(OF_RCM, " Qualifiers='49152'>1128", "2026-03-02T10:00:00.1234567Z"),
            event(OF_RCM, ">1128", "2026-03-03T10:00:00.000000000Z"),
            event(OF_RCM, ">50280", "2026-03-01T10:00:00Z"),
            event("Name='TermDD'", " Qualifiers='49162'>56", "2026-03-04T10:00:00Z"),
            // Nothing that the tables know: another id, and a known one of somebody else.
            event(OF_RCM, ">9", "2026-03-04T11:00:00Z"),
            event("Name='Service Control Manager'", ">1128", "2026-03-05T10:00:00Z"),
        ];
        assert_eq!(
            records(&xml).unwrap(),
            json!([
                {"provider": "TermDD", "id": 56, "newest": "2026-03-04T10:00:00Z", "count": 1},
                {
                    "provider": "Microsoft-Windows-TerminalServices-RemoteConnectionManager", "id": 1128,
                    "newest": "2026-03-03T10:00:00Z", "count": 3
                },
            ])
        );
        assert_eq!(records(&[]).unwrap(), json!([]));
    }

    #[test]
    fn what_is_no_event_is_no_silence() {
        for xml in [
            String::new(),
            "<Event/>".to_owned(),
            event("", ">1128", "2026-03-03T10:00:00Z"),
            event(OF_RCM, ">many", "2026-03-03T10:00:00Z"),
            event(OF_RCM, " Qualifiers='70000'>1128", "2026-03-03T10:00:00Z"),
            event(OF_RCM, ">1128", "yesterday"),
            event(OF_RCM, ">1128", "2026-03-03T10:00:00Z").replace("</System>", ""),
        ] {
            assert!(records(std::slice::from_ref(&xml)).is_err(), "{xml}");
        }
    }

    #[test]
    fn every_provider_of_the_tables_is_asked_for() {
        let queries = queries();
        for row in events::all() {
            for provider in row.providers {
                let asked = format!("@Name='{provider}'");
                assert_eq!(queries.iter().filter(|query| query.contains(&asked)).count(), 1, "{provider}");
            }
        }
        for query in queries {
            roxmltree::Document::parse(&query).unwrap();
        }
    }
}
