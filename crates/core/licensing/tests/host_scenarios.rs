//! Situations of real administrators, and exactly the findings of the rules on mode, servers and folklore:
//! each fault once, by the most specific rule.

// A test can fail only by a panic.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use licensing::rules::{self, Family, Severity};
use licensing::{Finding, MachineReport, Options, Profile, judge};
use snapshot::{Capture, Extent, Key, KeyPath, MultiString, State, Value, ValueType};

const CORE: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core";
const LIST: &str =
    r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers";
const PARAMETERS: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters";
const POLICY: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
const CONTROL: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control";
const VERSION: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const ROLE: &str = concat!(
    r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache",
    r"\RDS-RD-Server"
);

/// `rdls1`, and `rdls1` with `rdls2`, as REG_MULTI_SZ.
const ONE: &str = "hex(7):72,00,64,00,6c,00,73,00,31,00,00,00,00,00";
const TWO: &str = "hex(7):72,00,64,00,6c,00,73,00,31,00,00,00,72,00,64,00,6c,00,73,00,32,00,00,00,00,00";

/// A Windows Server 2019 with the session host role, in a domain; both hives were captured.
fn host(keys: &[(&str, &str)]) -> String {
    machine(
        &[
            keys,
            &[
                (ROLE, "\"InstallState\"=dword:00000001"),
                (VERSION, "\"CurrentVersion\"=\"6.3\"\n\"CurrentMajorVersionNumber\"=dword:0000000a\n\"CurrentMinorVersionNumber\"=dword:00000000\n\"CurrentBuild\"=\"17763\""),
                (&format!(r"{CONTROL}\ProductOptions"), "\"ProductType\"=\"ServerNT\""),
                (&format!(r"{CONTROL}\ComputerName\ComputerName"), "\"ComputerName\"=\"RDSH1\""),
                (&PARAMETERS.replace("TermService", "Tcpip"), "\"Domain\"=\"contoso.example\""),
            ],
        ]
        .concat(),
    )
}

fn machine(keys: &[(&str, &str)]) -> String {
    let mut text =
        String::from("Windows Registry Editor Version 5.00\n;; source: scenarios of administrators\n");
    text.push_str(";; covers: HKLM\\SYSTEM\n;; covers: HKLM\\SOFTWARE\n");
    for (key, values) in keys {
        let _ = write!(text, "\n[{key}]\n{values}\n");
    }
    text
}

fn report(text: &str) -> MachineReport {
    let fixture = fixture::parse(text).unwrap();
    judge(&fixture.machines[0], &Options { profile: Profile::Auto, ..Options::at(fixture.at) })
}

fn is_ours(finding: &Finding) -> bool {
    matches!(finding.rule.family(), Family::Mode | Family::Servers | Family::Folklore)
}

/// The findings of the three families, as `RDSL-nnn severity`.
fn found(text: &str) -> Vec<String> {
    let mut found: Vec<_> = report(text)
        .findings
        .iter()
        .filter(|finding| is_ours(finding))
        .map(|finding| format!("{} {}", finding.rule.id, format!("{:?}", finding.severity).to_lowercase()))
        .collect();
    found.sort();
    found
}

#[test]
fn a_healthy_host_is_left_alone() {
    let text = host(&[
        (CORE, "\"LicensingMode\"=dword:00000004"),
        (LIST, &format!("\"SpecifiedLicenseServers\"={TWO}")),
    ]);
    assert_eq!(found(&text), [""; 0]);
}

/// Card 6: a change in the registry does not persist.
#[test]
fn policy_wins_over_an_edit() {
    let text = host(&[
        (CORE, "\"LicensingMode\"=dword:00000004"),
        (POLICY, "\"LicensingMode\"=dword:00000002\n\"LicenseServers\"=\"rdls1,rdls2\""),
    ]);
    assert_eq!(found(&text), ["RDSL-007 info"]);
}

/// Card 7: the list is one key too high. The host has no server, and the stray list is reported once.
#[test]
fn the_list_one_key_too_high() {
    let text = host(&[
        (CORE, "\"LicensingMode\"=dword:00000004"),
        (PARAMETERS, &format!("\"SpecifiedLicenseServers\"={ONE}")),
    ]);
    assert_eq!(found(&text), ["RDSL-020 warning", "RDSL-191 warning"]);
}

/// Card 8: spaces and a trailing comma.
#[test]
fn blanks_in_the_policy() {
    let text = host(&[(POLICY, "\"LicensingMode\"=dword:00000004\n\"LicenseServers\"=\"rdls1, rdls2,\"")]);
    assert_eq!(found(&text), ["RDSL-021 error"]);
}

/// Card 29: after a migration, the local list contains the old server.
#[test]
fn an_old_name_after_a_migration() {
    let text = host(&[
        (POLICY, "\"LicensingMode\"=dword:00000004\n\"LicenseServers\"=\"rdls3,rdls4\""),
        (LIST, &format!("\"SpecifiedLicenseServers\"={TWO}")),
    ]);
    assert_eq!(found(&text), ["RDSL-028 info"]);
}

/// Card 38: Per User in a workgroup.
#[test]
fn per_user_in_a_workgroup() {
    let text = host(&[
        (CORE, "\"LicensingMode\"=dword:00000004"),
        (LIST, &format!("\"SpecifiedLicenseServers\"={TWO}")),
    ]);
    let text = text.replace("contoso.example", "");
    assert_eq!(found(&text), ["RDSL-012 error"]);
}

/// Card 41: multi-session Windows is not a session host, although its product type is server and its
/// licensing type is 6.
#[test]
fn multi_session_windows_is_left_alone() {
    for mode in [1, 5, 6] {
        let text = host(&[(CORE, &format!("\"LicensingMode\"=dword:0000000{mode}"))]);
        let text = text.replace("\"CurrentBuild\"", "\"EditionID\"=\"ServerRdsh\"\n\"CurrentBuild\"");
        assert_eq!(found(&text), [""; 0], "{mode}");
    }
}

/// Card 45: `PolicyAcOn` became 0.
#[test]
fn the_mode_of_2003_became_zero() {
    let server = format!(r"{CONTROL}\Terminal Server");
    let text = machine(&[
        (VERSION, "\"CurrentVersion\"=\"5.2\""),
        (&server, "\"TSAppCompat\"=dword:00000001"),
        (&format!(r"{server}\Licensing Core"), "\"PolicyAcOn\"=dword:00000000"),
    ]);
    assert_eq!(found(&text), ["RDSL-005 error"]);
}

/// Card 48: Windows Embedded Standard 7 has other numbers for the modes.
#[test]
fn embedded_windows_is_left_alone() {
    for mode in 1..=5 {
        let text = machine(&[
            (VERSION, "\"CurrentVersion\"=\"6.1\"\n\"ProductName\"=\"Windows Embedded Standard\""),
            (&format!(r"{CONTROL}\ProductOptions"), "\"ProductType\"=\"WinNT\""),
            (CORE, &format!("\"LicensingMode\"=dword:0000000{mode}")),
        ]);
        assert_eq!(found(&text), [""; 0], "{mode}");
    }
}

/// Card 54: a pasted space before the name of a value.
#[test]
fn a_blank_before_a_name() {
    let text = host(&[
        (CORE, "\" LicensingMode\"=dword:00000004"),
        (LIST, &format!("\"SpecifiedLicenseServers\"={TWO}")),
        (
            &PARAMETERS.replace("TermService", "TermServLicensing"),
            "\" DisableWorkgroupAuthEnforcement\"=dword:00000001",
        ),
    ]);
    assert_eq!(found(&text), ["RDSL-001 warning", "RDSL-190 warning", "RDSL-190 warning"]);
}

/// Card 55: the advice of machine-generated pages.
#[test]
fn machine_written_advice() {
    let text = host(&[
        (CORE, "\"LicensingMode\"=dword:00000004"),
        (POLICY, "\"LicenseServers\"=\"\""),
        (&format!(r"{CONTROL}\Terminal Server\RCM\LicenseServers\rdls1"), ""),
        (&format!(r"{CONTROL}\Terminal Server\RCM\SpecifiedLicenseServers"), ""),
        (&format!(r"{PARAMETERS}\License"), "\"LicensingMode\"=dword:00000004"),
        (r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\LicenseKeyStore", ""),
    ]);
    let expected =
        ["RDSL-011 info", "RDSL-011 warning", "RDSL-011 warning", "RDSL-020 warning", "RDSL-195 info"];
    assert_eq!(found(&text), expected);
}

/// Card 57: the server list beside the mode.
#[test]
fn the_list_beside_the_mode() {
    let text = host(&[(CORE, "\"LicensingMode\"=dword:00000004\n\"LicenseServers\"=\"rdls1\"")]);
    assert_eq!(found(&text), ["RDSL-020 warning", "RDSL-192 warning"]);
}

/// Errors on Microsoft's own pages.
#[test]
fn misspelt_keys() {
    let text = host(&[
        (CORE, "\"LicensingMode\"=dword:00000004"),
        (&LIST.replace("TermService", "TermServices"), &format!("\"SpecifiedLicenseServers\"={ONE}")),
        (&format!(r"{CONTROL}\TerminalServer\Licensing Core"), "\"PolicyAcOn\"=dword:00000004"),
    ]);
    assert_eq!(found(&text), ["RDSL-020 warning", "RDSL-194 warning", "RDSL-194 warning"]);
}

/// A policy file alone proves only its own settings; what depends on the machine is unknown.
#[test]
fn a_policy_alone() {
    let text = format!(
        "Windows Registry Editor Version 5.00\n;; source: scenarios of administrators\n\n[{POLICY}]\n\
         \"LicensingMode\"=dword:00000003\n\"LicenseServers\"=\"rdls1;rdls2\"\n\"**del.LicenseServers\"=\" \"\n"
    );
    assert_eq!(found(&text), ["RDSL-008 error", "RDSL-021 error", "RDSL-197 warning"]);
    let report = report(&text);
    let unknown: Vec<_> = report.unknown.iter().map(|unanswered| unanswered.rule).collect();
    for rule in ["RDSL-001", "RDSL-006", "RDSL-012", "RDSL-023", "RDSL-190"] {
        assert!(unknown.contains(&rule), "{rule}");
    }
}

/// A damaged list with very many entries is judged in one pass, and the size of each finding is limited.
#[test]
fn a_list_of_tens_of_thousands_of_entries() {
    let text = host(&[
        (CORE, "\"LicensingMode\"=dword:00000004"),
        (LIST, &format!("\"SpecifiedLicenseServers\"={ONE}")),
    ]);
    let mut fixture = fixture::parse(&text).unwrap();
    let entries: Vec<_> = (0..30_000).map(|number| format!(" s{}", number / 2)).collect();
    let snapshot = &mut fixture.machines[0];
    let path: KeyPath = LIST.parse().unwrap();
    snapshot.captures.push(Capture {
        extent: Extent::Tree,
        state: State::Key(Box::new(Key {
            name: "LicenseServers".into(),
            values: vec![Value::new(
                "SpecifiedLicenseServers",
                ValueType::MULTI_SZ,
                MultiString::encode(&entries),
            )],
            ..Key::default()
        })),
        path,
    });
    let report = judge(snapshot, &Options::at(fixture.at));
    let titles: Vec<_> =
        report.findings.iter().filter(|finding| is_ours(finding)).map(|found| &found.title).collect();
    assert_eq!(titles.len(), 3, "{titles:#?}");
    assert!(titles.iter().all(|title| title.len() < 500), "{titles:#?}");
}

/// On every fixture of the three families, no two rules base a warning on the same value. The exception are
/// two rules that report the consequence of a fault (no mode, no server) and name the places that cause it.
#[test]
fn one_fault_is_reported_once() {
    const CONSEQUENCES: [&str; 2] = ["RDSL-001", "RDSL-020"];
    let mut complaints = Vec::new();
    for rule in
        rules::all().filter(|rule| matches!(rule.family(), Family::Mode | Family::Servers | Family::Folklore))
    {
        let family = serde_json::to_value(rule.family()).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src/rules")
            .join(family.as_str().unwrap())
            .join(rule.name.replace('-', "_"));
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "reg") {
                continue;
            }
            let report = report(&fs::read_to_string(&path).unwrap());
            let mut by_value: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            let weighty = report.findings.iter().filter(|finding| finding.severity >= Severity::Warning);
            for finding in
                weighty.filter(|finding| is_ours(finding) && !CONSEQUENCES.contains(&finding.rule.id))
            {
                for evidence in finding.evidence.iter().filter(|evidence| evidence.value.is_some()) {
                    let rules = by_value.entry(evidence.to_string()).or_default();
                    if !rules.contains(&finding.rule.id) {
                        rules.push(finding.rule.id);
                    }
                }
            }
            by_value.retain(|evidence, rules| rules.len() > 1 && !evidence.ends_with(": absent"));
            complaints.extend(by_value.iter().map(|doubled| format!("{}: {doubled:?}", path.display())));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
