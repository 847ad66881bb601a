//! The configuration file: defaults, severities and accepted findings.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::schemas::{check, validator};
use crate::support::{
    CLIENT, HOST, LOCKED_OUT, Run, folder, rdscal_in, rdscal_with, renamed, write, write_hives,
};

/// A folder with the hives of a host on which users are locked out, and this configuration.
fn locked_out(configuration: &str) -> TempDir {
    let folder = folder();
    write_hives(folder.path().join("hives"), "", &renamed(LOCKED_OUT, "RDSH02"));
    write(folder.path().join("rdscal.toml"), configuration);
    folder
}

fn doctor(folder: &Path, args: &[&str]) -> Run {
    let fixed = ["doctor", "hives", "--at", "2026-06-01"];
    rdscal_in(folder, fixed.iter().chain(args))
}

fn accept(rule: &str, until: &str) -> String {
    format!(
        "[[accept]]\nrule = '{rule}'\nmachines = ['rdsh*']\nreason = 'replaced in January'\n\
         owner = 'A. Admin'\nuntil = {until}\n"
    )
}

/// Accepts everything that is found on the machine of the folder.
fn accept_all(folder: &Path, until: &str) -> String {
    let report = doctor(folder, &["--no-config", "--format", "json"]).json();
    let findings = report["machines"][0]["findings"].as_array().unwrap().clone();
    let rules: BTreeSet<_> = findings.iter().map(|found| text(&found["rule"])).collect();
    rules.iter().map(|rule| accept(rule, until)).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a string is required: {value}"))
}

fn first_line(run: &Run) -> &str {
    run.stdout.lines().next().unwrap_or_default()
}

#[test]
fn an_accepted_finding_is_shown_and_does_not_count() {
    let folder = locked_out(&accept("RDSL-001", "2027-01-31"));
    let before = doctor(folder.path(), &["--no-config", "--format=json"]).json();
    let after = doctor(folder.path(), &["--format=json"]).json();
    check(&validator("report-1.json"), &after);
    let found = |report: &Value, list: &str| report["machines"][0][list].as_array().map_or(0, Vec::len);
    assert_eq!(found(&after, "findings") + 1, found(&before, "findings"));
    assert_eq!(found(&before, "accepted"), 0);
    let accepted = &after["machines"][0]["accepted"][0];
    assert_eq!(accepted["rule"], "RDSL-001");
    let expected = json!({
        "state": "accepted", "reason": "replaced in January", "owner": "A. Admin", "until": "2027-01-31",
    });
    assert_eq!(accepted["accepted"], expected);
    let used = &after["configuration"];
    assert!(text(&used["file"]).ends_with("rdscal.toml"), "{used}");
    assert_eq!(used["acceptances"], 1);
    assert!(before.get("configuration").is_none());

    let short = doctor(folder.path(), &[]).stdout;
    assert!(short.contains("Accepted   RDSL-001 until 2027-01-31; -v shows why"), "{short}");
    assert!(short.contains("Configuration: ") && short.contains("rdscal.toml (1 acceptance)"), "{short}");
    let cause = "users are locked out: no licensing mode is configured on this session host (and 6 more";
    assert!(short.replace("\n ", "").contains(cause), "an accepted cause is still the cause: {short}");
    let long = doctor(folder.path(), &["-v"]).stdout;
    assert!(long.contains("ACCEPTED RDSL-001"), "{long}");
    assert!(long.contains("Accepted   until 2027-01-31 by A. Admin: replaced in January"), "{long}");
}

#[test]
fn the_first_line_names_what_is_accepted() {
    let folder = locked_out("");
    write(folder.path().join("rdscal.toml"), accept_all(folder.path(), "2027-01-31"));
    let run = doctor(folder.path(), &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let line = run.stdout.split("\n  Machine").next().unwrap().replace("\n ", "");
    assert!(
        line.starts_with(
            "RDSH02: WARNING - users are locked out: no licensing mode is configured on this session host"
        ),
        "{line}"
    );
    assert!(line.contains("findings accepted, the first until 2027-01-31)"), "{line}");
}

#[test]
fn a_fault_of_a_working_host_is_accepted_and_not_healthy() {
    let folder = folder();
    write_hives(folder.path().join("hives"), "", &renamed(HOST, "RDSH01"));
    let found = doctor(folder.path(), &["--format=json", "--fail-on=never"]).json();
    let worst = &found["machines"][0]["findings"][0];
    assert_ne!(worst["severity"], "info", "{worst}");
    write(folder.path().join("rdscal.toml"), accept_all(folder.path(), "2027-01-31"));
    let run = doctor(folder.path(), &[]);
    let line = run.stdout.split("\n  Machine").next().unwrap().replace("\n ", "");
    assert!(line.starts_with(&format!("RDSH01: ACCEPTED - {}", text(&worst["title"]))), "{line}");
    assert!(line.contains("findings accepted, the first until 2027-01-31)"), "{line}");
}

#[test]
fn an_expired_acceptance_counts_again_and_says_so() {
    let folder = locked_out("");
    write(folder.path().join("rdscal.toml"), accept_all(folder.path(), "2026-05-31"));
    let run = doctor(folder.path(), &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.stdout.replace("\n   ", "").contains("(its acceptance expired on 2026-05-31)"),
        "{}",
        run.stdout
    );
    let report = doctor(folder.path(), &["--format=json"]).json();
    check(&validator("report-1.json"), &report);
    assert_eq!(report["machines"][0]["findings"][0]["accepted"]["state"], "expired");
    // Its last day is the day in the file.
    let last = rdscal_in(folder.path(), ["doctor", "hives", "--at", "2026-05-31T23:59:59Z"]);
    assert_eq!(last.code, Some(0), "{last:?}");
}

#[test]
fn an_acceptance_covers_only_its_machines() {
    for (machines, is_covered) in [
        ("rdsh02", true),
        ("RDSH02.contoso.example", true),
        ("*/other/*", false),
        ("hives", true),
        ("rdsh0", false),
        ("rdsh03", false),
    ] {
        let folder = locked_out(&accept("RDSL-001", "2027-01-31").replace("rdsh*", machines));
        let report = doctor(folder.path(), &["--format=json"]).json();
        assert_eq!(report["machines"][0].get("accepted").is_some(), is_covered, "{machines}");
    }
}

#[test]
fn a_finding_on_several_machines_is_accepted_if_all_are_covered() {
    for (machines, is_accepted) in [("['A', 'B']", true), ("['*']", true), ("['A']", false)] {
        let folder = folder();
        for name in ["A", "B"] {
            write_hives(folder.path().join("hives").join(name), "", &renamed(CLIENT, name));
        }
        let text = accept("RDSL-170", "2027-01-31").replace("['rdsh*']", machines);
        write(folder.path().join("rdscal.toml"), text);
        let report = doctor(folder.path(), &["--format=json"]).json();
        check(&validator("report-1.json"), &report);
        let has = |list: &str| {
            let findings = report[list].as_array().into_iter().flatten();
            findings.into_iter().any(|finding| finding["rule"] == "RDSL-170")
        };
        assert_eq!((has("fleet_accepted"), has("fleet_findings")), (is_accepted, !is_accepted), "{machines}");
    }
}

#[test]
fn every_format_shows_the_acceptance() {
    let folder = locked_out(&accept("RDSL-001", "2027-01-31"));
    let csv = doctor(folder.path(), &["--format=csv"]).stdout;
    let row = csv.lines().find(|line| line.contains("RDSL-001")).unwrap();
    assert!(row.contains(",accepted,2027-01-31,A. Admin,replaced in January,"), "{row}");
    let html = doctor(folder.path(), &["--format=html"]).stdout;
    assert!(html.contains("until 2027-01-31, by A. Admin: replaced in January"), "{html}");
    let sarif = doctor(folder.path(), &["--format=sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let suppressed: Vec<_> = results.iter().filter(|result| result.get("suppressions").is_some()).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(
        (&suppressed[0]["ruleId"], &suppressed[0]["suppressions"][0]["status"]),
        (&json!("RDSL-001"), &json!("accepted"))
    );
    assert_eq!(sarif["runs"][0]["properties"]["configuration"]["acceptances"], 1);
    let lines = doctor(folder.path(), &["--format=jsonl"]).stdout;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let validator = validator("lines-1.json");
    for line in &lines {
        check(&validator, line);
    }
    assert_eq!(lines[0]["configuration"]["acceptances"], 1);
    assert_eq!(lines[1]["machine"]["accepted"][0]["rule"], "RDSL-001");
}

#[test]
fn a_run_is_resumed_only_with_the_same_configuration() {
    let folder = locked_out(&accept("RDSL-001", "2027-01-31"));
    let run = || doctor(folder.path(), &["--resume=run.jsonl"]);
    assert_eq!(run().code, Some(1));
    assert_eq!(run().code, Some(1));
    write(folder.path().join("rdscal.toml"), accept("RDSL-020", "2027-01-31"));
    let other = run();
    assert_eq!(other.code, Some(2), "{other:?}");
    assert!(other.stderr.contains("configuration"), "{}", other.stderr);
}

#[test]
fn the_command_line_overrides_the_file() {
    let folder = locked_out("profile = 'image'\nfail-on = 'never'\nignore = ['mode-not-configured']\n");
    let has = |run: &Run, rule: &str| run.stdout.contains(rule);
    let run = doctor(folder.path(), &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("ignores RDSL-001"), "the reader learns why it is missing: {}", run.stdout);
    let listed = doctor(folder.path(), &["--format=csv"]);
    assert!(!has(&listed, "RDSL-001"), "{listed:?}");
    let run =
        doctor(folder.path(), &["--fail-on=error", "--ignore=RDSL-020", "--profile=host", "--format=csv"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(has(&run, "RDSL-001"), "{}", run.stdout);
    let only = doctor(folder.path(), &["--only=RDSL-001", "--profile=host", "--format=csv"]);
    assert!(has(&only, "RDSL-001"), "a rule that is asked for is applied: {}", only.stdout);
    let without = doctor(folder.path(), &["--no-config"]);
    assert_eq!(without.code, Some(1));
    assert!(!without.stdout.contains("Configuration"), "{}", without.stdout);
}

#[test]
fn a_changed_severity_is_stated() {
    let folder = locked_out("[severities]\nRDSL-001 = 'info'\n");
    let report = doctor(folder.path(), &["--format=json", "--only=RDSL-001"]).json();
    check(&validator("report-1.json"), &report);
    let finding = &report["machines"][0]["findings"][0];
    assert_eq!((&finding["severity"], &finding["original_severity"]), (&json!("info"), &json!("critical")));
    let run = doctor(folder.path(), &["-v", "--only=RDSL-001"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("changed from critical by the configuration"), "{}", run.stdout);
    assert!(first_line(&run).contains("users are locked out"), "{}", run.stdout);
}

#[test]
fn the_file_is_found_upward_and_in_the_home_folder() {
    let folder = locked_out("ignore = ['RDSL-001']\n");
    let below = folder.path().join("a/b");
    fs::create_dir_all(&below).unwrap();
    let used = |run: &Run| run.json()["configuration"]["file"].as_str().map(str::to_owned);
    let run = rdscal_in(&below, ["doctor", "../../hives", "--format=json"]);
    assert!(used(&run).unwrap().ends_with("rdscal.toml"), "{run:?}");

    let elsewhere = crate::support::folder();
    let hives = folder.path().join("hives");
    let named = folder.path().join("rdscal.toml");
    let run = rdscal_in(elsewhere.path(), ["doctor".as_ref(), hives.as_os_str(), "--format=json".as_ref()]);
    assert_eq!(used(&run), None, "only folders above the working directory: {run:?}");
    let args = [
        "doctor".as_ref(),
        hives.as_os_str(),
        "--format=json".as_ref(),
        "--config".as_ref(),
        named.as_os_str(),
    ];
    assert_eq!(used(&rdscal_in(elsewhere.path(), args)), Some(named.display().to_string()));

    if cfg!(unix) {
        write(folder.path().join("home/rdscal/rdscal.toml"), "ignore = ['RDSL-020']\n");
        let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
        command.args(["doctor".as_ref(), hives.as_os_str(), "--format=json".as_ref()]);
        command.current_dir(elsewhere.path()).env("XDG_CONFIG_HOME", folder.path().join("home"));
        assert!(used(&rdscal_with(command)).unwrap().ends_with("home/rdscal/rdscal.toml"));
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_everyone_can_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = locked_out("ignore = ['RDSL-001']\n");
    let file = folder.path().join("rdscal.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let run = doctor(folder.path(), &["--format=csv"]);
    assert!(run.stderr.contains("every user can write it"), "{run:?}");
    assert!(run.stdout.contains("RDSL-001"), "{run:?}");
    let named = doctor(folder.path(), &["--format=csv", "--config=rdscal.toml"]);
    assert!(!named.stdout.contains("RDSL-001"), "{named:?}");
}

#[test]
fn a_faulty_file_is_an_error_with_the_line() {
    for (text, expected) in [
        ("profile = ", ":1:"),
        ("\nignored = []", ":2:1: unknown key “ignored” in the file; did you mean “ignore”?"),
        ("ignore = ['RDSL-9']", ":1:11: no rule is named “RDSL-9”"),
        (
            "\n[[accept]]\nrule = 'RDSL-001'\nmachines = ['*']\nreason = 'x'\nuntil = 2027-01-01",
            ":2:1: [[accept]] without “owner”",
        ),
        ("[network]\njobs = 0", ":2:8: “jobs” must be a whole number from 1 to 1024"),
    ] {
        let folder = locked_out(text);
        let run = doctor(folder.path(), &[]);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
        assert!(
            run.stderr.starts_with("error: ") && run.stderr.contains(&format!("rdscal.toml{expected}")),
            "{run:?}"
        );
        assert_eq!(doctor(folder.path(), &["--no-config"]).code, Some(1), "{text}");
    }
    let folder = locked_out("");
    write(folder.path().join("rdscal.toml"), b"# \xFF\xFE");
    let run = doctor(folder.path(), &[]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("rdscal.toml:1: the file is not UTF-8 text"), "{run:?}");
    let missing = doctor(folder.path(), &["--config=nowhere.toml"]);
    assert_eq!((missing.code, &*missing.stdout), (Some(3), ""), "{missing:?}");
    assert!(
        missing.stderr.starts_with("error: could not read the configuration nowhere.toml"),
        "{missing:?}"
    );
    // Commands without configurable options do not read it.
    write(folder.path().join("rdscal.toml"), "broken");
    assert_eq!(rdscal_in(folder.path(), ["explain", "265"]).code, Some(0));
}
