//! `rdscal forecast`: the first day on which each machine refuses someone.

use licensing::{Machine, Profile};
use predict::forecast::{Forecast, ForecastReport};
use predict::prediction::Range;
use snapshot::FileTime;

use super::load;
use crate::args::{self, FORECAST_FORMATS, ForecastArgs, Format};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &ForecastArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, FORECAST_FORMATS)?;
    let from = args.at.unwrap_or_else(args::now);
    let until = from.checked_add_days(i64::from(args.days)).unwrap_or(FileTime(u64::MAX));
    let range = Range { from, until };
    let tool = format!("rdscal {}", env!("CARGO_PKG_VERSION"));
    let found = load::discover(&args.sources, Some(&args.survey), &args.network)?;
    let survey = args.survey.options(&args.network);
    let (machines, problems) = load::for_each(found, survey, |read| {
        Ok(Forecast::new(&Machine::new(&read.snapshot, from, Profile::Auto), range, &args.assume))
    })?;
    let mut report = ForecastReport::new(machines, range, &args.assume, tool);
    report.problems = problems;
    let text = match format {
        Format::Json => report::json::render(&report)?,
        Format::Csv => report::forecast::csv(&report)?,
        Format::Html => report::forecast::html(&report)?,
        Format::Ics => report::forecast::calendar(&report),
        _ => report::text::forecast(&report, output::width(), output::shows_details()),
    };
    output::write(&text, &args.output)?;
    let (is_refused, is_known) = report.refuses();
    Ok(match Exit::of(report.problems.is_empty(), is_refused) {
        Exit::Fine if !is_known => Exit::Unreadable,
        exit => exit,
    })
}
