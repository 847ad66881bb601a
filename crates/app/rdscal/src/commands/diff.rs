//! `rdscal diff`: compare two sources.

use std::path::Path;

use diagnostic::{Code, Message};
use licensing::judge::UnreadSource;
use serde_json::json;
use snapshot::{Snapshot, diff};

use super::load;
use crate::args::{DiffArgs, Format, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, TEXT_OR_JSON)?;
    let mut problems = Vec::new();
    let (a, b) = (one(args, &args.a, &mut problems)?, one(args, &args.b, &mut problems)?);
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

/// The only machine of a source. Errors in the rest of the source are added to `problems`.
fn one(args: &DiffArgs, path: &Path, problems: &mut Vec<UnreadSource>) -> Result<Snapshot, Failure> {
    let found = load::discover(&[path.to_owned()], None, &args.network)?;
    let (mut snapshots, unread) = load::for_each(found, args.network.survey(), |read| Ok(read.snapshot))?;
    match (snapshots.pop(), snapshots.len()) {
        (Some(snapshot), 0) => {
            problems.extend(unread);
            Ok(snapshot)
        }
        (Some(_), more) => {
            Err(Failure::usage(format_args!("{} contains {} machines", path.display(), more + 1))
                .advice("Name one of them."))
        }
        (None, _) => Err(Failure::unread(
            &unread
                .into_iter()
                .map(|problem| {
                    sources::ReadError::new(problem.source, Message::new(Code::Io, problem.message))
                })
                .collect::<Vec<_>>(),
        )),
    }
}
