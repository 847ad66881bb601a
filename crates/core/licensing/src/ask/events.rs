//! Events about licensing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::knowledge::events::{self, EventRow};
use crate::model::facts::EventRecord;
use rds_formats::event_xml::{self, LoggedEvent};
use snapshot::DecodeError;

/// Rules look back 30 days.
const DAYS: u64 = 90;

/// Of providers with so few events in the tables, only those are asked for: they log much else.
const FEW: usize = 4;

/// One structured query for each provider that the tables name, so that a talkative one leaves room for the
/// others.
pub(super) fn queries() -> Vec<String> {
    let mut providers = BTreeMap::<&str, Vec<u16>>::new();
    for row in events::all() {
        for &provider in row.providers {
            providers.entry(provider).or_default().push(row.id);
        }
    }
    providers.into_iter().map(|(provider, ids)| query(provider, &ids)).collect()
}

fn query(provider: &str, ids: &[u16]) -> String {
    // The database engine logs to the other log.
    let log = if provider == "ESENT" { "Application" } else { "System" };
    let mut which = String::new();
    if ids.len() <= FEW {
        let ids: Vec<_> = ids.iter().map(|id| format!("EventID={id}")).collect();
        // Writing to a String never fails.
        let _ = write!(which, " and ({})", ids.join(" or "));
    }
    let milliseconds = DAYS * 86_400_000;
    format!(
        "<QueryList><Query Id=\"0\" Path=\"{log}\"><Select Path=\"{log}\">*[System[Provider[@Name='{provider}']{which} and \
         TimeCreated[timediff(@SystemTime) &lt;= {milliseconds}]]]</Select></Query></QueryList>"
    )
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

/// Provider and id as the tables have them; `None` for an event that they do not know.
fn known(event: &LoggedEvent) -> Option<(String, u32)> {
    let (found, rows) = events::lookup(event.id)?;
    let has = |name: &str| {
        rows.iter().any(|row: &&EventRow| row.providers.iter().any(|known| known.eq_ignore_ascii_case(name)))
    };
    let provider = event.providers.iter().find(|name| has(name))?;
    Some((provider.clone(), u32::from(found.id)))
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

    const RCM: &str = "Name='Microsoft-Windows-TerminalServices-RemoteConnectionManager' \
                       Guid='{c76baa63-ae81-421c-b425-340b4b24157f}' EventSourceName='TermService'";

    #[test]
    fn events_are_counted_whatever_bits_their_ids_carry() {
        let xml = [
            event(RCM, " Qualifiers='49152'>1128", "2026-03-02T10:00:00.1234567Z"),
            event(RCM, ">1128", "2026-03-03T10:00:00.000000000Z"),
            event(RCM, ">50280", "2026-03-01T10:00:00Z"),
            event("Name='TermDD'", " Qualifiers='49162'>56", "2026-03-04T10:00:00Z"),
            // Nothing that the tables know: another id, and a known one of somebody else.
            event(RCM, ">9", "2026-03-04T11:00:00Z"),
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
            event(RCM, ">many", "2026-03-03T10:00:00Z"),
            event(RCM, " Qualifiers='70000'>1128", "2026-03-03T10:00:00Z"),
            event(RCM, ">1128", "yesterday"),
            event(RCM, ">1128", "2026-03-03T10:00:00Z").replace("</System>", ""),
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
