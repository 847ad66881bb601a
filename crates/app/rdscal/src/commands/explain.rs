//! `rdscal explain`: look up a term in the knowledge tables.

use licensing::rules::explain;
use serde_json::json;

use crate::args::{ExplainArgs, Format, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &ExplainArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, TEXT_OR_JSON)?;
    let answer = explain(&args.topic.join(" "));
    let text = match format {
        Format::Json => report::json::render(&json!({
            "schema": "rdscal.explain/1",
            "topic": answer.topic,
            "matches": answer.matches,
            "suggestions": answer.suggestions,
        }))?,
        _ => report::text::explain(&answer, output::width()),
    };
    output::write(&text, &args.output)?;
    Ok(if answer.matches.is_empty() { Exit::Findings } else { Exit::Fine })
}
