//! The output of the program matches the published schemas.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{
    CLIENT, HOST, LOCKED_OUT, corpus, folder, rdscal, rdscal_in, renamed, write, write_hives,
};

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/schema").join(name);
    let mut text = fs::read_to_string(&path).unwrap();
    // Plans are checked with their own schema.
    text = text.replace("\"$ref\": \"plan-1.json\"", "\"type\": \"object\"");
    // Definitions from the other schema are inserted here.
    let other = "report-1.json#/$defs/";
    if !text.contains(other) {
        return serde_json::from_str(&text).unwrap();
    }
    text = text.replace(other, "#/$defs/");
    let mut whole: Value = serde_json::from_str(&text).unwrap();
    for (name, taken) in schema("report-1.json")["$defs"].as_object().unwrap() {
        let before = whole["$defs"].as_object_mut().unwrap().insert(name.clone(), taken.clone());
        assert!(before.is_none(), "{name} has two meanings");
    }
    whole
}

/// Readers must accept unknown fields, but writers must document every field. For the tests, an object that
/// lists its fields has no other fields.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(strict);
            if object.contains_key("properties") && object.contains_key("type") {
                object.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strict),
        _ => {}
    }
}

pub fn validator(name: &str) -> Validator {
    let mut schema = schema(name);
    assert!(jsonschema::meta::is_valid(&schema), "{name}");
    strict(&mut schema);
    jsonschema::draft202012::new(&schema).unwrap()
}

pub fn check(validator: &Validator, document: &Value) {
    let errors: Vec<_> = validator
        .iter_errors(document)
        .take(5)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Machines of every kind, one of them damaged, and a file that cannot be read.
fn machines() -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = folder();
    for (index, text) in [HOST, LOCKED_OUT, CLIENT, CLIENT].into_iter().enumerate() {
        write_hives(folder.path().join(format!("m{index}")), "", &renamed(text, &format!("M{index}")));
    }
    let policy = "PReg\u{1}\0\0\0".as_bytes();
    write(folder.path().join("policy/Machine/Registry.pol"), policy);
    let export = "Windows Registry Editor Version 5.00\r\n\r\n\
                  [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\r\n\
                  \"LicensingMode\"=dword:00000009\r\n\"LicenseServers\"=hex:01,02\r\n";
    write(folder.path().join("export/policy.reg"), export);
    write(folder.path().join("SYSTEM"), b"no hive");
    let mut paths = vec![folder.path().to_owned()];
    paths.extend(corpus("hives"));
    paths.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../samples"));
    (folder, paths)
}

#[test]
fn reports_are_as_published() {
    let validator = validator("report-1.json");
    let (_folder, paths) = machines();
    for path in paths {
        for command in ["doctor", "show"] {
            let report = rdscal([command.into(), "--format=json".into(), path.clone()]).json();
            assert!(!report["machines"].as_array().unwrap().is_empty());
            check(&validator, &report);
        }
    }
}

#[test]
fn lines_are_as_published() {
    let validator = validator("lines-1.json");
    let (folder, mut paths) = machines();
    paths.push(folder.path().join("missing"));
    let mut args = vec!["doctor".into(), "--format=jsonl".into()];
    args.extend(paths);
    let run = rdscal(args);
    let mut kinds: Vec<String> = Vec::new();
    for line in run.stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        check(&validator, &line);
        kinds.push(line["line"].as_str().unwrap().to_owned());
    }
    assert_eq!((&*kinds[0], kinds.last().map(String::as_str)), ("begin", Some("end")));
    assert!(kinds.iter().any(|kind| kind == "machine") && kinds.iter().any(|kind| kind == "failed"));
}

#[test]
fn snapshots_are_as_published() {
    let validator = validator("snapshot-1.json");
    let (folder, paths) = machines();
    for (index, path) in paths.into_iter().enumerate() {
        let out = folder.path().join(format!("out{index}"));
        rdscal(["snapshot".into(), path, "-o".into(), out.clone()]);
        let mut count = 0;
        for file in fs::read_dir(out).unwrap() {
            check(&validator, &serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap());
            count += 1;
        }
        assert!(count > 3, "{count} snapshots");
    }
}

#[test]
fn differences_are_as_published() {
    let validator = validator("diff-1.json");
    let (folder, _) = machines();
    let mut kinds = Vec::new();
    for (a, b) in [("m0", "m1"), ("m1", "m0"), ("m0", "m0/SYSTEM"), ("m2", "export"), ("m0", "m2")] {
        let args = ["diff".into(), "--format=json".into(), folder.path().join(a), folder.path().join(b)];
        let diff = rdscal(args).json();
        check(&validator, &diff);
        for difference in diff["differences"].as_array().unwrap() {
            kinds.push(difference["change"].as_str().unwrap().to_owned());
        }
    }
    for kind in
        ["key_added", "key_removed", "value_added", "value_removed", "value_changed", "not_comparable"]
    {
        assert!(kinds.iter().any(|seen| seen == kind), "{kind} in {kinds:?}");
    }
}

#[test]
fn recovered_keys_and_values_are_as_published() {
    let validator = validator("deleted-1.json");
    let (folder, _) = machines();
    let file = folder.path().join("d/SYSTEM");
    crate::deleted::with_deleted(&write(&file, b""));
    let mut paths = vec![folder.path().to_owned()];
    paths.extend(corpus("hives"));
    let mut kinds = Vec::new();
    for path in paths {
        for all in [None, Some("--all")] {
            let mut args = vec!["show".into(), "--deleted".into(), "--format=json".into(), path.clone()];
            args.extend(all.map(Into::into));
            let list = rdscal(args).json();
            check(&validator, &list);
            for source in list["sources"].as_array().unwrap() {
                for entry in source["entries"].as_array().unwrap() {
                    kinds.push(entry["recovered"].as_str().unwrap().to_owned());
                }
            }
        }
    }
    assert!(kinds.iter().any(|kind| kind == "key") && kinds.iter().any(|kind| kind == "value"));
}

#[test]
fn policies_and_probes_are_as_published() {
    let (policies, lints) = (validator("policy-1.json"), validator("policy-lint-1.json"));
    let (folder, _) = machines();
    let mut paths =
        vec![folder.path().to_owned(), Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../samples")];
    paths.extend(["gpo-backup", "pol"].into_iter().filter_map(corpus));
    for path in paths {
        let path = path.to_str().unwrap();
        let unit = "OU=Servers,DC=corp,DC=example";
        check(&policies, &rdscal(["policy", "show", path, "--all", "--unit", unit, "--format=json"]).json());
        check(&lints, &rdscal(["policy", "lint", path, "--format=json"]).json());
    }
    check(
        &policies,
        &rdscal(["policy", "show", folder.path().join("m0").to_str().unwrap(), "--format=json"]).json(),
    );
    if cfg!(feature = "remote") {
        let probed = rdscal(["probe", "nobody.invalid", "127.0.0.1", "--timeout=2", "--format=json"]);
        check(&validator("probe-1.json"), &probed.json());
    }
}

#[test]
fn the_schemas_refuse_what_is_wrong() {
    let report = validator("report-1.json");
    let whole = json!({
        "schema": "rdscal.report/1", "tool": "rdscal 0", "judged_at": "2026-01-01T00:00:00Z",
        "known_until": "2026-01-01", "machines": [], "fleet_findings": [], "fleet_unknown": [], "problems": [],
    });
    assert!(report.is_valid(&whole));
    for (field, wrong) in
        [("schema", json!("rdscal.report/2")), ("judged_at", json!("today")), ("machines", json!([{}]))]
    {
        let mut broken = whole.clone();
        broken[field] = wrong;
        assert!(!report.is_valid(&broken), "{field}");
        broken.as_object_mut().unwrap().remove(field);
        assert!(!report.is_valid(&broken), "{field}");
    }
}

#[test]
fn every_field_is_described() {
    fn look(schema: &Value, at: &str, bare: &mut Vec<String>) {
        match schema {
            Value::Object(object) => {
                if let Some(Value::Object(properties)) = object.get("properties") {
                    for (name, property) in properties {
                        let described =
                            property.get("description").is_some() || property.get("$ref").is_some();
                        if !described && !at.contains("/if") {
                            bare.push(format!("{at}/{name}"));
                        }
                    }
                }
                for (name, below) in object {
                    look(below, &format!("{at}/{name}"), bare);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| look(item, at, bare)),
            _ => {}
        }
    }
    for name in [
        "report-1.json",
        "lines-1.json",
        "snapshot-1.json",
        "diff-1.json",
        "deleted-1.json",
        "policy-1.json",
        "policy-lint-1.json",
        "probe-1.json",
        "users-1.json",
        "watch-1.json",
    ] {
        let mut bare = Vec::new();
        look(&schema(name), name, &mut bare);
        assert_eq!(bare, Vec::<String>::new());
    }
}

#[test]
fn repairs_are_as_their_schemas_say() {
    let (plans, repairs) = (validator("plan-1.json"), validator("repair-1.json"));
    let journals = validator("journal-1.json");
    let folder = folder();
    write_hives(folder.path().join("host"), "", &renamed(LOCKED_OUT, "HOST"));
    write_hives(folder.path().join("client"), "", &renamed(CLIENT, "CLIENT"));
    let run = |args: &[&str]| {
        let run = rdscal_in(folder.path(), args.iter().chain(&["--journal", "state"]));
        assert_eq!(run.code, Some(0), "{args:?}: {run:?}");
        run
    };
    for asked in [
        &["fix", "set-mode", "host", "per-user"][..],
        &["fix", "set-servers", "host", "a.contoso.example", "b"],
        &["fix", "clear-client", "client", "--all-licenses", "--also-hardware-id"],
    ] {
        let json = [asked, &["--format", "json"]].concat();
        check(&plans, &run(&json).json());
        let applied = [&json[..], &["--apply"]].concat();
        check(&repairs, &run(&applied).json());
        check(&plans, &run(&["undo", "--format", "json"]).json());
        check(&repairs, &run(&["undo", "--apply", "--format", "json"]).json());
    }
    let recommended = validator("recommended-1.json");
    for more in [&[][..], &["--apply"]] {
        let document = run(&[&["fix", "recommended", "host", "--format", "json"], more].concat()).json();
        check(&recommended, &document);
        document["plans"].as_array().unwrap().iter().for_each(|plan| check(&plans, plan));
    }
    check(&journals, &run(&["journal", "export"]).json());
}
