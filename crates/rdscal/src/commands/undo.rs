//! `rdscal undo`: the way back.

use licensing::Options;
use repair::{Journal, undo};

use super::fix;
use crate::args::{self, TextOrJson, UndoArgs};
use crate::exit::{Exit, Failure};
use crate::{output, state};

/// Runs the command.
pub fn run(args: &UndoArgs) -> Result<Exit, Failure> {
    let folder = state::folder(&args.journal)?;
    let not_done = |error: &dyn std::fmt::Display| Failure::NotDone(error.to_string());
    if !args.apply {
        let journal = Journal::read(&folder).map_err(|error| not_done(&error))?;
        let plan = plan(args, &journal)?.1;
        let text = match args.format {
            TextOrJson::Text => {
                let text = report::text::plan(&plan, output::width());
                text + "\nNothing was changed. To carry this out, add --apply.\n"
            }
            TextOrJson::Json => report::json::render(&plan)?,
        };
        output::write(&text, args.output.output.as_deref())?;
        return Ok(Exit::Fine);
    }
    let mut journal = Journal::open(&folder).map_err(|error| not_done(&error))?;
    let open: Vec<_> = journal.records().into_iter().filter(|record| record.end.is_none()).collect();
    fix::settle(&open, &mut journal)?;
    let (record, plan) = plan(args, &journal)?;
    let location = record.begin.location;
    let options = Options::at(args::now());
    let before = fix::judged(&location, &options)?;
    let applied = fix::carry_out(&plan, &location, Some(record.begin.id), &mut journal)?;
    let after = fix::judged(&location, &options)?;
    fix::told(&plan, &applied, &before, &after, args.format, args.output.output.as_deref())
}

fn plan(args: &UndoArgs, journal: &Journal) -> Result<(repair::journal::Record, repair::Plan), Failure> {
    let record = match args.id {
        Some(id) => undo::find(journal, id),
        None => undo::latest(journal),
    };
    let refuse = |error: undo::UndoError| Failure::NotDone(error.to_string());
    let record = record.map_err(refuse)?;
    let plan = undo::plan(&record, args::now()).map_err(refuse)?;
    Ok((record, plan))
}
