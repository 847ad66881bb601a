//! `rdscal doctor`: judge.

use licensing::Report;
use report::csv::Csv;
use report::html::Html;
use report::json::Json;
use report::sarif::Sarif;
use report::text::Doctor;
use report::{Rendered, Stream};

use super::consulted::Consulted;
use super::{lines, load};
use crate::args::{DoctorArgs, Format, Level};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::survey::Pace;

/// Runs the command.
pub fn run(args: &DoctorArgs) -> Result<Exit, Failure> {
    if args.resume.is_some() && !matches!(args.format, Format::Text | Format::Jsonl) {
        return Err(Failure::Usage("only JSON lines can be resumed (--format jsonl)".to_owned()));
    }
    match args.format {
        _ if args.resume.is_some() => lines::run(args),
        Format::Jsonl => lines::run(args),
        Format::Text => run_as(Doctor { width: output::width() }, args),
        Format::Json => run_as(Json, args),
        Format::Csv => run_as(Csv, args),
        Format::Html => run_as(Html, args),
        Format::Sarif => run_as(Sarif, args),
    }
}

fn run_as<F: report::Format>(format: F, args: &DoctorArgs) -> Result<Exit, Failure> {
    let options = load::options(&args.judge)?;
    let consulted = consulted(args)?;
    let found = load::discover_with(&args.sources, Some(&args.survey), &args.network, &consulted)?;
    let stream = Stream::new(format, output::spool());
    let pace = Pace::new(&args.survey, &args.network);
    let report = load::judge_all(found, pace, &options, &consulted, &stream)?;
    output::write_with(args.output.output.as_deref(), |out| stream.finish(&report, out))?;
    Ok(match (load::was_read(&report), fails(&report, args.fail_on)) {
        (false, _) => Exit::Unreadable,
        (true, true) => Exit::Findings,
        (true, false) => Exit::Fine,
    })
}

/// What is asked beside the machines.
pub(super) fn consulted(args: &DoctorArgs) -> Result<Consulted, Failure> {
    let consulted = Consulted::new(&args.directory, &args.network)?;
    Ok(if args.probe { consulted.probing(&args.network) } else { consulted })
}

/// True where something found is as severe as this.
fn fails<M>(report: &Report<Rendered<M>>, level: Level) -> bool {
    let machines = report.machines.iter().filter_map(|machine| machine.brief.worst);
    level.is_reached(machines.chain(report.fleet_findings.iter().map(|finding| finding.severity)).max())
}
