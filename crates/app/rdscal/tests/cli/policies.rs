//! Group Policy objects on disk: shown, resolved and checked.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{corpus, folder, rdscal, rdscal_in, run::Run, write};

pub const KEY: &str = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";

/// The bytes of a policy file: key, value name, type and data of each instruction ([MS-GPREG] 2.2.1).
pub fn pol(instructions: &[(&str, &str, u32, &[u8])]) -> Vec<u8> {
    let wide = |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut bytes = b"PReg\x01\0\0\0".to_vec();
    for (key, name, kind, data) in instructions {
        let size = u32::try_from(data.len()).unwrap();
        let parts: [&[u8]; 11] = [
            b"[\0",
            &wide(key),
            b";\0",
            &wide(name),
            b";\0",
            &kind.to_le_bytes(),
            b";\0",
            &size.to_le_bytes(),
            b";\0",
            data,
            b"]\0",
        ];
        bytes.extend(parts.concat());
    }
    bytes
}

/// The data of a `REG_SZ` value.
pub fn text(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// Writes a Group Policy object in the layout of SYSVOL.
fn object(root: &Path, guid: &str, version: u32, machine: &[u8]) {
    let at = root.join("corp.example/Policies").join(guid);
    write(at.join("GPT.INI"), format!("[General]\r\nVersion={version}\r\n"));
    write(at.join("Machine/Registry.pol"), machine);
}

const ONE: &str = "{11111111-0000-0000-0000-000000000001}";
const TWO: &str = "{22222222-0000-0000-0000-000000000002}";

/// A SYSVOL tree: an object with mode and servers, one that deletes the mode and has an unusual list, one
/// without licensing settings, and a damaged file.
fn sysvol() -> tempfile::TempDir {
    let folder = folder();
    let root = folder.path();
    let mode = [4, 0, 0, 0];
    object(
        root,
        ONE,
        3,
        &pol(&[(KEY, "LicensingMode", 4, &mode), (KEY, "LicenseServers", 1, &text("rdls1,rdls2"))]),
    );
    let two = pol(&[(KEY, "LicensingMode", 4, &[2, 0, 0, 0]), (KEY, "LicenceServers", 1, &text("rdls1"))]);
    object(root, TWO, 5, &two);
    let other = pol(&[(r"SOFTWARE\Policies\Example", "a", 4, &mode)]);
    object(root, "{33333333-0000-0000-0000-000000000003}", 1, &other);
    let mut damaged = pol(&[(KEY, "LicensingMode", 4, &mode), (KEY, "x", 1, &text("y"))]);
    damaged.truncate(damaged.len() - 2);
    write(root.join("old/Registry.pol"), damaged);
    folder
}

#[test]
fn what_each_object_sets() {
    let folder = sysvol();
    let run = rdscal_in(
        folder.path(),
        ["policy", "show", ".", "--format", "json"].map(|arg| if arg == "." { "./" } else { arg }),
    );
    let report = run.json();
    assert_eq!(run.code, Some(3), "a damaged file: {run:?}");
    assert_eq!(
        (report["schema"].as_str(), report["objects_read"].as_u64()),
        (Some("rdscal.policy/1"), Some(4))
    );
    let objects = report["objects"].as_array().unwrap();
    assert_eq!(objects.len(), 3, "{report}");
    let one = objects.iter().find(|object| object["id"] == ONE).unwrap();
    assert_eq!(
        (one["domain"].as_str(), one["machine_version"]["sysvol"].as_u64()),
        (Some("corp.example"), Some(3))
    );
    let values = one["files"][0]["values"].as_array().unwrap();
    let shown: Vec<_> = values.iter().map(|v| (v["name"].as_str(), v["meaning"].as_str())).collect();
    let expected =
        [(Some("LicensingMode"), Some("Per User (4)")), (Some("LicenseServers"), Some("rdls1, rdls2"))];
    assert_eq!(shown, expected);
    assert_eq!(values[0]["offset"], 8);
    let damaged = objects.iter().find(|object| object["kind"] == "file").unwrap();
    let size = fs::metadata(folder.path().join("old/Registry.pol")).unwrap().len();
    assert_eq!(damaged["files"][0]["damage"]["offset"], size, "{damaged}");
    assert_eq!(
        damaged["files"][0]["values"].as_array().unwrap().len(),
        1,
        "what stands before the damage is read"
    );

    let text = rdscal_in(folder.path(), ["policy", "show", "corp.example"]);
    assert_eq!(text.code, Some(0), "{text:?}");
    assert!(text.stdout.starts_with("2 of 3 policy objects set licensing values\n"), "{}", text.stdout);
    let csv = rdscal_in(folder.path(), ["policy", "show", "corp.example", "--format", "csv"]);
    assert_eq!(csv.stdout.lines().count(), 4, "{}", csv.stdout);
    assert!(csv.stdout.contains("LicensingMode,set,4,Per User (4),3,"), "{}", csv.stdout);

    let nothing = rdscal_in(folder.path(), ["policy", "show", "nowhere"]);
    assert_eq!(nothing.code, Some(3), "{nothing:?}");
}

fn findings(run: &Run) -> Vec<(String, String, Option<u64>)> {
    let report = run.json();
    assert_eq!(report["schema"], "rdscal.policy-lint/1");
    let mut found: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let place = &finding["places"][0];
            let file = place["file"].as_str().unwrap().replace('\\', "/");
            (finding["rule"].as_str().unwrap().to_owned(), file, place["offset"].as_u64())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn findings_stand_at_their_instruction() {
    let folder = sysvol();
    let lint = |arguments: &[&str]| rdscal_in(folder.path(), [&["policy", "lint"], arguments].concat());
    let run = lint(&["corp.example", "old", "--format", "json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let at = |guid: &str| format!("corp.example/Policies/{guid}/Machine/Registry.pol");
    let first = pol(&[(KEY, "LicensingMode", 4, &[2, 0, 0, 0])]).len() as u64;
    let size = fs::metadata(folder.path().join("old/Registry.pol")).unwrap().len();
    let found = findings(&run);
    for expected in [
        ("RDSL-203".to_owned(), at(TWO), Some(first)),
        ("RDSL-204".to_owned(), at(TWO), Some(8)),
        ("RDSL-205".to_owned(), "old/Registry.pol".to_owned(), Some(size)),
    ] {
        assert!(
            found.contains(&expected) || expected.0 == "RDSL-204" && found.iter().any(|f| f.0 == "RDSL-204"),
            "{expected:?} in {found:#?}"
        );
    }

    let sarif: Value = lint(&["corp.example", "--format", "sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let misspelt = results.iter().find(|result| result["ruleId"] == "RDSL-203").unwrap();
    let place = &misspelt["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["byteOffset"], first, "{misspelt}");
    assert!(place["region"]["byteLength"].as_u64().unwrap() > 100, "{misspelt}");
    let index = misspelt["ruleIndex"].as_u64().unwrap();
    assert_eq!(
        sarif["runs"][0]["tool"]["driver"]["rules"][usize::try_from(index).unwrap()]["id"],
        "RDSL-203"
    );

    // Without errors, `--fail-on` decides the exit code.
    assert_eq!(lint(&["corp.example"]).code, Some(0));
    assert_eq!(lint(&["corp.example", "--fail-on", "warning"]).code, Some(1));
    assert_eq!(
        lint(&[
            "corp.example",
            "--fail-on",
            "warning",
            "--ignore",
            "RDSL-203",
            "--ignore",
            "policies-conflict"
        ])
        .code,
        Some(0)
    );
    assert_eq!(lint(&["corp.example", "--only", "no-such-rule"]).code, Some(2));
    assert_eq!(lint(&["corp.example", "--only", "RDSL-001", "--fail-on", "info"]).code, Some(0));
    assert_eq!(lint(&["nowhere"]).code, Some(3));
    let text = lint(&["corp.example"]).stdout;
    assert!(text.contains("of which 2 set licensing values") && text.contains("bytes"), "{text}");
}

#[test]
fn deletions_halves_and_inactive_objects() {
    let folder = folder();
    let root = folder.path();
    let blank = text(" ");
    let mode: &[u8] = &[4, 0, 0, 0];
    object(root, ONE, 0, &pol(&[(KEY, "**del.LicensingMode", 1, &blank), (KEY, "LicensingMode", 4, mode)]));
    let user = root.join("corp.example/Policies").join(ONE).join("User/Registry.pol");
    write(user, pol(&[(KEY, "LicensingMode", 4, mode)]));
    let local = r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core";
    object(root, TWO, 1, &pol(&[(local, "LicensingMode", 4, mode)]));
    let found = findings(&rdscal_in(root, ["policy", "lint", "corp.example", "--format", "json"]));
    let rules: Vec<_> = found.iter().map(|(rule, ..)| rule.as_str()).collect();
    for rule in ["RDSL-200", "RDSL-201", "RDSL-202", "RDSL-206"] {
        assert!(rules.contains(&rule), "{rule} in {found:#?}");
    }
}

/// A backup made by the Group Policy Management Console, with all of its data.
#[test]
fn a_backup_of_the_console() {
    let Some(backup) = corpus("gpo-backup") else { return };
    let arguments = ["policy", "show", backup.to_str().unwrap(), "--all", "--format", "json"];
    let run = rdscal(arguments);
    assert_eq!(run.code, Some(0), "{run:?}");
    let object = &run.json()["objects"][0];
    assert_eq!(object["id"], "{5A30A7C4-7C8B-4B77-B64E-0355C5EE55FB}");
    assert_eq!(
        (object["name"].as_str(), object["domain"].as_str()),
        (Some("DoD ActivClient 7.1 - Computer"), Some("shb.gov"))
    );
    assert_eq!(object["backup"]["time"], "2017-02-15T21:01:16");
    assert_eq!((&object["machine_disabled"], &object["user_disabled"]), (&false.into(), &true.into()));
    assert_eq!(object["machine_version"]["sysvol"], 5);
    assert_eq!(object["registry_extension"], true);
    assert_eq!(object["filtering"]["allowed"][0]["name"], r"NT AUTHORITY\Authenticated Users");
    assert_eq!(object["wmi_filter"], Value::Null);
    assert_eq!(object["files"][0]["instructions"], 4, "{object}");
    assert!(object["links"].is_array(), "{object}");
}

/// Policies of security baselines and hand-made damage: nothing panics, and no valid file is reported as
/// damaged.
#[test]
fn policies_that_others_wrote() {
    let Some(policies) = corpus("pol") else { return };
    let run = rdscal(["policy", "lint", policies.to_str().unwrap(), "--format", "json"]);
    for (rule, file, offset) in findings(&run) {
        let name = file.rsplit('/').next().unwrap();
        assert!(rule != "RDSL-205" || name.starts_with("adsys-") && offset.is_some(), "{rule} on {name}");
        assert!(name.starts_with("adsys-") || rule == "RDSL-052" || rule == "RDSL-204", "{rule} on {name}");
    }
    assert_eq!(run.code, Some(1), "{run:?}");
}

#[test]
fn what_objects_do_to_a_unit() {
    let folder = folder();
    let backup = |id: &str, guid: &str, mode: u8, path: &str, enforced: bool| {
        let at = folder.path().join(id);
        let info = format!(
            "<BackupInst xmlns=\"x\"><GPOGuid><![CDATA[{guid}]]></GPOGuid><GPODomain>corp.example</GPODomain>\
             <BackupTime>2026-01-01T00:00:00</BackupTime><ID>{id}</ID><GPODisplayName>Object {mode}</GPODisplayName></BackupInst>"
        );
        write(at.join("bkupInfo.xml"), info);
        let report = format!(
            "<?xml version=\"1.0\" encoding=\"utf-16\"?><GPO><Name>Object {mode}</Name><Computer><VersionDirectory>1</VersionDirectory>\
             <VersionSysvol>1</VersionSysvol><Enabled>true</Enabled></Computer><LinksTo><SOMName>x</SOMName><SOMPath>{path}</SOMPath>\
             <Enabled>true</Enabled><NoOverride>{enforced}</NoOverride></LinksTo></GPO>"
        );
        let wide: Vec<u8> =
            [0xfeff].into_iter().chain(report.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        write(at.join("gpreport.xml"), wide);
        let policy = pol(&[(KEY, "LicensingMode", 4, &[mode, 0, 0, 0])]);
        write(at.join("DomainSysvol/GPO/Machine/registry.pol"), policy);
    };
    backup("{A}", ONE, 2, "corp.example/Servers/RDSH", false);
    backup("{B}", TWO, 4, "corp.example", true);
    let unit = "OU=RDSH,OU=Servers,DC=corp,DC=example";
    let run = rdscal_in(folder.path(), ["policy", "show", "./", "--unit", unit, "--format", "json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let value = &run.json()["resolution"]["values"][0];
    assert_eq!((value["name"].as_str(), value["data"].as_str()), (Some("LicensingMode"), Some("4")));
    let candidates = value["candidates"].as_array().unwrap();
    let fared: Vec<_> = candidates.iter().map(|c| (c["object"].as_str(), c["standing"].as_str())).collect();
    assert_eq!(fared, [(Some("Object 4"), Some("wins")), (Some("Object 2"), Some("overridden"))]);
    let text = rdscal_in(folder.path(), ["policy", "show", "./", "--unit", unit]).stdout;
    assert!(text.contains("enforced at corp.example") && text.contains("Assumed"), "{text}");
}

/// The policies that the registry of a machine records.
#[test]
fn what_reached_a_machine() {
    let folder = folder();
    let base = r"HKEY_LOCAL_MACHINE\SOFTWARE";
    let group_policy = format!(r"{base}\Microsoft\Windows\CurrentVersion\Group Policy");
    let export = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n[{base}\\Policies\\Microsoft\\Windows NT\\Terminal Services]\r\n\
         \"LicensingMode\"=dword:00000004\r\n\r\n\
         [{group_policy}\\History\\{{35378EAC-683F-11D2-A89A-00C04FBBCFA2}}]\r\n\r\n\
         [{group_policy}\\State\\Machine\\GPO-List]\r\n\r\n\
         [{group_policy}\\History\\{{35378EAC-683F-11D2-A89A-00C04FBBCFA2}}\\0]\r\n\"DisplayName\"=\"RDS Licensing\"\r\n\
         \"GPOName\"=\"{ONE}\"\r\n\r\n\
         [{group_policy}\\State\\Machine\\GPO-List\\0]\r\n\"GPOID\"=\"{ONE}\"\r\n\"DisplayName\"=\"RDS Licensing\"\r\n\
         \"SOM\"=\"LDAP://OU=RDSH,DC=corp,DC=example\"\r\n\"AccessDenied\"=dword:00000000\r\n\"WQLFilterPass\"=dword:00000001\r\n\r\n\
         [{group_policy}\\State\\Machine\\GPO-List\\1]\r\n\"GPOID\"=\"{TWO}\"\r\n\"DisplayName\"=\"Other\"\r\n\
         \"AccessDenied\"=dword:00000001\r\n\r\n"
    );
    let file = write(folder.path().join("host.reg"), export);
    let run = rdscal(["policy", "show", file.to_str().unwrap(), "--format", "json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let machine = &run.json()["machines"][0];
    assert_eq!(machine["values"][0]["meaning"], "Per User (4)");
    let objects = machine["objects"].as_array().unwrap();
    assert_eq!(
        (objects[0]["scope"].as_str(), objects[0]["delivered"].as_bool()),
        (Some("corp.example/RDSH"), Some(true))
    );
    assert!(objects[1]["not_applied"].as_str().unwrap().contains("security filtering"), "{machine}");
    let text = rdscal(["policy", "show", file.to_str().unwrap()]).stdout;
    assert!(text.contains("“RDS Licensing”, linked to corp.example/RDSH: applied registry policy"), "{text}");
}
