//! `rdscal diff`: compare two sources.

use std::path::Path;

use licensing::judge::Problem;
use serde_json::json;
use snapshot::{Snapshot, diff};

use super::load;
use crate::args::{DiffArgs, TextOrJson};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::survey::Pace;

/// Runs the command.
pub fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    let mut problems = Vec::new();
    let (a, b) = (one(args, &args.a, &mut problems)?, one(args, &args.b, &mut problems)?);
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
    for problem in &problems {
        output::complain(&format_args!("{}: {}", problem.source, problem.message));
    }
    output::write(&text, args.output.output.as_deref())?;
    Ok(match (problems.is_empty(), differences.is_empty()) {
        (false, _) => Exit::Unreadable,
        (true, true) => Exit::Fine,
        (true, false) => Exit::Findings,
    })
}

/// The one machine of a source. What else of the source could not be read goes to `problems`.
fn one(args: &DiffArgs, path: &Path, problems: &mut Vec<Problem>) -> Result<Snapshot, Failure> {
    let found = load::discover(&[path.to_owned()], None, &args.network)?;
    let (mut snapshots, unread) = load::for_each(found, Pace::few(&args.network), |read| Ok(read.snapshot))?;
    match (snapshots.pop(), snapshots.len()) {
        (Some(snapshot), 0) => {
            problems.extend(unread);
            Ok(snapshot)
        }
        (Some(_), more) => Err(Failure::Usage(format!(
            "{} holds {} machines; name one of them to compare it",
            path.display(),
            more + 1
        ))),
        (None, _) => {
            let reasons: Vec<_> =
                unread.iter().map(|problem| format!("{}: {}", problem.source, problem.message)).collect();
            Err(Failure::Unreadable(reasons.join("\n")))
        }
    }
}
