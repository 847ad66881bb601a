//! `rdscal show`: the decoded facts and settings.

use report::json::Json;
use report::text::Show;
use report::{Format, Stream};

use super::consulted::Consulted;
use super::{deleted, load};
use crate::args::{ShowArgs, TextOrJson};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::survey::Pace;

/// Runs the command.
pub fn run(args: &ShowArgs) -> Result<Exit, Failure> {
    if args.deleted {
        return deleted::run(args);
    }
    match args.format {
        TextOrJson::Text => run_as(Show { width: output::width() }, args),
        TextOrJson::Json => run_as(Json, args),
    }
}

fn run_as<F: Format>(format: F, args: &ShowArgs) -> Result<Exit, Failure> {
    let mut options = load::options(&args.judge)?;
    options.details = true;
    let found = load::discover(&args.sources, Some(&args.survey), &args.network)?;
    let stream = Stream::new(format, output::spool());
    let pace = Pace::new(&args.survey, &args.network);
    let report = load::judge_all(found, pace, &options, &Consulted::default(), &stream)?;
    output::write_with(args.output.output.as_deref(), |out| stream.finish(&report, out))?;
    Ok(if load::was_read(&report) { Exit::Fine } else { Exit::Unreadable })
}
