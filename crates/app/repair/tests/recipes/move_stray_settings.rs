use std::fmt::Write as _;

use repair::{Arguments, Refusal};

use crate::{multi, plan, plan_of_policy, shown};

const SET: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet";

fn host(keys: &[(&str, &str)]) -> String {
    let mut text = r#"
;; source: licensing.md 0 and 13.1
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentMajorVersionNumber"=dword:0000000a
"#
    .to_owned();
    for (key, values) in keys {
        write!(text, "\n[{}]\n{values}\n", key.replace("SET", SET)).unwrap();
    }
    text
}

fn moved(keys: &[(&str, &str)]) -> String {
    shown(&plan("move-stray-settings", &Arguments::default(), &host(keys)))
}

fn removed(keys: &[(&str, &str)]) -> String {
    shown(&plan("move-stray-settings", &Arguments::default().with_flag("remove-only"), &host(keys)))
}

const CORE: &str = r"SET\Control\Terminal Server\RCM\Licensing Core";
const LISTENER: (&str, &str) =
    (r"SET\Control\Terminal Server\WinStations\RDP-Tcp", "\"LicensingMode\"=dword:00000004");
const POLICY: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
const LIST: &str = r"SET\Services\TermService\Parameters\LicenseServers";
const TOO_HIGH: &str = r"SET\Services\TermService\Parameters";

fn list(names: &[&str]) -> String {
    format!("\"SpecifiedLicenseServers\"={}", multi(names))
}

#[test]
fn a_mode_takes_the_place_of_not_configured() {
    insta::assert_snapshot!(moved(&[(CORE, "\"LicensingMode\"=dword:00000005"), LISTENER]));
}

#[test]
fn another_mode_in_force_is_not_overwritten() {
    let keys = [(CORE, "\"LicensingMode\"=dword:00000002"), LISTENER];
    insta::assert_snapshot!(moved(&keys));
    insta::assert_snapshot!(removed(&keys));
}

#[test]
fn the_same_mode_is_removed_only() {
    insta::assert_snapshot!(moved(&[(CORE, "\"LicensingMode\"=dword:00000004"), LISTENER]));
}

#[test]
fn strays_that_contradict_each_other_are_named() {
    let keys =
        [LISTENER, (r"SET\Control\TerminalServer\RCM\Licensing Core", "\"LicensingMode\"=dword:00000002")];
    insta::assert_snapshot!(moved(&keys));
    insta::assert_snapshot!(removed(&keys));
}

#[test]
fn under_a_policy_moving_has_no_effect() {
    let servers = list(&["rdls1"]);
    let policy = (POLICY, "\"LicenseServers\"=\"rdls9\"");
    insta::assert_snapshot!(moved(&[policy, (TOO_HIGH, &servers)]));
    let same = (POLICY, "\"LicenseServers\"=\"rdls1\"");
    insta::assert_snapshot!(moved(&[same, (TOO_HIGH, &servers)]));
}

#[test]
fn a_list_in_any_form_is_moved_and_its_invented_key_goes() {
    let keys = [
        (r"SET\Control\Terminal Server\RCM\LicenseServers\rdls1", ""),
        (r"SET\Control\Terminal Server\Computers\LicenseServers", "\"LicenseServers\"=\" rdls1\""),
        (TOO_HIGH, "\"ServiceDll\"=\"termsrv.dll\""),
    ];
    insta::assert_snapshot!(moved(&keys));
}

#[test]
fn a_key_that_holds_more_stays() {
    let keys = [
        (r"SET\Control\Terminal Server\RCM\LicenseServers\rdls1", "\"Port\"=dword:00000087"),
        (LIST, &list(&["rdls1"])),
    ];
    insta::assert_snapshot!(moved(&keys));
}

#[test]
fn a_service_of_somebody_else_is_left() {
    let servers = list(&["rdls1"]);
    let keys = [
        (r"SET\Services\TermServices", "\"ImagePath\"=\"C:\\\\App\\\\ts.exe\""),
        (r"SET\Services\TermServices\Parameters", servers.as_str()),
        LISTENER,
    ];
    insta::assert_snapshot!(moved(&keys));
    insta::assert_snapshot!(moved(&keys[..2]));
}

#[test]
fn a_misspelt_tree_goes_whole() {
    let servers = list(&["rdls1", "rdls2"]);
    insta::assert_snapshot!(moved(&[(r"SET\Services\TermServices\Parameters\LicenseServers", &servers)]));
}

#[test]
fn a_stray_that_cannot_be_read_is_not_guessed() {
    let keys = [(r"SET\Control\Terminal Server", "\"LicensingMode\"=\"four\"")];
    insta::assert_snapshot!(moved(&keys));
    insta::assert_snapshot!(moved(&[(TOO_HIGH, &list(&["https://rdls1"]))]));
    insta::assert_snapshot!(moved(&[(TOO_HIGH, &list(&["", " "]))]));
}

#[test]
fn other_names_with_a_blank() {
    let parameters = r"SET\Services\TermServLicensing\Parameters";
    let weakens = (parameters, "\" DisableWorkgroupAuthEnforcement\"=dword:00000001");
    let other = (parameters, "\"MaxVerPages \"=dword:00000400");
    insta::assert_snapshot!(moved(&[weakens]));
    insta::assert_snapshot!(moved(&[other]));
    insta::assert_snapshot!(removed(&[other]));
    insta::assert_snapshot!(moved(&[other, LISTENER]));
}

#[test]
fn windows_2003_takes_them_in_its_own_form() {
    let host = host(&[
        (r"SET\Control\TerminalServer\Licensing Core", "\"PolicyAcOn\"=dword:00000002"),
        (TOO_HIGH, &list(&["rdls1"])),
    ])
    .replace("\"6.3\"\n\"CurrentMajorVersionNumber\"=dword:0000000a", "\"5.2\"");
    insta::assert_snapshot!(shown(&plan("move-stray-settings", &Arguments::default(), &host)));
}

#[test]
fn nothing_astray_is_nothing_to_do() {
    let result = plan(
        "move-stray-settings",
        &Arguments::default(),
        &host(&[(CORE, "\"LicensingMode\"=dword:00000004")]),
    );
    assert!(matches!(result, Err(Refusal::NothingToDo(_))), "{result:?}");
}

#[test]
fn in_a_policy_file_the_place_is_the_policys() {
    let file = format!(
        ";; source: TerminalServer.admx\n;; covers: HKLM\\SOFTWARE\n\n[{POLICY}]\n\"LicensingMode \"=dword:00000004\n{}\n",
        list(&["rdls1", "rdls2"])
    );
    insta::assert_snapshot!(shown(&plan_of_policy("move-stray-settings", &Arguments::default(), &file)));
}

#[test]
fn what_came_by_policy_may_come_again() {
    let keys = [(POLICY, "\" LicenseServers\"=\"rdls1\""), (TOO_HIGH, "\"ServiceDll\"=\"termsrv.dll\"")];
    insta::assert_snapshot!(moved(&keys));
}
