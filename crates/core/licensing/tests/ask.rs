//! Questions to a running machine, tested with recorded answers.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use licensing::ask::QUESTIONS;
use licensing::model::{self, facts};
use licensing::{Machine, Need, Options, Profile, judge};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use snapshot::{
    FileTime, Origin, OriginKind, Snapshot, Subject, Wmi, WmiClass, WmiError, WmiObject, WmiQuestion,
};

/// Recorded answers of a machine.
#[derive(Deserialize)]
struct Recorded {
    /// The source of the recording; required.
    source: String,
    instances: BTreeMap<String, Vec<WmiObject>>,
    #[serde(default)]
    calls: BTreeMap<String, Vec<Call>>,
    /// The requested names: class and property, or method.
    #[serde(skip)]
    asked: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Call {
    #[serde(default)]
    input: WmiObject,
    output: WmiObject,
}

impl Recorded {
    fn read(text: &str) -> Self {
        let recorded: Self = serde_json::from_str(text).unwrap();
        assert!(!recorded.source.is_empty());
        recorded
    }
}

impl Wmi for Recorded {
    fn instances(&mut self, class: WmiClass, properties: &[&str]) -> Result<Vec<WmiObject>, WmiError> {
        self.asked.extend(properties.iter().map(|property| format!("{}.{property}", class.name)));
        let Some(found) = self.instances.get(class.name) else { return Err(WmiError::Missing(class.name)) };
        let some = |object: &WmiObject| {
            properties.iter().filter_map(|&name| Some((name.to_owned(), object.get(name)?.clone()))).collect()
        };
        Ok(found.iter().map(some).collect())
    }

    fn call(
        &mut self,
        class: WmiClass,
        method: &str,
        input: WmiObject,
        output: &[&str],
    ) -> Result<WmiObject, WmiError> {
        let wanted = output;
        let name = format!("{}.{method}", class.name);
        let call = self.calls.get(&name).and_then(|calls| calls.iter().find(|call| call.input == input));
        let output = call.map(|call| call.output.clone());
        self.asked.insert(name);
        let mut output = output.ok_or(WmiError::Missing(class.name))?;
        output.retain(|name, _| wanted.contains(&name.as_str()));
        Ok(output)
    }
}

const HOST: &str = include_str!("recorded/session-host.json");
const WITHOUT_LIST: &str = include_str!("recorded/session-host-without-list.json");
const SERVER: &str = include_str!("recorded/license-server.json");
const CLIENT: &str = include_str!("recorded/thin-client.json");

fn wmi_questions() -> impl Iterator<Item = (&'static str, WmiQuestion)> {
    QUESTIONS.iter().filter_map(|question| match question.subject {
        Subject::Wmi(asked) => Some((question.fact, asked)),
        _ => None,
    })
}

/// A snapshot that contains only the answers.
fn asked(recorded: &mut Recorded) -> Snapshot {
    let origin = Origin { kind: OriginKind::Live, locator: ".".to_owned(), files: Vec::new() };
    let mut snapshot = Snapshot::new(origin);
    for (fact, question) in wmi_questions() {
        let answer = (question.ask)(recorded);
        snapshot.answered(fact, question.source, answer);
    }
    snapshot
}

fn values(snapshot: &Snapshot) -> Json {
    snapshot.facts.iter().map(|(name, fact)| (name.clone(), fact.value.clone())).collect::<WmiObject>().into()
}

#[test]
fn a_session_host_tells() {
    let snapshot = asked(&mut Recorded::read(HOST));
    assert_eq!(
        values(&snapshot),
        json!({
            "wmi.terminal-server-mode": 1,
            "wmi.licensing-settings": {
                "licensing_type": 4, "name": "Per User", "type_by_policy": true, "servers_by_policy": false
            },
            "wmi.grace-days": 57,
            "wmi.specified-license-servers": ["rdls1.contoso.example", "rdls2.contoso.example"],
            "wmi.discovered-license-servers": [
                {"server": "rdls1.contoso.example", "available": true, "administered": false, "issues": true},
                {"server": "rdls2.contoso.example", "available": false, "administered": null, "issues": null}
            ],
            "wmi.license-server-connectivity": [
                {"server": "rdls1.contoso.example", "status": 11},
                {"server": "rdls2.contoso.example", "status": 6}
            ]
        })
    );
    let source = &snapshot.facts[facts::GRACE_DAYS.name].source;
    assert_eq!(source, "WMI Win32_TerminalServiceSetting.GetGracePeriodDays");
    // The facts have the form that the rules read.
    let machine = Machine::new(&snapshot, FileTime(0), Profile::Auto);
    assert_eq!(machine.connectivity().unwrap()[1].status, 6);
    assert_eq!(machine.grace_end().unwrap().days_left, 57);
}

#[test]
fn servers_that_are_found_are_asked_for_where_none_is_listed() {
    let snapshot = asked(&mut Recorded::read(WITHOUT_LIST));
    let values = values(&snapshot);
    assert_eq!(values[facts::SPECIFIED_SERVERS.name], json!([]));
    assert_eq!(values[facts::CONNECTIVITY.name], json!([{"server": "RDLS3", "status": 1}]));
    assert_eq!(values[facts::CENTRAL_LICENSING.name], json!(true));
    assert_eq!(values[facts::GRACE_DAYS.name], json!(0));
    assert_eq!(values[facts::LICENSING_SETTINGS.name]["servers_by_policy"], Json::Null, "2008 does not say");
}

#[test]
fn a_license_server_tells() {
    let mut recorded = Recorded::read(SERVER);
    let snapshot = asked(&mut recorded);
    assert_eq!(
        values(&snapshot),
        json!({
            "wmi.terminal-server-mode": 0,
            "wmi.license-server": {
                "product_id": "00377-70517-40386-AT629", "version": "Windows Server 2022",
                "version_number": "10.0", "scope": 1
            },
            "wmi.database-path": "C:\\Windows\\system32\\LServer",
            "file.database-free-bytes": 52_428_800,
            "wmi.activation-status": 0,
            "wmi.on-domain-controller": false,
            "wmi.registered-to-scp": true,
            "wmi.key-packs": [
                {"id": 2, "kind": 4, "product_type": 0, "version_id": 7, "total": u32::MAX, "issued": 3, "expires": null},
                {"id": 3, "kind": 2, "product_type": 1, "version_id": 7, "total": 50, "issued": 12,
                 "expires": "2038-01-01T00:00:00Z"}
            ],
            "wmi.issued-licenses": [
                {"status": 1, "issued": "2026-01-01T09:00:00Z", "expires": "2026-04-01T09:00:00Z"},
                {"status": 2, "issued": "2026-02-01T00:00:00Z", "expires": "2026-04-15T00:00:00Z"}
            ]
        })
    );
    // Sessions for administration need no license, so license servers are not requested.
    assert!(!recorded.asked.iter().any(|name| name.contains("FindLicenseServers")), "{:?}", recorded.asked);
    assert!(!recorded.asked.iter().any(|name| name.ends_with("Name") && name.contains("TSLicense")));
    // The method ran and returned a number other than 0: that is not the answer *no*.
    let refused = &snapshot.unanswered[facts::IN_TSLS_GROUP.name];
    assert_eq!(refused.reason, "IsLSinTSLSGroup returned 0x80070005");
}

#[test]
fn a_client_reports_its_write_filter() {
    let filter = |text: &str| values(&asked(&mut Recorded::read(text)))[facts::WRITE_FILTER.name].clone();
    let state =
        |protects: bool, keeps: bool| json!({"name": "UWF", "protects": protects, "keeps_licenses": keeps});
    assert_eq!(filter(CLIENT), state(true, false));
    // Each change of the recording once.
    assert_eq!(
        filter(&CLIENT.replace("\"PersistTSCAL\": false", "\"PersistTSCAL\": true")),
        state(true, true)
    );
    assert_eq!(
        filter(&CLIENT.replace("SOFTWARE\\\\Vendor", "SOFTWARE\\\\Microsoft\\\\MSLicensing")),
        state(true, true)
    );
    assert_eq!(
        filter(&CLIENT.replace("\"CurrentEnabled\": true", "\"CurrentEnabled\": false")),
        state(false, false)
    );
    assert_eq!(
        filter(&CLIENT.replace("\"DriveLetter\": \"C:\"", "\"DriveLetter\": \"D:\"")),
        state(false, false)
    );
    // A Windows without the filter has no such fact, and an answer of another shape is none.
    assert_eq!(filter(&CLIENT.replace("UWF_Filter", "Other_Filter")), Json::Null);
    let snapshot =
        asked(&mut Recorded::read(&CLIENT.replace("\"PersistTSCAL\": false", "\"PersistTSCAL\": null")));
    let reason = &snapshot.unanswered[facts::WRITE_FILTER.name].reason;
    assert_eq!(reason, "UWF_RegistryFilter.PersistTSCAL is not as documented");
}

#[test]
fn an_unanswered_query_is_unknown_with_the_reason() {
    struct Denied;
    impl Wmi for Denied {
        fn instances(&mut self, _: WmiClass, _: &[&str]) -> Result<Vec<WmiObject>, WmiError> {
            Err(WmiError::Denied)
        }
        fn call(&mut self, _: WmiClass, _: &str, _: WmiObject, _: &[&str]) -> Result<WmiObject, WmiError> {
            Err(WmiError::Denied)
        }
    }
    let origin = Origin { kind: OriginKind::Live, locator: ".".to_owned(), files: Vec::new() };
    let mut snapshot = Snapshot::new(origin);
    for (fact, question) in wmi_questions() {
        snapshot.answered(fact, question.source, (question.ask)(&mut Denied));
    }
    assert!(snapshot.facts.is_empty());
    assert_eq!(snapshot.unanswered.len(), wmi_questions().count());
    let machine = Machine::new(&snapshot, FileTime(0), Profile::Auto);
    let unknown = machine.connectivity().unwrap_err();
    let [need @ Need::Unanswered { .. }] = unknown.needs.as_slice() else { panic!("{unknown:?}") };
    let text = need.to_string();
    assert!(text.contains("GetTStoLSConnectivityStatus did not answer: access is denied"), "{text}");
    assert!(need.available_from().contains("Run as administrator"), "{}", need.available_from());
    let report = judge(&snapshot, &Options::at(FileTime(0)));
    assert_eq!(report.unanswered.len(), snapshot.unanswered.len());
    assert!(report.unanswered.iter().all(|asked| !asked.title.is_empty()), "{:?}", report.unanswered);
}

#[test]
fn answers_of_another_shape_are_no_answers() {
    for (from, to, fact) in [
        ("\"DaysLeft\": 57", "\"DaysLeft\": null", facts::GRACE_DAYS.name),
        ("\"DaysLeft\": 57", "\"DaysLeft\": 4294967296", facts::GRACE_DAYS.name),
        ("\"TStoLSConnectivityStatus\": 6", "\"Status\": 6", facts::CONNECTIVITY.name),
        (
            "[\"rdls1.contoso.example\", \"rdls2.contoso.example\"]",
            "\"rdls1\"",
            facts::SPECIFIED_SERVERS.name,
        ),
        (
            "\"LicenseServer\": \"rdls1.contoso.example\"",
            "\"LicenseServer\": null",
            facts::DISCOVERED_SERVERS.name,
        ),
        ("\"TerminalServerMode\": 1", "\"TerminalServerMode\": \"1\"", facts::TERMINAL_SERVER_MODE.name),
    ] {
        let text = HOST.replace(from, to);
        assert_ne!(text, HOST, "{from}");
        let snapshot = asked(&mut Recorded::read(&text));
        assert!(!snapshot.facts.contains_key(fact), "{to}: {:?}", snapshot.facts);
        let reason = &snapshot.unanswered[fact].reason;
        assert!(reason.ends_with("is not as documented"), "{to}: {reason}");
    }
}

/// All questions only read: no documented method that changes something is ever called.
#[test]
fn nothing_is_asked_that_changes_anything() {
    let mut all = BTreeSet::new();
    for text in [HOST, WITHOUT_LIST, SERVER] {
        let mut recorded = Recorded::read(text);
        asked(&mut recorded);
        all.append(&mut recorded.asked);
    }
    let methods: Vec<_> = all
        .iter()
        .map(|name| name.split('.').next_back().unwrap())
        .filter(|name| {
            ["Set", "Add", "Remove", "Empty", "Change", "Activate", "Revoke", "Publish", "Install"]
                .iter()
                .any(|verb| name.starts_with(verb))
        })
        .collect();
    assert!(methods.is_empty(), "{methods:?}");
}

#[test]
fn everything_told_is_said_in_words() {
    for text in [HOST, WITHOUT_LIST, SERVER] {
        let snapshot = asked(&mut Recorded::read(text));
        let told = model::reported(&snapshot);
        assert_eq!(told.len(), snapshot.facts.len(), "{told:?}");
        assert!(told.iter().all(|told| !told.found.is_empty()));
    }
    let said = |text: &str, fact: &str| {
        let told = model::reported(&asked(&mut Recorded::read(text)));
        told.into_iter().find(|told| told.fact == fact).unwrap().found
    };
    assert_eq!(
        said(HOST, facts::CONNECTIVITY.name)[1],
        "rdls2.contoso.example: status 6, the license server cannot be reached"
    );
    assert_eq!(said(HOST, facts::LICENSING_SETTINGS.name)[0], "Per User (licensing type 4), set by policy");
    assert_eq!(
        said(SERVER, facts::KEY_PACKS.name),
        [
            "Per Device, Windows Server 2022 RDS CAL: 3 without expiry issued, not purchased",
            "Per User, Windows Server 2022 RDS CAL: 12 of 50 issued"
        ]
    );
    assert_eq!(said(SERVER, facts::ISSUED_LICENSES.name), ["1 temporary, 1 active"]);
}

const DAY: u64 = 864_000_000_000;
const NOW: FileTime = FileTime(134_000_000_000_000_000);

fn grace(days_told: Option<u32>, days_recorded: Option<u64>) -> model::Grace {
    let origin = Origin { kind: OriginKind::Live, locator: ".".to_owned(), files: Vec::new() };
    let mut snapshot = Snapshot::new(origin);
    snapshot.captured_at = Some(NOW);
    let told = days_told.map(Json::from);
    let recorded = days_recorded.map(|days| FileTime(NOW.0 + days * DAY + DAY / 2).to_string().into());
    snapshot.answered(facts::GRACE_DAYS.name, "WMI", Ok::<_, String>(told));
    snapshot.answered(facts::GRACE_RECORD_END.name, "CryptUnprotectData", Ok::<_, String>(recorded));
    // Judged weeks later: both still report what they reported at the time of the capture.
    Machine::new(&snapshot, FileTime(NOW.0 + 30 * DAY), Profile::Auto).grace()
}

#[test]
fn windows_and_its_record_are_both_shown_and_compared() {
    let both = grace(Some(57), Some(57));
    let bases: Vec<_> = both.figures.iter().map(|figure| (figure.basis, figure.days_left)).collect();
    assert_eq!(bases, [(model::GraceBasis::Windows, 57), (model::GraceBasis::Record, 27)]);
    assert_eq!((both.end.unwrap().days_left, both.disagreement), (57, None));
    assert_eq!(grace(Some(58), Some(57)).disagreement, None, "rounded otherwise");

    let over = grace(Some(0), Some(57)).disagreement.unwrap();
    assert!(over.contains("57 days remaining") && over.contains("license server has issued"), "{over}");
    let changed = grace(Some(3), Some(110)).disagreement.unwrap();
    assert!(changed.contains("3 days remaining") && changed.contains("record 110 days"), "{changed}");

    let alone = grace(None, Some(57));
    assert_eq!(alone.end.as_ref().map(|end| (end.days_left, end.reported_by_host)), Some((27, true)));
    assert_eq!(alone.disagreement, None);
}

#[test]
fn every_fact_of_a_running_machine_is_asked_for() {
    let of_machine = |fact: &&facts::FactKey<()>| fact.producers.contains(&facts::Producer::RunningMachine);
    let declared: BTreeSet<_> = facts::ALL.iter().filter(of_machine).map(|fact| fact.name).collect();
    let asked: BTreeSet<_> = QUESTIONS.iter().map(|question| question.fact).collect();
    assert_eq!(asked, declared);
    let names: BTreeSet<_> = facts::ALL.iter().map(|fact| fact.name).collect();
    assert_eq!(names.len(), facts::ALL.len(), "a name is used twice");
}
