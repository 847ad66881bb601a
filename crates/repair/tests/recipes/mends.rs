//! Every rule that names one of these recipes is mended by it: on each fixture on which the rule fires, the recipe makes a plan,
//! the plan is carried out on the snapshot, and the rule no longer fires. Where that cannot be, the table says why.

use std::fs;
use std::path::{Path, PathBuf};

use fixture::Fixture;
use licensing::judge::judge_fleet;
use licensing::model::{Traits, facts};
use licensing::rules::{self, Check, Rule};
use licensing::{Options, Profile, judge};
use registry::{Change, Key, KeyPath, Name, OriginKind, Snapshot, State};
use repair::{Arguments, History, Plan, Refusal};

use crate::plan_for;

/// The recipes that are tried here.
const RECIPES: [&str; 4] = ["set-servers", "tidy-servers", "move-stray-settings", "clear-subkeys"];

/// How a fixture differs from the rest.
enum But {
    /// The rule's recipe refuses on this machine, and should; where its values come from a policy file, it mends them there.
    Policy,
    /// The documented place was not captured, so nothing can be moved there; `--remove-only` mends it.
    RemoveOnly,
    /// It takes this option.
    Flag(&'static str),
    /// It takes another recipe, with these arguments.
    Other(&'static str, &'static str, &'static str),
    /// The facts that were captured with it are those of the old list.
    OldFacts,
    /// It takes these arguments, and then what another recipe does.
    Then(&'static str, &'static str),
    /// These are the right names here.
    Names(&'static [&'static str]),
}

const EXCEPTIONS: [(&str, But); 19] = [
    // A policy's own value is wrong: the host must not be changed, the policy must.
    ("server_list_wrong_type/fires_policy", But::Policy),
    ("server_list_has_blanks/fires", But::Policy),
    ("server_list_has_blanks/fires_semicolon", But::Policy),
    ("server_list_has_blanks/fires_trailing_comma", But::Policy),
    ("server_not_a_name/fires_url_and_port", But::Policy),
    // Under a policy the local list has no effect, and nothing is done to it.
    ("server_list_wrong_type/fires_overridden", But::Policy),
    ("server_list_has_blanks/fires_both", But::Policy),
    ("server_list_in_key_form/fires_under_policy", But::Policy),
    // A short name may be another host: it takes a word.
    ("server_listed_twice/fires_short", But::Flag("merge-short-names")),
    ("server_list_in_licensing_core/fires", But::RemoveOnly),
    ("setting_without_effect/fires_policy_name", But::RemoveOnly),
    // The servers are there; it is the mode that is missing.
    ("image_half_configured/fires_no_mode", But::Other("set-mode", "mode", "per-user")),
    ("grace_over_no_server/fires_server_unreachable", But::OldFacts),
    // The key itself stays; as an empty key without a purpose it goes with the strays.
    (
        "invented_license_store/fires",
        But::Then(r"HKLM\SOFTWARE\Microsoft\LicenseKeyStore", "move-stray-settings"),
    ),
    ("invented_license_store/fires_issued", But::Other("move-stray-settings", "", "")),
    // The list is right but for its order.
    ("server_list_order/fires", But::Names(&["rdls2.contoso.example", "rdls1.contoso.example"])),
    // The name that does not resolve is left out.
    ("server_does_not_resolve/fires", But::Names(&["rdls1.contoso.example"])),
    ("servers_as_subkeys/fires", But::Names(&["RDLS1"])),
    ("listed_server_lacks_role/fires", But::Names(&["rdls9"])),
];

fn folder(rule: &Rule) -> PathBuf {
    let family = serde_json::to_value(rule.family).unwrap();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../licensing/src/rules");
    rules.join(family.as_str().unwrap()).join(rule.name)
}

fn firing(rule: &Rule) -> Vec<(String, Fixture)> {
    let mut paths: Vec<_> = fs::read_dir(folder(rule)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if stem.starts_with("fires") {
            let fixture = fixture::parse(&fs::read_to_string(&path).unwrap()).unwrap();
            found.push((format!("{}/{stem}", rule.name), fixture));
        }
    }
    found
}

fn fires(rule: &Rule, fixture: &Fixture) -> bool {
    let mut options = Options::at(fixture.at);
    options.only = vec![rule.id.to_owned()];
    options.profile = profile(fixture);
    let reports: Vec<_> = fixture.machines.iter().map(|snapshot| judge(snapshot, &options)).collect();
    if matches!(rule.check, Check::Fleet(_)) {
        let traits: Vec<Traits> = reports.into_iter().map(|report| report.traits).collect();
        return !judge_fleet(&traits.iter().collect::<Vec<_>>(), &options).0.is_empty();
    }
    reports.iter().any(|report| !report.findings.is_empty())
}

fn profile(fixture: &Fixture) -> Profile {
    if fixture.profile.is_empty() { Profile::Auto } else { fixture.profile.parse().unwrap() }
}

fn arguments(recipe: &str) -> Arguments {
    match recipe {
        "set-servers" => Arguments::default().with("servers", "rdls7.contoso.example"),
        _ => Arguments::default(),
    }
}

/// Carries the recipe out on every machine of the fixture.
fn mend(name: &str, recipe: &str, arguments: &Arguments, fixture: &mut Fixture) {
    for snapshot in &mut fixture.machines {
        match plan_for(recipe, arguments, snapshot, fixture.at, &History::default()) {
            Ok(plan) => carry_out(&plan, snapshot),
            // Of several machines some may be right.
            Err(Refusal::NothingToDo(_)) if name.contains("lists_differ") => {}
            Err(refusal) => panic!("{name}: {recipe}: {refusal}"),
        }
    }
}

#[test]
fn each_rule_is_mended_by_the_recipe_that_it_names() {
    let mut met = Vec::new();
    for rule in rules::all() {
        let Some(recipe) = rule.recipe.filter(|recipe| RECIPES.contains(recipe)) else { continue };
        for (name, mut fixture) in firing(rule) {
            assert!(fires(rule, &fixture), "{name}");
            let but = EXCEPTIONS.iter().find(|(exception, _)| *exception == name);
            met.extend(but.map(|(exception, _)| *exception));
            let usual = arguments(recipe);
            match but.map(|(_, but)| but) {
                None => mend(&name, recipe, &usual, &mut fixture),
                Some(But::Policy) => {
                    let refused =
                        plan_for(recipe, &usual, &fixture.machines[0], fixture.at, &History::default());
                    assert!(
                        matches!(refused, Err(Refusal::Guard { .. })),
                        "{name}: {refused:?} is not a refusal with a reason"
                    );
                    if name.ends_with("overridden") || name.ends_with("under_policy") {
                        continue;
                    }
                    as_policy(&mut fixture);
                    mend(&name, recipe, &usual, &mut fixture);
                }
                Some(But::RemoveOnly) => {
                    let refused =
                        plan_for(recipe, &usual, &fixture.machines[0], fixture.at, &History::default());
                    assert!(matches!(refused, Err(Refusal::Unseen { .. })), "{name}: {refused:?}");
                    mend(&name, recipe, &usual.with_flag("remove-only"), &mut fixture);
                }
                Some(But::Flag(flag)) => {
                    as_policy(&mut fixture);
                    mend(&name, recipe, &usual.with_flag(flag), &mut fixture);
                }
                Some(But::Other(other, parameter, value)) => {
                    let mut arguments = Arguments::default();
                    if !parameter.is_empty() {
                        arguments.push(parameter, *value);
                    }
                    mend(&name, other, &arguments, &mut fixture);
                }
                Some(But::OldFacts) => {
                    mend(&name, recipe, &usual, &mut fixture);
                    fixture.machines[0].facts.remove(facts::CONNECTIVITY);
                }
                Some(But::Then(key, other)) => {
                    mend(&name, recipe, &Arguments::default().with("key", *key), &mut fixture);
                    mend(&name, other, &Arguments::default(), &mut fixture);
                }
                Some(But::Names(names)) => {
                    let mut arguments = Arguments::default();
                    for name in *names {
                        arguments.push("servers", *name);
                    }
                    mend(&name, recipe, &arguments, &mut fixture);
                }
            }
            assert!(!fires(rule, &fixture), "{name}: {recipe} leaves it as it is");
        }
    }
    for (exception, _) in &EXCEPTIONS {
        assert!(met.contains(exception), "{exception} is no exception any more");
    }
}

/// The same values in a policy file, and nothing else.
fn as_policy(fixture: &mut Fixture) {
    for snapshot in &mut fixture.machines {
        snapshot.origin.kind = OriginKind::Policy;
        let software = KeyPath::hklm("SOFTWARE");
        snapshot.captures.retain(|capture| capture.path.starts_with(&software));
    }
}

/// Carries a plan out on a snapshot; what each change expects must be there.
pub(crate) fn carry_out(plan: &Plan, snapshot: &mut Snapshot) {
    for change in plan.changes() {
        let mut done = false;
        for capture in &mut snapshot.captures {
            let Some(below) = change.key().below(&capture.path).map(<[Name]>::to_vec) else { continue };
            // A fixture that covers a hive and has nothing in it.
            if let State::Absent(_) = capture.state {
                let name = capture.path.last().cloned().unwrap_or_default();
                capture.state = State::Key(Box::new(Key { name, ..Key::default() }));
            }
            if let State::Key(top) = &mut capture.state {
                done |= make(change, top, &below);
            }
        }
        assert!(done, "{change}: no place for it");
    }
}

fn make(change: &Change, top: &mut Key, below: &[Name]) -> bool {
    let (last, above) = match (change, below.split_last()) {
        (Change::Key { .. }, Some((last, above))) => (Some(last), above),
        // The top key of a capture itself.
        (Change::Key { before, after, .. }, None) => {
            let (None, Some(after)) = (before, after) else { panic!("{change}: a fixture covers a hive") };
            *top = (**after).clone();
            return true;
        }
        _ => (None, below),
    };
    let mut key = top;
    for name in above {
        let Some(index) = key.subkeys.iter().position(|sub| sub.name.same(name)) else { return false };
        key = &mut key.subkeys[index];
    }
    match change {
        Change::Key { before, after, .. } => {
            let last = last.unwrap();
            let index = key.subkeys.iter().position(|sub| sub.name.same(last));
            assert_eq!(before.is_some(), index.is_some(), "{change}");
            if let (Some(before), Some(index)) = (before, index) {
                assert!(key.subkeys[index].is_as(before), "{change}");
                key.subkeys.remove(index);
            }
            key.subkeys.extend(after.as_deref().cloned());
        }
        Change::Value { name, before, after, .. } => {
            let index = key.values.iter().position(|value| value.name.same(name));
            let there = index.map(|index| &key.values[index]);
            assert_eq!(there, before.as_ref().map(|before| before.named(name)).as_ref(), "{change}");
            let new = after.as_ref().map(|after| after.named(name));
            match (index, new) {
                (Some(index), Some(new)) => key.values[index] = new,
                (Some(index), None) => {
                    key.values.remove(index);
                }
                (None, new) => key.values.extend(new),
            }
        }
        Change::Security { after, .. } => key.security = Some(after.clone()),
    }
    true
}
