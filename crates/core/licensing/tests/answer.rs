//! The first line: what it claims, and what it must not claim without the evidence.
#![allow(clippy::panic, reason = "a fixture that cannot be parsed must fail its test")]

use licensing::verdict::Standing;
use licensing::{Options, Verdict, judge};

const COVERS: &str = "Windows Registry Editor Version 5.00\n;; source: the rows of this test\n;; covers: HKLM\\SYSTEM\n;; covers: HKLM\\SOFTWARE\n";

/// A session host of this build.
fn host(build: u32) -> String {
    format!(
        r#"
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache\RDS-RD-Server]
"InstallState"=dword:00000001

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions]
"ProductType"="ServerNT"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentMajorVersionNumber"=dword:0000000a
"CurrentMinorVersionNumber"=dword:00000000
"CurrentBuild"="{build}"
"ProductName"="Windows Server"
"EditionID"="ServerStandard"
"#
    )
}

/// A licensing mode and a list of license servers by Group Policy.
const CONFIGURED: &str = r#"
[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services]
"LicensingMode"=dword:00000002
"LicenseServers"="rdls1.contoso.example"
"#;

const UNREACHABLE: &str =
    ";; fact: wmi.license-server-connectivity = [{\"server\": \"rdls1.contoso.example\", \"status\": 6}]\n";
const VALID: &str =
    ";; fact: wmi.license-server-connectivity = [{\"server\": \"rdls1.contoso.example\", \"status\": 11}]\n";
const SILENT: &str = ";; fact: network.reachability = [{\"name\": \"rdls1.contoso.example\", \"reachable\": false, \"port\": 135}]\n";

fn grace(days: u32) -> String {
    format!(";; fact: wmi.grace-days = {days}\n")
}

fn verdict(facts: &str, keys: &str) -> Verdict {
    let fixture = match fixture::parse(&format!("{COVERS}{facts}{keys}")) {
        Ok(fixture) => fixture,
        Err(error) => panic!("{error:?}"),
    };
    // The fixtures have no certificates and no grace record.
    let ignore = ["RDSL-042", "RDSL-060", "RDSL-061"].map(str::to_owned).to_vec();
    Verdict::of(&judge(&fixture.machines[0], &Options { ignore, ..Options::at(fixture.at) }))
}

#[test]
fn a_host_whose_list_is_right_is_not_called_working() {
    let verdict = verdict("", &format!("{}{CONFIGURED}", host(20348)));
    assert!(
        verdict.sentence.contains("whether the license server answers was not examined"),
        "{}",
        verdict.sentence
    );
    assert_eq!(verdict.next.expect("a command").command, "rdscal probe rdls1.contoso.example");
}

#[test]
fn a_valid_license_server_or_a_running_grace_period_is_enough() {
    let keys = format!("{}{CONFIGURED}", host(20348));
    for (facts, expected) in [
        (VALID.to_owned(), "licensing works: Per Device (2), licenses from “rdls1.contoso.example”"),
        (grace(30), "the grace period runs until"),
    ] {
        let verdict = verdict(&facts, &keys);
        assert!(verdict.sentence.contains(expected), "{}", verdict.sentence);
        assert!(verdict.sentence.starts_with("licensing works"), "{}", verdict.sentence);
    }
}

#[test]
fn an_unreachable_server_refuses_those_without_a_license() {
    let keys = |build| format!("{}{CONFIGURED}", host(build));
    let over = format!("{UNREACHABLE}{}", grace(0));
    let now = verdict(&over, &keys(20348));
    assert!(now.sentence.starts_with("users without a valid license are locked out"), "{}", now.sentence);
    let soft = verdict(&over, &keys(17763));
    assert!(
        soft.sentence.starts_with("users without a valid license are disconnected after 60 minutes"),
        "{}",
        soft.sentence
    );
    let later = verdict(&format!("{UNREACHABLE}{}", grace(9)), &keys(20348));
    assert!(
        later.sentence.starts_with("users without a valid license will be locked out on "),
        "{}",
        later.sentence
    );
}

/// A probe from another place does not show what the host reaches.
#[test]
fn a_silent_probe_locks_nobody_out() {
    let verdict = verdict(&format!("{SILENT}{}", grace(0)), &format!("{}{CONFIGURED}", host(20348)));
    assert!(!verdict.sentence.contains("locked out"), "{}", verdict.sentence);
    assert!(verdict.sentence.contains("no license server can be reached"), "{}", verdict.sentence);
}

#[test]
fn a_host_without_settings_is_locked_out_when_the_grace_period_is_over() {
    for (facts, expected) in [
        (grace(0), "users are locked out: "),
        (grace(12), "users will be locked out on "),
        (String::new(), "the end of the grace period is missing from this source"),
    ] {
        let verdict = verdict(&facts, &host(20348));
        assert!(verdict.sentence.contains(expected), "{}", verdict.sentence);
    }
}

/// A name from a registry becomes part of a command only if it is a host name.
#[test]
fn a_strange_name_is_not_part_of_a_command() {
    for name in ["x; shutdown -h now", "$(id)", "a b", "`id`", "rdls1 & calc", "-o"] {
        let list = CONFIGURED.replace("rdls1.contoso.example", name);
        let verdict = verdict("", &format!("{}{list}", host(20348)));
        if let Some(next) = verdict.next {
            assert!(!next.command.contains(name), "{}", next.command);
        }
    }
}

#[test]
fn a_license_server_works_if_it_is_activated_and_has_free_licenses() {
    let keys = r#"
[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions]
"ProductType"="ServerNT"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServLicensing]
"Start"=dword:00000002
"#;
    let not_host = ";; fact: wmi.terminal-server-mode = 0\n";
    let pack = |issued: u32| {
        format!(
            ";; fact: wmi.key-packs = [{{\"id\": 3, \"kind\": 2, \"product_type\": 0, \"version_id\": 7, \"total\": 10, \"issued\": {issued}}}]\n"
        )
    };
    let activated = ";; fact: wmi.activation-status = 0\n";
    let cases = [
        (format!("{not_host}{activated}{}", pack(3)), true),
        (format!("{not_host}{activated}{}", pack(10)), false),
        (format!("{not_host}{activated};; fact: wmi.key-packs = []\n"), false),
        (format!("{not_host};; fact: wmi.activation-status = 1\n{}", pack(3)), false),
        (not_host.to_owned(), false),
    ];
    for (facts, works) in cases {
        let verdict = verdict(&facts, keys);
        assert_eq!(verdict.sentence.starts_with("licensing works"), works, "{facts}: {}", verdict.sentence);
        assert!(works || verdict.standing != Standing::Healthy, "{facts}: {}", verdict.sentence);
        // What was examined and is wrong is not called unexamined.
        let was_examined = facts.contains("key-packs") && facts.contains("activation-status");
        assert!(!was_examined || !verdict.sentence.contains("not examined"), "{facts}: {}", verdict.sentence);
    }
}
