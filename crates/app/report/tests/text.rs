//! What reports look like on screens of two widths.
//!
//! A few rules are run, so that a new rule does not change every page; a change of wording on their pages does, and shall be seen.
#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use licensing::judge::UnreadSource;
use licensing::{Options, Report, judge, rules};
use report::text::{Doctor, Show};
use report::whole;
use snapshot::{Snapshot, diff};

const LOCKED_OUT: &str = include_str!("machines/locked-out.reg");
const CONFLICTS: &str = include_str!("machines/conflicts.reg");
const LONE_SYSTEM: &str = include_str!("machines/lone-system.reg");
const CLIENT: &str = include_str!("machines/client.reg");

const RULES: [&str; 6] = ["RDSL-001", "RDSL-007", "RDSL-011", "RDSL-101", "RDSL-150", "RDSL-170"];

fn snapshot(text: &str) -> Snapshot {
    fixture::parse(text).unwrap().machines.remove(0)
}

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
    let machines = machines.iter().map(|text| judge(&snapshot(text), &options)).collect();
    Report::new(machines, problems, &options)
}

/// The text without colors, and without the program's version.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain + rest
}

/// Compares the page at both widths. No line is longer than the screen, but for words that cannot be broken.
macro_rules! pages {
    ($name:expr, $render:expr) => {{
        let render = $render;
        for width in [80, 120] {
            let text = plain(&render(width));
            for line in text.lines() {
                let words = line.trim_start();
                assert!(
                    line.chars().count() <= width || !words.contains(' ') || is_command(line),
                    "{width}: {line}"
                );
                assert_eq!(line.trim_end(), line, "no blanks at an end");
            }
            assert!(!text.contains("\n\n\n"), "no two empty lines");
            assert_snapshot!(format!("{}_{width}", $name), text);
        }
    }};
}

/// Whether a line contains a command, which is not wrapped: a repair, or code of a rule's page.
fn is_command(line: &str) -> bool {
    let code = |page: &'static str| {
        page.split('`').skip(1).step_by(2).map(|code| code.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let mut codes = rules::all().flat_map(|rule| {
        let doc = rule.doc();
        [doc.looks_at, doc.why, doc.fix, doc.fix_safety, doc.verify, doc.can_be_wrong]
            .into_iter()
            .flat_map(code)
    });
    line.contains("rdscal fix ") || codes.any(|code| code.contains(' ') && line.contains(&code))
}

#[test]
fn doctor_on_one_machine() {
    for (name, machine) in
        [("locked_out", LOCKED_OUT), ("conflicts", CONFLICTS), ("lone_system", LONE_SYSTEM)]
    {
        let report = report(&[machine], &[]);
        pages!(format!("doctor_{name}"), |width| whole(Doctor { width, details: true }, &report).unwrap());
    }
}

/// What a terminal shows without `-v`.
#[test]
fn the_short_form_fits_a_screen() {
    for (name, machine) in [
        ("locked_out", LOCKED_OUT),
        ("conflicts", CONFLICTS),
        ("lone_system", LONE_SYSTEM),
        ("client", CLIENT),
    ] {
        let report = report(&[machine], &[]);
        pages!(format!("short_{name}"), |width| {
            let text = whole(Doctor { width, details: false }, &report).unwrap();
            assert!(width < 80 || text.lines().count() <= 24, "{text}");
            text
        });
    }
}

#[test]
fn doctor_on_several_machines() {
    let report = report(
        &[CLIENT, LOCKED_OUT, LONE_SYSTEM, CLIENT, CLIENT],
        &[(
            "hosts/RDSH09/SYSTEM",
            "may not be read with your rights; run as a user who may, or copy it first",
        )],
    );
    pages!("doctor_several", |width| whole(Doctor { width, details: true }, &report).unwrap());
}

#[test]
fn doctor_on_nothing() {
    let report = report(&[], &[("nowhere", "does not exist")]);
    pages!("doctor_nothing", |width| whole(Doctor { width, details: true }, &report).unwrap());
}

#[test]
fn show() {
    let report = report(&[CONFLICTS, CLIENT], &[]);
    pages!("show", |width| whole(Show { width }, &report).unwrap());
}

#[test]
fn differences() {
    let (a, mut b) = (snapshot(LOCKED_OUT), snapshot(CONFLICTS));
    pages!("diff", |width| report::text::diff("before/SYSTEM", "after.json", &diff::diff(&a, &b), width));
    pages!("diff_equal", |width| report::text::diff("a", "a", &diff::diff(&a, &a), width));
    b.clone_from(&a);
    let snapshot::State::Key(system) = &mut b.captures[0].state else { unreachable!("the hive is there") };
    let record = &mut find(system, "GracePeriod").unwrap().values[0];
    *record = snapshot::Value::new(record.name.clone(), record.kind, [&[1; 20][..], &[2; 20]].concat());
    let mut c = b.clone();
    let snapshot::State::Key(system) = &mut c.captures[0].state else { unreachable!("the hive is there") };
    let record = &mut find(system, "GracePeriod").unwrap().values[0];
    *record = snapshot::Value::new(record.name.clone(), record.kind, [&[1; 20][..], &[3; 25]].concat());
    pages!("diff_data", |width| report::text::diff("b", "c", &diff::diff(&b, &c), width));
}

fn find<'k>(key: &'k mut snapshot::Key, name: &str) -> Option<&'k mut snapshot::Key> {
    if key.name.matches(name) {
        return Some(key);
    }
    key.subkeys.iter_mut().find_map(|sub| find(sub, name))
}

#[test]
fn rule_list() {
    let listed: Vec<_> = RULES.iter().map(|id| rules::by_name(id).unwrap()).collect();
    pages!("rules", |width| report::text::rules(&listed, width));
    pages!("rules_one", |width| report::text::rules(&listed[..1], width));
}

#[test]
fn the_worst_is_red() {
    let text = whole(Doctor { width: 80, details: true }, &report(&[LOCKED_OUT], &[])).unwrap();
    assert!(text.starts_with("\u{1b}[1mRDSH02\u{1b}[0m: \u{1b}[31;1mCRITICAL\u{1b}[0m"), "{:?}", &text[..60]);
}
