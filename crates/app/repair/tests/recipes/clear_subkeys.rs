use repair::{Arguments, Refusal};

use crate::{plan, shown};

fn key(path: &str) -> Arguments {
    Arguments::default().with("key", path)
}

const MACHINE: &str = r#"
;; source: licensing.md 0 (S16) and 3.1
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\LicenseKeyStore]
"Note"="x"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\LicenseKeyStore\Pack1\Deep]
"Id"=dword:00000001

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\LicenseKeyStore\Pack2]

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\MSLicensing\HardwareID]
"ClientHWID"=hex:02,00,00,00

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000]
"ClientLicense"=hex:30,82

[HKEY_LOCAL_MACHINE\SOFTWARE\WOW6432Node\Microsoft\MSLicensing\Store\LICENSE000]
"ClientLicense"=hex:30,82

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\RDLS1]

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServices]
"ImagePath"="C:\\App\\ts.exe"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServices\Parameters]

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers]

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentMajorVersionNumber"=dword:0000000a
"#;

fn cleared(path: &str) -> String {
    shown(&plan("clear-subkeys", &key(path), MACHINE))
}

#[test]
fn an_invented_store_is_emptied_and_stays() {
    insta::assert_snapshot!(cleared(r"HKLM\SOFTWARE\Microsoft\LicenseKeyStore"));
}

#[test]
fn the_clients_store_is_emptied() {
    insta::assert_snapshot!(cleared(r"HKLM\SOFTWARE\Microsoft\MSLicensing\Store"));
    insta::assert_snapshot!(cleared(r"HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing\Store"));
}

#[test]
fn a_key_may_be_spelt_in_many_ways() {
    let plain = plan("clear-subkeys", &key(r"HKLM\SOFTWARE\Microsoft\LicenseKeyStore"), MACHINE).unwrap();
    for spelt in [
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\LicenseKeyStore\",
        r"[HKEY_LOCAL_MACHINE\Software\microsoft\licensekeystore]",
        r"HKLM:\SOFTWARE\Microsoft\LicenseKeyStore",
        r"Computer\HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\LicenseKeyStore",
        r"Registry::HKLM\SOFTWARE\Microsoft\LicenseKeyStore",
        r"Microsoft.PowerShell.Core\Registry::HKLM\SOFTWARE\Microsoft\LicenseKeyStore",
        r"\Registry\Machine\SOFTWARE\Microsoft\LicenseKeyStore",
        "hklm/SOFTWARE/Microsoft/LicenseKeyStore",
        "\"HKLM\\SOFTWARE\\Microsoft\\LicenseKeyStore\"",
    ] {
        let made = plan("clear-subkeys", &key(spelt), MACHINE).unwrap_or_else(|e| panic!("{spelt}: {e}"));
        assert_eq!(made.steps, plain.steps, "{spelt}");
    }
}

#[test]
fn the_number_of_the_current_control_set_is_understood() {
    let (mut snapshot, at) = crate::machine(MACHINE);
    let list = |set: &str| key(&format!(r"HKLM\SYSTEM\{set}\Services\TermService\Parameters\LicenseServers"));
    let history = repair::History::default();
    let current =
        crate::plan_for("clear-subkeys", &list("CurrentControlSet"), &snapshot, at, &history).unwrap();
    let unknown = crate::plan_for("clear-subkeys", &list("ControlSet001"), &snapshot, at, &history);
    assert!(matches!(unknown, Err(Refusal::Usage(_))), "{unknown:?}");
    snapshot.control_sets = Some(snapshot::ControlSets {
        resolved: "ControlSet001".to_owned(),
        current: Some(1),
        default: Some(1),
        last_known_good: None,
        failed: None,
        available: vec!["ControlSet001".to_owned(), "ControlSet002".to_owned()],
    });
    let numbered = crate::plan_for("clear-subkeys", &list("ControlSet001"), &snapshot, at, &history).unwrap();
    assert_eq!(numbered.steps, current.steps);
    let other = crate::plan_for("clear-subkeys", &list("ControlSet002"), &snapshot, at, &history);
    assert!(matches!(other, Err(Refusal::Usage(_))), "{other:?}");
}

#[test]
fn what_is_never_emptied() {
    let mut said = String::new();
    for path in [
        r"HKLM\SOFTWARE\Microsoft\MSLicensing",
        r"HKLM\SOFTWARE\Microsoft\MSLicensing\HardwareID",
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server",
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM",
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod",
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Secrets",
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Secrets\LicenseKeyStore",
        r"HKLM\SYSTEM\CurrentControlSet\Services\TermService",
        r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters",
        r"HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing",
        r"HKLM\SYSTEM\CurrentControlSet\Services\TermServices",
        r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services",
        r"HKLM\SOFTWARE\Policies\LicenseKeyStore",
        r"HKLM\SECURITY\Policy\Secrets",
        r"HKLM\SOFTWARE\Microsoft",
        r"HKLM",
        "LicenseKeyStore",
    ] {
        let result = plan("clear-subkeys", &key(path), MACHINE);
        assert!(matches!(result, Err(Refusal::Guard { .. } | Refusal::Usage(_))), "{path}: {result:?}");
        said.push_str(&shown(&result));
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_key_without_subkeys_is_nothing_to_do() {
    insta::assert_snapshot!(cleared(
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers"
    ));
    insta::assert_snapshot!(cleared(r"HKLM\SOFTWARE\LicenseKeyStore"));
}

#[test]
fn the_list_of_windows_2003_is_no_remnant_there() {
    let path = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers";
    insta::assert_snapshot!(cleared(path));
    let old = MACHINE.replace("\"6.3\"\n\"CurrentMajorVersionNumber\"=dword:0000000a", "\"5.2\"");
    insta::assert_snapshot!(shown(&plan("clear-subkeys", &key(path), &old)));
}
