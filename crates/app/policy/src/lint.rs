//! Checks policy files that are kept in a repository.
//!
//! The rules are those of the catalog: the rules over policy files, the rules over values that a policy sets,
//! and the rule that compares objects. Each finding has the location of the instruction that causes it.

use std::collections::HashMap;

use licensing::judge::judge_fleet;
use licensing::knowledge::capture;
use licensing::model::facts;
use licensing::rules::{Family, Finding};
use licensing::{Options, Profile, judge, places};
use serde::Serialize;
use snapshot::policy::PolicyInstruction;
use snapshot::{Capture, Extent, Fact, FileTime, Snapshot, State};
use sources::policy_snapshot;

use crate::object::{Half, PolicyFile, PolicyFormat, PolicyObject};
use crate::report::TOOL;
use crate::{Found, Problem};

/// The schema of a [`LintReport`] in JSON.
pub const LINT_SCHEMA: &str = "rdscal.policy-lint/1";

/// Rules over values that a policy sets, in addition to the family of policy rules.
const RULES: [&str; 16] = [
    "RDSL-002", "RDSL-006", "RDSL-008", "RDSL-009", "RDSL-011", "RDSL-021", "RDSL-022", "RDSL-024",
    "RDSL-025", "RDSL-034", "RDSL-052", "RDSL-191", "RDSL-192", "RDSL-193", "RDSL-194", "RDSL-197",
];

/// Result of a run.
#[derive(Debug, Serialize)]
pub struct LintReport {
    /// [`LINT_SCHEMA`].
    pub schema: &'static str,
    /// Program name and version.
    pub tool: &'static str,
    /// The time for which the rules were evaluated.
    pub judged_at: FileTime,
    /// Number of objects that were checked.
    pub objects: usize,
    /// Number of policy files that were checked.
    pub files: usize,
    /// Number of files that set or delete a licensing value.
    pub files_with_licensing: usize,
    /// Findings, ordered by file and place.
    pub findings: Vec<Located>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// A finding with its locations.
#[derive(Debug, Serialize)]
pub struct Located {
    /// The locations, the most relevant first; more than one only for findings over several files.
    pub places: Vec<Location>,
    /// The object's name.
    pub object: Option<String>,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
}

/// A location in a policy file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Location {
    /// The file.
    pub file: String,
    /// Offset in bytes; `None` for the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Length in bytes; `None` if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
}

/// The selection of rules.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Rules to run, by id or name; all if empty.
    pub only: Vec<String>,
    /// Rules to skip.
    pub ignore: Vec<String>,
}

/// Checks the policy files of a search.
#[must_use]
pub fn lint(found: Found, choice: &Choice, now: FileTime) -> LintReport {
    let options = options(choice, now);
    let mut findings = Vec::new();
    let mut keys = Vec::new();
    let newest = newest(&found.objects);
    let (mut files, mut files_with_licensing) = (0, 0);
    for (index, object) in found.objects.iter().enumerate() {
        for file in &object.files {
            files += 1;
            files_with_licensing += usize::from(!file.values.is_empty() || file.deletes_others);
            let snapshot = snapshot(object, file);
            let instructions = instructions(&snapshot);
            let report = judge(&snapshot, &options);
            for finding in report.findings {
                let place = location(&finding, file, &instructions);
                findings.push(Located { places: vec![place], object: object.name.clone(), finding });
            }
            // An object does not conflict with an older backup of itself.
            if file.half == Half::Machine
                && file.format != PolicyFormat::Preferences
                && newest.contains(&index)
            {
                keys.push(report.fleet_key);
            }
        }
    }
    let conflicts = judge_fleet(&keys.iter().collect::<Vec<_>>(), &options).findings;
    let places = value_places(&found.objects);
    for finding in conflicts {
        let named = |file: &String| {
            let wanted = places.get(file).into_iter().flatten();
            let of_it = wanted.clone().find(|(name, _)| finding.title.contains(&format!("“{name}”")));
            Location { file: file.clone(), offset: of_it.map(|(_, offset)| *offset), length: None }
        };
        let places: Vec<_> = finding.machines.iter().map(named).collect();
        findings.push(Located { places, object: None, finding });
    }
    findings.sort_by(|a, b| a.places.cmp(&b.places).then_with(|| a.finding.rule.id.cmp(b.finding.rule.id)));
    LintReport {
        schema: LINT_SCHEMA,
        tool: TOOL,
        judged_at: now,
        objects: found.objects.len(),
        files,
        files_with_licensing,
        findings,
        problems: found.problems,
    }
}

/// The rules for policies, without the deselected ones.
fn options(choice: &Choice, now: FileTime) -> Options {
    let mut options = Options::at(now);
    // Policy values are evaluated for session hosts.
    options.profile = Profile::Host;
    let applies = |rule: &&licensing::Rule| rule.family() == Family::Policy || RULES.contains(&rule.id);
    let wanted = |rule: &licensing::Rule| {
        choice.only.is_empty() || choice.only.iter().any(|name| rule.answers_to(name))
    };
    let ids =
        licensing::rules::all().filter(applies).filter(|rule| wanted(rule)).map(|rule| rule.id.to_owned());
    options.only = ids.collect();
    if options.only.is_empty() {
        // None of the selected rules applies to policies; an empty list would select all.
        options.only.push(String::new());
    }
    options.ignore.clone_from(&choice.ignore);
    options
}

/// Indexes of the objects, without older backups of the same object.
fn newest(objects: &[PolicyObject]) -> Vec<usize> {
    let time = |object: &PolicyObject| object.backup.as_ref().and_then(|backup| backup.time.clone());
    let mut newest: HashMap<String, usize> = HashMap::new();
    let mut kept = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        let Some(id) = &object.id else {
            kept.push(index);
            continue;
        };
        let best = newest.entry(id.to_uppercase()).or_insert(index);
        if objects.get(*best).is_some_and(|other| time(object) > time(other)) {
            *best = index;
        }
    }
    kept.extend(newest.into_values());
    kept
}

fn snapshot(object: &PolicyObject, file: &PolicyFile) -> Snapshot {
    let mut snapshot = policy_snapshot(&file.path, &file.path, &file.content, &capture::scope());
    // Nothing is known about the object of a single file.
    let mut fact = object.fact();
    if file.format == PolicyFormat::Preferences {
        // Another extension reads preferences.
        fact.registry_extension = None;
        // Local values are judged as they are in force if no policy overrides them.
        if snapshot.key(&places::policy()).is_none() {
            let state = State::ABSENT;
            snapshot.captures.push(Capture { path: places::policy(), extent: Extent::Tree, state });
        }
    }
    if (fact.machine_version.is_some() || fact.machine_disabled.is_some())
        && let Ok(value) = serde_json::to_value(&fact)
    {
        let source = object.place.clone();
        snapshot.facts.insert(facts::POLICY_OBJECT.name.to_owned(), Fact { value, source });
    }
    snapshot
}

fn instructions(snapshot: &Snapshot) -> Vec<PolicyInstruction> {
    let fact = snapshot.facts.get(facts::POLICY_INSTRUCTIONS.name);
    fact.and_then(|fact| serde_json::from_value(fact.value.clone()).ok()).unwrap_or_default()
}

/// The place of the first evidence that has one: its own, or that of the last instruction that sets the
/// value.
fn location(finding: &Finding, file: &PolicyFile, instructions: &[PolicyInstruction]) -> Location {
    let at = |offset: u64| {
        let length = instructions.iter().find(|own| own.offset == offset).map(|own| own.length);
        Location { file: file.path.clone(), offset: Some(offset), length }
    };
    let of_evidence = finding.evidence.iter().find_map(|evidence| {
        if let Some(offset) = evidence.offset {
            return Some(at(offset));
        }
        let name = evidence.value.as_ref()?.as_str()?;
        let key = evidence.path.split_once('\\')?.1;
        let sets = |own: &&PolicyInstruction| {
            let plain = own.name.get(7..).filter(|_| own.name.to_ascii_lowercase().starts_with("**soft."));
            own.key.eq_ignore_ascii_case(key) && plain.unwrap_or(&own.name).eq_ignore_ascii_case(name)
        };
        instructions.iter().rev().find(sets).map(|own| at(own.offset))
    });
    of_evidence.unwrap_or(Location { file: file.path.clone(), offset: None, length: None })
}

/// The values of each file, with their locations.
fn value_places(objects: &[PolicyObject]) -> HashMap<String, Vec<(String, u64)>> {
    let files = objects.iter().flat_map(|object| &object.files);
    files
        .map(|file| {
            (file.path.clone(), file.values.iter().map(|value| (value.name.clone(), value.offset)).collect())
        })
        .collect()
}
