//! Every rule against its fixtures: at least one on which it fires, one on which it stays silent, and one on which it
//! must answer *unknown*.

#![allow(clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use fixture::Fixture;
use licensing::judge::judge_fleet;
use licensing::model::Traits;
use licensing::rules::{self, Check, Rule};
use licensing::{Options, judge};

/// What a rule made of a fixture.
#[derive(Debug, PartialEq)]
enum Verdict {
    Fires(Vec<String>),
    Silent,
    Unknown,
}

fn run(rule: &Rule, fixture: &Fixture) -> Verdict {
    let mut options = Options::at(fixture.at);
    options.only = vec![rule.id.to_owned()];
    if !fixture.profile.is_empty() {
        options.profile = fixture.profile.parse().expect("a profile");
    }
    let reports: Vec<_> = fixture.machines.iter().map(|snapshot| judge(snapshot, &options)).collect();
    let (mut findings, mut unknown) = (Vec::new(), 0);
    if matches!(rule.check, Check::Fleet(_)) {
        let traits: Vec<&Traits> = reports.iter().map(|report| &report.traits).collect();
        let (found, unanswered) = judge_fleet(&traits, &options);
        findings.extend(found);
        unknown += unanswered.len();
    } else {
        for report in reports {
            findings.extend(report.findings);
            unknown += report.unknown.len();
        }
    }
    if !findings.is_empty() {
        for finding in &findings {
            assert!(!finding.evidence.is_empty(), "{}: a finding without evidence", rule.id);
            assert!(!finding.steps().is_empty(), "{}: a finding without a fix", rule.id);
        }
        let mut severities: Vec<_> =
            findings.iter().map(|finding| format!("{:?}", finding.severity).to_lowercase()).collect();
        severities.sort();
        return Verdict::Fires(severities);
    }
    if unknown > 0 { Verdict::Unknown } else { Verdict::Silent }
}

fn folder(rule: &Rule) -> PathBuf {
    let family = serde_json::to_value(rule.family()).expect("a family");
    let family = family.as_str().expect("a name").to_owned();
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules").join(family).join(rule.name.replace('-', "_"))
}

fn fixtures(rule: &Rule, kind: &str) -> Vec<(PathBuf, Fixture)> {
    let Ok(entries) = fs::read_dir(folder(rule)) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(kind)))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a readable fixture");
            let fixture = fixture::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (path, fixture)
        })
        .collect()
}

#[test]
fn every_rule_fires_stays_silent_and_says_unknown() {
    let mut complaints = Vec::new();
    for rule in rules::all() {
        for kind in ["fires", "silent", "unknown"] {
            let found = fixtures(rule, kind);
            if found.is_empty() {
                complaints.push(format!("{} {}: no fixture {kind}*.reg", rule.id, rule.name));
            }
            for (path, fixture) in found {
                let mut expected = fixture.expected.clone();
                expected.sort();
                let wanted = match kind {
                    "fires" if expected.is_empty() => {
                        complaints.push(format!("{}: no `;; expect:` line", path.display()));
                        continue;
                    }
                    "fires" => Verdict::Fires(expected),
                    "silent" => Verdict::Silent,
                    _ => Verdict::Unknown,
                };
                let got = run(rule, &fixture);
                if got != wanted {
                    complaints.push(format!("{} {}: {got:?}, expected {wanted:?}", rule.id, path.display()));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn ids_and_names_are_unique_and_well_formed() {
    let mut seen = std::collections::BTreeSet::new();
    for rule in rules::all() {
        assert!(rule.id.starts_with("RDSL-") && rule.id.len() == 8, "{}", rule.id);
        for name in [rule.id, rule.name].iter().chain(rule.aliases) {
            assert!(seen.insert((*name).to_owned()), "{name} is used twice");
        }
        assert!(!rule.sources.is_empty(), "{}: no source", rule.id);
        assert!(!rule.needs().is_empty(), "{}: needs nothing?", rule.id);
        assert!(!rule.doc().summary.is_empty(), "{}: no page", rule.id);
    }
}
