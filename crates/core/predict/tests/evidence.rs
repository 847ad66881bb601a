//! The facts of a day, read from machines that were made for it.
#![allow(clippy::unwrap_used, clippy::panic)]

use licensing::{Machine, Profile};
use predict::case::{Asked, Class};
use predict::decide::decide;
use predict::evidence::Scene;
use snapshot::{FileTime, Snapshot};

/// A session host of Windows Server 2022 in a domain, with one license server, in this mode.
fn host(mode: u32, facts: &str) -> Snapshot {
    snapshot(&format!(
        r#"{facts}
[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName]
"ComputerName"="HOST"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions]
"ProductType"="ServerNT"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters]
"Domain"="contoso.example"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]
"LicensingMode"=dword:{mode:08x}

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers]
"SpecifiedLicenseServers"=hex(7):72,00,64,00,6c,00,73,00,30,00,31,00,00,00,00,00

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentMajorVersionNumber"=dword:0000000a
"CurrentMinorVersionNumber"=dword:00000000
"CurrentBuild"="20348"
"#
    ))
}

/// The license server of that host, with this build of Windows.
fn server(build: u32, facts: &str, policy: &str) -> Snapshot {
    named_server("RDLS01", build, facts, policy)
}

fn named_server(name: &str, build: u32, facts: &str, policy: &str) -> Snapshot {
    snapshot(&format!(
        r#"{facts}
[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName]
"ComputerName"="{name}"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions]
"ProductType"="ServerNT"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServLicensing]
"Start"=dword:00000002

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services]
{policy}

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentMajorVersionNumber"=dword:0000000a
"CurrentMinorVersionNumber"=dword:00000000
"CurrentBuild"="{build}"
"#
    ))
}

fn snapshot(text: &str) -> Snapshot {
    let head = "Windows Registry Editor Version 5.00\n;; source: made for this test\n\
                ;; covers: HKLM\\SYSTEM\n;; covers: HKLM\\SOFTWARE\n";
    fixture::parse(&format!("{head}{text}")).unwrap().machines.remove(0)
}

/// `GetTStoLSConnectivityStatus` of each server.
fn status(statuses: &[u32]) -> String {
    let each: Vec<_> =
        statuses.iter().map(|status| format!(r#"{{"server":"rdls01","status":{status}}}"#)).collect();
    format!(";; fact: wmi.license-server-connectivity = [{}]\n", each.join(","))
}

/// A pack of this kind and version, of which this many of 5 are issued.
fn pack(kind: u32, version: u32, issued: u32) -> String {
    format!(
        r#";; fact: wmi.key-packs = [{{"id":3,"kind":2,"product_type":{kind},"version_id":{version},"total":5,"issued":{issued}}}]"#
    ) + "\n"
}

const ENDS_2027: &str = ";; fact: grace.record-end = \"2027-01-01T00:00:00Z\"\n";
const BEFORE: &str = "2026-12-31";
const AFTER: &str = "2027-01-02";

/// The rows that are possible for a class on a day.
fn rows(host: &Snapshot, servers: &[&Snapshot], class: Class, day: &str) -> String {
    let at: FileTime = day.parse().unwrap();
    let machine = |snapshot| Machine::new(snapshot, at, Profile::Auto);
    let host = machine(host);
    let servers: Vec<_> = servers.iter().map(|server| machine(server)).collect();
    let scene = Scene { host: &host, client: None, servers: servers.iter().collect(), assumed: &[] };
    let reading = scene.read().at(at).with(&class.facts(&host, Asked::default(), &[]));
    let rows: Vec<_> = decide(&reading.facts).rows().map(|row| row.id).collect();
    rows.join(" ")
}

#[test]
fn the_mode_and_the_grace_period() {
    let facts = ENDS_2027.to_owned() + &status(&[6]);
    for (mode, before, after) in [(5, "2", "3"), (4, "7a", "7c"), (2, "13a", "13c")] {
        let host = host(mode, &facts);
        assert_eq!(rows(&host, &[], Class::NewDevice, BEFORE), before, "mode {mode}");
        assert_eq!(rows(&host, &[], Class::NewDevice, AFTER), after, "mode {mode}");
        assert_eq!(rows(&host, &[], Class::Administrator, AFTER), "1a", "mode {mode}");
    }
}

#[test]
fn each_status_of_the_license_server() {
    let expected =
        [(6, "13c"), (4, "14c"), (3, "14c"), (5, "14c"), (11, "11a"), (9, "11a"), (8, "11a 13c 14c")];
    for (number, rows_of_it) in expected {
        let host = host(2, &(ENDS_2027.to_owned() + &status(&[number])));
        assert_eq!(rows(&host, &[], Class::NewDevice, AFTER), rows_of_it, "status {number}");
    }
    // The best of several servers counts.
    let host = host(2, &(ENDS_2027.to_owned() + &status(&[6, 11, 4])));
    assert_eq!(rows(&host, &[], Class::NewDevice, AFTER), "11a");
}

#[test]
fn the_packs_of_the_license_server() {
    let usable = ENDS_2027.to_owned() + &status(&[11]);
    let per_device = host(2, &usable);
    let per_user = host(4, &usable);
    for (packs, policy, device, user) in [
        (pack(0, 7, 4), "", "12a", "5d"),
        (pack(0, 7, 5), "", "14c", "5d"),
        (pack(0, 6, 0), "", "14c", "5d"),
        (pack(0, 8, 0), "", "12b", "5d"),
        (pack(0, 8, 0), "\"fPreventLicenseUpgrade\"=dword:00000001", "14c", "5d"),
        (pack(1, 7, 5), "", "14c", "5a"),
        (pack(1, 8, 0), "", "14c", "5b"),
        (";; fact: wmi.activation-status = 1\n".to_owned(), "", "14c", "5d"),
        (String::new(), "", "12a 12b 14c", "5a 5b 5d"),
    ] {
        let server = server(26100, &packs, policy);
        assert_eq!(rows(&per_device, &[&server], Class::ExpiredLicense, AFTER), device, "{packs}{policy}");
        assert_eq!(rows(&per_user, &[&server], Class::DomainUser, AFTER), user, "{packs}{policy}");
    }
}

#[test]
fn the_snapshot_of_the_license_server() {
    let host = host(2, ENDS_2027);
    let new = |server: &Snapshot| rows(&host, &[server], Class::NewDevice, AFTER);
    assert_eq!(new(&server(20348, "", "")), "11a 13c", "it may not respond");
    assert_eq!(new(&server(17763, "", "")), "13c 14c", "it is older than the host");
    assert_eq!(new(&server(20348, ";; fact: service.term-serv-licensing = \"stopped\"\n", "")), "13c");
    assert_eq!(new(&server(20348, "", "\"fSecureLicensing\"=dword:00000001")), "11a 13c 14c");
    // A license server that the host does not list says nothing about it.
    let other = named_server("OTHER", 17763, "", "");
    assert_eq!(new(&other), "11a 13c 14c");
}

#[test]
fn a_pack_that_expires_issues_nothing_more() {
    let packs = r#";; fact: wmi.key-packs = [{"id":3,"kind":2,"product_type":0,"version_id":7,"total":5,"issued":0,"expires":"2027-03-01T00:00:00Z"}]"#;
    let host = host(2, &(ENDS_2027.to_owned() + &status(&[11])));
    let server = server(20348, &format!("{packs}\n"), "");
    assert_eq!(rows(&host, &[&server], Class::ExpiredLicense, "2027-02-01"), "12a");
    assert_eq!(rows(&host, &[&server], Class::ExpiredLicense, "2027-03-02"), "14c");
}

#[test]
fn sources_that_contradict_each_other_leave_both_possible() {
    let stopped = server(20348, ";; fact: service.term-serv-licensing = \"stopped\"\n", "");
    let host = host(2, &(ENDS_2027.to_owned() + &status(&[11])));
    assert_eq!(rows(&host, &[&stopped], Class::NewDevice, AFTER), "11a 13c");
    let running = server(20348, "", "");
    assert_eq!(rows(&host, &[&running], Class::NewDevice, AFTER), "11a");
}
