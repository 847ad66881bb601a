//! Every licensing event of the provider manifests is judged by a rule, or the table says that it is
//! harmless.
//!
//! Source of the numbers: nasbench/EVTX-ETW-Resources, the manifests of RemoteConnectionManager (Windows 10
//! 1507 and 1903) and of Licensing (Windows Server 2008 R2).

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use licensing::knowledge::events::{self, EventRow, TEXT_UNKNOWN};
use licensing::knowledge::{MachineRole, Source};
use licensing::{Options, judge};
use serde_json::json;
use snapshot::{Fact, Snapshot};

const RCM: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";
const LICENSING: &str = "Microsoft-Windows-TerminalServices-Licensing";

/// The events of RemoteConnectionManager whose texts are about licensing.
const OF_HOSTS: &[u32] = &[
    1003,
    1004,
    1011,
    1068,
    1069,
    20497,
    50180,
    50195,
    50213,
    50280,
    50281,
    50282,
    50283,
    50284,
    50285,
    50304,
    50305,
    50306,
    50307,
    50308,
    50309,
    50310,
    50311,
    50312,
    3_221_226_600,
    3_221_226_601,
    3_221_226_602,
    3_221_226_603,
    3_221_226_604,
    3_221_226_605,
    3_221_226_500,
    3_221_226_515,
    3_221_226_533,
];

/// All events of Licensing.
const OF_SERVERS: &[u32] = &[
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    9,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    19,
    20,
    21,
    22,
    24,
    25,
    26,
    27,
    28,
    30,
    36,
    37,
    38,
    39,
    40,
    41,
    42,
    44,
    45,
    47,
    48,
    49,
    51,
    52,
    55,
    56,
    57,
    58,
    64,
    66,
    68,
    70,
    71,
    72,
    73,
    74,
    76,
    80,
    81,
    82,
    83,
    84,
    85,
    86,
    87,
    88,
    89,
    90,
    91,
    92,
    93,
    4143,
    4144,
    4145,
    4146,
    4147,
    4148,
    8193,
    8194,
    8195,
    8196,
    8197,
    8198,
    8199,
    3_221_295_104,
    3_221_295_105,
    3_221_295_107,
    3_221_295_123,
    3_221_295_125,
    3_221_295_145,
    3_221_295_148,
    3_221_295_149,
    3_221_295_150,
    3_221_491_720,
    3_222_278_148,
    3_222_343_687,
    3_222_343_704,
    3_372_224_521,
    3_372_224_522,
    3_372_224_523,
    3_372_224_524,
];

/// Whether some rule reports the event, on a machine of which nothing else is known but the log.
fn is_judged(provider: &str, id: u32) -> bool {
    let mut snapshot: Snapshot =
        fixture::parse(";; source: made for this test\n").unwrap().machines.remove(0);
    let events = json!([{"provider": provider, "id": id, "newest": "2026-03-01T10:00:00Z", "count": 1}]);
    snapshot.facts.insert("events.system".to_owned(), Fact { value: events, source: "test".to_owned() });
    // 1003 and 1004 are also about the certificates of the host.
    let report = judge(&snapshot, &Options::at("2026-03-02T10:00:00Z".parse().unwrap()));
    !report.findings.is_empty()
}

fn row(provider: &str, id: u32) -> Option<&'static EventRow> {
    let (_, rows) = events::lookup(id)?;
    rows.into_iter().find(|row| row.providers.contains(&provider))
}

#[test]
fn every_event_of_the_manifests_is_judged_or_harmless() {
    for (provider, ids) in [(RCM, OF_HOSTS), (LICENSING, OF_SERVERS)] {
        for &id in ids {
            let Some(row) = row(provider, id) else {
                let short = events::reduce(id).unwrap().id;
                assert!(TEXT_UNKNOWN.contains(&short), "{provider} {id} is not in the table");
                continue;
            };
            assert!(!TEXT_UNKNOWN.contains(&row.id), "{provider} {id} has a text");
            let is_normal = row.harmless || row.id == 3;
            assert_eq!(is_judged(provider, id), !is_normal, "{provider} {id}: {}", row.title);
        }
    }
}

#[test]
fn every_event_of_the_table_is_judged_or_harmless() {
    for row in events::all() {
        let provider = row.providers[0];
        if ![RCM, LICENSING].contains(&provider) || row.harmless || row.id == 3 {
            continue;
        }
        let id = if events::OF_OTHERS.contains(&row.id) { u32::from(row.id) | 0xC000 } else { row.id.into() };
        assert!(is_judged(provider, id), "{provider} {id}: {}", row.title);
        assert!(!row.rules.is_empty(), "{provider} {id} names no rule");
    }
}

#[test]
fn the_table_has_one_row_for_each_event() {
    let mut seen = BTreeSet::new();
    for row in events::all() {
        assert!(seen.insert((row.providers[0], row.id)), "{} {}", row.providers[0], row.id);
        assert!(matches!(row.machine, MachineRole::SessionHost | MachineRole::LicenseServer));
        assert!(row.sources.iter().all(|source: &Source| !source.title.is_empty()));
    }
}
