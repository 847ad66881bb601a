//! Each fixture of each rule is one test, `mode::mode_not_configured::fires_grace_over`. A rule fires on
//! `fires*.reg` with the findings in `fires*.txt`, is silent on `silent*.reg`, and returns *unknown* on
//! `unknown*.reg`.
//!
//! `RDSCAL_UPDATE=1 cargo nextest run -p rdscal-licensing --test rules` rewrites the findings and the needs
//! of the rules.

#![allow(clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use fixture::Fixture;
use libtest_mimic::{Arguments, Failed, Trial};
use licensing::evidence::Need;
use licensing::judge::judge_fleet;
use licensing::model::FleetKey;
use licensing::rules::{self, Check, Finding, Rule};
use licensing::{Options, judge};
use snapshot::{Key, Snapshot, State};

/// Keys that are removed, one at a time, to determine the needs of a rule.
const HIVES: [&str; 3] = [r"HKLM\SYSTEM", r"HKLM\SOFTWARE", "HKU"];

fn main() -> ExitCode {
    let mut trials = vec![Trial::test("catalog::ids_and_names_are_unique_and_well_formed", || {
        catalog();
        Ok(())
    })];
    for rule in rules::all() {
        let name = module(rule);
        let fixtures = fixtures(rule);
        for path in fixtures.clone() {
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let test = move || check(rule, &path);
            trials.push(Trial::test(format!("{name}::{stem}"), test).with_kind(rule.name));
        }
        let test = move || complete(rule, &fixtures);
        trials.push(Trial::test(format!("{name}::needs"), test).with_kind(rule.name));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The module path of a rule, such as `mode::mode_not_configured`.
fn module(rule: &Rule) -> String {
    let family = serde_json::to_value(rule.family()).expect("a family");
    format!("{}::{}", family.as_str().expect("a name"), rule.name.replace('-', "_"))
}

fn folder(rule: &Rule) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules").join(module(rule).replace("::", "/"))
}

fn fixtures(rule: &Rule) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(rule)).expect("the folder of a rule");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "reg"));
    paths.sort();
    paths
}

fn read(path: &Path) -> Fixture {
    let text = fs::read_to_string(path).expect("a readable fixture");
    fixture::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The result of a rule on these machines.
fn run(rule: &Rule, fixture: &Fixture, machines: &[Snapshot]) -> (Vec<Finding>, Vec<Need>) {
    let mut options = Options::at(fixture.at);
    options.only = vec![rule.id.to_owned()];
    if !fixture.profile.is_empty() {
        options.profile = fixture.profile.parse().expect("a profile");
    }
    let reports: Vec<_> = machines.iter().map(|snapshot| judge(snapshot, &options)).collect();
    // A rule of both kinds compares the machines of a fixture that has several.
    let is_run = match rule.check {
        Check::Machine(_) => false,
        Check::Fleet(_) => true,
        Check::Both(..) => machines.len() > 1,
    };
    let (findings, unknown): (Vec<_>, Vec<_>) = if is_run {
        let keys: Vec<&FleetKey> = reports.iter().map(|report| &report.fleet_key).collect();
        let judged = judge_fleet(&keys, &options);
        (judged.findings, judged.unknown)
    } else {
        let (findings, unknown): (Vec<_>, Vec<_>) =
            reports.into_iter().map(|report| (report.findings, report.unknown)).unzip();
        (findings.into_iter().flatten().collect(), unknown.into_iter().flatten().collect())
    };
    (findings, unknown.into_iter().flat_map(|unanswered| unanswered.needs).collect())
}

/// One fixture.
fn check(rule: &'static Rule, path: &Path) -> Result<(), Failed> {
    let fixture = read(path);
    let (findings, needs) = run(rule, &fixture, &fixture.machines);
    let stem = path.file_stem().expect("a name").to_string_lossy();
    if stem.starts_with("silent") {
        assert!(findings.is_empty() && needs.is_empty(), "{findings:#?} {needs:#?}");
    } else if stem.starts_with("unknown") {
        assert!(findings.is_empty() && !needs.is_empty(), "{findings:#?}");
    } else if stem.starts_with("fires") {
        for finding in &findings {
            assert!(!finding.evidence.is_empty(), "a finding without evidence");
            assert!(!finding.steps().is_empty(), "a finding without a fix");
        }
        let mut severities: Vec<_> = findings.iter().map(|f| lower(f.severity)).collect();
        let mut expected = fixture.expected.clone();
        severities.sort();
        expected.sort();
        assert!(!expected.is_empty(), "no `;; expect:` line");
        assert_eq!(severities, expected);
        same(&path.with_extension("txt"), &findings.iter().map(render).collect::<Vec<_>>().join("\n"))?;
    } else {
        return Err("a fixture is fires*.reg, silent*.reg or unknown*.reg".into());
    }
    Ok(())
}

/// A finding as stored beside its fixture: everything that is not on the page of the rule.
fn render(finding: &Finding) -> String {
    let mut text =
        format!("{}, {} confidence: {}\n", lower(finding.severity), lower(finding.confidence), finding.title);
    let mut add = |label: &str, line: &str| {
        let _ = writeln!(text, "  {label}: {line}");
    };
    finding.evidence.iter().for_each(|evidence| add("evidence", &evidence.to_string()));
    finding.fix.iter().for_each(|step| add("fix", step));
    finding.notes.iter().for_each(|note| add("note", note));
    finding.machines.iter().for_each(|machine| add("machine", machine));
    text
}

fn lower(value: impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

/// Compares the text with the file, or writes the file.
fn same(path: &Path, text: &str) -> Result<(), Failed> {
    let kept = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    if kept == text {
        return Ok(());
    }
    if env::var_os("RDSCAL_UPDATE").is_some() {
        return fs::write(path, text).map_err(Failed::from);
    }
    let hint = "review it, then run this test again with RDSCAL_UPDATE=1";
    Err(format!("{} differs; {hint}.\n\nkept:\n{kept}\nnow:\n{text}", path.display()).into())
}

/// Checks that a rule has a fixture of each kind, and that `needs.txt` names the required evidence: what is
/// missing on its fixtures, unmodified and with one thing removed.
fn complete(rule: &'static Rule, fixtures: &[PathBuf]) -> Result<(), Failed> {
    for kind in ["fires", "silent", "unknown"] {
        let named = |path: &PathBuf| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(kind));
        assert!(fixtures.iter().any(named), "no fixture {kind}*.reg");
    }
    let mut needs = BTreeSet::new();
    for path in fixtures {
        let fixture = read(path);
        let mut variants = vec![fixture.machines.clone()];
        for hive in HIVES {
            variants.push(without(&fixture, |machine| {
                machine.captures.retain(|capture| !capture.path.to_string().starts_with(hive));
            }));
        }
        let facts: BTreeSet<_> = fixture.machines.iter().flat_map(|machine| machine.facts.keys()).collect();
        for fact in facts {
            variants.push(without(&fixture, |machine| {
                machine.facts.remove(fact);
            }));
        }
        variants.push(without(&fixture, |machine| {
            for capture in &mut machine.captures {
                if let State::Key(key) = &mut capture.state {
                    strip_security(key);
                }
            }
        }));
        for machines in variants {
            let (_, missing) = run(rule, &fixture, &machines);
            needs.extend(missing.iter().map(phrase));
        }
    }
    let text: String = needs.into_iter().map(|need| need + "\n").collect();
    same(&folder(rule).join("needs.txt"), &text)
}

fn without(fixture: &Fixture, change: impl Fn(&mut Snapshot)) -> Vec<Snapshot> {
    let mut machines = fixture.machines.clone();
    machines.iter_mut().for_each(change);
    machines
}

fn strip_security(key: &mut Key) {
    key.security = None;
    key.subkeys.iter_mut().for_each(strip_security);
}

/// A need as shown in lists of rules: the hive of a key, or the fact.
fn phrase(need: &Need) -> String {
    match need {
        Need::Key(key) | Need::Readable { key, .. } => match key.split('\\').nth(1) {
            Some(hive) if key.starts_with("HKLM") => format!("{} hive", hive.to_uppercase()),
            _ => "users' hives".to_owned(),
        },
        Need::Security(_) => "owners and access lists of keys".to_owned(),
        Need::Unanswered { need, .. } => phrase(need),
        other => other.to_string(),
    }
}

fn catalog() {
    let mut seen = BTreeSet::new();
    for rule in rules::all() {
        assert!(rule.id.starts_with("RDSL-") && rule.id.len() == 8, "{}", rule.id);
        for name in [rule.id, rule.name].iter().chain(rule.aliases) {
            assert!(seen.insert((*name).to_owned()), "{name} is used twice");
            assert!(rules::retired_by_name(name).is_none(), "{name} is the name of a retired rule");
        }
        assert!(!rule.title.is_empty(), "{}: no title", rule.id);
        assert!(!rule.sources.is_empty(), "{}: no source", rule.id);
        assert!(!rule.needs().is_empty(), "{}: needs nothing?", rule.id);
        assert!(!rule.doc().summary.is_empty(), "{}: the name is not that of the folder", rule.id);
        for source in rule.sources {
            let known = licensing::knowledge::sources::ALL.iter().any(|known| known.title == source.title);
            assert!(known, "{}: {source} is not in knowledge/sources.rs", rule.id);
        }
    }
}
