//! `rdscal diff`: compare two sources.

use std::path::Path;

use registry::{Snapshot, diff};
use serde_json::json;

use super::load;
use crate::args::{DiffArgs, TextOrJson};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    let (a, b) = (one(&args.a)?, one(&args.b)?);
    let differences = diff::diff(&a, &b);
    let text = match args.format {
        TextOrJson::Text => {
            report::text::diff(&a.origin.locator, &b.origin.locator, &differences, output::width())
        }
        TextOrJson::Json => report::json::render(&json!({
            "schema": "rdscal.diff/1",
            "a": a.origin,
            "b": b.origin,
            "differences": differences,
        }))?,
    };
    output::write(&text, args.output.output.as_deref())?;
    Ok(if differences.is_empty() { Exit::Fine } else { Exit::Findings })
}

/// The one machine of a source.
fn one(path: &Path) -> Result<Snapshot, Failure> {
    let found = load::discover(&[path.to_owned()])?;
    let (mut snapshots, problems) = load::for_each(found, |snapshot| snapshot);
    if let Some(problem) = problems.first() {
        return Err(Failure::Unreadable(format!("{}: {}", problem.source, problem.message)));
    }
    match (snapshots.pop(), snapshots.len()) {
        (Some(snapshot), 0) => Ok(snapshot),
        (_, more) => Err(Failure::Usage(format!(
            "{} holds {} machines; name one of them to compare it",
            path.display(),
            more + 1
        ))),
    }
}
