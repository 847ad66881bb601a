//! All safe repairs of a machine, in the required order.

use licensing::rules::{Finding, RepairCommand};
use licensing::{Machine, Options, judge, places};
use serde::Serialize;
use snapshot::{Change, Lookup, Snapshot, State};

use crate::offer::is_governed;
use crate::overlay::Overlay;
use crate::{Arguments, History, Plan, Recipe, Refusal, Request, by_name};

/// The recipes that are carried out without a decision of the user, in the required order: a moved list is
/// tidied afterwards. They remove no license and no certificate.
const RECOMMENDED: [&str; 5] =
    ["move-stray-settings", "tidy-servers", "clear-subkeys", "restore-security", "set-mode"];

/// The safe repairs of a machine, and the findings that they leave.
#[derive(Debug, Serialize)]
pub struct Recommendation {
    /// The plans, in order. Each expects the state after the earlier ones.
    pub plans: Vec<Plan>,
    /// What remains after them.
    pub left: Vec<LeftFinding>,
}

/// A finding that no recommended repair fixes.
#[derive(Debug, Serialize)]
pub struct LeftFinding {
    /// The id of the rule.
    pub rule: &'static str,
    /// What was found.
    pub title: String,
    /// Why it is left, a clause.
    pub because: String,
    /// The command that repairs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair: Option<RepairCommand>,
}

impl Recommendation {
    /// Plans the safe repairs of the machine of this snapshot. `source` is the name of the source in
    /// commands.
    #[must_use]
    pub fn new(snapshot: &Snapshot, options: &Options, source: &str, history: &History) -> Self {
        let mut plans: Vec<Plan> = Vec::new();
        let mut state = snapshot.clone();
        for recipe in RECOMMENDED.into_iter().filter_map(by_name) {
            while let Some(plan) = next(recipe, &state, options, history, &plans) {
                state = after(&state, &plan);
                plans.push(plan);
            }
        }
        let report = judge(&state, options);
        let machine = machine(&state, options);
        let left = report.findings.iter().map(|finding| left(finding, &machine, options, source)).collect();
        Self { plans, left }
    }
}

fn machine<'s>(snapshot: &'s Snapshot, options: &Options) -> Machine<'s> {
    let at = options.at.or(snapshot.captured_at).unwrap_or(options.now);
    Machine::new(snapshot, at, options.profile)
}

/// The next plan of the recipe for a finding of this state.
fn next(
    recipe: &Recipe,
    state: &Snapshot,
    options: &Options,
    history: &History,
    earlier: &[Plan],
) -> Option<Plan> {
    let machine = machine(state, options);
    let none = Arguments::default();
    let request = Request { machine: &machine, arguments: &none, history, now: options.now };
    let report = judge(state, options);
    let findings = report.findings.iter().filter(|finding| finding.rule.recipe == Some(recipe.name));
    let mut plans = findings.filter_map(|finding| recipe.decided_plan(&request, finding)?.ok());
    plans.find(|plan| {
        let is_new = |known: &Plan| (&known.recipe, &known.arguments) != (&plan.recipe, &plan.arguments);
        !plan.steps.is_empty()
            && plan.checklist.is_empty()
            && !touches_grace_record(plan)
            && earlier.iter().all(is_new)
    })
}

/// True if the plan changes the last-write time of the grace record. Files show the end of the grace period
/// by this time, and signs that the record was removed. So only the user decides on it.
fn touches_grace_record(plan: &Plan) -> bool {
    plan.changes().any(|change| change.key().starts_with(&places::grace_period()))
}

/// The snapshot after the changes of a plan.
fn after(snapshot: &Snapshot, plan: &Plan) -> Snapshot {
    let mut overlay = Overlay::default();
    for change in plan.changes() {
        let key = change.key();
        let underneath = match snapshot.lookup(key) {
            Lookup::Found(found) if !overlay.replaces(key) => Some(found.clone()),
            _ => None,
        };
        let now = overlay.view(key, underneath);
        overlay.make(change, if matches!(change, Change::Key { .. }) { None } else { now });
    }
    let mut after = snapshot.clone();
    for capture in &mut after.captures {
        let underneath = match std::mem::replace(&mut capture.state, State::ABSENT) {
            State::Key(key) => Some(*key),
            State::Absent(_) => None,
        };
        capture.state =
            overlay.view(&capture.path, underneath).map_or(State::ABSENT, |key| State::Key(Box::new(key)));
    }
    after
}

/// Why a finding is left.
fn left(finding: &Finding, machine: &Machine<'_>, options: &Options, source: &str) -> LeftFinding {
    let recipe = finding.rule.recipe.and_then(by_name);
    let repair = recipe.and_then(|recipe| recipe.offer(source, machine, finding, options.now));
    let (none, history) = (Arguments::default(), History::default());
    let request = Request { machine, arguments: &none, history: &history, now: options.now };
    let because = match (recipe, &repair) {
        (None, _) => "no change of the registry repairs it".to_owned(),
        (Some(recipe), None) => match recipe.decided_plan(&request, finding) {
            Some(Err(Refusal::NothingToDo(_))) => "its cause is not in the registry".to_owned(),
            Some(Err(refusal)) => format!("{} is refused: {refusal}", recipe.name),
            _ => "no repair is accepted for it".to_owned(),
        },
        (Some(recipe), Some(_)) if is_governed(recipe.name, machine) => {
            "a policy sets it; change the policy".to_owned()
        }
        (Some(recipe), Some(_)) => match recipe.decided_plan(&request, finding) {
            Some(Ok(plan)) if touches_grace_record(&plan) => {
                "changes the last-write time of the grace record, which is evidence".to_owned()
            }
            _ => reason(recipe.name).to_owned(),
        },
    };
    LeftFinding { rule: finding.rule.id, title: finding.title.clone(), because, repair }
}

/// What speaks against carrying out a recipe without a decision of the user.
fn reason(recipe: &str) -> &'static str {
    match recipe {
        "set-mode" => "needs a choice: the kind of licenses that were purchased",
        "set-servers" => "needs the names of the license servers",
        "clear-client" => "removes licenses from the client",
        "reset-host-certificates" => "clients are refused until the host is restarted",
        "reset-grace" => "needs a reason, and is possible once in 120 days",
        "seal-image" => "only for an image; on a machine in service it removes licenses and certificates",
        _ => "needs a decision",
    }
}
