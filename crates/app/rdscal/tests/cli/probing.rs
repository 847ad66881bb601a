//! Probing license servers, and judging with the results.

use crate::support::{folder, rdscal, write};

/// A session host whose license server cannot be resolved: `.invalid` names do not exist (RFC 2606).
fn host() -> tempfile::TempDir {
    let folder = folder();
    let units = "rdls01.contoso.invalid".encode_utf16().chain([0, 0]);
    let list: Vec<_> = units.flat_map(u16::to_le_bytes).map(|byte| format!("{byte:02x}")).collect();
    let system = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet";
    let export = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n\
         [{system}\\Control\\Terminal Server\\RCM\\Licensing Core]\r\n\"LicensingMode\"=dword:00000004\r\n\r\n\
         [{system}\\Services\\TermService\\Parameters\\LicenseServers]\r\n\
         \"SpecifiedLicenseServers\"=hex(7):{}\r\n\r\n",
        list.join(",")
    );
    write(folder.path().join("host.reg"), export);
    folder
}

#[test]
fn rules_have_evidence_only_where_it_was_asked_for() {
    let folder = host();
    let path = folder.path().to_str().unwrap();
    let judged = |arguments: &[&str]| {
        let run = rdscal(
            [&["doctor", path, "--format", "json", "--profile", "host", "--timeout", "5"], arguments]
                .concat(),
        );
        run.json()["machines"][0].clone()
    };
    let names = |list: &serde_json::Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap().to_owned()).collect()
    };
    let unasked = judged(&[]);
    for rule in ["RDSL-029", "RDSL-030"] {
        assert!(names(&unasked["unknown"]).contains(&rule.to_owned()), "{rule}: {unasked}");
    }
    let asked = judged(&["--probe"]);
    let found = names(&asked["findings"]);
    if names(&asked["unknown"]).contains(&"RDSL-029".to_owned()) {
        eprintln!("not run: no DNS here that says whether a name exists");
        return;
    }
    for rule in ["RDSL-029", "RDSL-030"] {
        assert!(found.contains(&rule.to_owned()), "{rule}: {asked}");
    }
    assert!(asked.to_string().contains("the name has no address"), "{asked}");
}

#[cfg(feature = "remote")]
#[test]
fn each_host_has_its_verdict() {
    let run = rdscal(["probe", "rdls01.invalid", "--timeout", "5"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("NAME DOES NOT RESOLVE") || run.stdout.contains("CANNOT BE TOLD"), "{run:?}");
    assert!(run.stdout.contains("Next"), "{run:?}");
    let wrong = rdscal(["probe", "smb://admin:hunter2@rdls01"]);
    assert_eq!(wrong.code, Some(2));
    assert!(!format!("{wrong:?}").contains("hunter2"));
}
