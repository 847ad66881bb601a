//! `rdscal doctor`: judge.

use licensing::{Report, judge};

use super::load;
use crate::args::{DoctorArgs, Format};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &DoctorArgs) -> Result<Exit, Failure> {
    let options = load::options(&args.judge)?;
    let found = load::discover(&args.sources)?;
    let (machines, problems) = load::for_each(found, |snapshot| judge(&snapshot, &options));
    let report = Report::new(machines, problems, &options);
    let text = match args.format {
        Format::Text => report::text::doctor(&report, output::width()),
        Format::Json => report::json::render(&report)?,
        Format::Csv => report::csv::render(&report)?,
        Format::Html => report::html::render(&report)?,
        Format::Sarif => report::sarif::render(&report)?,
    };
    output::write(&text, args.output.output.as_deref())?;
    let worst = report.findings().map(|finding| finding.severity).max();
    let fails = args.fail_on.severity().zip(worst).is_some_and(|(level, worst)| worst >= level);
    Ok(match (load::was_read(&report), fails) {
        (false, _) => Exit::Unreadable,
        (true, true) => Exit::Findings,
        (true, false) => Exit::Fine,
    })
}
