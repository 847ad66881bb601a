//! `rdscal fix`: plan a repair, and carry it out where that was asked.

use std::path::Path;

use licensing::{Compared, Machine, MachineReport, Options, Verdict, judge};
use repair::journal::Record;
use repair::services::{RestartError, Restarted};
use repair::{
    Applied, ApplyError, Arguments, Identity, Journal, Location, Plan, Recipe, Recovered, Refusal, Request,
    apply,
};
use serde_json::json;
use snapshot::Snapshot;
use sources::Place;

use super::{emit, load, services, whereabouts};
use crate::args::{self, FixArgs, JOURNAL_VARIABLE, JournalFolder, RepairArgs, TextOrJson};
use crate::exit::{Exit, Failure};
use crate::{output, state};

/// Runs the command.
pub fn run(args: &FixArgs) -> Result<Exit, Failure> {
    let (recipe, common) = (args.recipe.recipe, &args.recipe.common);
    let folder =
        state::folder(&common.journal, if common.apply { state::Use::Write } else { state::Use::Read })?;
    let place = one_place(common)?;
    let reviewed = common.plan.as_deref().map(read_plan).transpose()?;
    let arguments = match &reviewed {
        Some(plan) => arguments_of(recipe, plan, &args.recipe.arguments)?,
        None => args.recipe.arguments.clone(),
    };
    let options = options(common);
    if let Some(form) = common.emit {
        let subject = Subject::look(&place, options)?;
        let journal = Journal::read(&folder).map_err(|error| Failure::NotDone(error.to_string()))?;
        return emit::run(form, recipe, &arguments, &subject, &journal, common);
    }
    if !common.apply {
        let subject = Subject::look(&place, options)?;
        let journal = Journal::read(&folder).map_err(|error| Failure::NotDone(error.to_string()))?;
        for record in subject.interrupted(&journal) {
            output::complain(&format_args!(
                "note: repair {} of this machine was interrupted; the next run with --apply completes it or takes it back",
                record.begin.id
            ));
        }
        let Some(plan) = subject.plan(recipe, &arguments, &journal)? else {
            return nothing(&subject, recipe, &arguments, common);
        };
        if place.is_this_machine() {
            services::announce(&plan, false);
        }
        return print(&plan, common);
    }
    if common.restart_services && !place.is_this_machine() {
        return Err(services::elsewhere(place.locator()));
    }
    let mut journal = Journal::open(&folder).map_err(|error| Failure::NotDone(error.to_string()))?;
    let subject = Subject::look(&place, options.clone())?;
    let interrupted = subject.interrupted(&journal);
    for record in &interrupted {
        whereabouts::settle(record, &place, &mut journal)?;
    }
    let subject = if interrupted.is_empty() { subject } else { Subject::look(&place, options.clone())? };
    let Some(plan) = subject.plan(recipe, &arguments, &journal)? else {
        return nothing(&subject, recipe, &arguments, common);
    };
    if let Some(reviewed) = reviewed {
        same_plan(&reviewed, &plan)?;
    }
    if !plan.steps.is_empty() && !plan.checklist.is_empty() && !common.by_hand_done {
        let steps: Vec<_> =
            (1..).zip(&plan.checklist).map(|(n, step): (u32, _)| format!("  {n}. {step}")).collect();
        return Err(Failure::NotDone(format!(
            "the plan has things to be done by hand; nothing was changed. Do what comes before the change, then add \
             --by-hand-done:\n{}",
            steps.join("\n")
        )));
    }
    if common.restart_services {
        services::announce(&plan, true);
    }
    let before = subject.judged();
    let applied = carry_out(&plan, &subject.location()?, &place, None, &mut journal)?;
    let services = if common.restart_services { services::restart(&plan) } else { Vec::new() };
    let after = Subject::look(&place, options)?.judged();
    let undo_command =
        undo_command(&applied, &common.journal, common.source.as_deref().filter(|_| place.is_remote()));
    let outcome = Outcome {
        plan: &plan,
        applied: &applied,
        undo_command: &undo_command,
        services: &services,
        before: &before,
        after: &after,
    };
    told(&outcome, common.format, common.output.output.as_deref())
}

/// The one machine that a source holds.
fn one_place(args: &RepairArgs) -> Result<Place, Failure> {
    let mut found = load::discover(args.source.as_slice(), None, &args.network)?;
    match (found.places.pop(), found.places.len()) {
        (Some(place), 0) => Ok(place),
        (Some(place), _) => {
            let mut names: Vec<_> = found.places.iter().map(Place::locator).collect();
            names.push(place.locator());
            let more = names.len();
            names.truncate(10);
            let source = args.source.as_deref().unwrap_or(Path::new(sources::THIS_MACHINE));
            Err(Failure::Usage(format!(
                "{} holds {more} machines; name one of them:\n  {}",
                source.display(),
                names.join("\n  ")
            )))
        }
        (None, _) => {
            let reasons =
                found.problems.iter().map(|problem| format!("{}: {}", problem.place, problem.message()));
            Err(Failure::Unreadable(reasons.collect::<Vec<_>>().join("\n")))
        }
    }
}

fn options(args: &RepairArgs) -> Options {
    Options { profile: args.profile.parse().unwrap_or_default(), ..Options::at(args::now()) }
}

/// The machine as it is now.
pub(super) struct Subject<'p> {
    place: &'p Place,
    snapshot: Snapshot,
    options: Options,
}

impl<'p> Subject<'p> {
    pub(super) fn look(place: &'p Place, options: Options) -> Result<Self, Failure> {
        let snapshot = load::captured(place, &licensing::knowledge::capture::scope())
            .map_err(|problem| Failure::Unreadable(format!("{}: {}", problem.place, problem.message())))?;
        Ok(Self { place, snapshot, options })
    }

    pub(super) fn machine(&self) -> Machine<'_> {
        let at = self.snapshot.captured_at.unwrap_or(self.options.now);
        Machine::new(&self.snapshot, at, self.options.profile)
    }

    /// The machine, judged.
    pub(super) fn judged(&self) -> MachineReport {
        judge(&self.snapshot, &self.options)
    }

    pub(super) fn location(&self) -> Result<Location, Failure> {
        let medium = self.place.medium();
        let medium = medium
            .map_err(|problem| Failure::NotDone(format!("{}: {}", problem.place, problem.message())))?;
        // The older form of logs was given up with Windows 8.1.
        let older = self.machine().product().is_at_least(6, 3) == Some(false);
        let set = self.snapshot.control_sets.as_ref().map(|sets| sets.resolved.as_str());
        Location::of(medium, set, older).map_err(|error| Failure::NotDone(error.to_string()))
    }

    /// Repairs of this machine that were begun and never ended.
    fn interrupted(&self, journal: &Journal) -> Vec<Record> {
        let Ok(location) = self.location() else { return Vec::new() };
        let machine = Identity::of(&self.machine());
        let open = |record: &Record| record.end.is_none() && record.begin.is_of(&location, &machine);
        journal.records().into_iter().filter(open).collect()
    }

    /// The plan; `None` where there is nothing to do, which was said.
    fn plan(
        &self,
        recipe: &Recipe,
        arguments: &Arguments,
        journal: &Journal,
    ) -> Result<Option<Plan>, Failure> {
        let machine = self.machine();
        match draw_up(recipe, &machine, arguments, journal) {
            Ok(plan) => Ok(Some(plan)),
            Err(refusal @ Refusal::NothingToDo(_)) => {
                output::complain(&refusal);
                Ok(None)
            }
            Err(refusal) => Err(refused(recipe, &machine, &refusal)),
        }
    }
}

/// A refusal in words, with what to do instead.
pub(super) fn refused(recipe: &Recipe, machine: &Machine<'_>, refusal: &Refusal) -> Failure {
    if matches!(refusal, Refusal::Usage(_)) {
        return Failure::Usage(refusal.to_string());
    }
    let instead = refusal.instead().trim_end_matches('.');
    let said = refusal.to_string();
    let said = said.trim_end_matches('.');
    let then = if instead.is_empty() { String::new() } else { format!("\nInstead: {instead}.") };
    let machine = Identity::of(machine);
    Failure::NotDone(format!("{} is refused for {}: {said}.{then}", recipe.name, machine.shown()))
}

/// The plan of a recipe, or why there is none.
pub(super) fn draw_up(
    recipe: &Recipe,
    machine: &Machine<'_>,
    arguments: &Arguments,
    journal: &Journal,
) -> Result<Plan, Refusal> {
    let history = journal.history();
    recipe.plan(&Request { machine, arguments, history: &history, now: args::now() })
}

/// There is nothing to do, which was said; programs get a plan without steps.
fn nothing(
    subject: &Subject<'_>,
    recipe: &Recipe,
    arguments: &Arguments,
    args: &RepairArgs,
) -> Result<Exit, Failure> {
    if args.format == TextOrJson::Text {
        return Ok(Exit::Fine);
    }
    let (title, machine) = (recipe.title.to_owned(), Identity::of(&subject.machine()));
    let plan = Plan::empty(recipe.name, title, arguments.clone(), machine, args::now());
    print(&plan, args)
}

fn read_plan(path: &Path) -> Result<Plan, Failure> {
    let bytes =
        std::fs::read(path).map_err(|error| Failure::Unreadable(format!("{}: {error}", path.display())))?;
    Plan::from_json(&bytes).map_err(|error| Failure::NotDone(format!("{}: {error}", path.display())))
}

/// What the reviewed plan was asked; what was typed besides must be the same.
fn arguments_of(recipe: &Recipe, plan: &Plan, typed: &Arguments) -> Result<Arguments, Failure> {
    if plan.recipe != recipe.name {
        return Err(Failure::Usage(format!("the plan is one of {}, not of {}", plan.recipe, recipe.name)));
    }
    if typed.iter().next().is_some() && *typed != plan.arguments {
        return Err(Failure::Usage("the plan was made with other arguments; leave them out".to_owned()));
    }
    Ok(plan.arguments.clone())
}

/// What was reviewed must be what would be done now.
fn same_plan(reviewed: &Plan, now: &Plan) -> Result<(), Failure> {
    if reviewed.fingerprint == now.fingerprint {
        return Ok(());
    }
    if !reviewed.machine.is_same_machine(&now.machine) {
        return Err(Failure::NotDone(format!(
            "the plan is for another machine: {}, and this is {}; nothing was changed",
            reviewed.machine.shown(),
            now.machine.shown()
        )));
    }
    let differs = |(a, b): (&snapshot::Change, &snapshot::Change)| (a != b).then(|| b.to_string());
    let first = reviewed.changes().zip(now.changes()).find_map(differs);
    let first = first.map(|change| format!(" (first: {change})")).unwrap_or_default();
    Err(Failure::NotDone(format!(
        "the machine changed since the plan was made, so another plan would be carried out{first}; nothing was changed. \
         Make a new plan and review it"
    )))
}

fn print(plan: &Plan, args: &RepairArgs) -> Result<Exit, Failure> {
    let text = match args.format {
        TextOrJson::Text => {
            let mut text = report::text::plan(plan, output::width());
            if !plan.steps.is_empty() {
                text.push_str("\nNothing was changed. To carry this out, add --apply.\n");
            }
            text
        }
        TextOrJson::Json => report::json::render(plan)?,
    };
    output::write(&text, args.output.output.as_deref())?;
    Ok(Exit::Fine)
}

/// Applies a plan to its place. Where the connection is lost, it is made once more, to complete what was begun or take it back.
pub fn carry_out(
    plan: &Plan,
    location: &Location,
    place: &Place,
    undoes: Option<u64>,
    journal: &mut Journal,
) -> Result<Applied, Failure> {
    let keys = plan.changes().map(snapshot::Change::key);
    let opened = location.open_as(place, keys);
    let mut target = opened.map_err(|error| whereabouts::failure(&ApplyError::Target(error)))?;
    let error = match apply(plan, location, undoes, target.as_mut(), journal, args::now()) {
        Ok(applied) => return Ok(applied),
        Err(error) => error,
    };
    drop(target);
    let lost = match &error {
        ApplyError::Lost { id, .. } => journal.record(*id),
        _ => None,
    };
    let Some(record) = lost else { return Err(whereabouts::failure(&error)) };
    output::complain(&error);
    match whereabouts::settle(&record, place, journal) {
        Ok(Recovered::Complete) => {
            let made = journal.record(record.begin.id).and_then(|record| record.made().map(<[_]>::to_vec));
            let backup = journal.backup(&record.begin.backup);
            Ok(Applied {
                id: record.begin.id,
                changes: made.unwrap_or_default(),
                backup,
                remarks: Vec::new(),
            })
        }
        Ok(_) => Err(Failure::NotDone(
            "the repair was not carried out, because the connection was lost on the way; try again"
                .to_owned(),
        )),
        Err(failure) => Err(Failure::NotDone(format!("the connection could not be made again: {failure}"))),
    }
}

/// A plan that was carried out, and what came of it.
pub struct Outcome<'o> {
    /// The plan.
    pub plan: &'o Plan,
    /// What was done.
    pub applied: &'o Applied,
    /// The command that takes it back.
    pub undo_command: &'o str,
    /// The services that were to be restarted.
    pub services: &'o [(String, Result<Restarted, RestartError>)],
    /// The machine before.
    pub before: &'o MachineReport,
    /// The machine afterwards.
    pub after: &'o MachineReport,
}

/// The command that takes a repair back: with the journal that it stands in, where that is not the usual one, and the machine across the
/// network as it was named, since the journal keeps no account.
pub fn undo_command(applied: &Applied, journal: &JournalFolder, source: Option<&Path>) -> String {
    let word = |path: &Path| {
        let text = path.display().to_string();
        if text.contains([' ', ';', '\\']) { format!("'{text}'") } else { text }
    };
    let mut command = format!("rdscal undo {} --apply", applied.id);
    let in_environment = std::env::var_os(JOURNAL_VARIABLE);
    if let Some(folder) =
        journal.folder.as_deref().filter(|&folder| in_environment.as_deref() != Some(folder.as_os_str()))
    {
        command.extend([" --journal ", &word(folder)]);
    }
    if let Some(source) = source {
        command.extend([" --source ", &word(source)]);
    }
    command
}

/// Says what came of it.
pub fn told(outcome: &Outcome<'_>, format: TextOrJson, file: Option<&Path>) -> Result<Exit, Failure> {
    let Outcome { plan, applied, undo_command, services, before, after } = outcome;
    let text = match format {
        TextOrJson::Text => {
            let width = output::width();
            let mut text = report::text::plan(plan, width);
            text.push('\n');
            text.push_str(&report::text::applied(applied, undo_command, before, after, width));
            text.push_str(&report::text::restarted(services, width));
            text
        }
        TextOrJson::Json => {
            let verdict = |report: &MachineReport| {
                let verdict = Verdict::of(report);
                json!({ "standing": verdict.standing.label(), "sentence": verdict.sentence })
            };
            let mut told = json!({
                "schema": "rdscal.repair/1",
                "id": applied.id,
                "plan": plan,
                "changes": applied.changes,
                "backup": applied.backup,
                "verdict": { "before": verdict(before), "after": verdict(after) },
                "findings": Compared::between(before, after),
            });
            if !applied.remarks.is_empty() {
                told["remarks"] = json!(applied.remarks);
            }
            if !services.is_empty() {
                told["services"] =
                    services.iter().map(|(name, result)| services::as_json(name, result)).collect();
            }
            report::json::render(&told)?
        }
    };
    output::write(&text, file)?;
    Ok(if services.iter().all(|(_, result)| result.is_ok()) { Exit::Fine } else { Exit::Findings })
}
