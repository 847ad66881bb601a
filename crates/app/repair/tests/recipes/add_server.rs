use repair::{Arguments, Refusal};

use crate::{multi, plan, plan_of_policy, shown};

fn server(name: &str) -> Arguments {
    Arguments::default().with("servers", name)
}

fn host(list: &str) -> String {
    format!(
        "
;; source: licensing.md 2.2
;; covers: HKLM\\SYSTEM
;; covers: HKLM\\SOFTWARE

[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\LicenseServers]
{list}

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]
\"CurrentVersion\"=\"6.3\"
"
    )
}

fn listing(names: &[&str]) -> String {
    host(&format!("\"SpecifiedLicenseServers\"={}", multi(names)))
}

#[test]
fn a_server_comes_last() {
    let host = listing(&["rdls2.contoso.example", "rdls1.contoso.example"]);
    insta::assert_snapshot!(shown(&plan("add-server", &server("rdls3.contoso.example"), &host)));
}

#[test]
fn the_first_server_makes_the_list() {
    insta::assert_snapshot!(shown(&plan("add-server", &server("rdls1.contoso.example"), &host(""))));
}

#[test]
fn a_server_that_is_there_is_not_added() {
    let host = listing(&["rdls1.contoso.example"]);
    insta::assert_snapshot!(shown(&plan("add-server", &server("RDLS1"), &host)));
    let both = server("RDLS1").with("servers", "rdls2.contoso.example");
    insta::assert_snapshot!(shown(&plan("add-server", &both, &host)));
}

#[test]
fn a_list_that_windows_cannot_use_is_mended_first() {
    let text = host("\"SpecifiedLicenseServers\"=\"rdls1\"");
    insta::assert_snapshot!(shown(&plan("add-server", &server("rdls2"), &text)));
    let key_form = host("").replace(
        "\\LicenseServers]\n",
        &format!(
            "\\LicenseServers\\SpecifiedLicenseServers]\n\"SpecifiedLicenseServers\"={}",
            multi(&["rdls1"])
        ),
    );
    insta::assert_snapshot!(shown(&plan("add-server", &server("rdls2"), &key_form)));
}

#[test]
fn a_policy_file_is_added_to() {
    let file = ";; source: TerminalServer.admx\n;; covers: HKLM\\SOFTWARE\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\n\"LicenseServers\"=\"rdls1.contoso.example\"\n";
    insta::assert_snapshot!(shown(&plan_of_policy("add-server", &server("rdls2.contoso.example"), file)));
    assert!(matches!(plan("add-server", &server("rdls2.contoso.example"), file), Err(Refusal::Guard { .. })));
}
