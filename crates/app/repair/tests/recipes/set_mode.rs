use repair::Arguments;

use crate::{plan, shown};

fn per_user() -> Arguments {
    Arguments::default().with("mode", "per-user")
}

const HOST: &str = r#"
;; source: licensing.md 2.1; keys as on a session host of Windows Server 2019
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server]
"TSAppCompat"=dword:00000000

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]
"LicensingMode"=dword:00000005

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions]
"ProductType"="ServerNT"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"ProductName"="Windows Server 2019 Standard"
"#;

#[test]
fn the_documented_value_is_set() {
    insta::assert_snapshot!(shown(&plan("set-mode", &per_user(), HOST)));
}

#[test]
fn a_mode_that_is_set_already_is_nothing_to_do() {
    let host = HOST.replace("dword:00000005", "dword:00000004");
    insta::assert_snapshot!(shown(&plan("set-mode", &per_user(), &host)), @"refused: nothing to do: the licensing mode is already Per User (4)");
}

#[test]
fn a_value_of_the_wrong_type_is_replaced() {
    let host = HOST.replace("dword:00000005", "\"4\"");
    insta::assert_snapshot!(shown(&plan("set-mode", &per_user(), &host)));
}

#[test]
fn a_policy_is_not_worked_around() {
    let host = format!(
        "{HOST}\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\n\"LicensingMode\"=dword:00000002\n"
    );
    insta::assert_snapshot!(shown(&plan("set-mode", &per_user(), &host)));
}

#[test]
fn windows_2003_keeps_the_mode_elsewhere() {
    let host = r#"
;; source: KB834651
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\Licensing Core]
"PolicyAcOn"=dword:00000000

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="5.2"
"#;
    insta::assert_snapshot!(shown(&plan("set-mode", &per_user(), host)));
}

#[test]
fn a_client_has_no_mode() {
    let client = HOST.replace("ServerNT", "WinNT").replace("Windows Server 2019 Standard", "Windows 10 Pro");
    insta::assert_snapshot!(shown(&plan("set-mode", &per_user(), &client)));
}

#[test]
fn without_the_policy_key_it_is_said_that_a_policy_may_win() {
    let host = HOST.replace(";; covers: HKLM\\SOFTWARE\n", "");
    insta::assert_snapshot!(shown(&plan("set-mode", &per_user(), &host)));
}
