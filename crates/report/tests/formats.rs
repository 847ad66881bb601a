//! What a report on several machines looks like in each format, byte for byte.
//!
//! Two rules are run, one on each machine and one on all of them together, so that a page here changes only with its format.
#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use licensing::judge::Problem;
use licensing::{Options, Report, judge};
use report::csv::Csv;
use report::html::Html;
use report::json::Json;
use report::sarif::Sarif;
use report::text::{Doctor, Show};
use report::whole;

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
        .map(|(source, message)| Problem { source: (*source).to_owned(), message: (*message).to_owned() })
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
    let render = |report: &Report| whole(Doctor { width: 100 }, report).unwrap();
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
