//! `doctor --baseline`: what is new, worse, fixed, or not known any more.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::schemas::{check, validator};
use crate::support::{CLIENT, HOST, LOCKED_OUT, Run, folder, rdscal_in, renamed, write, write_hives};

/// A folder with the hives of a host on which users are locked out, and the report on it as `old.json`.
fn reported() -> TempDir {
    let folder = folder();
    write_hives(folder.path().join("hives"), "", &renamed(LOCKED_OUT, "RDSH02"));
    let run = rdscal_in(
        folder.path(),
        ["doctor", "hives", "--at=2026-06-01", "--format=json", "-o", "old.json", "--fail-on=never"],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    folder
}

fn compare(folder: &Path, args: &[&str]) -> Run {
    let fixed = ["doctor", "hives", "--baseline=old.json", "--at=2026-06-10"];
    rdscal_in(folder, fixed.iter().chain(args))
}

/// Sets the licensing mode, and adds a space to the license server.
fn repaired(folder: &Path) {
    let host = LOCKED_OUT.replace("\"LicensingMode\"=dword:00000005", "\"LicensingMode\"=dword:00000002");
    let host = host.replace("hex(7):72,00,64", "hex(7):20,00,72,00,64");
    assert_ne!(host, LOCKED_OUT);
    write_hives(folder.join("hives"), "", &renamed(&host, "RDSH02"));
}

fn states(report: &Value) -> Vec<(String, String)> {
    let machine = &report["machines"][0];
    let found = machine["findings"].as_array().unwrap().iter().map(|finding| (finding, "baseline"));
    let absent = machine["baseline"]["absent"].as_array().unwrap().iter().map(|finding| (finding, "state"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    found.chain(absent).map(|(finding, key)| (text(&finding["rule"]), text(&finding[key]))).collect()
}

fn has(states: &[(String, String)], rule: &str, state: &str) -> bool {
    states.iter().any(|known| *known == (rule.to_owned(), state.to_owned()))
}

#[test]
fn other_numbers_in_a_sentence_are_no_change() {
    let folder = folder();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../samples/rdsh02-locked-out");
    let old = folder.path().join("old.json");
    let written = ["doctor", sample, "--at=2026-06-01", "--format=json", "--fail-on=never", "-o"];
    assert_eq!(rdscal_in(folder.path(), written.iter().map(Path::new).chain([&*old])).code, Some(0));
    let old = fs::read_to_string(old).unwrap();
    let compare = |folder: &Path, args: &[&str]| {
        let fixed = ["doctor", sample, "--baseline=old.json", "--at=2026-06-10"];
        rdscal_in(folder, fixed.iter().chain(args))
    };
    let run = compare(folder.path(), &["--format=json"]);
    let report = run.json();
    check(&validator("report-1.json"), &report);
    assert!(states(&report).iter().all(|(_, state)| state == "unchanged"), "{:?}", states(&report));
    assert!(old.contains("ended about 271 days ago") && run.stdout.contains("ended about 280 days ago"));
    assert_eq!((&report["baseline"]["new"], &report["baseline"]["fixed"]), (&json!(0), &json!(0)));
    assert_eq!(report["baseline"]["file"], "old.json");
    // Known findings still fail a run, unless it is about new ones.
    assert_eq!(run.code, Some(1));
    assert_eq!(compare(folder.path(), &["--fail-on-new=info"]).code, Some(0));
}

#[test]
fn new_and_fixed_findings_are_marked_in_every_format() {
    let folder = reported();
    repaired(folder.path());
    let report = compare(folder.path(), &["--format=json"]).json();
    check(&validator("report-1.json"), &report);
    let states = states(&report);
    assert!(has(&states, "RDSL-001", "fixed") && has(&states, "RDSL-021", "new"), "{states:?}");
    assert!(has(&states, "RDSL-067", "unchanged"), "{states:?}");

    let text = compare(folder.path(), &[]).stdout;
    assert!(text.contains("FIXED RDSL-001 no licensing mode"), "{text}");
    assert!(text.contains("RDSL-021") && text.contains("  NEW "), "{text}");
    assert!(text.contains("Baseline: since 2026-06-01 (old.json) "), "{text}");
    let csv = compare(folder.path(), &["--format=csv"]).stdout;
    let row = |rule: &str| csv.lines().find(|line| line.contains(rule)).unwrap();
    assert!(row("RDSL-001").ends_with(",fixed") && row("RDSL-021").ends_with(",new"), "{csv}");
    let html = compare(folder.path(), &["--format=html"]).stdout;
    assert!(html.contains("Only in the baseline") && html.contains("(new)"), "{html}");
    let sarif = compare(folder.path(), &["--format=sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let state =
        |rule: &str| &results.iter().find(|result| result["ruleId"] == rule).unwrap()["baselineState"];
    assert_eq!(
        (state("RDSL-001"), state("RDSL-021"), state("RDSL-067")),
        (&json!("absent"), &json!("new"), &json!("unchanged"))
    );
    let lines = compare(folder.path(), &["--format=jsonl", "--fail-on-new=warning"]);
    assert_eq!(lines.code, Some(1), "{lines:?}");
    let validator = validator("lines-1.json");
    let lines: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        check(&validator, line);
    }
    assert_eq!(lines.last().unwrap()["baseline"]["new"], report["baseline"]["new"]);
}

#[test]
fn what_cannot_be_seen_any_more_is_not_fixed() {
    let folder = reported();
    fs::remove_file(folder.path().join("hives/SYSTEM")).unwrap();
    // Without SYSTEM the machine has no name.
    let text = fs::read_to_string(folder.path().join("old.json")).unwrap();
    let mut old: Value = serde_json::from_str(&text).unwrap();
    old["machines"][0]["name"] = Value::Null;
    old["machines"][0]["source"]["locator"] = json!(Path::new("hives").join("SOFTWARE"));
    write(folder.path().join("old.json"), old.to_string());
    let report = compare(folder.path(), &["--format=json"]).json();
    assert!(has(&states(&report), "RDSL-001", "undetermined"), "{:?}", states(&report));
    let only = compare(folder.path(), &["--format=json", "--only=RDSL-020"]).json();
    assert!(has(&states(&only), "RDSL-001", "not_examined"), "{:?}", states(&only));
}

#[test]
fn a_higher_severity_and_an_expired_acceptance_are_worse() {
    let folder = reported();
    let text = fs::read_to_string(folder.path().join("old.json")).unwrap();
    write(folder.path().join("old.json"), text.replacen("\"critical\"", "\"warning\"", 1));
    let run = compare(folder.path(), &["--fail-on-new=critical"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("WORSE CRITICAL RDSL-001"), "{}", run.stdout);

    let acceptance =
        "[[accept]]\nrule = 'RDSL-001'\nmachines = ['*']\nreason = 'r'\nowner = 'o'\nuntil = 2026-06-05\n";
    write(folder.path().join("rdscal.toml"), acceptance);
    let run = rdscal_in(
        folder.path(),
        [
            "doctor",
            "hives",
            "--at=2026-06-01",
            "--format=json",
            "-o",
            "old.json",
            "--force",
            "--fail-on=never",
        ],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = compare(folder.path(), &["--fail-on-new=critical"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("WORSE CRITICAL RDSL-001"), "{}", run.stdout);
    let accepted = rdscal_in(
        folder.path(),
        ["doctor", "hives", "--at=2026-06-02", "--baseline=old.json", "--fail-on-new=info"],
    );
    assert_eq!(accepted.code, Some(0), "{accepted:?}");
}

#[test]
fn machines_are_found_again_by_identity() {
    let folder = folder();
    // Two customers with one name, of which one has another domain.
    write_hives(folder.path().join("hives/a"), "", &renamed(LOCKED_OUT, "SRV"));
    let other = LOCKED_OUT.replace("contoso.example", "fabrikam.example");
    write_hives(folder.path().join("hives/b"), "", &renamed(&other, "SRV"));
    write_hives(folder.path().join("hives/c"), "", &renamed(HOST, "GONE"));
    let run = rdscal_in(
        folder.path(),
        ["doctor", "hives", "--at=2026-06-10", "--format=json", "-o", "old.json", "--fail-on=never"],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    fs::rename(folder.path().join("hives/a"), folder.path().join("hives/x")).unwrap();
    fs::remove_dir_all(folder.path().join("hives/c")).unwrap();
    write_hives(folder.path().join("hives/n"), "", &renamed(HOST, "ADDED"));
    let report = compare(folder.path(), &["--format=json"]).json();
    for machine in report["machines"].as_array().unwrap() {
        let is_new = machine["name"] == "ADDED";
        assert_eq!(machine["baseline"]["is_known"], !is_new, "{}", machine["name"]);
        let expected = if is_new { "new" } else { "unchanged" };
        for finding in machine["findings"].as_array().unwrap() {
            assert_eq!(finding["baseline"], expected, "{} {finding}", machine["name"]);
        }
    }
    assert_eq!(report["baseline"]["missing_machines"], json!(["GONE"]));
    let text = compare(folder.path(), &[]).stdout;
    assert!(text.contains("not in this run: GONE"), "{text}");
}

#[test]
fn a_finding_on_more_machines_is_worse() {
    let folder = folder();
    for name in ["A", "B"] {
        write_hives(folder.path().join("hives").join(name), "", &renamed(CLIENT, name));
    }
    let args = ["doctor", "hives", "--at=2026-06-01", "--format=json", "-o", "old.json", "--fail-on=never"];
    assert_eq!(rdscal_in(folder.path(), args).code, Some(0));
    let shared = |report: &Value| {
        let findings = report["fleet_findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["rule"] == "RDSL-170").unwrap()["baseline"].clone()
    };
    let same = compare(folder.path(), &["--format=json"]).json();
    assert_eq!(shared(&same), "unchanged");
    write_hives(folder.path().join("hives/C"), "", &renamed(CLIENT, "C"));
    let more = compare(folder.path(), &["--format=json"]).json();
    assert_eq!(shared(&more), "worse");
    assert_eq!(more["baseline"]["fleet_absent"], json!([]));
    for name in ["A", "B"] {
        fs::remove_dir_all(folder.path().join("hives").join(name)).unwrap();
    }
    let gone = compare(folder.path(), &["--format=json"]).json();
    assert_eq!(gone["baseline"]["fleet_absent"][0]["state"], "not_examined", "{}", gone["baseline"]);
}

#[test]
fn a_file_that_is_no_report_is_refused() {
    let folder = reported();
    let refused = |text: &[u8], expected: &str, code: i32| {
        write(folder.path().join("old.json"), text);
        let run = compare(folder.path(), &[]);
        assert_eq!((run.code, &*run.stdout), (Some(code), ""), "{run:?}");
        assert!(run.stderr.contains(expected), "{expected}: {}", run.stderr);
    };
    refused(b"", "old.json cannot be a baseline: not a report", 2);
    refused(b"{\"schema\":\"rdscal.snapshot/1\"}", "its schema is rdscal.snapshot/1, not rdscal.report/1", 2);
    refused(b"{\"line\":\"begin\",\"schema\":\"rdscal.lines/1\"}\n{}\n", "its schema is rdscal.lines/1", 2);
    refused(b"{\"schema\":\"rdscal.report/1\",\"machines\":3}", "cannot be a baseline: not a report", 2);
    fs::remove_file(folder.path().join("old.json")).unwrap();
    let missing = compare(folder.path(), &[]);
    assert_eq!(missing.code, Some(3), "{missing:?}");
    assert!(missing.stderr.starts_with("error: could not read the baseline old.json"), "{missing:?}");
    let alone = rdscal_in(folder.path(), ["doctor", "hives", "--fail-on-new=error"]);
    assert_eq!(alone.code, Some(2), "{alone:?}");
}

/// Redirection in Windows PowerShell writes UTF-16.
#[test]
fn a_report_in_utf_16_is_read() {
    let folder = reported();
    let text = fs::read_to_string(folder.path().join("old.json")).unwrap();
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    write(folder.path().join("old.json"), units.flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    assert_eq!(compare(folder.path(), &["--fail-on-new=info"]).code, Some(0));
}
