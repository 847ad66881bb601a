//! `rdscal fix`: plan a repair, and apply it with `--apply`.

use std::path::Path;

use licensing::{Options, Profile};
use repair::{Arguments, Identity, Journal, Plan, Recipe};
use sources::RegistrySource;

use super::carry_out::Execution;
use super::planning::{self, Subject};
use super::{emit, recommended, relocate, services};
use crate::args::{self, FixArgs, Format, RepairArgs, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::{output, state};

/// Runs the command.
pub fn run(args: &FixArgs) -> Result<Exit, Failure> {
    let common = &args.recipe.common;
    let Some(recipe) = args.recipe.recipe else { return recommended::run(common) };
    let usage = if common.apply { state::Use::Write } else { state::Use::Read };
    let folder = state::folder(&common.journal, usage)?;
    let place = planning::one_place(common)?;
    let reviewed = common.plan.as_deref().map(read_plan).transpose()?;
    let arguments = match &reviewed {
        Some(plan) => arguments_of(recipe, plan, &args.recipe.arguments)?,
        None => args.recipe.arguments.clone(),
    };
    let request = Request { recipe, arguments, place, common };
    if let Some(form) = common.emit {
        let subject = request.capture()?;
        let journal = Journal::read(&folder).map_err(Failure::not_done)?;
        return emit::run(form, recipe, &request.arguments, &subject, &journal, &common.output);
    }
    let format = common.output.format(common.format, TEXT_OR_JSON)?;
    if !common.apply {
        return request.show(format, &Journal::read(&folder).map_err(Failure::not_done)?);
    }
    if common.restart_services && !request.place.is_this_machine() {
        return Err(services::elsewhere(request.place.locator()));
    }
    let mut journal = Journal::open(&folder).map_err(Failure::not_done)?;
    request.apply(format, reviewed.as_ref(), &mut journal)
}

/// The recipe, its arguments and the place.
struct Request<'r> {
    recipe: &'static Recipe,
    arguments: Arguments,
    place: RegistrySource,
    common: &'r RepairArgs,
}

impl Request<'_> {
    /// How the machine is judged: a confirmed image as an image, so that what was sealed is reported as
    /// fixed.
    fn options(&self) -> Options {
        let mut options = planning::options(&self.common.profile);
        if self.arguments.has("confirm-image") {
            options.profile = Profile::Image;
        }
        options
    }

    fn capture(&self) -> Result<Subject<'_>, Failure> {
        Subject::capture(&self.place, self.options())
    }

    /// Prints the plan.
    fn show(&self, format: Format, journal: &Journal) -> Result<Exit, Failure> {
        let subject = self.capture()?;
        for record in subject.interrupted(journal) {
            output::note(format_args!(
                "repair {} of this machine was interrupted; the next run with --apply completes or reverts it",
                record.begin.id
            ));
        }
        let Some(plan) = subject.plan(self.recipe, &self.arguments, journal)? else {
            return self.nothing(&subject, format);
        };
        if self.place.is_this_machine() {
            services::announce(&plan, false);
        }
        planning::print(&plan, Some(&self.place), format, &self.common.output)
    }

    /// Applies the plan.
    fn apply(&self, format: Format, reviewed: Option<&Plan>, journal: &mut Journal) -> Result<Exit, Failure> {
        let mut subject = self.capture()?;
        let interrupted = subject.interrupted(journal);
        for record in &interrupted {
            relocate::settle(record, &self.place, journal)?;
        }
        if !interrupted.is_empty() {
            subject = self.capture()?;
        }
        let Some(plan) = subject.plan(self.recipe, &self.arguments, journal)? else {
            return self.nothing(&subject, format);
        };
        if let Some(reviewed) = reviewed {
            same_plan(reviewed, &plan)?;
        }
        if !plan.steps.is_empty() && !plan.checklist.is_empty() && !self.common.manual_steps_done {
            return Err(manual_steps(&plan));
        }
        let execution = Execution {
            plan: &plan,
            place: &self.place,
            location: &subject.location()?,
            undoes: None,
            restart_services: self.common.restart_services,
            options: self.options(),
            journal_folder: &self.common.journal,
            source: self.common.source.as_deref(),
            format,
            output: &self.common.output,
        };
        execution.run(&subject.judged(), journal)
    }

    /// The result if there is nothing to do. As text, that was already printed; as JSON, it is a plan without
    /// steps.
    fn nothing(&self, subject: &Subject<'_>, format: Format) -> Result<Exit, Failure> {
        if format == Format::Text {
            return Ok(Exit::Fine);
        }
        let (title, machine) = (self.recipe.title.to_owned(), Identity::of(&subject.machine()));
        let plan = Plan::empty(self.recipe.name, title, self.arguments.clone(), machine, args::now());
        planning::print(&plan, Some(&self.place), format, &self.common.output)
    }
}

fn manual_steps(plan: &Plan) -> Failure {
    let steps: Vec<_> =
        (1..).zip(&plan.checklist).map(|(n, step): (u32, _)| format!("  {n}. {step}")).collect();
    Failure::not_done("the plan has manual steps that come before its changes")
        .state("Nothing was changed.")
        .advice(format_args!(
            "Carry out the steps that come before the change, then add --manual-steps-done:\n{}",
            steps.join("\n")
        ))
}

fn read_plan(path: &Path) -> Result<Plan, Failure> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| Failure::unreadable(format_args!("{shown}: {error}")))?;
    Plan::from_json(&bytes).map_err(|error| Failure::not_done(format_args!("{shown}: {error}")))
}

/// The arguments of the reviewed plan. Arguments on the command line must be the same.
fn arguments_of(recipe: &Recipe, plan: &Plan, typed: &Arguments) -> Result<Arguments, Failure> {
    if plan.recipe != recipe.name {
        return Err(Failure::usage(format_args!(
            "the plan belongs to {}, not to {}",
            plan.recipe, recipe.name
        )));
    }
    if typed.iter().next().is_some() && *typed != plan.arguments {
        return Err(Failure::usage("the plan was made with other arguments").advice("Leave them out."));
    }
    Ok(plan.arguments.clone())
}

/// Rejects a reviewed plan that differs from the current one.
fn same_plan(reviewed: &Plan, now: &Plan) -> Result<(), Failure> {
    if reviewed.fingerprint == now.fingerprint {
        return Ok(());
    }
    let failure = if reviewed.machine.is_same_machine(&now.machine) {
        let differs = |(a, b): (&snapshot::Change, &snapshot::Change)| (a != b).then(|| b.to_string());
        let first = reviewed.changes().zip(now.changes()).find_map(differs);
        let first = first.map(|change| format!(" (first difference: {change})")).unwrap_or_default();
        Failure::not_done(format_args!("the machine changed since the plan was made{first}"))
            .advice("Make a new plan and review it.")
    } else {
        Failure::not_done(format_args!(
            "the plan is for another machine: {}, and this is {}",
            reviewed.machine.shown(),
            now.machine.shown()
        ))
    };
    Err(failure.state("Nothing was changed."))
}
