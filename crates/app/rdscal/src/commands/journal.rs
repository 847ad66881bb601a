//! `rdscal journal`: show the repairs of the journal.

use repair::Journal;
use serde_json::json;

use crate::args::{Format, JournalArgs, JournalCommand};
use crate::exit::{Exit, Failure};
use crate::{output, state};

/// Runs the command.
pub fn run(args: &JournalArgs) -> Result<Exit, Failure> {
    let (JournalCommand::Show(view) | JournalCommand::Verify(view) | JournalCommand::Export(view)) =
        &args.what;
    view.output.format(None, &[Format::Text, Format::Json])?;
    let folder = state::folder(&view.journal, state::Use::Read)?;
    let journal = Journal::read(&folder).map_err(Failure::not_done)?;
    let text = match &args.what {
        JournalCommand::Show(_) => report::text::journal(&journal, output::width()),
        JournalCommand::Verify(_) => verified(&journal),
        JournalCommand::Export(_) => report::json::render(&json!({
            "schema": "rdscal.journal/1",
            "journal": journal.path(),
            "head": journal.head(),
            "lines": journal.lines(),
        }))?,
    };
    output::write(&text, &view.output)?;
    Ok(Exit::Fine)
}

fn verified(journal: &Journal) -> String {
    let count = journal.lines().len();
    let lines = if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    let torn = if journal.is_torn() {
        "Its last line is incomplete and is ignored; the next repair removes it.\n"
    } else {
        ""
    };
    format!(
        "{}: {lines}, hash chain intact.\n{torn}Head: {}\nRecord the head in another place to prove later that no earlier line \
         was changed.\n",
        journal.path().display(),
        journal.head()
    )
}
