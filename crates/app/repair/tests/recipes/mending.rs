//! Whether recipes fix what the rules find.
//!
//! A rule that has a recipe names it. The test runs the recipe on each firing fixture of the rule, applies
//! its plan in memory, and checks the rule again. [`TABLE`] has the arguments of the recipe for each rule.
//! [`EXCEPTIONS`] names each fixture with a different result, and the reason why that is correct.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fixture::Fixture;
use licensing::judge::judge_fleet;
use licensing::model::{FleetKey, facts};
use licensing::rules::{self, Check, Rule};
use licensing::{Machine, Options, Profile, judge};
use repair::{Arguments, History, Plan, Refusal, Request};
use snapshot::{Capture, Change, Extent, Key, KeyPath, Name, OriginKind, Placed, Snapshot, State};

/// The arguments of a recipe: flags, and parameters as `name=value`.
pub(crate) type Asked = &'static [&'static str];

/// How a recipe runs on the fixtures of the rules that name it.
struct Row {
    recipe: &'static str,
    /// The id of the rule; empty for all other rules that name the recipe.
    rule: &'static str,
    asked: Asked,
    /// Registry text that the fixtures lack and the recipe needs.
    beside: &'static str,
}

const fn row(recipe: &'static str, rule: &'static str, asked: Asked, beside: &'static str) -> Row {
    Row { recipe, rule, asked, beside }
}

const TABLE: &[Row] = &[
    row("set-servers", "", &["servers=rdls7.contoso.example"], ""),
    row("tidy-servers", "", &[], ""),
    row("move-stray-settings", "", &[], ""),
    row("clear-subkeys", "", &[r"key=HKLM\SOFTWARE\Microsoft\LicenseKeyStore"], ""),
    row("clear-client", "", &[], ""),
    row("clear-client", "RDSL-070", &["also-hardware-id"], ""),
    row("clear-client", "RDSL-071", &["also-hardware-id"], ""),
    row("clear-client", "RDSL-078", &["license=license000"], ""),
    row("clear-client", "RDSL-080", &["license=LICENSE000"], ""),
    row("clear-client", "RDSL-082", &["all-licenses"], ""),
    row("clear-client", "RDSL-150", &["all-licenses"], ""),
    row("clear-client", "RDSL-170", &["also-hardware-id"], ""),
    row("license-server-database", "RDSL-118", &["max-ver-pages=1024"], ""),
    row("license-server-database", "RDSL-119", &[r"move-to=D:\LServer"], ""),
    row("reset-grace", "RDSL-044", &["reason=unreadable-record"], CONFIGURED),
    row("reset-host-certificates", "", &[], SERVER),
    row("reset-host-certificates", "RDSL-065", &["reason=event 1003 from all clients"], SERVER),
    row("reset-host-certificates", "RDSL-177", &["reason=the host came from an image"], SERVER),
    row("restore-security", "RDSL-046", &["key=grace-period"], VERSION),
    row("restore-security", "RDSL-066", &["key=secrets"], VERSION),
    row("restore-security", "RDSL-067", &["key=rcm"], VERSION),
    row("restore-security", "RDSL-083", &["key=client-store"], ""),
    row("seal-image", "", &[], BOTH_HIVES),
    row("seal-image", "RDSL-176", &[], ""),
    row("set-mode", "", &["mode=per-user"], ""),
    row("set-mode", "RDSL-012", &["mode=per-device"], ""),
    row("set-mode", "RDSL-171", &["mode=per-device"], ""),
];

/// How a fixture differs from the row of its rule.
enum But {
    /// The recipe has these arguments.
    Asked(Asked),
    /// The fault is in a policy: the recipe refuses on the machine and fixes the policy file.
    InPolicy,
    /// The recipe has these arguments and runs on the policy file with the values.
    OfPolicy(Asked),
    /// A policy overrides the faulty value, and the recipe refuses.
    UnderPolicy,
    /// A place that the recipe would change was not captured; with these arguments, it skips that place and
    /// fixes the rest.
    Unseen(Asked),
    /// Another recipe fixes the fault, with these arguments.
    Other(&'static str, Asked),
    /// Another recipe fixes what this recipe leaves.
    Then(&'static str),
    /// The recipe runs on all machines with these arguments, and refuses on those that are already correct.
    /// In the other cases, the first of several machines stays as it is.
    Everywhere(Asked),
    /// The captured facts describe the state before the repair.
    OldFacts,
    /// The recipe produces a plan, and the rule still fires.
    StillFires,
    /// The recipe refuses.
    Refused,
}

const BY_HAND: &str = "what mends it is done by hand: the plan is a checklist";
const WRONG_IN_POLICY: &str = "the policy's own value is wrong: the policy must be changed, not the host";
const NO_EFFECT: &str = "under a policy the local value has no effect, and nothing is done to it";

/// Each fixture that differs, and the reason.
const EXCEPTIONS: &[(&str, But, &str)] = &[
    ("server-list-wrong-type/fires_policy", But::InPolicy, WRONG_IN_POLICY),
    ("server-list-wrong-type/fires_policy_single_bytes", But::InPolicy, WRONG_IN_POLICY),
    (
        "server-list-wrong-type/fires_on_license_server",
        But::Refused,
        "the list of other license servers is not the list of a session host",
    ),
    ("server-not-a-name/fires_literal", But::InPolicy, WRONG_IN_POLICY),
    (
        "setting-without-effect/fires_policy_subkeys",
        But::StillFires,
        "the names are moved, and subkeys with contents are kept until clear-subkeys deletes them",
    ),
    ("server-list-has-blanks/fires", But::InPolicy, WRONG_IN_POLICY),
    ("server-list-has-blanks/fires_semicolon", But::InPolicy, WRONG_IN_POLICY),
    ("server-list-has-blanks/fires_trailing_comma", But::InPolicy, WRONG_IN_POLICY),
    ("server-list-has-blanks/fires_both", But::InPolicy, WRONG_IN_POLICY),
    ("server-not-a-name/fires_url_and_port", But::InPolicy, WRONG_IN_POLICY),
    ("server-list-wrong-type/fires_overridden", But::UnderPolicy, NO_EFFECT),
    ("server-list-in-key-form/fires_under_policy", But::UnderPolicy, NO_EFFECT),
    (
        "server-listed-twice/fires_short",
        But::OfPolicy(&["merge-short-names"]),
        "a short name may be another host: it takes a word",
    ),
    (
        "server-list-in-licensing-core/fires",
        But::Unseen(&["remove-only"]),
        "the documented place was not captured, so nothing can be moved there",
    ),
    (
        "setting-without-effect/fires_policy_name",
        But::Unseen(&["remove-only"]),
        "the documented place was not captured, so nothing can be moved there",
    ),
    (
        "image-half-configured/fires_no_mode",
        But::Other("set-mode", &["mode=per-user"]),
        "the servers are there; it is the mode that is missing",
    ),
    (
        "grace-over-no-server/fires_server_unreachable",
        But::OldFacts,
        "that no server answers was recorded of the old list",
    ),
    (
        "grace-over-no-server/fires_soft",
        But::Refused,
        "a policy lists the server; the policy must be changed",
    ),
    (
        "grace-over-no-server/fires_2022",
        But::Refused,
        "a policy lists the server; the policy must be changed",
    ),
    (
        "invented-license-store/fires",
        But::Then("move-stray-settings"),
        "the key itself stays; as an empty key without a purpose it goes with the strays",
    ),
    (
        "invented-license-store/fires_issued",
        But::Other("move-stray-settings", &[]),
        "the key has no subkeys to clear: it is a stray itself",
    ),
    (
        "server-list-order/fires",
        But::Asked(&["servers=rdls2.contoso.example", "servers=rdls1.contoso.example"]),
        "the list is right but for its order",
    ),
    (
        "server-does-not-resolve/fires",
        But::Asked(&["servers=rdls1.contoso.example"]),
        "the name that does not resolve is left out",
    ),
    (
        "servers-as-subkeys/fires",
        But::Asked(&["servers=RDLS1"]),
        "the name is right, and stands in the wrong place",
    ),
    (
        "listed-server-lacks-role/fires",
        But::Everywhere(&["servers=rdls9"]),
        "the fact of the fixture is about one server",
    ),
    (
        "mode-wrong-type/fires_on_client",
        But::Refused,
        "a client is no session host: a licensing mode has no meaning there",
    ),
    ("mode-wrong-type/fires_under_policy", But::UnderPolicy, NO_EFFECT),
    (
        "mode-against-packs/fires_reverse",
        But::Asked(&["mode=per-device"]),
        "the packs are for the other mode",
    ),
    (
        "server-lists-differ/fires",
        But::Everywhere(&["servers=rdls7.contoso.example"]),
        "the lists are the same only where each is set",
    ),
    (
        "client-stores-differ/fires_ids",
        But::Asked(&["also-hardware-id"]),
        "it is the hardware ids that differ",
    ),
    (
        "clients-present-invalid-licenses/fires",
        But::Refused,
        "the rule reads the host's event log; the license that was refused is on a client, not on the host",
    ),
    ("database-folder-bad/fires_share", But::StillFires, BY_HAND),
    (
        "host-certificate-chain-bad/fires_ends_soon",
        But::Asked(&["reason=it ends next month"]),
        "a certificate that is still sound goes only with a reason",
    ),
    (
        "host-certificate-chain-bad/fires_unreadable",
        But::Asked(&["reason=events 1004"]),
        "what cannot be read goes only with a reason",
    ),
    (
        "host-certificate-512-only/fires",
        But::StillFires,
        "CertificateOld stays, so the host has a certificate of 512 bits only until it is restarted and makes the other",
    ),
    (
        "host-certificate-512-only/fires_old_alone",
        But::Refused,
        "there is nothing to delete: the service makes Certificate at its start",
    ),
    ("host-secrets-missing/fires_missing", But::Refused, "nobody but the service can make the private keys"),
    (
        "equal-grace-records/fires",
        But::Refused,
        "the machines are clones in service: what is sealed is the image that they came from",
    ),
];

/// A configured session host.
const CONFIGURED: &str = r#"
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]
"LicensingMode"=dword:00000002

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers]
"SpecifiedLicenseServers"=hex(7):72,00,64,00,6c,00,73,00,31,00,00,00,00,00

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentBuild"="17763"
"#;

/// A license server.
const SERVER: &str = r#"
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers]
"SpecifiedLicenseServers"=hex(7):72,00,64,00,6c,00,73,00,31,00,00,00,00,00
"#;

/// A version of Windows whose default security descriptors are known.
const VERSION: &str = r#"
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentBuild"="17763"
"ProductName"="Windows Server 2019 Standard"
"#;

const BOTH_HIVES: &str = ";; covers: HKLM\\SYSTEM\n;; covers: HKLM\\SOFTWARE\n";

pub(crate) fn arguments(asked: Asked) -> Arguments {
    let mut arguments = Arguments::default();
    for one in asked {
        match one.split_once('=') {
            Some((name, value)) => arguments.push(name, value),
            None => arguments.set_flag(one),
        }
    }
    arguments
}

/// The row for a rule: its own, or the general one of the recipe.
fn row_for(recipe: &str, rule: &Rule) -> usize {
    let of = |id: &str| TABLE.iter().position(|row| row.recipe == recipe && row.rule == id);
    of(rule.id).or_else(|| of("")).unwrap_or_else(|| panic!("{recipe}: no row for {}", rule.id))
}

fn rules_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/licensing/src/rules")
}

/// The firing fixtures of a rule, named `rule_name/fixture`.
fn firing(rule: &Rule) -> Vec<(String, String)> {
    let family = serde_json::to_value(rule.family()).unwrap();
    let folder = rules_folder().join(family.as_str().unwrap()).join(rule.name.replace('-', "_"));
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if stem.starts_with("fires") && path.extension().is_some_and(|extension| extension == "reg") {
            found.push((format!("{}/{stem}", rule.name), fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(!found.is_empty(), "{} has no fixture that fires", rule.id);
    found
}

fn profile(fixture: &Fixture) -> Profile {
    if fixture.profile.is_empty() { Profile::Auto } else { fixture.profile.parse().unwrap() }
}

fn fires(rule: &Rule, fixture: &Fixture) -> bool {
    let options = Options {
        at: Some(fixture.at),
        profile: profile(fixture),
        only: vec![rule.id.to_owned()],
        ..Options::at(fixture.at)
    };
    let reports: Vec<_> = fixture.machines.iter().map(|snapshot| judge(snapshot, &options)).collect();
    if matches!(rule.check, Check::Fleet(_)) {
        let keys: Vec<FleetKey> = reports.into_iter().map(|report| report.fleet_key).collect();
        return !judge_fleet(&keys.iter().collect::<Vec<_>>(), &options).findings.is_empty();
    }
    reports.iter().any(|report| !report.findings.is_empty())
}

/// The plan of a recipe for one machine of a fixture.
fn plan(recipe: &str, asked: &Arguments, fixture: &Fixture, index: usize) -> Result<Plan, Refusal> {
    let machine = Machine::new(&fixture.machines[index], fixture.at, profile(fixture));
    let history = History::default();
    let request = Request { machine: &machine, arguments: asked, history: &history, now: fixture.at };
    repair::by_name(recipe).expect("the recipe").plan(&request)
}

/// One run of a recipe on the fixture of a rule.
struct Run<'f> {
    name: &'f str,
    fixture: Fixture,
    /// The index of the first machine to change: if several machines share something, one may keep it.
    first: usize,
}

impl Run<'_> {
    fn mend(&mut self, recipe: &str, asked: Asked) {
        for index in self.first..self.fixture.machines.len() {
            let plan = plan(recipe, &arguments(asked), &self.fixture, index)
                .unwrap_or_else(|refusal| panic!("{}: {recipe}: {refusal}", self.name));
            carry_out(&plan, &mut self.fixture.machines[index]);
        }
    }

    /// Why the recipe refuses on the first machine to change.
    fn refusal(&self, recipe: &str, asked: Asked) -> Refusal {
        match plan(recipe, &arguments(asked), &self.fixture, self.first) {
            Err(Refusal::Usage(why)) => panic!("{}: wrongly asked: {why}", self.name),
            Err(refusal) => refusal,
            Ok(_) => panic!("{}: {recipe} does not refuse", self.name),
        }
    }

    /// Checks that the recipe refuses and suggests an alternative.
    fn guarded(&self, recipe: &str, asked: Asked) {
        let refusal = self.refusal(recipe, asked);
        assert!(matches!(refusal, Refusal::Guard { .. }), "{}: {refusal:?} is no guard", self.name);
    }

    /// Moves the values to a policy file without other content.
    fn move_to_policy(&mut self) {
        for snapshot in &mut self.fixture.machines {
            snapshot.origin.kind = OriginKind::Policy;
            let software = KeyPath::hklm("SOFTWARE");
            snapshot.captures.retain(|capture| capture.path.starts_with(&software));
        }
    }

    /// Runs the recipe as the table specifies. Returns whether the rule must be silent afterwards.
    fn run(&mut self, row: &Row, but: Option<&But>) -> bool {
        match but {
            None => self.mend(row.recipe, row.asked),
            Some(But::Asked(asked)) => self.mend(row.recipe, asked),
            Some(But::InPolicy) => {
                self.guarded(row.recipe, row.asked);
                self.move_to_policy();
                self.mend(row.recipe, row.asked);
            }
            Some(But::OfPolicy(asked)) => {
                self.move_to_policy();
                self.mend(row.recipe, asked);
            }
            Some(But::UnderPolicy) => {
                self.guarded(row.recipe, row.asked);
                return false;
            }
            Some(But::Unseen(asked)) => {
                let refusal = self.refusal(row.recipe, row.asked);
                assert!(matches!(refusal, Refusal::Unseen { .. }), "{}: {refusal:?}", self.name);
                self.mend(row.recipe, asked);
            }
            Some(But::Other(recipe, asked)) => self.mend(recipe, asked),
            Some(But::Then(recipe)) => {
                self.mend(row.recipe, row.asked);
                self.mend(recipe, &[]);
            }
            Some(But::Everywhere(asked)) => {
                for index in 0..self.fixture.machines.len() {
                    match plan(row.recipe, &arguments(asked), &self.fixture, index) {
                        Ok(plan) => carry_out(&plan, &mut self.fixture.machines[index]),
                        Err(Refusal::NothingToDo(_)) => {}
                        Err(refusal) => panic!("{}: {refusal}", self.name),
                    }
                }
            }
            Some(But::OldFacts) => {
                self.mend(row.recipe, row.asked);
                self.fixture.machines[0].facts.remove(facts::CONNECTIVITY.name);
            }
            Some(But::StillFires) => {
                self.mend(row.recipe, row.asked);
                return false;
            }
            Some(But::Refused) => {
                self.refusal(row.recipe, row.asked);
                return false;
            }
        }
        true
    }
}

#[test]
fn each_rule_is_mended_by_the_recipe_that_it_names() {
    let mut rows = BTreeSet::new();
    let mut met = BTreeSet::new();
    for rule in rules::all() {
        let Some(recipe) = rule.recipe else { continue };
        let index = row_for(recipe, rule);
        rows.insert(index);
        let row = &TABLE[index];
        for (name, text) in firing(rule) {
            let text = format!("{text}\n{}", row.beside);
            let fixture = fixture::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(fires(rule, &fixture), "{name}: the rule does not fire before");
            let but = EXCEPTIONS.iter().find(|(exception, ..)| *exception == name);
            met.extend(but.map(|(exception, ..)| *exception));
            let first = usize::from(fixture.machines.len() > 1);
            let mut run = Run { name: &name, fixture, first };
            let silent = run.run(row, but.map(|(_, but, _)| but));
            let why = but.map_or("", |(.., why)| why);
            match fires(rule, &run.fixture) {
                true if silent => panic!("{name}: {recipe} leaves it as it is"),
                false if !silent => panic!("{name}: mended, though {why}"),
                _ => {}
            }
        }
    }
    for (index, row) in TABLE.iter().enumerate() {
        assert!(rows.contains(&index), "{} for “{}” is a row that no rule takes", row.recipe, row.rule);
    }
    for (exception, _, why) in EXCEPTIONS {
        assert!(met.contains(exception), "{exception} is no exception any more");
        assert!(!why.is_empty(), "{exception} has no reason");
    }
}

/// Arguments of the recipes in addition to those of [`TABLE`].
const OTHER_WAYS: &[(&str, Asked)] = &[
    ("add-server", &["servers=rdls7.contoso.example"]),
    ("remove-server", &["servers=rdls1"]),
    ("clear-client", &["also-hardware-id"]),
    ("license-server-database", &[]),
    ("license-server-database", &[r"move-to=D:\LServer", "max-ver-pages=1024"]),
    ("move-stray-settings", &["remove-only"]),
    ("reset-grace", &["reason=cals-bought-pending"]),
    ("reset-grace", &["reason=lab"]),
    ("reset-grace", &["reason=rebuilt-host"]),
    ("reset-grace", &["reason=sealing-image"]),
    ("reset-host-certificates", &["reason=event 1003"]),
    ("restore-security", &["key=licensing-core"]),
    ("seal-image", &["confirm-image"]),
    ("set-mode", &["mode=per-device"]),
    ("tidy-servers", &["merge-short-names"]),
];

/// Every recipe on every fixture of every rule: it does not panic, its plan finds the expected state, no
/// secret is changed, and an undo restores the original state.
#[test]
fn every_plan_can_be_carried_out_and_taken_back() {
    let ways = every_way();
    let mut plans = BTreeMap::<&str, usize>::new();
    for (path, text) in every_fixture() {
        let fixture = fixture::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for (index, snapshot) in fixture.machines.iter().enumerate() {
            for &(recipe, asked) in &ways {
                let Ok(plan) = plan(recipe, &arguments(asked), &fixture, index) else { continue };
                *plans.entry(recipe).or_default() += 1;
                for change in plan.changes() {
                    let secret = change.key().starts_with(&licensing::places::rcm_secrets());
                    assert!(
                        !secret || matches!(change, Change::Security { .. }),
                        "{recipe} {}: {change}",
                        path.display()
                    );
                }
                let mut back = snapshot.clone();
                carry_out(&plan, &mut back);
                let undo: Vec<Change> = plan.changes().map(Change::inverse).collect();
                make_all(undo.iter().rev(), &mut back);
                for (was, is) in snapshot.captures.iter().zip(&back.captures) {
                    let same = match (&was.state, &is.state) {
                        (State::Key(was), State::Key(is)) => is.is_as(was),
                        // The top of a hive without keys in the fixture, see `carry_out`.
                        (State::Absent(_), State::Key(is)) => holds_nothing(is),
                        (was, is) => was == is,
                    };
                    assert!(same, "{recipe} {}: {} is not as it was", path.display(), was.path);
                }
            }
        }
    }
    for recipe in repair::all() {
        let count = plans.get(recipe.name).copied().unwrap_or_default();
        // Few machines have keys of the kind that this recipe clears.
        let least = if recipe.name == "clear-subkeys" { 1 } else { 4 };
        assert!(count >= least, "{} makes hardly any plan: {plans:?}", recipe.name);
    }
}

/// Every recipe with all its arguments in this file.
pub(crate) fn every_way() -> Vec<(&'static str, Asked)> {
    let mut ways: Vec<(&str, Asked)> = TABLE.iter().map(|row| (row.recipe, row.asked)).collect();
    ways.extend(OTHER_WAYS);
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// Every fixture of every rule.
pub(crate) fn every_fixture() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![rules_folder()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of rules") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "reg") {
                let text = fs::read_to_string(&path).expect("a readable fixture");
                // Also as a configured host, if that makes a difference.
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

/// Applies a plan to a snapshot; the state before each change must be as expected.
pub(crate) fn carry_out(plan: &Plan, snapshot: &mut Snapshot) {
    make_all(plan.changes(), snapshot);
}

fn make_all<'c>(changes: impl IntoIterator<Item = &'c Change>, snapshot: &mut Snapshot) {
    for change in changes {
        if snapshot.origin.kind == OriginKind::Policy {
            make_way(snapshot, change.key());
        }
        let mut made = false;
        for capture in &mut snapshot.captures {
            made |= make_in(capture, change);
        }
        assert!(made, "{change}: no capture holds it");
    }
}

/// Applies the change to the capture; false if the capture does not contain its place.
fn make_in(capture: &mut Capture, change: &Change) -> bool {
    let Some(below) = change.key().below(&capture.path).map(<[Name]>::to_vec) else { return false };
    if let Change::Key { before, after, .. } = change {
        let Some((name, above)) = below.split_last() else {
            match (&capture.state, before) {
                (State::Key(there), Some(before)) => assert!(there.is_as(before), "{change}: it is other"),
                (State::Absent(_), None) => {}
                _ => panic!("{change}: it does not find what it expects"),
            }
            capture.state = after.clone().map_or(State::ABSENT, State::Key);
            return true;
        };
        let Some(parent) = key_at(capture, above) else { return false };
        let index = parent.subkeys.iter().position(|sub| sub.name.same(name));
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
    // If this capture does not contain the key, another one may.
    let Some(key) = key_at(capture, &below) else { return false };
    match change {
        Change::Value { name, before, after, .. } => {
            let index = key.values.iter().position(|value| value.name.same(name));
            match (index.map(|index| Placed::of(&key.values[index])), before) {
                (Some(there), Some(before)) => {
                    assert!(there.holds_the_same(before), "{change}: something else is there");
                }
                (None, None) => {}
                _ => panic!("{change}: it does not find what it expects"),
            }
            let new = after.as_ref().map(|after| after.named(name));
            match (index, new) {
                (Some(index), Some(new)) => key.values[index] = new,
                (Some(index), None) => {
                    key.values.remove(index);
                }
                (None, new) => key.values.extend(new),
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

/// True for a key without values at any depth.
fn holds_nothing(key: &Key) -> bool {
    key.values.is_empty() && key.subkeys.iter().all(holds_nothing)
}

/// Creates a key and its parents. A policy file has no keys of its own: each instruction names its key.
fn make_way(snapshot: &mut Snapshot, to: &KeyPath) {
    let named = |name: Option<&Name>| Key { name: name.cloned().unwrap_or_default(), ..Key::default() };
    if !snapshot.captures.iter().any(|capture| to.starts_with(&capture.path)) {
        let (path, extent) = (to.clone(), Extent::Partial);
        snapshot.captures.push(Capture { path, extent, state: State::ABSENT });
    }
    for capture in &mut snapshot.captures {
        let Some(below) = to.below(&capture.path).map(<[Name]>::to_vec) else { continue };
        if matches!(capture.state, State::Absent(_)) {
            capture.state = State::Key(Box::new(named(capture.path.last())));
        }
        let State::Key(top) = &mut capture.state else { continue };
        let mut key = &mut **top;
        for name in &below {
            let found = key.subkeys.iter().position(|sub| sub.name.same(name));
            let index = found.unwrap_or_else(|| {
                key.subkeys.push(named(Some(name)));
                key.subkeys.len() - 1
            });
            key = &mut key.subkeys[index];
        }
    }
}

fn key_at<'c>(capture: &'c mut Capture, names: &[Name]) -> Option<&'c mut Key> {
    if capture.extent == Extent::Values && !names.is_empty() {
        return None;
    }
    // A fixture that covers a hive without any key in it.
    if matches!(capture.state, State::Absent(_))
        && capture.path.parent().is_some_and(|up| up.parent().is_none())
    {
        let name = capture.path.last().cloned().unwrap_or_default();
        capture.state = State::Key(Box::new(Key { name, ..Key::default() }));
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
    let mut now = snapshot.clone();
    make_all([&gone], &mut now);
    assert!(now.key(&path).is_none());
    make_all([&gone.inverse()], &mut now);
    assert_eq!(now, snapshot);
}
