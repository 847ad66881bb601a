use std::collections::BTreeSet;

use licensing::model::ServerEntry;
use licensing::{Machine, Profile};
use proptest::prelude::*;
use repair::{Arguments, History, Refusal};
use snapshot::Snapshot;

use crate::mending::carry_out;
use crate::{multi, plan, plan_for, plan_of_policy, shown};

fn host(values: &str) -> String {
    format!(
        "
;; source: licensing.md 2.2
;; covers: HKLM\\SYSTEM
;; covers: HKLM\\SOFTWARE

[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\LicenseServers]
{values}

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]
\"CurrentVersion\"=\"6.3\"
\"CurrentMajorVersionNumber\"=dword:0000000a
"
    )
}

fn listing(names: &[&str]) -> String {
    host(&format!("\"SpecifiedLicenseServers\"={}", multi(names)))
}

fn tidied(host: &str) -> String {
    shown(&plan("tidy-servers", &Arguments::default(), host))
}

#[test]
fn everything_at_once() {
    insta::assert_snapshot!(tidied(&listing(&[
        " rdls1",
        "",
        "RDLS1",
        "rdls2;rdls3",
        "rdls4\r\n",
        "rdls5 rdls6"
    ])));
}

#[test]
fn a_tidy_list_is_nothing_to_do() {
    insta::assert_snapshot!(tidied(&listing(&["rdls1", "rdls2"])));
}

#[test]
fn a_text_becomes_a_multi_string() {
    insta::assert_snapshot!(tidied(&host("\"SpecifiedLicenseServers\"=\"rdls1, rdls2\"")));
}

#[test]
fn an_expandable_text_becomes_a_multi_string_unless_it_names_variables() {
    let expand = |text: &str| {
        let bytes = snapshot::Text::encode(text);
        let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        host(&format!("\"SpecifiedLicenseServers\"=hex(2):{}", hex.join(",")))
    };
    insta::assert_snapshot!(tidied(&expand("rdls1")));
    insta::assert_snapshot!(tidied(&expand("%LS%")));
}

#[test]
fn a_list_that_is_not_ended_is_ended() {
    insta::assert_snapshot!(tidied(&host("\"SpecifiedLicenseServers\"=hex(7):72,00,31,00,00,00")));
    insta::assert_snapshot!(tidied(&host("\"SpecifiedLicenseServers\"=hex(7):72,00,31,00")));
}

#[test]
fn a_list_without_text_is_not_guessed() {
    insta::assert_snapshot!(tidied(&host("\"SpecifiedLicenseServers\"=hex:72,00,31,00,00,00")));
    insta::assert_snapshot!(tidied(&listing(&["", " "])));
    insta::assert_snapshot!(tidied(&host("")));
}

#[test]
fn short_and_long_name_are_two_unless_told_otherwise() {
    let host = listing(&["rdls1", "rdls2", "rdls1.contoso.example"]);
    insta::assert_snapshot!(tidied(&host));
    let merged = plan("tidy-servers", &Arguments::default().with_flag("merge-short-names"), &host);
    insta::assert_snapshot!(shown(&merged));
}

#[test]
fn what_is_no_name_is_left_and_named() {
    insta::assert_snapshot!(tidied(&listing(&["https://rdls1", " rdls2", "rdls3 (old)"])));
}

#[test]
fn names_are_restored() {
    let single = |kind: u8, bytes: &[u8]| {
        let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        host(&format!("\"SpecifiedLicenseServers\"=hex({kind}):{}", hex.join(",")))
    };
    let both = r#"-> REG_MULTI_SZ ["rdls1.contoso.example", "rdls2"]"#;
    for list in [
        single(7, b"rdls1.contoso.example\0rdls2\0\0"),
        single(1, b"rdls1.contoso.example,rdls2"),
        single(2, b"rdls1.contoso.example;rdls2\0"),
        listing(&[r"rdls1.contoso.example\0rdls2"]),
        listing(&[r"rdls1.contoso.example\\0rdls2\\0"]),
        listing(&["\u{feff}rdls1.contoso.example", "rdls\u{200b}2"]),
    ] {
        assert!(tidied(&list).contains(both), "{list}: {}", tidied(&list));
    }
}

#[test]
fn a_list_of_what_is_no_name_is_refused() {
    for entry in [
        "System.String[]",
        "System.Object[]",
        "%COMPUTERNAME%",
        "$env:COMPUTERNAME",
        "@(ls1,ls2)",
        "@('ls1','ls2')",
        "{ls1}",
        "\"ls1\"",
    ] {
        let told = tidied(&listing(&[entry]));
        assert!(told.starts_with("refused: the license server list contains text"), "{entry}");
        assert!(told.contains("set-servers"), "{told}");
    }
    let told = tidied(&listing(&["rdls1", "https://rdls2"]));
    assert!(told.starts_with("refused:") && told.contains("https://rdls2"), "{told}");
}

#[test]
fn the_key_form_is_taken_into_the_list() {
    let key_form = format!(
        "\"SpecifiedLicenseServers\"={}\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\LicenseServers\\SpecifiedLicenseServers]\n\"SpecifiedLicenseServers\"={}",
        multi(&["rdls1.contoso.example"]),
        multi(&["RDLS1", "rdls2"])
    );
    insta::assert_snapshot!(tidied(&host(&key_form)));
}

#[test]
fn a_policy_file_keeps_commas() {
    let file = ";; source: TerminalServer.admx\n;; covers: HKLM\\SOFTWARE\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\n\"LicenseServers\"=\"rdls1, rdls2;rdls3,\"\n";
    insta::assert_snapshot!(shown(&plan_of_policy("tidy-servers", &Arguments::default(), file)));
    let refused = plan("tidy-servers", &Arguments::default(), file);
    assert!(matches!(refused, Err(Refusal::Guard { .. })));
}

#[test]
fn windows_2003_names_are_keys() {
    let host = r#"
;; source: KB279561
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\RDLS1 ]

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="5.2"
"#;
    insta::assert_snapshot!(tidied(host));
}

/// Every name in the local lists of a machine, with any separators.
fn names(snapshot: &Snapshot, at: snapshot::FileTime) -> BTreeSet<String> {
    let machine = Machine::new(snapshot, at, Profile::Auto);
    let lists = machine.license_servers().read().filter_map(|list| list.value.clone());
    let entries: Vec<ServerEntry> = lists.flatten().collect();
    let separates = |c: char| matches!(c, ',' | ';' | '|') || c.is_control() || c.is_whitespace();
    let parts = entries.iter().flat_map(|entry| entry.0.split(separates));
    parts.filter(|part| !part.is_empty()).map(|part| ServerEntry(part.to_owned()).folded()).collect()
}

fn is_tidied_once(host: &str) {
    let (mut snapshot, at) = crate::machine(host);
    let before = names(&snapshot, at);
    let tidy = |snapshot: &Snapshot| {
        plan_for("tidy-servers", &Arguments::default(), snapshot, at, &History::default())
    };
    let Ok(plan) = tidy(&snapshot) else { return };
    carry_out(&plan, &mut snapshot);
    let after = names(&snapshot, at);
    assert!(after.is_subset(&before), "{after:?} of {before:?}");
    // A short name in the copy corresponds to the full name in the list.
    let full = |short: &str| after.iter().any(|name| name.starts_with(&format!("{short}.")));
    let lost: Vec<_> = before.difference(&after).filter(|name| !full(name)).collect();
    assert!(lost.is_empty(), "{lost:?} of {before:?}");
    let again = tidy(&snapshot);
    // Entries that are not names remain, and the recipe refuses such a list.
    let is_done = matches!(again, Err(Refusal::NothingToDo(_) | Refusal::Guard { .. }));
    assert!(is_done, "{}", shown(&again));
}

proptest! {
    #[test]
    fn no_name_is_lost_and_once_is_enough(
        items in prop::collection::vec("[ a-c.;,|\t\r\n:/()-]{0,8}", 0..6),
        copy in prop::collection::vec("[ a-c.]{0,4}", 0..3),
    ) {
        let items: Vec<_> = items.iter().map(String::as_str).collect();
        let copy: Vec<_> = copy.iter().map(String::as_str).collect();
        is_tidied_once(&listing(&items));
        is_tidied_once(&host(&format!(
            "\"SpecifiedLicenseServers\"={}\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\LicenseServers\\SpecifiedLicenseServers]\n\"SpecifiedLicenseServers\"={}",
            multi(&items),
            multi(&copy),
        )));
    }

    #[test]
    fn arbitrary_data_is_tidied_once_or_refused(kind in 0_u8..8, bytes in prop::collection::vec(any::<u8>(), 0..24)) {
        let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (mut snapshot, at) = crate::machine(&host(&format!("\"SpecifiedLicenseServers\"=hex({kind}):{}", hex.join(","))));
        let tidy = |snapshot: &Snapshot| {
            plan_for("tidy-servers", &Arguments::default(), snapshot, at, &History::default())
        };
        if let Ok(plan) = tidy(&snapshot) {
            carry_out(&plan, &mut snapshot);
            prop_assert!(tidy(&snapshot).is_err());
        }
    }
}
