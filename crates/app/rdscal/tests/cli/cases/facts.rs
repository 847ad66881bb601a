//! Facts and their consumers: retired rules, and evidence of two machines in one run.

use serde_json::{Value as Json, json};

use super::folder;
use crate::support::{rdscal, rdscal_in};

#[test]
fn a_retired_rule_is_explained_and_not_selected() {
    let run = rdscal(["explain", "rdsl-014"]);
    assert!(run.stdout.contains("RDSL-014 (mode-held-by-policy), a retired rule"), "{}", run.stdout);
    assert!(run.stdout.contains("Windows does not record the result of a"), "{}", run.stdout);
    assert_eq!(run.code, Some(0));
    let run = rdscal(["doctor", "nowhere", "--only", "RDSL-014"]);
    assert!(run.stderr.contains("RDSL-014 (mode-held-by-policy) is a retired rule"), "{}", run.stderr);
    assert_eq!(run.code, Some(2));
    // A script that ignores it still runs: it fails for its source.
    let run = rdscal(["doctor", "nowhere", "--ignore", "RDSL-014"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
}

/// A log that cannot contain the events of a question does not answer it.
#[test]
fn the_log_of_a_host_says_nothing_about_its_client() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("log.json");
    let log = "event-logs/remote-connection-manager.zip";
    let run = rdscal_in(&folder(), ["snapshot", log, "-o", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let snapshot: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(snapshot["facts"]["events.system"].is_object(), "{snapshot}");
    assert!(snapshot["facts"]["client.licensing-failures"].is_null(), "{snapshot}");
    assert!(snapshot["facts"]["log.newest-time"].is_object(), "{snapshot}");
}

/// A session host of Windows Server 2025 and the license server that it lists, with packs of 2019.
#[test]
fn a_host_and_its_license_server_are_compared_in_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let registry = |name: &str, rest: &str| {
        format!(
            "Windows Registry Editor Version 5.00\r\n\r\n\
             [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName]\r\n\
             \"ComputerName\"=\"{name}\"\r\n\r\n\
             [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters]\r\n\
             \"Domain\"=\"corp.example.com\"\r\n\r\n{rest}\r\n\
             [HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\r\n\
             \"CurrentBuild\"=\"26100\"\r\n\
             \"CurrentMajorVersionNumber\"=dword:0000000a\r\n\
             \"CurrentMinorVersionNumber\"=dword:00000000\r\n"
        )
    };
    let host = "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM\\Licensing Core]\r\n\
                \"LicensingMode\"=dword:00000004\r\n\r\n\
                [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\LicenseServers]\r\n\
                \"SpecifiedLicenseServers\"=hex(7):72,00,64,00,6c,00,73,00,31,00,00,00,00,00\r\n";
    let server = "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermServLicensing]\r\n\
                  \"Start\"=dword:00000002\r\n";
    std::fs::write(folder.path().join("host.reg"), registry("RDSH1", host)).unwrap();
    std::fs::write(folder.path().join("server.reg"), registry("RDLS1", server)).unwrap();
    let made = rdscal_in(folder.path(), ["snapshot", "server.reg", "-o", "server.json"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    std::fs::remove_file(folder.path().join("server.reg")).unwrap();
    let path = folder.path().join("server.json");
    let mut snapshot: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let packs = json!([
        {"id": 3, "kind": 2, "product_type": 1, "version_id": 6, "total": 50, "issued": 10, "expires": null}
    ]);
    snapshot["facts"]["wmi.key-packs"] = json!({"value": packs, "source": "WMI Win32_TSLicenseKeyPack"});
    std::fs::write(&path, snapshot.to_string()).unwrap();
    let run =
        rdscal_in(folder.path(), ["doctor", "host.reg", "server.json", "--only=RDSL-106", "--width=200"]);
    let sentence = "hosts of Windows Server 2025 accept none of the licenses of RDLS1 \
                    (Per User, Windows Server 2019 RDS CAL)";
    assert!(run.stdout.contains(sentence), "{}", run.stdout);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    // The resumable report has what the run compares, too.
    let lines =
        rdscal_in(folder.path(), ["doctor", "host.reg", "server.json", "--only=RDSL-106", "-f", "jsonl"]);
    assert!(lines.stdout.contains(sentence), "{}", lines.stdout);
}
