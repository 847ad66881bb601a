//! `rdscal show --deleted`: show deleted keys and values that hives still contain.

use licensing::deleted::{DELETED_SCHEMA, DeletedReport, Filter};
use licensing::judge::UnreadSource;

use super::load;
use crate::args::{Format, ShowArgs, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::{output, progress};

/// Why sources other than hives are not searched.
const NO_HIVE: &str = "is no hive: deleted keys and values are found only in hive files (SYSTEM, SOFTWARE), where their records \
                       stay until the space is used again; exports, policies and snapshots hold only what was there";

/// Runs the command.
pub fn run(args: &ShowArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, TEXT_OR_JSON)?;
    let found = load::discover(&args.sources, Some(&args.survey), &args.network)?;
    let filter = Filter::new(args.all);
    let mut report = DeletedReport {
        schema: DELETED_SCHEMA,
        everything: args.all,
        sources: Vec::new(),
        problems: found.problems.into_iter().map(load::problem).collect(),
    };
    let mut line = progress::Line::new(found.places.len());
    let mut no_hive = Vec::new();
    for place in found.places {
        let recovered = place.deleted(&|candidate| filter.wanted(candidate));
        let failed = matches!(recovered, Some(Err(_)));
        match recovered {
            Some(Ok(recovery)) => report.sources.push(recovery),
            Some(Err(problem)) => report.problems.push(load::problem(problem)),
            None => no_hive.push(place.locator().to_owned()),
        }
        line.step(failed, 1, || ());
    }
    line.end();
    if let (Some(first), true, true) =
        (no_hive.first(), report.sources.is_empty(), report.problems.is_empty())
    {
        return Err(Failure::usage(format!("{first} {NO_HIVE}")));
    }
    // Other files beside the hives are not an error.
    let exit = if report.problems.is_empty() { Exit::Fine } else { Exit::Unreadable };
    let others = no_hive.into_iter().map(|source| UnreadSource { source, message: NO_HIVE.to_owned() });
    report.problems.extend(others);
    let text = match format {
        Format::Json => report::json::render(&report)?,
        _ => report::text::deleted(&report, output::width()),
    };
    output::write(&text, &args.output)?;
    Ok(exit)
}
