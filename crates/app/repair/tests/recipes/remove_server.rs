use repair::Arguments;

use crate::{multi, plan, shown};

fn server(name: &str) -> Arguments {
    Arguments::default().with("servers", name)
}

fn listing(names: &[&str]) -> String {
    format!(
        "
;; source: licensing.md 2.2
;; covers: HKLM\\SYSTEM
;; covers: HKLM\\SOFTWARE

[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\LicenseServers]
\"SpecifiedLicenseServers\"={}

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]
\"CurrentVersion\"=\"6.3\"
",
        multi(names)
    )
}

#[test]
fn a_server_is_found_without_its_domain_and_the_order_stays() {
    let host = listing(&["rdls3", "oldls.contoso.example", "rdls1"]);
    insta::assert_snapshot!(shown(&plan("remove-server", &server("OLDLS"), &host)));
}

#[test]
fn a_faulty_entry_can_be_removed_too() {
    let host = listing(&["rdls1", "https://rdls2", " oldls "]);
    let both = server("https://rdls2").with("servers", "oldls").with("servers", "rdls8");
    insta::assert_snapshot!(shown(&plan("remove-server", &both, &host)));
}

#[test]
fn the_last_one_stays_unless_told_otherwise() {
    let host = listing(&["rdls1"]);
    insta::assert_snapshot!(shown(&plan("remove-server", &server("rdls1"), &host)));
    insta::assert_snapshot!(shown(&plan("remove-server", &server("rdls1").with_flag("allow-empty"), &host)));
}

#[test]
fn a_server_that_is_not_there_is_nothing_to_do() {
    insta::assert_snapshot!(shown(&plan("remove-server", &server("rdls8"), &listing(&["rdls1", "rdls2"]))));
}

#[test]
fn a_short_name_of_two_hosts_is_asked_back() {
    let host = listing(&["rdls1.contoso.example", "rdls1.fabrikam.example"]);
    insta::assert_snapshot!(shown(&plan("remove-server", &server("rdls1"), &host)));
}

#[test]
fn windows_2003_loses_a_subkey() {
    let host = r#"
;; source: KB279561
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\OLDLS]

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\RDLS1]

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="5.2"
"#;
    insta::assert_snapshot!(shown(&plan("remove-server", &server("oldls"), host)));
}
