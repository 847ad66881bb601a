//! `rdscal doctor`: judge machines.

use std::sync::Arc;

use licensing::decisions::Decisions;
use licensing::{Options, Report};
use report::csv::Csv;
use report::html::Html;
use report::json::Json;
use report::sarif::Sarif;
use report::text::Doctor;
use report::{Rendered, Stream};

use super::external::ExternalEvidence;
use super::grouping::Grouping;
use super::{baseline, jsonl, load};
use crate::args::{DOCTOR_FORMATS, DoctorArgs, Format, Level};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &DoctorArgs, decisions: &Arc<Decisions>) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, DOCTOR_FORMATS)?;
    if args.resume.is_some() {
        return match format {
            Format::Text | Format::Jsonl => jsonl::run(args, decisions),
            _ => Err(Failure::usage("--resume writes JSON Lines only (--format jsonl)")),
        };
    }
    match format {
        Format::Jsonl => jsonl::run(args, decisions),
        Format::Text => {
            let format = Doctor { width: output::width(), details: output::shows_details() };
            run_as(format, args, decisions)
        }
        Format::Json => run_as(Json, args, decisions),
        Format::Csv => run_as(Csv, args, decisions),
        Format::Html => run_as(Html, args, decisions),
        Format::Sarif => run_as(Sarif, args, decisions),
        Format::Ics => Err(Failure::usage("`rdscal forecast` writes calendars")),
    }
}

fn run_as<F: report::Format>(
    format: F,
    args: &DoctorArgs,
    decisions: &Arc<Decisions>,
) -> Result<Exit, Failure> {
    let grouping = Grouping::new(args.group_by, &args.sources);
    let options = options(args, decisions, &grouping)?;
    let external = ExternalEvidence::of_doctor(args)?;
    let found = load::discover_with(&args.sources, Some(&args.survey), &args.network, &external)?;
    let stream = Stream::new(format, output::spool());
    let survey = args.survey.options(&args.network);
    let report = load::judge_all(found, survey, &options, &external, &grouping, &stream)?;
    output::write_with(&args.output, |out| stream.finish(&report, out))?;
    let exit = Exit::of(load::was_read(&report), fails(&report, args));
    let level = args.fail_on_new.unwrap_or(args.fail_on);
    let is_open = level != Level::Never && load::is_undetermined(&report, args.fail_on_new.is_some());
    Ok(if exit == Exit::Fine && is_open { Exit::Unreadable } else { exit })
}

/// How `doctor` judges.
pub fn options(
    args: &DoctorArgs,
    decisions: &Arc<Decisions>,
    grouping: &Grouping,
) -> Result<Options, Failure> {
    Ok(Options {
        separate_groups: grouping.is_strict(),
        baseline: baseline::read(args.baseline.as_deref())?,
        ..load::options(&args.judge, decisions)?
    })
}

/// True if a finding that counts has at least the severity of the arguments.
fn fails<M>(report: &Report<Rendered<M>>, args: &DoctorArgs) -> bool {
    if let Some(level) = args.fail_on_new {
        return level.is_reached(report.baseline.as_ref().and_then(|comparison| comparison.worst_new));
    }
    let machines = report.machines.iter().filter_map(|machine| machine.brief.worst);
    args.fail_on
        .is_reached(machines.chain(report.fleet_findings.iter().map(|finding| finding.severity)).max())
}
