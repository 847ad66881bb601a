//! The machine of a repair and its plan, for `fix`, `undo` and `--emit`.

use std::path::Path;

use licensing::{Machine, MachineReport, Options, judge};
use repair::journal::Record;
use repair::{
    Arguments, History, Identity, Journal, Location, Plan, Recipe, Recommendation, Refusal, Request,
};
use snapshot::Snapshot;
use sources::RegistrySource;

use super::load;
use crate::args::{self, Format, ProfileArg, RepairArgs};
use crate::exit::{Exit, Failure};
use crate::output;

/// How the machine is judged before and after a repair.
pub fn options(profile: &ProfileArg) -> Options {
    Options { profile: profile.profile(), ..Options::at(args::now()) }
}

/// The one machine that a source contains.
pub fn one_place(args: &RepairArgs) -> Result<RegistrySource, Failure> {
    let mut found = load::discover(args.source.as_slice(), None, &args.network)?;
    match (found.places.pop(), found.places.len()) {
        (Some(place), 0) => Ok(place),
        (Some(place), _) => {
            let mut names: Vec<_> = found.places.iter().map(RegistrySource::locator).collect();
            names.push(place.locator());
            let count = names.len();
            names.truncate(10);
            let source = args.source.as_deref().unwrap_or(Path::new(sources::THIS_MACHINE));
            Err(Failure::usage(format_args!("{} contains {count} machines", source.display()))
                .advice(format_args!("Name one of them:\n  {}", names.join("\n  "))))
        }
        (None, _) => Err(Failure::unread(&found.problems)),
    }
}

/// The current state of a machine.
pub struct Subject<'p> {
    place: &'p RegistrySource,
    snapshot: Snapshot,
    options: Options,
}

impl<'p> Subject<'p> {
    /// Captures the machine.
    pub fn capture(place: &'p RegistrySource, options: Options) -> Result<Self, Failure> {
        let snapshot = load::captured(place, &licensing::knowledge::capture::scope())?;
        Ok(Self { place, snapshot, options })
    }

    /// The decoded machine.
    pub fn machine(&self) -> Machine<'_> {
        let at = self.snapshot.captured_at.unwrap_or(self.options.now);
        Machine::new(&self.snapshot, at, self.options.profile)
    }

    /// The judged machine.
    pub fn judged(&self) -> MachineReport {
        judge(&self.snapshot, &self.options)
    }

    /// All safe repairs.
    pub fn recommended(&self, history: &History) -> Recommendation {
        Recommendation::new(&self.snapshot, &self.options, self.place.locator(), history)
    }

    /// The target of changes.
    pub fn location(&self) -> Result<Location, Failure> {
        let backing = self
            .place
            .backing()
            .map_err(|problem| Failure::not_done(format_args!("{}: {}", problem.place, problem.message())))?;
        // Windows 8.1 replaced the older format of transaction logs.
        let older = self.machine().product().is_at_least(6, 3) == Some(false);
        let set = self.snapshot.control_sets.as_ref().map(|sets| sets.resolved.as_str());
        Location::of(backing, set, older).map_err(Failure::not_done)
    }

    /// Repairs of this machine that began and did not end.
    pub fn interrupted(&self, journal: &Journal) -> Vec<Record> {
        let Ok(location) = self.location() else { return Vec::new() };
        let machine = Identity::of(&self.machine());
        let open = |record: &Record| record.end.is_none() && record.begin.is_of(&location, &machine);
        journal.records().into_iter().filter(open).collect()
    }

    /// The plan; `None` if there is nothing to do, which is printed.
    pub fn plan(
        &self,
        recipe: &Recipe,
        arguments: &Arguments,
        journal: &Journal,
    ) -> Result<Option<Plan>, Failure> {
        let machine = self.machine();
        accept(recipe, &machine, make_plan(recipe, &machine, arguments, journal))
    }
}

/// The plan of a recipe, or why there is none.
pub fn make_plan(
    recipe: &Recipe,
    machine: &Machine<'_>,
    arguments: &Arguments,
    journal: &Journal,
) -> Result<Plan, Refusal> {
    let history = journal.history();
    recipe.plan(&Request { machine, arguments, history: &history, now: args::now() })
}

/// The plan; `None` if there is nothing to do, which is printed. Any other refusal ends the command.
pub fn accept(
    recipe: &Recipe,
    machine: &Machine<'_>,
    planned: Result<Plan, Refusal>,
) -> Result<Option<Plan>, Failure> {
    match planned {
        Ok(plan) => Ok(Some(plan)),
        Err(refusal @ Refusal::NothingToDo(_)) => {
            output::note(&refusal);
            Ok(None)
        }
        Err(refusal @ Refusal::Usage(_)) => Err(Failure::usage(refusal)),
        Err(refusal) => {
            let cause = refusal.to_string();
            let cause = cause.trim_end_matches('.');
            let failure = Failure::not_done(format_args!(
                "{} is refused for {}: {cause}",
                recipe.name,
                Identity::of(machine).shown()
            ));
            Err(match refusal.instead() {
                "" => failure,
                instead => failure.advice(sentence(instead)),
            })
        }
    }
}

/// The text with a capital letter at the beginning and a period at the end.
fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

/// The last line of a plan that is not applied: how to carry it out at this place.
pub fn how_to_apply(place: Option<&RegistrySource>) -> &'static str {
    if place.is_some_and(|place| place.backing().is_err()) {
        "\nNothing was changed. This source cannot be changed; write the plan as files with --emit reg -o FOLDER.\n"
    } else {
        "\nNothing was changed. To carry this out, add --apply.\n"
    }
}

/// Prints a plan that is not applied.
pub fn print(
    plan: &Plan,
    place: Option<&RegistrySource>,
    format: Format,
    file: &args::OutputArgs,
) -> Result<Exit, Failure> {
    let text = if format == Format::Json {
        report::json::render(plan)?
    } else {
        let mut text = report::text::plan(plan, output::width());
        if !plan.steps.is_empty() {
            text.push_str(how_to_apply(place));
        }
        text
    };
    output::write(&text, file)?;
    Ok(Exit::Fine)
}
