//! `rdscal doctor`: judge.

use licensing::Report;
use report::csv::Csv;
use report::html::Html;
use report::json::Json;
use report::sarif::Sarif;
use report::text::Doctor;
use report::{Kept, Stream};

use super::load;
use crate::args::{DoctorArgs, Format, Level};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &DoctorArgs) -> Result<Exit, Failure> {
    match args.format {
        Format::Text => run_as(Doctor { width: output::width() }, args),
        Format::Json => run_as(Json, args),
        Format::Csv => run_as(Csv, args),
        Format::Html => run_as(Html, args),
        Format::Sarif => run_as(Sarif, args),
    }
}

fn run_as<F: report::Format>(format: F, args: &DoctorArgs) -> Result<Exit, Failure> {
    let options = load::options(&args.judge)?;
    let found = load::discover(&args.sources, Some(&args.hosts), &args.network)?;
    let stream = Stream::new(format, output::spool());
    let prober = args.probe.then(|| load::prober(&args.network));
    let report = load::judge_all(found, args.network.at_once, &options, prober.as_ref(), &stream)?;
    output::write_with(args.output.output.as_deref(), |out| stream.finish(&report, out))?;
    Ok(match (load::was_read(&report), fails(&report, args.fail_on)) {
        (false, _) => Exit::Unreadable,
        (true, true) => Exit::Findings,
        (true, false) => Exit::Fine,
    })
}

/// True where something found is as severe as this.
fn fails<M>(report: &Report<Kept<M>>, level: Level) -> bool {
    let machines = report.machines.iter().filter_map(|machine| machine.brief.worst);
    let worst = machines.chain(report.fleet_findings.iter().map(|finding| finding.severity)).max();
    level.severity().zip(worst).is_some_and(|(level, worst)| worst >= level)
}
