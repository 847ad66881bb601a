use repair::Arguments;

use crate::{plan, shown};

fn none() -> Arguments {
    Arguments::default()
}

fn because(reason: &str) -> Arguments {
    Arguments::default().with("reason", reason)
}

/// A license server, which the fixtures of the rules lack.
const SERVER: &str = r#"
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers]
"SpecifiedLicenseServers"=hex(7):72,00,64,00,6c,00,73,00,31,00,00,00,00,00
"#;

/// A fixture of a rule of the certificates family.
macro_rules! host {
    ($name:literal) => {
        concat!(
            include_str!(concat!("../../../../core/licensing/src/rules/certificates/", $name, ".reg")),
            "\n"
        )
    };
}

#[test]
fn a_damaged_certificate_is_made_anew() {
    let host = host!("host_certificate_invalid/fires_truncated_on_host").to_owned() + SERVER;
    insta::assert_snapshot!(shown(&plan("reset-host-certificates", &none(), &host)));
}

#[test]
fn without_a_license_server_nothing_is_deleted() {
    let host =
        host!("host_certificate_invalid/fires_truncated_on_host").to_owned() + ";; covers: HKLM\\SOFTWARE\n";
    insta::assert_snapshot!(shown(&plan("reset-host-certificates", &none(), &host)));
}

#[test]
fn without_the_policy_it_is_not_known_whether_there_is_a_license_server() {
    let host = host!("host_certificate_invalid/fires_truncated_on_host");
    insta::assert_snapshot!(shown(&plan("reset-host-certificates", &none(), host)));
}

#[test]
fn a_license_server_that_the_host_cannot_use_is_none() {
    let answer = ";; fact: wmi.license-server-connectivity = [{\"server\": \"rdls1\", \"status\": 6}]\n";
    let host = host!("host_certificate_invalid/fires_truncated_on_host").to_owned() + SERVER + answer;
    insta::assert_snapshot!(shown(&plan("reset-host-certificates", &none(), &host)));
}

#[test]
fn sound_certificates_stay() {
    let host = host!("host_certificate_invalid/silent_windows_10").to_owned() + SERVER;
    insta::assert_snapshot!(shown(&plan("reset-host-certificates", &none(), &host)));
}

#[test]
fn sound_certificates_go_with_a_reason() {
    let host = host!("host_certificate_suspected/fires").to_owned() + SERVER;
    insta::assert_snapshot!("events_alone", shown(&plan("reset-host-certificates", &none(), &host)));
    let reason = because("event 1003 from all clients since the restore of 3 March");
    insta::assert_snapshot!("with_reason", shown(&plan("reset-host-certificates", &reason, &host)));
}

#[test]
fn a_client_windows_needs_no_license_server() {
    let client = host!("host_certificate_invalid/fires_changed").to_owned()
        + "\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ProductOptions]\n\"ProductType\"=\"WinNT\"\n";
    insta::assert_snapshot!(shown(&plan("reset-host-certificates", &none(), &client)));
}

#[test]
fn windows_2003_keeps_them_elsewhere() {
    let host = r#"
;; source: KB329896; four bytes instead of a certificate
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server]
"TSAppCompat"=dword:00000001

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters]
"Certificate"=hex:01,00,00,00
"X509 Certificate ID"=hex:01,02

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="5.2"
"#;
    insta::assert_snapshot!(shown(&plan("reset-host-certificates", &none(), host)));
}

#[test]
fn an_empty_reason_is_none() {
    let host = host!("host_certificate_suspected/fires").to_owned() + SERVER;
    insta::assert_snapshot!(shown(&plan("reset-host-certificates", &because(" "), &host)), @"refused: --reason needs a text: the evidence that the certificates are invalid");
}

#[test]
fn the_old_certificate_is_never_removed() {
    let host = host!("host_certificate_invalid/silent_windows_7").to_owned() + SERVER;
    // One byte of the version in the old certificate is changed.
    let host = host.replacen("\"CertificateOld\"=hex:01,", "\"CertificateOld\"=hex:07,", 1);
    insta::assert_snapshot!(shown(&plan("reset-host-certificates", &none(), &host)));
}
