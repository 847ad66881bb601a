//! `rdscal show`: the decoded facts and settings.

use licensing::{Report, judge};

use super::load;
use crate::args::{ShowArgs, TextOrJson};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &ShowArgs) -> Result<Exit, Failure> {
    let mut options = load::options(&args.judge)?;
    options.details = true;
    let found = load::discover(&args.sources)?;
    let (machines, problems) = load::for_each(found, |snapshot| judge(&snapshot, &options));
    let report = Report::new(machines, problems, &options);
    let text = match args.format {
        TextOrJson::Text => report::text::show(&report, output::width()),
        TextOrJson::Json => report::json::render(&report)?,
    };
    output::write(&text, args.output.output.as_deref())?;
    Ok(if load::was_read(&report) { Exit::Fine } else { Exit::Unreadable })
}
