//! CSV, HTML and SARIF meet the requirements of their specifications and readers.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::support::{CLIENT, HOST, LOCKED_OUT, folder, rdscal, rdscal_in, renamed, write, write_hives};

/// A report on several machines. The name of one is an injection attempt for spreadsheets, browsers and
/// terminals.
fn report(format: &str) -> String {
    let folder = folder();
    let machines = [
        (HOST, "GOOD"),
        (LOCKED_OUT, "=cmd|' /C calc'!A0"),
        (CLIENT, "<script>x</script>"),
        (CLIENT, "PC\u{1b}[2J"),
    ];
    for (index, (text, name)) in machines.into_iter().enumerate() {
        write_hives(folder.path().join(index.to_string()), "", &renamed(text, &name.replace('"', "\\\"")));
    }
    std::fs::write(folder.path().join("SYSTEM"), b"no hive").unwrap();
    let run = rdscal(
        ["doctor", "--at=2026-01-01", "--format", format]
            .map(Into::into)
            .into_iter()
            .chain([folder.path().to_owned()]),
    );
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(run.stderr, "");
    run.stdout
}

#[test]
fn csv_has_equal_rows_accounts_for_everything_and_runs_nothing() {
    let text = report("csv");
    let rows = csv_rows(&text);
    let width = rows[0].len();
    let column = |name: &str| rows[0].iter().position(|cell| cell == name).unwrap();
    let (machine, verdict, rule) = (column("machine"), column("verdict"), column("rule"));
    for row in &rows {
        assert_eq!(row.len(), width, "{row:?}");
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell:?}");
        }
    }
    assert!(rows.iter().any(|row| row[machine] == "GOOD"));
    assert!(rows.iter().any(|row| row[machine] == "'=cmd|' /C calc'!A0" && row[rule] == "RDSL-001"));
    // A source that could not be read is a row too: no machine may be missing from the list.
    assert!(
        rows.iter().any(|row| row[machine].ends_with("SYSTEM") && row[verdict] == "unreadable"),
        "{text}"
    );
}

/// The rows of a text in the format of RFC 4180.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                row.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => row.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted);
    rows.retain(|row| row.len() > 1);
    rows
}

/// Elements that have no end tag.
const VOID: [&str; 6] = ["meta", "br", "hr", "img", "link", "input"];

#[test]
fn html_is_well_formed_and_needs_no_network() {
    let html = report("html");
    assert!(html.starts_with("<!DOCTYPE html>"));
    let mut open: Vec<&str> = Vec::new();
    let mut ids = HashSet::new();
    let mut targets = Vec::new();
    for tag in html.split('<').skip(2).map(|rest| rest.split_once('>').expect("a tag ends").0) {
        let name = tag.split([' ', '\n', '/']).find(|part| !part.is_empty()).unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}>");
        } else if !VOID.contains(&name) {
            open.push(name);
        }
        assert!(
            !["script", "link", "img", "iframe", "object", "embed", "base", "form"].contains(&name),
            "<{tag}>"
        );
        for (attribute, value) in attributes(tag) {
            assert!(!attribute.starts_with("on"), "<{tag}>");
            match attribute {
                "id" => assert!(ids.insert(value), "{value} twice"),
                "href" if value.starts_with('#') => targets.push(&value[1..]),
                "href" => assert!(name == "a" && value.starts_with("https://"), "<{tag}>"),
                "src" | "srcset" | "action" | "background" => panic!("<{tag}>"),
                _ => {}
            }
        }
    }
    assert_eq!(open, Vec::<&str>::new());
    for target in targets {
        assert!(ids.contains(target), "#{target} leads nowhere");
    }
    assert!(!html.contains("@import") && !html.contains("url("), "styles load nothing");
    assert!(html.contains("&#60;script&#62;x") || html.contains("&lt;script&gt;x"));
    assert!(html.contains("RDSL-001") && html.contains("its content is not a hive"));
    assert!(!html.contains('\u{1b}'));
}

fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once("=\"") {
        let name = before.rsplit([' ', '\n']).next().unwrap();
        let (value, behind) = after.split_once('"').expect("a value ends");
        found.push((name, value));
        rest = behind;
    }
    found
}

/// The properties that SARIF 2.1.0 (OASIS, sections 3.13, 3.14, 3.18, 3.19, 3.27, 3.20, 3.58) requires of the
/// objects in our output.
#[test]
fn sarif_has_what_2_1_0_requires() {
    let log: Value = serde_json::from_str(&report("sarif")).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif-2.1.0"));
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let driver = &runs[0]["tool"]["driver"];
    assert_eq!(driver["name"], "rdscal");
    assert!(text(&driver["informationUri"]).starts_with("https://"));
    let rules = driver["rules"].as_array().unwrap();
    let mut ids = HashSet::new();
    for rule in rules {
        assert!(ids.insert(text(&rule["id"])), "{rule}");
        for description in ["shortDescription", "fullDescription", "help"] {
            assert!(!text(&rule[description]["text"]).is_empty(), "{rule}");
        }
        assert!(is_level(&rule["defaultConfiguration"]["level"]), "{rule}");
        if let Some(uri) = rule.get("helpUri") {
            assert!(text(uri).starts_with("https://"), "{rule}");
        }
    }
    let results = runs[0]["results"].as_array().unwrap();
    assert!(results.iter().any(|result| result["ruleId"] == "RDSL-001"));
    assert!(results.iter().any(|result| result["ruleId"] == "RDSL-170"), "a finding on several machines");
    for result in results {
        assert!(!text(&result["message"]["text"]).is_empty());
        assert!(is_level(&result["level"]), "{result}");
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let locations = result["locations"].as_array().unwrap();
        // Code scanning services reject results without a file.
        assert!(!locations.is_empty(), "{result}");
        for location in locations {
            let uri = text(&location["physicalLocation"]["artifactLocation"]["uri"]);
            assert!(!uri.is_empty() && !uri.contains([' ', '\\', '<', '"']), "{uri}");
            for logical in location["logicalLocations"].as_array().unwrap() {
                assert!(!text(&logical["fullyQualifiedName"]).is_empty(), "{location}");
            }
        }
    }
    let invocation = &runs[0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false, "one source could not be read");
    let notification = &invocation["toolExecutionNotifications"][0];
    assert!(text(&notification["message"]["text"]).contains("its content is not a hive"));
    assert!(is_level(&notification["level"]));
}

/// The OASIS schema requires unique places (`logicalLocations`: `uniqueItems`), although some findings cite
/// several values of one key.
#[test]
fn sarif_names_each_place_once() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../samples");
    let run = rdscal(["doctor", samples, "--format", "sarif", "--fail-on", "never"]);
    let log = run.json();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() > 20, "{}", results.len());
    for location in results.iter().flat_map(|result| result["locations"].as_array().unwrap()) {
        let places = location["logicalLocations"].as_array().unwrap();
        let names: HashSet<_> = places.iter().map(|place| text(&place["fullyQualifiedName"])).collect();
        assert_eq!(names.len(), places.len(), "{location}");
    }
}

/// The results for the folder `source` in this folder.
fn results(folder: &Path, at: &str) -> Vec<Value> {
    let run = rdscal_in(folder, ["doctor", "source", "--format=sarif", "--fail-on=never", "--at", at]);
    run.json()["runs"][0]["results"].as_array().unwrap().clone()
}

fn first_place<'r>(results: &'r [Value], rule: &str) -> &'r Value {
    let result = results.iter().find(|result| result["ruleId"] == rule).unwrap();
    &result["locations"][0]["physicalLocation"]
}

#[test]
fn sarif_names_the_hive_and_the_bytes_of_the_evidence() {
    let folder = folder();
    write_hives(folder.path().join("source"), "", &renamed(LOCKED_OUT, "RDSH02"));
    let found = results(folder.path(), "2026-06-01");
    let place = first_place(&found, "RDSL-001");
    // SOFTWARE is the first file of the machine.
    assert_eq!(place["artifactLocation"]["uri"], "source/SYSTEM");
    let number = |name: &str| usize::try_from(place["region"][name].as_u64().unwrap()).unwrap();
    let bytes = std::fs::read(folder.path().join("source/SYSTEM")).unwrap();
    let start = number("byteOffset");
    assert_eq!(bytes[start..start + number("byteLength")], [5, 0, 0, 0], "the licensing mode");
    let server = first_place(&found, "RDSL-034");
    let start = usize::try_from(server["region"]["byteOffset"].as_u64().unwrap()).unwrap();
    assert_eq!(bytes[start..start + 6], *b"r\0d\0l\0", "data in a cell of its own");
    // A key without a value is where its node is.
    let key = first_place(&found, "RDSL-067");
    let start = usize::try_from(key["region"]["byteOffset"].as_u64().unwrap()).unwrap();
    assert_eq!(bytes[start..start + 2], *b"nk");
}

#[test]
fn sarif_names_the_line_of_an_export_and_the_instruction_of_a_policy() {
    let folder = folder();
    let export = "Windows Registry Editor Version 5.00\r\n\r\n; a remark\r\n\
                  [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\r\n\
                  \"LicenseServers\"=\"rdls01\"\r\n\"LicensingMode\"=dword:00000009\r\n";
    write(folder.path().join("source/policy.reg"), export);
    let found = results(folder.path(), "2026-06-01");
    let place = first_place(&found, "RDSL-008");
    assert_eq!(place["artifactLocation"]["uri"], "source/policy.reg");
    assert_eq!(place["region"], serde_json::json!({"startLine": 6}));

    let folder = crate::support::folder();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../samples/policy/Machine/Registry.pol");
    let bytes = std::fs::read(sample).unwrap();
    write(folder.path().join("source/Machine/Registry.pol"), &bytes);
    let found = results(folder.path(), "2026-06-01");
    let place = first_place(&found, "RDSL-021");
    assert_eq!(place["artifactLocation"]["uri"], "source/Machine/Registry.pol");
    let start = usize::try_from(place["region"]["byteOffset"].as_u64().unwrap()).unwrap();
    assert_eq!(bytes[start..start + 4], *b"[\0S\0", "the beginning of an instruction");
}

/// A service that tracks results recognizes a finding whose sentence has an age in it.
#[test]
fn fingerprints_outlast_the_day() {
    let folder = folder();
    write_hives(folder.path().join("source"), "", &renamed(LOCKED_OUT, "RDSH02"));
    let prints = |at: &str| -> Vec<Value> {
        results(folder.path(), at).iter().map(|result| result["partialFingerprints"].clone()).collect()
    };
    let first = prints("2026-06-01");
    assert_eq!(first, prints("2026-07-15"));
    let distinct: HashSet<_> = first.iter().map(|print| text(&print["rdscal/v1"])).collect();
    assert_eq!(distinct.len(), first.len());
}

/// The knowledge of fixes is dated, so that a reader of any format sees what a check could not know.
#[test]
fn every_format_dates_its_tables() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../samples/rdsh01-works");
    let run = |format| rdscal(["doctor", samples, "--fail-on", "never", "--format", format]);
    let json = run("json").json();
    let date = text(&json["known_until"]);
    assert_eq!(run("sarif").json()["runs"][0]["properties"]["known_until"], date);
    let rows = csv_rows(&run("csv").stdout);
    let column = rows[0].iter().position(|cell| cell == "known_until").unwrap();
    assert!(rows.len() > 1 && rows[1..].iter().all(|row| row[column] == date), "{rows:?}");
    assert!(run("html").stdout.contains(&format!("fixes known until {date}")));
    let lines = run("jsonl").stdout;
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["known_until"], date);
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a string is required: {value}"))
}

fn is_level(value: &Value) -> bool {
    matches!(text(value), "none" | "note" | "warning" | "error")
}
