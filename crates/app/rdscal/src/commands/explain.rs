//! `rdscal explain`: answer a question from the knowledge tables.

use licensing::rules::explain;

use crate::args::{ExplainArgs, TextOrJson};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &ExplainArgs) -> Result<Exit, Failure> {
    let topic = args.topic.join(" ");
    let answer = explain(&topic);
    let text = match args.format {
        TextOrJson::Text => report::text::explain(&answer, output::width()),
        TextOrJson::Json => report::json::render(&answer)?,
    };
    output::write(&text, args.output.output.as_deref())?;
    Ok(if answer.matches.is_empty() { Exit::Findings } else { Exit::Fine })
}
