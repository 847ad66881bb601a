//! `rdscal predict` over machines that were made for it, and over the samples.

use std::path::{Path, PathBuf};

use serde_json::Value;
use snapshot::Snapshot;

use crate::schemas::{check, validator};
use crate::support::{CLIENT, HOST, Run, folder, machine, rdscal_in, renamed, write};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../samples")
}

fn over_samples<const N: usize>(arguments: [&str; N]) -> Run {
    let mut all = vec!["predict", "--width=1000"];
    all.extend(arguments);
    rdscal_in(&samples(), all)
}

fn first_line(run: &Run) -> &str {
    run.stdout.lines().next().unwrap_or_default()
}

const NO_SERVER: &str = "“there are \
                         no Remote Desktop License Servers available to provide a license”";

/// The session host with these facts, and these changes of its registry text.
fn host(facts: &str, changes: &[(&str, &str)]) -> Snapshot {
    let mut text = HOST.replace(";; covers: HKLM\\SYSTEM\n", &format!(";; covers: HKLM\\SYSTEM\n{facts}"));
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    machine(&current(&text))
}

/// A snapshot has the control set that is in use under its usual name.
fn current(text: &str) -> String {
    text.replace("ControlSet001", "CurrentControlSet")
}

const PER_DEVICE: (&str, &str) = ("\"LicensingMode\"=dword:00000004", "\"LicensingMode\"=dword:00000002");
const ENDED: &str = ";; fact: grace.record-end = \"2026-01-01T00:00:00Z\"\n";
const DEAD: &str =
    ";; fact: wmi.license-server-connectivity = [{\"server\":\"rdls01.contoso.example\",\"status\":6}]\n";

/// Predicts for these snapshots, in the order of the arguments `{0}`, `{1}`, ...
fn predict(machines: &[&Snapshot], arguments: &[&str]) -> Run {
    let folder = folder();
    let mut all = vec!["predict".to_owned(), "--width=1000".to_owned()];
    for argument in arguments {
        all.push((*argument).to_owned());
    }
    for (index, machine) in machines.iter().enumerate() {
        write(folder.path().join(format!("m{index}.json")), machine.to_json().unwrap());
    }
    rdscal_in(folder.path(), all)
}

#[test]
fn the_samples() {
    let run = over_samples(["rdsh02-locked-out", "--at=2026-12-01"]);
    assert_eq!(
        (first_line(&run), run.code),
        (
            &*format!(
                "RDSH02 on 1 December 2026: refused, {NO_SERVER}; administrators (mstsc /admin) connect"
            ),
            Some(1)
        )
    );
    let run = over_samples(["rdsh02-locked-out", "--at=2026-12-01", "--admin"]);
    assert_eq!((first_line(&run), run.code), ("RDSH02 on 1 December 2026: connects", Some(0)));
    let run = over_samples(["rdsh03-conflicts", "--client=pc-07-expired-license", "--at=2026-12-01"]);
    assert_eq!(
        (first_line(&run), run.code),
        (
            "PC-07 at RDSH03 on 1 December 2026: connects; from about 18 December 2026: connects for 60 minutes at a time",
            Some(0)
        )
    );
    let run = over_samples(["rdsh03-conflicts", "--at=2026-12-01", "--until=2026-12-31"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let run = over_samples(["rdsh01-works", "--at=2026-12-01", "--user=CORP\\anna"]);
    assert!(
        first_line(&run)
            .ends_with("depending on whether a license server responds to the host and serves it")
    );
    assert_eq!(run.code, Some(3));
    assert!(run.stdout.contains("rdscal probe rdls01.contoso.example"), "{}", run.stdout);
}

#[test]
fn a_temporary_license_outlives_the_license_server_until_it_expires() {
    // The license of the sample is for Windows Server 2008, and temporary until 18 September 2007.
    let old =
        [PER_DEVICE, ("\"20348\"", "\"6001\""), ("dword:0000000a", "dword:00000006"), ("\"6.3\"", "\"6.0\"")];
    let host = host(&format!("{ENDED}{DEAD}").replace("2026", "2006"), &old);
    let client = samples().join("pc-07-expired-license/pc-07.reg");
    let run = predict(&[&host], &["m0.json", "--at=2007-07-01", "--client", client.to_str().unwrap()]);
    assert_eq!(
        first_line(&run),
        &*format!("PC-07 at HOST on 1 July 2007: connects; from 18 September 2007: refused, {NO_SERVER}"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    assert_eq!(run.code, Some(0));
    let run = predict(&[&host], &["m0.json", "--at=2007-09-19", "--client", client.to_str().unwrap()]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("0x101 (257)") && run.stdout.contains("1131"), "{}", run.stdout);
}

#[test]
fn each_class_is_named_where_it_differs() {
    let host = host(&format!("{ENDED}{DEAD}"), &[PER_DEVICE]);
    let run = predict(&[&host], &["m0.json", "--at=2027-03-17"]);
    assert_eq!(
        first_line(&run),
        &*format!(
            "HOST on 17 March 2027: new device, device with an expired license: refused, {NO_SERVER}; device with a valid license: connects; administrators (mstsc /admin) connect"
        )
    );
    assert_eq!(run.code, Some(1));
}

#[test]
fn a_reported_number_of_days_is_a_range() {
    let facts = ";; fact: wmi.grace-days = 16\n";
    let mut host = host(&format!("{facts}{DEAD}"), &[]);
    host.captured_at = Some("2027-03-01T08:00:00Z".parse().unwrap());
    let run = predict(&[&host], &["m0.json", "--at=2027-03-02", "--local-account"]);
    let range = "; from a day between 16 March 2027 and 18 March 2027: refused";
    assert!(first_line(&run).contains(range), "{}", run.stdout);
    for (until, code) in [("2027-03-15", 0), ("2027-03-16", 3), ("2027-03-19", 1)] {
        let until = format!("--until={until}");
        let run = predict(&[&host], &["m0.json", "--at=2027-03-02", "--local-account", &until]);
        assert_eq!(run.code, Some(code), "{until}: {}", run.stdout);
    }
}

#[test]
fn a_license_server_decides_what_it_has() {
    let usable = DEAD.replace("\"status\":6", "\"status\":11");
    let pack = |version: u32, issued: u32| {
        format!(
            ";; fact: wmi.key-packs = [{{\"id\":3,\"kind\":2,\"product_type\":0,\"version_id\":{version},\"total\":5,\"issued\":{issued}}}]\n"
        )
    };
    let client = samples().join("pc-07-expired-license/pc-07.reg");
    let predict = |packs: &str| {
        let host = host(&format!("{ENDED}{usable}{packs}"), &[PER_DEVICE]);
        let run =
            predict(&[&host], &["m0.json", "--at=2027-03-17", "--client", client.to_str().unwrap(), "-v"]);
        (run.code, run.stdout)
    };
    let (code, text) = predict(&pack(7, 5));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("row 14c") && text.contains("0x102 (258)"), "{text}");
    // An export has no access list of the store.
    let (code, text) = predict(&pack(7, 4));
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("row 12a") && text.contains("row 15b") && text.contains("0x109 (265)"), "{text}");
}

#[test]
fn bad_input_is_refused_with_a_sentence() {
    let run = over_samples(["pc-07-expired-license"]);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.starts_with("error: PC-07 is not a session host"), "{}", run.stderr);
    let run = over_samples(["rdsh01-works", "--server=rdsh02-locked-out"]);
    assert!(run.stderr.starts_with("error: RDSH02 is not a license server"), "{}", run.stderr);
    let twice = ["rdsh01-works", "--server=rdls01-license-server", "--server=rdls01-license-server"];
    let run = over_samples(twice);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("two sources describe the license server RDLS01"), "{}", run.stderr);
    let run = over_samples(["rdsh01-works", "--at=1850-01-01"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("out of range"), "{}", run.stderr);
    let run = over_samples(["rdsh01-works", "--at=2027-03-17", "--until=2027-03-16"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--until 2027-03-16 is before the first day, 2027-03-17"), "{}", run.stderr);
    let run = over_samples(["rdsh01-works", "--client=rdsh01-works"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    // A SYSTEM hive has no license store.
    let run = over_samples(["rdsh01-works", "--client=pc-08-cloned/SYSTEM"]);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.contains("has no license store"), "{}", run.stderr);
}

#[test]
fn a_client_without_a_license_is_a_new_device() {
    let host = host(&format!("{ENDED}{DEAD}"), &[PER_DEVICE]);
    let client = renamed(&current(CLIENT), "PC-09");
    let run = predict(&[&host, &client], &["m0.json", "--client=m1.json", "--at=2027-03-17"]);
    assert_eq!(first_line(&run), &*format!("PC-09 at HOST on 17 March 2027: refused, {NO_SERVER}"));
    assert!(run.stdout.contains("PC-09 has no client license, like a new device"), "{}", run.stdout);
}

#[test]
fn a_license_server_that_is_not_listed_is_not_used() {
    let run = over_samples(["rdsh02-locked-out", "--server=rdls01-license-server"]);
    assert!(run.stdout.contains("RDSH02 does not list the license server RDLS01"), "{}", run.stdout);
}

#[test]
fn predictions_are_as_published() {
    let validator = validator("predict-1.json");
    for arguments in [
        ["rdsh01-works", "--until=2030-01-01", "--format=json"],
        ["rdsh02-locked-out", "--admin", "--format=json"],
        ["rdsh03-conflicts", "--client=pc-07-expired-license", "--format=json"],
    ] {
        let document: Value = over_samples(arguments).json();
        check(&validator, &document);
    }
}

fn forecast<const N: usize>(arguments: [&str; N]) -> Run {
    let mut all = vec!["forecast", "--width=1000", "--at=2026-12-01"];
    all.extend(arguments);
    rdscal_in(&samples(), all)
}

#[test]
fn the_forecast_of_the_samples_is_sorted_by_day() {
    let run = forecast(["../samples"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert_eq!(
        first_line(&run),
        "2 of 4 session hosts refuse or limit users until 1 March 2027; first RDSH02, now; 2 not determined"
    );
    let line = |name: &str| run.stdout.lines().position(|line| line.trim_start().starts_with(name)).unwrap();
    assert!(line("RDSH02: now: refused (all users)") < line("RDSH03: from about 18 December 2026: "));
    assert!(line("RDSH03") < line("RDSH01: not determined"));
    let run = forecast(["rdsh03-conflicts", "--days=10"]);
    assert_eq!(
        (run.code, first_line(&run)),
        (Some(0), "0 of 1 session host refuses or limits users until 11 December 2026")
    );
    let run = forecast(["rdsh01-works"]);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
}

#[test]
fn a_forecast_has_a_row_and_a_reminder_for_each_refusal() {
    let run = forecast(["../samples", "--format=csv"]);
    let rows: Vec<_> = run.stdout.lines().collect();
    assert!(rows[0].starts_with("machine,source,kind,date,date_latest,about,days_left,verdict,who,reason"));
    assert!(
        rows.iter().any(|row| row.starts_with("RDSH03,") && row.contains("2026-12-18,2026-12-18,true,17,"))
    );
    let run = forecast(["../samples", "--format=ics"]);
    assert!(run.stdout.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "{}", run.stdout);
    assert!(
        run.stdout.contains("DTSTART;VALUE=DATE:20261218\r\nDTEND;VALUE=DATE:20261219\r\n"),
        "{}",
        run.stdout
    );
    assert_eq!(run.stdout.matches("BEGIN:VEVENT").count(), 2);
    let page = forecast(["../samples", "--format=html"]).stdout;
    assert!(page.contains("<svg") && page.contains("RDSH03") && !page.contains("<script"), "{page}");
    check(&validator("forecast-1.json"), &forecast(["../samples", "--format=json"]).json());
}

#[test]
fn an_assumption_shows_the_effect_of_a_change() {
    let assume = ["--assume=mode=per-user", "--assume=server=usable", "--assume=packs=free"];
    let [mode, server, packs] = assume;
    let run =
        over_samples(["rdsh02-locked-out", "--at=2026-12-01", "--user=CORP\\anna", mode, server, packs]);
    assert_eq!((first_line(&run), run.code), ("CORP\\anna at RDSH02 on 1 December 2026: connects", Some(0)));
    assert!(run.stdout.contains("assumed: Mode: Per User (4)"), "{}", run.stdout);
    let run = forecast(["rdsh01-works", "--assume=server=unreachable"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let run = over_samples(["rdsh01-works", "--assume=server=dead"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("server is not-listed, unreachable, too-old, not-in-group, usable"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_license_of_a_user_has_its_day() {
    let users = ";; fact: ad.users = [{\"user\":\"CORP\\\\anna\",\"expires\":\"2027-04-01T00:00:00Z\"}]\n";
    let usable = DEAD.replace("\"status\":6", "\"status\":11");
    let host = host(&format!("{ENDED}{usable}{users}"), &[]);
    let run = predict(&[&host], &["m0.json", "--at=2027-03-17", "--user=anna@corp.example"]);
    let expected = "1 April 2027: the Per User license of anna@corp.example expires (msTSExpireDate)";
    assert!(run.stdout.contains(expected), "{}{}", run.stdout, run.stderr);
    let folder = folder();
    write(folder.path().join("host.json"), host.to_json().unwrap());
    let run = rdscal_in(folder.path(), ["forecast", "host.json", "--at=2027-03-17", "--width=1000"]);
    assert!(
        run.stdout.contains("1 April 2027: 1 Per User license expires (msTSExpireDate)"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_host_that_may_refuse_later_is_not_called_safe() {
    // The grace period ends in the period, and whether the license server responds is not known.
    let host = host(&ENDED.replace("2026-01-01", "2027-04-01"), &[]);
    let folder = folder();
    write(folder.path().join("host.json"), host.to_json().unwrap());
    let run = rdscal_in(folder.path(), ["forecast", "host.json", "--at=2027-03-17", "--width=1000"]);
    assert!(
        run.stdout.contains("HOST: not determined, depends on whether a license server"),
        "{}",
        run.stdout
    );
    assert_eq!(run.code, Some(3));
    let run =
        rdscal_in(folder.path(), ["forecast", "host.json", "--at=2027-03-17", "--days=5", "--width=1000"]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
}
