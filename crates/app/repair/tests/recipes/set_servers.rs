use repair::{Arguments, Refusal};

use crate::{multi, plan, plan_of_policy, shown};

fn servers(names: &[&str]) -> Arguments {
    let mut arguments = Arguments::default();
    for name in names {
        arguments.push("servers", *name);
    }
    arguments
}

const TWO: [&str; 2] = ["rdls1.contoso.example", "rdls2.contoso.example"];

const LIST: &str =
    r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers]";
const POLICY: &str = r"[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services]";

const HOST: &str = r#"
;; source: licensing.md 2.2; keys as on a session host of Windows Server 2022 without a list
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters]
"ServiceDll"="termsrv.dll"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]
"LicensingMode"=dword:00000004

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions]
"ProductType"="ServerNT"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName]
"ComputerName"="RDSH1"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters]
"Domain"="contoso.example"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentMajorVersionNumber"=dword:0000000a
"CurrentMinorVersionNumber"=dword:00000000
"ProductName"="Windows Server 2022 Standard"
"#;

fn old_host(version: &str) -> String {
    format!(
        r#"
;; source: KB279561, KB239107
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\OLDLS]

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="{version}"
"#
    )
}

#[test]
fn a_first_list_creates_its_key() {
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&TWO), HOST)));
}

#[test]
fn a_list_is_replaced_and_old_forms_are_named() {
    let host = format!(
        "{HOST}\n{LIST}\n\"specifiedlicenseservers\"={}\n\n{}\n\n{}\n\"SpecifiedLicenseServers\"={}\n\n{}\n\"SpecifiedLicenseServers\"={}\n",
        multi(&["oldls"]),
        LIST.replace(']', r"\OLDLS]"),
        LIST.replace(']', r"\SpecifiedLicenseServers]"),
        multi(&["oldls"]),
        LIST.replace(r"\LicenseServers]", "]"),
        multi(&["rdls1"]),
    );
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&TWO), &host)));
}

#[test]
fn a_list_that_is_there_already_is_nothing_to_do() {
    let host = format!("{HOST}\n{LIST}\n\"SpecifiedLicenseServers\"={}\n", multi(&TWO));
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&TWO), &host)));
}

#[test]
fn a_policy_is_not_worked_around() {
    let host = format!(
        "{HOST}\n{POLICY}\n\"LicenseServers\"=\"rdls9.contoso.example\"\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Group Policy\\History\\{{35378EAC-683F-11D2-A89A-00C04FBBCFA2}}\\0]\n\"DisplayName\"=\"RDS hosts\"\n"
    );
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&TWO), &host)));
}

#[test]
fn an_empty_policy_is_named() {
    let host = format!("{HOST}\n{POLICY}\n\"LicenseServers\"=\"\"\n");
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&TWO[..1]), &host)));
}

#[test]
fn without_the_software_hive_it_is_said_that_a_policy_may_win() {
    let host = HOST.replace(";; covers: HKLM\\SOFTWARE\n", "");
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&TWO[..1]), &host)));
}

#[test]
fn a_policy_file_takes_a_text_with_commas() {
    let file = format!(
        ";; source: TerminalServer.admx\n;; covers: HKLM\\SOFTWARE\n\n{POLICY}\n\"LicenseServers\"=\"oldls\"\n"
    );
    insta::assert_snapshot!(shown(&plan_of_policy("set-servers", &servers(&TWO), &file)));
}

#[test]
fn windows_2003_takes_one_subkey_for_each() {
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&TWO), &old_host("5.2"))));
}

#[test]
fn windows_2000_takes_one_name() {
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&["RDLS1"]), &old_host("5.0"))));
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&TWO), &old_host("5.0"))));
}

#[test]
fn windows_2008_is_told_to_look() {
    let host = HOST
        .replace(
            "\"CurrentMajorVersionNumber\"=dword:0000000a\n\"CurrentMinorVersionNumber\"=dword:00000000\n",
            "",
        )
        .replace("\"CurrentVersion\"=\"6.3\"", "\"CurrentVersion\"=\"6.0\"");
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&TWO[..1]), &host)));
}

#[test]
fn a_client_has_no_list() {
    let client = HOST.replace("ServerNT", "WinNT").replace("Windows Server 2022 Standard", "Windows 10 Pro");
    assert!(matches!(plan("set-servers", &servers(&TWO), &client), Err(Refusal::Guard { .. })));
}

#[test]
fn what_is_no_name_is_told_apart() {
    let mut said = String::new();
    for names in [
        &["https://rdls1.contoso.example"] as &[&str],
        &[r"\\rdls1"],
        &["rdls1:135"],
        &["rdls1 rdls2"],
        &["rdls1,rdls2"],
        &["\"rdls1\""],
        &["rdls1\nrdls2"],
        &[" "],
        &["rdls*"],
        &["rdls1..contoso"],
        &["rdls1", "RDLS1 "],
        &["rdls1", "rdls1.contoso.example"],
        &["localhost"],
        &["127.0.0.1"],
    ] {
        said.push_str(&shown(&plan("set-servers", &servers(names), HOST)));
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_license_server_may_name_itself() {
    let both = format!(
        "{HOST}\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermServLicensing]\n\"Start\"=dword:00000002\n"
    );
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&["localhost"]), &both)));
}

#[test]
fn a_host_that_names_itself_is_told_so() {
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&["rdsh1.contoso.example"]), HOST)));
}

#[test]
fn an_address_is_taken_with_a_word() {
    insta::assert_snapshot!(shown(&plan("set-servers", &servers(&["10.0.0.5"]), HOST)));
}

#[test]
fn a_list_that_was_not_captured_is_not_written() {
    let host = ";; source: made for this test\n;; partial: HKLM\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters]\n\"ServiceDll\"=\"termsrv.dll\"\n";
    assert!(matches!(plan("set-servers", &servers(&TWO), host), Err(Refusal::Unseen { .. })));
}
