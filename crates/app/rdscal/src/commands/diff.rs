//! `rdscal diff`: compare two sources.

use std::path::Path;

use serde_json::json;
use snapshot::diff;

use super::load;
use crate::args::{DiffArgs, Format, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, TEXT_OR_JSON)?;
    let mut problems = Vec::new();
    let only = |path: &Path, problems: &mut _| load::only(path, &args.network, problems);
    let (a, b) = (only(&args.a, &mut problems)?, only(&args.b, &mut problems)?);
    let differences = diff::diff(&a, &b);
    let text = match format {
        Format::Json => report::json::render(&json!({
            "schema": "rdscal.diff/1",
            "a": a.origin,
            "b": b.origin,
            "differences": differences,
        }))?,
        _ => report::text::diff(&a.origin.locator, &b.origin.locator, &differences, output::width()),
    };
    for problem in &problems {
        output::error(format_args!("{}: {}", problem.source, problem.message));
    }
    output::write(&text, &args.output)?;
    Ok(match (problems.is_empty(), differences.is_empty()) {
        (false, _) => Exit::Unreadable,
        (true, true) => Exit::Fine,
        (true, false) => Exit::Findings,
    })
}
