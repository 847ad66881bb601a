//! `rdscal show`: show the decoded facts and settings.

use std::sync::Arc;

use licensing::decisions::Decisions;
use report::Stream;
use report::json::Json;
use report::text::Show;

use super::external::ExternalEvidence;
use super::grouping::{GroupBy, Grouping};
use super::{deleted, load};
use crate::args::{Format, ShowArgs, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &ShowArgs, decisions: &Arc<Decisions>) -> Result<Exit, Failure> {
    if args.deleted {
        return deleted::run(args);
    }
    match args.output.format(args.format, TEXT_OR_JSON)? {
        Format::Json => run_as(Json, args, decisions),
        _ => run_as(Show { width: output::width() }, args, decisions),
    }
}

fn run_as<F: report::Format>(
    format: F,
    args: &ShowArgs,
    decisions: &Arc<Decisions>,
) -> Result<Exit, Failure> {
    let mut options = load::options(&args.judge, decisions)?;
    let grouping = Grouping::new(GroupBy::None, &[]);
    options.details = true;
    let found = load::discover(&args.sources, Some(&args.survey), &args.network)?;
    let stream = Stream::new(format, output::spool());
    let survey = args.survey.options(&args.network);
    let report = load::judge_all(found, survey, &options, &ExternalEvidence::default(), &grouping, &stream)?;
    output::write_with(&args.output, |out| stream.finish(&report, out))?;
    Ok(if load::was_read(&report) { Exit::Fine } else { Exit::Unreadable })
}
