//! Whether recipes mend what the rules find.
//!
//! Every rule names the recipe that mends it. Here the recipe runs on each of the rule's own fixtures that fire, its changes are
//! made in memory, and the rule looks again.

use std::fs;
use std::path::{Path, PathBuf};

use licensing::rules::{self, Check, Rule};
use licensing::{Machine, Options, Profile};
use registry::{Capture, Change, Extent, Key, KeyPath, Snapshot, State};
use repair::{Arguments, History, Refusal, Request};

/// What a recipe does with the fixtures of a rule that fire.
#[derive(Clone, Copy)]
pub(crate) enum Expect {
    /// The rule is silent afterwards.
    Mended,
    /// A plan is made, and the rule still fires; why.
    StillFires(&'static str),
    /// The recipe refuses; why that is right.
    Refused(&'static str),
}

/// How a recipe is run on a rule's fixtures.
pub(crate) struct Case {
    /// The rule.
    pub(crate) rule: &'static str,
    /// The fixture, without `.reg`; every one that fires where empty.
    pub(crate) fixture: &'static str,
    /// What is asked.
    pub(crate) arguments: Arguments,
    /// What the fixture leaves out and the recipe must see, as registry text.
    pub(crate) beside: &'static str,
    /// What comes of it.
    pub(crate) expect: Expect,
}

impl Case {
    /// The recipe, run with these arguments, mends the rule.
    pub(crate) fn mended(rule: &'static str, arguments: Arguments) -> Self {
        Self { rule, fixture: "", arguments, beside: "", expect: Expect::Mended }
    }

    pub(crate) fn on(self, fixture: &'static str) -> Self {
        Self { fixture, ..self }
    }

    pub(crate) fn beside(self, beside: &'static str) -> Self {
        Self { beside, ..self }
    }

    pub(crate) fn expect(self, expect: Expect) -> Self {
        Self { expect, ..self }
    }
}

/// Runs the cases of a recipe. Every rule that names it must be among them, with every fixture that fires.
pub(crate) fn check(recipe: &str, cases: &[Case]) {
    let naming: Vec<&Rule> = rules::all().filter(|rule| rule.recipe == Some(recipe)).collect();
    assert!(!naming.is_empty(), "no rule names {recipe}");
    for rule in &naming {
        for fixture in firing(rule) {
            let stem = fixture.file_stem().expect("a name").to_string_lossy().into_owned();
            let mine =
                |case: &&Case| case.rule == rule.id && (case.fixture == stem || case.fixture.is_empty());
            // A case for the one fixture goes before one for all of them.
            let case = cases.iter().filter(mine).max_by_key(|case| !case.fixture.is_empty());
            let case = case.unwrap_or_else(|| panic!("{recipe}: no case for {} {stem}", rule.id));
            run(recipe, rule, &fixture, case);
        }
    }
    for case in cases {
        assert!(naming.iter().any(|rule| rule.id == case.rule), "{} does not name {recipe}", case.rule);
    }
}

fn run(recipe: &str, rule: &Rule, path: &Path, case: &Case) {
    let what = format!("{recipe} for {} {}", rule.id, path.display());
    let text = fs::read_to_string(path).expect("a readable fixture");
    let text = format!("{text}\n{}", case.beside);
    let fixture = fixture::parse(&text).unwrap_or_else(|e| panic!("{what}: {e}"));
    let profile: Profile = fixture.profile.parse().unwrap_or_default();
    let mut machines = fixture.machines;
    let options =
        |now| Options { at: Some(now), profile, only: vec![rule.id.to_owned()], ..Options::at(now) };
    let fires = |machines: &[Snapshot]| {
        let reports: Vec<_> =
            machines.iter().map(|one| licensing::judge(one, &options(fixture.at))).collect();
        if matches!(rule.check, Check::Fleet(_)) {
            let traits: Vec<_> = reports.iter().map(|report| report.traits.clone()).collect();
            return !licensing::judge::judge_fleet(&traits.iter().collect::<Vec<_>>(), &options(fixture.at))
                .0
                .is_empty();
        }
        !reports.iter().all(|report| report.findings.is_empty())
    };
    assert!(fires(&machines), "{what}: the rule does not fire before");
    // Of machines that share something, one may keep it.
    let first = usize::from(machines.len() > 1);
    for snapshot in machines.iter_mut().skip(first) {
        let machine = Machine::new(snapshot, fixture.at, profile);
        let history = History::default();
        let request =
            Request { machine: &machine, arguments: &case.arguments, history: &history, now: fixture.at };
        match (repair::by_name(recipe).expect("the recipe").plan(&request), case.expect) {
            (Ok(plan), Expect::Mended | Expect::StillFires(_)) => {
                let changes: Vec<Change> = plan.changes().cloned().collect();
                *snapshot = after(snapshot, &changes);
            }
            (Err(Refusal::Usage(why)), _) => panic!("{what}: wrongly asked: {why}"),
            (Err(_), Expect::Refused(why)) => {
                assert!(!why.is_empty());
                return;
            }
            (Ok(_), Expect::Refused(why)) => panic!("{what}: there is a plan, though {why}"),
            (Err(refusal), _) => panic!("{what}: {refusal}"),
        }
    }
    match case.expect {
        Expect::Mended => assert!(!fires(&machines), "{what}: the rule still fires"),
        Expect::StillFires(why) => assert!(fires(&machines), "{what}: mended, though {why}"),
        Expect::Refused(_) => {}
    }
}

/// The fixtures of a rule that fire.
fn firing(rule: &Rule) -> Vec<PathBuf> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../licensing/src/rules");
    let families = fs::read_dir(&rules).expect("the rules").map(|entry| entry.expect("an entry").path());
    let folder = families.map(|family| family.join(rule.name)).find(|folder| folder.is_dir());
    let folder = folder.unwrap_or_else(|| panic!("{} has no fixtures", rule.id));
    let mut found: Vec<_> = fs::read_dir(folder)
        .expect("the rule's folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("fires")))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{} has no fixture that fires", rule.id);
    found
}

/// Every way in which the recipes here are asked, in short.
fn ways() -> Vec<(&'static str, Arguments)> {
    let none = Arguments::default;
    let mut ways = vec![
        ("clear-client", none()),
        ("clear-client", none().with_flag("all-licenses")),
        ("clear-client", none().with_flag("also-hardware-id")),
        ("clear-client", none().with("license", "LICENSE000")),
        ("reset-host-certificates", none()),
        ("reset-host-certificates", none().with("reason", "event 1003")),
        ("seal-image", none().with_flag("confirm-image")),
        ("license-server-database", none()),
        ("license-server-database", none().with("move-to", r"D:\LServer").with("max-ver-pages", "1024")),
    ];
    for reason in ["sealing-image", "lab", "cals-bought-pending", "rebuilt-host", "unreadable-record"] {
        ways.push(("reset-grace", none().with("reason", reason)));
    }
    for key in ["rcm", "licensing-core", "grace-period", "secrets", "client-store"] {
        ways.push(("restore-security", none().with("key", key)));
    }
    ways
}

/// On every fixture of every rule, whatever it is about: no recipe breaks down, its plan finds what it expects, nothing secret is
/// touched, and taken back it leaves what was there.
#[test]
fn every_plan_can_be_carried_out_and_taken_back() {
    let ways = ways();
    let mut plans = std::collections::BTreeMap::<&str, usize>::new();
    for (path, text) in every_fixture() {
        let fixture = fixture::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let profile: Profile = fixture.profile.parse().unwrap_or_default();
        for snapshot in &fixture.machines {
            let machine = Machine::new(snapshot, fixture.at, profile);
            let history = History::default();
            for (recipe, arguments) in &ways {
                let request = Request { machine: &machine, arguments, history: &history, now: fixture.at };
                let Ok(plan) = repair::by_name(recipe).expect("the recipe").plan(&request) else { continue };
                *plans.entry(recipe).or_default() += 1;
                let changes: Vec<Change> = plan.changes().cloned().collect();
                for change in &changes {
                    let secret = change.key().starts_with(&licensing::places::rcm_secrets());
                    assert!(
                        !secret || matches!(change, Change::Security { .. }),
                        "{recipe} {}: {change}",
                        path.display()
                    );
                }
                let done = after(snapshot, &changes);
                let undo: Vec<Change> = changes.iter().rev().map(Change::inverse).collect();
                let back = after(&done, &undo);
                for (was, is) in snapshot.captures.iter().zip(&back.captures) {
                    let same = match (&was.state, &is.state) {
                        (State::Key(was), State::Key(is)) => is.is_as(was),
                        (was, is) => was == is,
                    };
                    assert!(same, "{recipe} {}: {} is not as it was", path.display(), was.path);
                }
            }
        }
    }
    for (recipe, _) in &ways {
        assert!(
            plans.get(recipe).is_some_and(|count| *count > 3),
            "{recipe} makes hardly any plan: {plans:?}"
        );
    }
}

/// What a host has that is configured.
const CONFIGURED: &str = r#"
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers]
"SpecifiedLicenseServers"=hex(7):72,00,64,00,6c,00,73,00,31,00,00,00,00,00

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]
"LicensingMode"=dword:00000002

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentBuild"="17763"
"#;

fn every_fixture() -> Vec<(PathBuf, String)> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../licensing/src/rules");
    let mut found = Vec::new();
    let mut folders = vec![rules];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of rules") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "reg") {
                let text = fs::read_to_string(&path).expect("a readable fixture");
                // Once more as a host that is configured, where that makes a difference.
                if text.contains(r"Terminal Server\RCM") {
                    found.push((path.clone(), format!("{text}\n{CONFIGURED}")));
                }
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 400, "{} fixtures", found.len());
    found
}

/// The snapshot as it is after these changes. Each must find what it expects.
pub(crate) fn after(snapshot: &Snapshot, changes: &[Change]) -> Snapshot {
    let mut snapshot = snapshot.clone();
    for change in changes {
        make(&mut snapshot, change);
    }
    snapshot
}

fn make(snapshot: &mut Snapshot, change: &Change) {
    let mut made = false;
    for capture in &mut snapshot.captures {
        made |= make_in(capture, change);
    }
    assert!(made, "{change}: no capture holds it");
}

/// Makes the change in a capture that holds its place.
fn make_in(capture: &mut Capture, change: &Change) -> bool {
    let Some(below) = change.key().below(&capture.path) else { return false };
    let below = below.to_vec();
    if let Change::Key { key, before, after } = change {
        if below.is_empty() {
            let now = after.clone().map_or(State::ABSENT, State::Key);
            capture.state = now;
            return true;
        }
        let Some(parent) = key_at(capture, &below[..below.len() - 1]) else { return false };
        let index = parent.subkeys.iter().position(|sub| Some(&sub.name) == key.last());
        match (index, before, after) {
            (Some(index), Some(before), None) => {
                assert!(parent.subkeys[index].is_as(before), "{change}: something else is there");
                parent.subkeys.remove(index);
            }
            (None, None, Some(after)) => parent.subkeys.push(*after.clone()),
            _ => panic!("{change}: it does not find what it expects"),
        }
        return true;
    }
    // A capture of a subtree alone, whose keys above nobody saw, is made as it is changed.
    let Some(key) = key_at(capture, &below) else { return false };
    match change {
        Change::Value { name, before, after, .. } => {
            let index = key.values.iter().position(|value| value.name == *name);
            match (index, before) {
                (Some(index), Some(before)) => {
                    let found = registry::Placed::of(&key.values[index]);
                    assert!(found.holds_the_same(before), "{change}: something else is there");
                    key.values.remove(index);
                }
                (None, None) => {}
                _ => panic!("{change}: it does not find what it expects"),
            }
            if let Some(after) = after {
                key.values.push(after.named(name));
            }
        }
        Change::Security { before, after, .. } => {
            assert_eq!(key.security.as_ref(), Some(before), "{change}");
            key.security = Some(after.clone());
        }
        Change::Key { .. } => {}
    }
    true
}

fn key_at<'c>(capture: &'c mut Capture, names: &[registry::Name]) -> Option<&'c mut Key> {
    if capture.extent == Extent::Values && !names.is_empty() {
        return None;
    }
    let State::Key(top) = &mut capture.state else { return None };
    names.iter().try_fold(&mut **top, |key, name| key.subkeys.iter_mut().find(|sub| sub.name.same(name)))
}

#[test]
fn changes_are_made_in_memory() {
    let text = r#"
;; source: made for this test
;; covers: HKLM\SOFTWARE\Test

[HKEY_LOCAL_MACHINE\SOFTWARE\Test\A]
"x"=dword:00000001
"#;
    let snapshot = fixture::parse(text).unwrap().machines.remove(0);
    let path = KeyPath::hklm(r"SOFTWARE\Test\A");
    let found = snapshot.key(&path).unwrap();
    let gone = Change::Key { key: path.clone(), before: Some(Box::new(found.clone())), after: None };
    let now = after(&snapshot, std::slice::from_ref(&gone));
    assert!(now.key(&path).is_none());
    assert_eq!(after(&now, &[gone.inverse()]), snapshot);
}
