//! What a report on several machines looks like in each format, byte for byte.
//!
//! Two rules are run, one on each machine and one on all of them together, so that a page here changes only with its format.
#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use licensing::judge::UnreadSource;
use licensing::{Options, Report, judge};
use report::csv::Csv;
use report::html::Html;
use report::json::Json;
use report::sarif::Sarif;
use report::text::{Doctor, Show};
use report::{Format, Spool, Stream, whole};

const LOCKED_OUT: &str = include_str!("machines/locked-out.reg");
const CONFLICTS: &str = include_str!("machines/conflicts.reg");
const LONE_SYSTEM: &str = include_str!("machines/lone-system.reg");
const CLIENT: &str = include_str!("machines/client.reg");

const RULES: [&str; 2] = ["RDSL-001", "RDSL-170"];

fn report(machines: &[&str], problems: &[(&str, &str)]) -> Report {
    let options = Options {
        only: RULES.map(str::to_owned).to_vec(),
        ..Options::at("2026-03-01T08:00:00.1234567Z".parse().unwrap())
    };
    let problems = problems
        .iter()
        .map(|(source, message)| UnreadSource {
            source: (*source).to_owned(),
            message: (*message).to_owned(),
        })
        .collect();
    let machines = machines
        .iter()
        .map(|text| judge(&fixture::parse(text).unwrap().machines.remove(0), &options))
        .collect();
    Report::new(machines, problems, &options)
}

/// Several machines in no order of severity, of which two have something in common, and a source that could not be read.
fn several() -> Report {
    report(
        &[CLIENT, LONE_SYSTEM, LOCKED_OUT, CONFLICTS, CLIENT],
        &[("hosts/RDSH09/SYSTEM", "may not be read with your rights, \"\u{202e}\u{1b}[2J\"")],
    )
}

fn nothing() -> Report {
    report(&[], &[("nowhere", "does not exist")])
}

/// The report in a format, its escapes shown and the program's version hidden.
fn shown(text: &str) -> String {
    let tool = concat!("rdscal ", env!("CARGO_PKG_VERSION"));
    let version = concat!("\"semanticVersion\": \"", env!("CARGO_PKG_VERSION"), "\"");
    text.replace(tool, "rdscal VERSION")
        .replace(version, "\"semanticVersion\": \"VERSION\"")
        .replace('\r', "\\r")
        .replace('\u{1b}', "\\e")
}

#[test]
fn text() {
    let render = |report: &Report| whole(Doctor { width: 100, details: true }, report).unwrap();
    assert_snapshot!("several_text", shown(&render(&several())));
    assert_snapshot!("two_text", shown(&render(&report(&[CLIENT, LOCKED_OUT], &[]))));
    assert_snapshot!("nothing_text", shown(&render(&nothing())));
}

#[test]
fn show() {
    let render = |report: &Report| whole(Show { width: 100 }, report).unwrap();
    assert_snapshot!("several_show", shown(&render(&several())));
    assert_snapshot!("nothing_show", shown(&render(&nothing())));
}

#[test]
fn json() {
    let render = |report: &Report| whole(Json, report).unwrap();
    assert_snapshot!("several_json", shown(&render(&several())));
    assert_snapshot!("nothing_json", shown(&render(&nothing())));
}

#[test]
fn csv() {
    let render = |report: &Report| whole(Csv, report).unwrap();
    assert_snapshot!("several_csv", shown(&render(&several())));
    assert_snapshot!("nothing_csv", shown(&render(&nothing())));
}

#[test]
fn html() {
    let render = |report: &Report| whole(Html, report).unwrap();
    assert_snapshot!("several_html", shown(&render(&several())));
    assert_snapshot!("nothing_html", shown(&render(&nothing())));
}

#[test]
fn sarif() {
    let render = |report: &Report| whole(Sarif, report).unwrap();
    assert_snapshot!("several_sarif", shown(&render(&several())));
    assert_snapshot!("nothing_sarif", shown(&render(&nothing())));
}

/// The report as several threads render it, that take the machines in another order than that in which they are to stand, with a
/// temporary file that the parts wait in.
fn streamed<F: Format>(format: F, report: &Report) -> String {
    let stream = Stream::new(format, Spool::new(tempfile::spooled_tempfile(100)));
    let mut kept = Vec::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..report.machines.len())
            .rev()
            .map(|index| {
                scope.spawn({
                    let (stream, machine) = (&stream, &report.machines[index]);
                    move || (index, stream.add(machine).unwrap())
                })
            })
            .collect();
        kept.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
    });
    kept.sort_by_key(|(index, _)| *index);
    let kept = report.with(kept.into_iter().map(|(_, kept)| kept).collect());
    let mut out = Vec::new();
    stream.finish(&kept, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A report whose last machine is the worst, and one with fewer machines, findings and problems.
fn reports() -> [Report; 4] {
    [several(), report(&[CLIENT, LOCKED_OUT], &[]), report(&[CLIENT], &[]), nothing()]
}

#[test]
fn machine_by_machine_is_as_in_one_piece() {
    fn compare<F: Format + Copy>(format: F, report: &Report) {
        assert_eq!(streamed(format, report), whole(format, report).unwrap());
    }
    for report in &reports() {
        compare(Doctor { width: 80, details: true }, report);
        compare(Show { width: 80 }, report);
        compare(Json, report);
        compare(Csv, report);
        compare(Html, report);
        compare(Sarif, report);
    }
}

/// Nothing of the code that writes lists one by one stands behind what this compares with.
#[test]
fn json_is_what_the_report_serializes_to() {
    for report in &reports() {
        assert_eq!(streamed(Json, report), report::json::render(report).unwrap());
    }
}

/// SARIF is written in pieces of text: each result names its rule by an index into the list that stands before it.
#[test]
fn sarif_in_pieces_is_what_a_serializer_writes() {
    for report in &reports() {
        let text = streamed(Sarif, report);
        let log: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report::json::render(&log).unwrap(), text);
        let run = &log["runs"][0];
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
    }
}

/// A disk that fills up is told apart from an output that does.
#[test]
fn a_spool_that_fails_is_said_to() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    let stream = Stream::new(Json, Spool::new(tempfile::SpooledTempFile::new_in(100, gone)));
    let report = several();
    let error = stream.add(&report.machines[0]).unwrap_err();
    assert!(matches!(error, report::ReportError::Spool(_)), "{error}");
}
