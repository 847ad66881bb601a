//! Facts that the running machine reported beside its registry, as text.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use snapshot::{Fact, FileTime, Snapshot};

use super::facts::{
    self, ClientFailure, Connectivity, Discovered, EventRecord, IssuedLicense, Join, KeyPack,
    LicensingSettings, ReportedServer, SystemVersion, WriteFilter,
};
use super::grace::days;
use crate::knowledge::errors;

/// A fact that a source reported.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportedFact {
    /// Its name, see [`facts`].
    pub fact: String,
    /// What it is, for people.
    pub title: &'static str,
    /// Which source reported it.
    pub source: String,
    /// The fact as text, one line for each item.
    pub found: Vec<String>,
    /// The fact; left out where it may be very long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
}

/// A query that the machine did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnansweredQuery {
    /// Its name.
    pub fact: String,
    /// What it is, for people.
    pub title: &'static str,
    /// Which source was asked.
    pub source: String,
    /// Why it failed.
    pub reason: String,
}

/// Name, title, and what the value says; `None` for a value of another shape.
type Row = (&'static str, &'static str, fn(&Json) -> Option<Vec<String>>);

/// The facts that a running machine is asked for, in the order in which they are shown.
const ROWS: &[Row] = &[
    (facts::SYSTEM_VERSION.name, "Version", |json| {
        let SystemVersion { major, minor, build, .. } = read(json)?;
        line(format!("{major}.{minor}.{build}"))
    }),
    (facts::JOIN.name, "Member of", |json| {
        let join: Join = read(json)?;
        line(match (join.domain, join.workgroup) {
            (Some(domain), _) => format!("domain {domain}"),
            (None, Some(workgroup)) => format!("workgroup {workgroup}"),
            (None, None) => "no domain and no workgroup".to_owned(),
        })
    }),
    (facts::ADDRESSES.name, "Addresses", |json| line(names(&read::<Vec<String>>(json)?))),
    (facts::TERM_SERVICE_STATE.name, "TermService", |json| line(read(json)?)),
    (facts::LICENSING_SERVICE_STATE.name, "TermServLicensing", |json| line(read(json)?)),
    (facts::TERMINAL_SERVER_MODE.name, "Terminal server", |json| {
        line(match read(json)? {
            1 => "application server, for many users".to_owned(),
            0 => "remote administration only".to_owned(),
            other => format!("mode {other} (undocumented)"),
        })
    }),
    (facts::LICENSING_SETTINGS.name, "Licensing", |json| Some(licensing(&read(json)?))),
    (facts::CENTRAL_LICENSING.name, "Deployment", |json| {
        let central = read(json)?;
        line(
            if central { "configures the licensing of its hosts" } else { "leaves licensing to each host" }
                .to_owned(),
        )
    }),
    (facts::GRACE_DAYS.name, "Grace days", |json| line(format!("{} left", days(read(json)?)))),
    (facts::GRACE_RECORD_END.name, "Grace record", |json| {
        let end: snapshot::FileTime = read(json)?;
        line(format!("ends at {end}"))
    }),
    (facts::SPECIFIED_SERVERS.name, "Servers listed", |json| line(names(&read::<Vec<String>>(json)?))),
    (facts::DISCOVERED_SERVERS.name, "Servers found", |json| {
        Some(discovered(&read::<Vec<Discovered>>(json)?))
    }),
    (facts::CONNECTIVITY.name, "Connectivity", |json| Some(connectivity(&read::<Vec<Connectivity>>(json)?))),
    (facts::LICENSE_SERVER.name, "License server", |json| Some(server(&read(json)?))),
    (facts::DATABASE_PATH.name, "Database", |json| line(read(json)?)),
    (facts::ACTIVATION_STATUS.name, "Activation", |json| {
        line(match read(json)? {
            0 => "activated".to_owned(),
            1 => "NOT activated".to_owned(),
            2 => "the server does not know".to_owned(),
            other => format!("status {other} (undocumented)"),
        })
    }),
    (facts::ON_DOMAIN_CONTROLLER.name, "On a DC", |json| line(yes(read(json)?))),
    (facts::IN_TSLS_GROUP.name, "In its group", |json| line(yes(read(json)?))),
    (facts::REGISTERED_TO_SCP.name, "In the directory", |json| line(yes(read(json)?))),
    (facts::KEY_PACKS.name, "Key packs", |json| Some(packs(&read::<Vec<KeyPack>>(json)?))),
    (facts::ISSUED_LICENSES.name, "Licenses issued", |json| Some(issued(&read::<Vec<IssuedLicense>>(json)?))),
    (facts::DATABASE_FREE_BYTES.name, "Database drive", |json| {
        line(format!("{} MiB free", read::<u64>(json)? >> 20))
    }),
    (facts::GROUP_MEMBERS.name, "Endpoint servers", |json| {
        line(format!("{} members of the local group", read::<u32>(json)?))
    }),
    (facts::WRITE_FILTER.name, "Write filter", |json| {
        let WriteFilter { name, protects, keeps_licenses } = read(json)?;
        let (protects, keeps) = (yes(protects), yes(keeps_licenses));
        line(format!("{name}: protects the system drive: {protects}, keeps licenses: {keeps}"))
    }),
    (facts::CLIENT_FAILURES.name, "Client log", |json| {
        let failures = read::<Vec<ClientFailure>>(json)?;
        let count: u32 = failures.iter().map(|failure| failure.count).sum();
        line(format!("licensing failed {count} times"))
    }),
    (facts::NEWEST_LOG_TIME.name, "Newest event", |json| line(read::<FileTime>(json)?.to_string())),
    (facts::EVENTS.name, "Events", |json| Some(events(&read::<Vec<EventRecord>>(json)?))),
];

/// The reported facts that have a text form, in the order of the table.
#[must_use]
pub fn reported(snapshot: &Snapshot) -> Vec<ReportedFact> {
    let report = |&(name, title, words): &Row| {
        let Fact { value, source } = snapshot.facts.get(name)?;
        let value_if_short = (name != facts::ISSUED_LICENSES.name).then(|| value.clone());
        Some(ReportedFact {
            fact: name.to_owned(),
            title,
            source: source.clone(),
            found: words(value)?,
            value: value_if_short,
        })
    };
    ROWS.iter().filter_map(report).collect()
}

/// The unanswered queries, in the order of the table.
#[must_use]
pub fn unanswered(snapshot: &Snapshot) -> Vec<UnansweredQuery> {
    let place = |fact: &str| ROWS.iter().position(|(name, ..)| *name == fact);
    let mut asked: Vec<_> = snapshot.unanswered.iter().collect();
    asked.sort_by_key(|(fact, _)| place(fact).unwrap_or(usize::MAX));
    let report = |(fact, asked): (&String, &snapshot::Unanswered)| UnansweredQuery {
        fact: fact.clone(),
        title: place(fact).and_then(|place| ROWS.get(place)).map_or("", |(_, title, _)| title),
        source: asked.source.clone(),
        reason: asked.reason.clone(),
    };
    asked.into_iter().map(report).collect()
}

fn read<T: DeserializeOwned>(json: &Json) -> Option<T> {
    T::deserialize(json).ok()
}

// One shape for every row of the table.
#[allow(clippy::unnecessary_wraps)]
fn line(text: String) -> Option<Vec<String>> {
    Some(vec![text])
}

fn yes(truth: bool) -> String {
    if truth { "yes" } else { "no" }.to_owned()
}

fn names(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn or_none(lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() { vec!["none".to_owned()] } else { lines }
}

fn licensing(settings: &LicensingSettings) -> Vec<String> {
    let by = |by_policy| match by_policy {
        Some(true) => "by policy",
        Some(false) => "on the machine",
        None => "in an unknown place",
    };
    let number = format!("licensing type {}", settings.licensing_type);
    let name = settings.name.as_ref().map_or_else(|| number.clone(), |name| format!("{name} ({number})"));
    vec![
        format!("{name}, set {}", by(settings.type_by_policy)),
        format!("license servers are set {}", by(settings.servers_by_policy)),
    ]
}

fn discovered(servers: &[Discovered]) -> Vec<String> {
    let said = |truth: Option<bool>, yes: &'static str, no: &'static str| {
        truth.map(|truth| if truth { yes } else { no })
    };
    let shown = |found: &Discovered| {
        let words = [
            said(found.available, "available", "NOT available"),
            said(found.issues, "can issue licenses to this host", "CANNOT issue licenses to this host"),
        ];
        let words: Vec<_> = words.into_iter().flatten().collect();
        if words.is_empty() {
            found.server.clone()
        } else {
            format!("{}: {}", found.server, words.join(", "))
        }
    };
    or_none(servers.iter().map(shown).collect())
}

fn connectivity(answers: &[Connectivity]) -> Vec<String> {
    let shown = |Connectivity { server, status }: &Connectivity| {
        let title =
            errors::by_id(&format!("connectivity-{status}")).map_or("not documented", |row| row.title);
        format!("{server}: status {status}, {title}")
    };
    or_none(answers.iter().map(shown).collect())
}

fn server(server: &ReportedServer) -> Vec<String> {
    let scope = server.scope.map(|scope| match scope {
        0 => "discovered by its workgroup".to_owned(),
        1 => "discovered by its domain".to_owned(),
        2 => "discovered by its forest".to_owned(),
        other => format!("scope {other} (undocumented)"),
    });
    let lines = [
        server.product_id.as_ref().map(|id| format!("ID {id}")),
        server
            .version
            .as_ref()
            .or(server.version_number.as_ref())
            .map(|version| format!("version {version}")),
        scope,
    ];
    or_none(lines.into_iter().flatten().collect())
}

fn packs(packs: &[KeyPack]) -> Vec<String> {
    let shown = |pack: &KeyPack| {
        let total = pack.size().map_or("without expiry".to_owned(), |total| format!("of {total}"));
        let kind = if pack.is_bought() { "" } else { ", not purchased" };
        format!("{}: {} {total} issued{kind}", pack.label(), pack.issued)
    };
    or_none(packs.iter().map(shown).collect())
}

fn issued(licenses: &[IssuedLicense]) -> Vec<String> {
    let mut counts = BTreeMap::<u32, usize>::new();
    for license in licenses {
        *counts.entry(license.status).or_default() += 1;
    }
    let word = |status| match status {
        1 => "temporary",
        2 => "active",
        3 => "upgraded",
        4 => "revoked",
        5 => "pending",
        6 => "concurrent",
        _ => "of unknown status",
    };
    let counts: Vec<_> = counts.iter().map(|(status, count)| format!("{count} {}", word(*status))).collect();
    or_none(if counts.is_empty() { Vec::new() } else { vec![counts.join(", ")] })
}

fn events(events: &[EventRecord]) -> Vec<String> {
    let shown = |event: &EventRecord| {
        let title = event.row().map(|row| format!(", {}", row.title)).unwrap_or_default();
        let evidence = event.evidence();
        format!("{}{title}: {}", evidence.path, evidence.found)
    };
    or_none(events.iter().map(shown).collect())
}
