//! `rdscal fix recommended`: all safe repairs of a machine.

use std::fmt::Write as _;
use std::path::Path;

use repair::{Applied, Journal, Plan, Recommendation};
use serde_json::json;
use sources::RegistrySource;

use super::carry_out::{Execution, undo_command};
use super::planning::{self, Subject};
use super::{emit, relocate, services};
use crate::args::{EmitForm, Format, OutputArgs, RepairArgs, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::{output, state};

/// The schema of the output in JSON.
const SCHEMA: &str = "rdscal.recommended/1";

/// Runs the command.
pub fn run(common: &RepairArgs) -> Result<Exit, Failure> {
    if common.plan.is_some() || common.manual_steps_done {
        return Err(Failure::usage("fix recommended makes several plans, without manual steps")
            .advice("Leave out --plan and --manual-steps-done, or carry out one recipe."));
    }
    let usage = if common.apply { state::Use::Write } else { state::Use::Read };
    let folder = state::folder(&common.journal, usage)?;
    let place = planning::one_place(common)?;
    let read = || Journal::read(&folder).map_err(Failure::not_done);
    if let Some(form) = common.emit {
        let subject = capture(&place, common)?;
        return written(form, &subject.recommended(&read()?.history()), &common.output);
    }
    let format = common.output.format(common.format, TEXT_OR_JSON)?;
    if !common.apply {
        let subject = capture(&place, common)?;
        let recommendation = subject.recommended(&read()?.history());
        return print(&recommendation, Some(&place), &[], None, format, &common.output);
    }
    if common.restart_services && !place.is_this_machine() {
        return Err(services::elsewhere(place.locator()));
    }
    let mut journal = Journal::open(&folder).map_err(Failure::not_done)?;
    apply(&place, common, format, &mut journal)
}

fn capture<'p>(place: &'p RegistrySource, common: &RepairArgs) -> Result<Subject<'p>, Failure> {
    Subject::capture(place, planning::options(&common.profile))
}

/// Applies every plan, each as one repair.
fn apply(
    place: &RegistrySource,
    common: &RepairArgs,
    format: Format,
    journal: &mut Journal,
) -> Result<Exit, Failure> {
    let mut subject = capture(place, common)?;
    for record in subject.interrupted(journal) {
        relocate::settle(&record, place, journal)?;
    }
    subject = capture(place, common)?;
    let before = subject.judged();
    let recommendation = subject.recommended(&journal.history());
    let mut applied: Vec<(Applied, String)> = Vec::new();
    for plan in &recommendation.plans {
        if common.restart_services {
            services::announce(plan, true);
        }
        let execution = Execution {
            plan,
            place,
            location: &subject.location()?,
            undoes: None,
            restart_services: false,
            options: planning::options(&common.profile),
            journal_folder: &common.journal,
            source: common.source.as_deref(),
            format,
            output: &common.output,
        };
        let made = execution.apply(journal).map_err(|failure| partly(failure, &applied))?;
        let source = common.source.as_deref().filter(|_| place.is_remote());
        let undo = undo_command(&made, &common.journal, source);
        applied.push((made, undo));
        // The next plan expects the machine as it is now.
        subject = capture(place, common).map_err(|failure| partly(failure, &applied))?;
    }
    if common.restart_services {
        restart(&recommendation.plans);
    }
    let after = subject.judged();
    let reports = (!applied.is_empty()).then_some((&before, &after));
    print(&recommendation, None, &applied, reports, format, &common.output)
        .map_err(|failure| partly(failure, &applied))
}

/// The failure after some repairs, which remain.
fn partly(failure: Failure, applied: &[(Applied, String)]) -> Failure {
    if applied.is_empty() {
        return failure;
    }
    let made: Vec<_> =
        applied.iter().map(|(made, undo)| format!("{} (`{undo}` reverts it)", made.id)).collect();
    failure.state(format_args!("These repairs were made: {}.", made.join(", ")))
}

/// Restarts every service that a plan names, once.
fn restart(plans: &[Plan]) {
    let Some(last) = plans.last() else { return };
    let follow_up = plans.iter().flat_map(|plan| plan.follow_up.clone()).collect();
    let all = Plan { follow_up, ..last.clone() };
    output::note(report::text::restarted(&services::restart(&all), output::width()).trim_end());
}

fn print(
    recommendation: &Recommendation,
    place: Option<&RegistrySource>,
    applied: &[(Applied, String)],
    reports: Option<(&licensing::MachineReport, &licensing::MachineReport)>,
    format: Format,
    file: &OutputArgs,
) -> Result<Exit, Failure> {
    let text = if format == Format::Json {
        let made = |(applied, undo): &(Applied, String)| json!({ "id": applied.id, "backup": applied.backup, "undo": undo });
        report::json::render(&json!({
            "schema": SCHEMA,
            "plans": recommendation.plans,
            "left": recommendation.left,
            "applied": applied.iter().map(made).collect::<Vec<_>>(),
        }))?
    } else {
        let mut text = report::text::recommended(recommendation, applied, reports, output::width());
        if applied.is_empty() && !recommendation.plans.is_empty() {
            text.push_str(planning::how_to_apply(place));
        }
        text
    };
    output::write(&text, file)?;
    Ok(Exit::Fine)
}

/// Writes each plan to a folder of its own.
fn written(form: EmitForm, recommendation: &Recommendation, args: &OutputArgs) -> Result<Exit, Failure> {
    if recommendation.plans.is_empty() {
        output::note("nothing to do: no repair is possible without a decision");
        return Ok(Exit::Fine);
    }
    // Clap requires the folder.
    let folder = args.output.clone().unwrap_or_default();
    let emitted: Vec<_> = recommendation
        .plans
        .iter()
        .map(|plan| emit::written(form, plan))
        .collect::<Result<_, _>>()
        .map_err(Failure::not_done)?;
    let mut text = format!("Written to {}; apply them in this order:\n", folder.display());
    for ((number, plan), emitted) in (1..).zip(&recommendation.plans).zip(&emitted) {
        let name = format!("{number:02}-{}", plan.recipe);
        emit::write(emitted, &folder.join(Path::new(&name)), args.force)?;
        for file in &emitted.files {
            let _ = writeln!(text, "  {name}/{}", file.path);
        }
    }
    output::print(&text)?;
    Ok(Exit::Fine)
}
