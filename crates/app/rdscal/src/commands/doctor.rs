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
use super::{jsonl, load};
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
    }
}

fn run_as<F: report::Format>(
    format: F,
    args: &DoctorArgs,
    decisions: &Arc<Decisions>,
) -> Result<Exit, Failure> {
    let grouping = Grouping::new(args.group_by, &args.sources);
    let options = Options { separate_groups: grouping.is_strict(), ..load::options(&args.judge, decisions)? };
    let external = ExternalEvidence::of_doctor(args)?;
    let found = load::discover_with(&args.sources, Some(&args.survey), &args.network, &external)?;
    let stream = Stream::new(format, output::spool());
    let survey = args.survey.options(&args.network);
    let report = load::judge_all(found, survey, &options, &external, &grouping, &stream)?;
    output::write_with(&args.output, |out| stream.finish(&report, out))?;
    let exit = Exit::of(load::was_read(&report), fails(&report, args.fail_on));
    let is_open = args.fail_on != Level::Never && load::is_undetermined(&report);
    Ok(if exit == Exit::Fine && is_open { Exit::Unreadable } else { exit })
}

/// True if a finding has at least this severity.
fn fails<M>(report: &Report<Rendered<M>>, level: Level) -> bool {
    let machines = report.machines.iter().filter_map(|machine| machine.brief.worst);
    level.is_reached(machines.chain(report.fleet_findings.iter().map(|finding| finding.severity)).max())
}
