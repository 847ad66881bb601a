//! `show --deleted`: deleted keys and values that hives still contain.

use std::fs;
use std::path::Path;

use regf::build::{NewKey, build};
use regf::edit::{HiveFiles, Options};
use serde_json::Value;

use crate::support::{HOST, corpus, folder, key, machine, plain_root, rdscal, value, write, write_hives};

const SECRET: &[u8] = b"correct horse battery staple";
const NOW: nt::FileTime = nt::FileTime(133_000_000_000_000_000);

fn with_value(name: &str, value_name: &str, kind: u32, data: &[u8]) -> NewKey {
    NewKey { values: vec![value(value_name, kind, data)], ..key(name, Vec::new()) }
}

/// A SYSTEM hive from which keys and values were deleted, both of licensing and of others.
pub fn with_deleted(file: &Path) {
    let secrets = with_value("Secrets", "L$HYDRAENCKEY_28ada6da-d622-11d1-9cb9-00c04fb16e75", 3, SECRET);
    let record =
        with_value("GracePeriod", "L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588", 3, b"the record");
    let core = with_value("Licensing Core", "LicensingMode", 4, &[4, 0, 0, 0]);
    let server = key("Terminal Server", vec![key("RCM", vec![record, core, secrets])]);
    let other = with_value("Dhcp", "Something", 1, b"e\0l\0s\0e\0\0\0");
    let set = vec![key("Control", vec![server]), key("Services", vec![other])];
    let mut root = plain_root();
    root.subkeys = vec![key("ControlSet001", set), key("MountedDevices", Vec::new())];
    write(file, build(&root, "SYSTEM").unwrap());
    let mut files = HiveFiles::open(file).unwrap();
    let mut editor = files.edit(Options::default()).unwrap();
    let rcm = r"ControlSet001\Control\Terminal Server\RCM";
    for path in ["GracePeriod", "Secrets"].map(|name| format!(r"{rcm}\{name}")) {
        let found = editor.find(&path).unwrap().unwrap();
        editor.delete_tree(found, NOW).unwrap();
    }
    let dhcp = editor.find(r"ControlSet001\Services\Dhcp").unwrap().unwrap();
    editor.delete_tree(dhcp, NOW).unwrap();
    let core = editor.find(&format!(r"{rcm}\Licensing Core")).unwrap().unwrap();
    assert!(editor.delete_value(core, &"LicensingMode".encode_utf16().collect::<Vec<_>>(), NOW).unwrap());
    editor.commit().unwrap().apply(&mut files).unwrap();
}

fn list(file: &Path, all: bool) -> (Value, String) {
    let args = |format: &str| {
        let mut args = vec!["show".into(), "--deleted".into(), "--format".into(), format.into()];
        args.extend(all.then(|| "--all".into()));
        args.push(file.to_owned());
        args
    };
    let (json, text) = (rdscal(args("json")), rdscal(args("text")));
    assert_eq!((json.code, text.code), (Some(0), Some(0)), "{json:?} {text:?}");
    (json.json(), text.stdout)
}

fn entries(json: &Value) -> &[Value] {
    json["sources"][0]["entries"].as_array().unwrap()
}

/// The paths of the recovered keys, with the names of their values.
fn shown(json: &Value) -> Vec<String> {
    let path = |entry: &Value| entry["key"]["path"].as_str().unwrap_or("?").to_owned();
    entries(json)
        .iter()
        .map(|entry| match entry["value"]["name"].as_str() {
            Some(name) => format!("{} {name}", path(entry)),
            None => path(entry),
        })
        .collect()
}

#[test]
fn deleted_licensing_is_listed_and_nothing_else() {
    let folder = folder();
    let file = folder.path().join("SYSTEM");
    with_deleted(&file);
    let (json, text) = list(&file, false);
    let rcm = r"HKLM\SYSTEM\ControlSet001\Control\Terminal Server\RCM";
    let found = shown(&json);
    for expected in [
        format!(r"{rcm}\GracePeriod"),
        format!(r"{rcm}\GracePeriod L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588"),
        format!(r"{rcm}\Secrets"),
        format!(r"{rcm}\Secrets L$HYDRAENCKEY_28ada6da-d622-11d1-9cb9-00c04fb16e75"),
    ] {
        assert!(found.contains(&expected), "{expected} in {found:?}");
    }
    let mode = entries(&json).iter().find(|entry| entry["value"]["name"] == "LicensingMode").unwrap();
    assert_eq!((&mode["value"]["type"], &mode["value"]["hex"]), (&4.into(), &"04000000".into()), "{mode}");
    assert!(
        text.contains("recovered key") && text.contains("recovered value") && text.contains("last write")
    );
    assert!(text.contains("REG_DWORD 4"), "{text}");
    assert!(!found.iter().any(|path| path.contains("Dhcp")), "{found:?}");
    let all = shown(&list(&file, true).0);
    assert!(all.iter().any(|path| path.ends_with("Dhcp Something")), "{all:?}");
}

#[test]
fn secrets_stay_secret_when_they_are_deleted() {
    let folder = folder();
    let file = folder.path().join("SYSTEM");
    with_deleted(&file);
    // The secrets are still in the file; otherwise the test would prove nothing.
    assert!(fs::read(&file).unwrap().windows(SECRET.len()).any(|bytes| bytes == SECRET));
    let hex = SECRET.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    for all in [false, true] {
        let (json, text) = list(&file, all);
        let secret =
            entries(&json).iter().find(|entry| entry["value"]["name"].to_string().contains("HYDRA")).unwrap();
        assert_eq!(secret["data"], "secret");
        assert_eq!(secret["value"]["withheld"]["length"], SECRET.len());
        for output in [json.to_string(), text] {
            assert!(!output.contains(&hex) && !output.contains(&hex[..8]), "{output}");
            assert!(!output.contains("63 6f 72 72"), "{output}");
        }
    }
}

#[test]
fn only_hives_hold_deleted_keys() {
    let folder = folder();
    write_hives(folder.path().join("m"), "", &machine(HOST));
    let snapshot = folder.path().join("m.json");
    rdscal(["snapshot".into(), folder.path().join("m"), "-o".into(), snapshot.clone()]);
    let export = write(
        folder.path().join("x.reg"),
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\MSLicensing]\r\n",
    );
    for source in [snapshot, export] {
        let run = rdscal(["show".into(), "--deleted".into(), source]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
        assert!(run.stderr.contains("is no hive"), "{}", run.stderr);
    }
    assert_eq!(rdscal(["show", "--all", "x"]).code, Some(2));
    let nothing = list(&folder.path().join("m/SYSTEM"), true);
    assert!(nothing.1.contains("No deleted keys"), "{}", nothing.1);
}

#[test]
fn real_hives_give_back_what_was_deleted() {
    if let Some(file) = corpus("hives/yarp/DeletedDataHive") {
        let (json, text) = list(&file, true);
        assert_eq!(shown(&json), ["123 v2", "456", "456 v"]);
        assert!(text.contains("REG_SZ \"123456\"") && text.contains("2017-03-20T21:15:37Z"), "{text}");
        assert_eq!(shown(&list(&file, false).0), Vec::<String>::new());
    }
    if let Some(file) = corpus("hives/misc/UsrClassDeletedBags.dat") {
        let found = shown(&list(&file, true).0);
        assert!(found.len() > 100, "{}", found.len());
        assert!(found.contains(&r"Local Settings\Software\Microsoft\Windows\Shell\BagMRU\1".to_owned()));
    }
}

/// Blocks of 48 bytes at regular offsets are overwritten with 0xff. The command returns a list or an error.
#[test]
fn damaged_hives_end_in_a_list_or_a_sentence() {
    let folder = folder();
    let file = folder.path().join("SYSTEM");
    with_deleted(&file);
    let whole = fs::read(&file).unwrap();
    let step = (whole.len() - 4096) / 24;
    for at in (4096..whole.len()).step_by(step) {
        let mut broken = whole.clone();
        let end = (at + 48).min(broken.len());
        broken[at..end].fill(0xff);
        let copy = write(folder.path().join("broken/SYSTEM"), &broken);
        let run = rdscal(["show".into(), "--deleted".into(), "--all".into(), copy]);
        assert!(matches!(run.code, Some(0 | 3)), "{at}: {run:?}");
        assert!(!run.stdout.contains("63 6f 72 72"), "{at}");
    }
}
