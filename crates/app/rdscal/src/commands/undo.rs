//! `rdscal undo`: revert a repair.

use licensing::Options;
use repair::journal::Record;
use repair::{Identity, Journal, Location, undo};

use super::carry_out::Execution;
use super::planning::{self, Subject};
use super::{relocate, services};
use crate::args::{self, TEXT_OR_JSON, UndoArgs};
use crate::exit::{Exit, Failure};
use crate::{output, state};

/// Runs the command.
pub fn run(args: &UndoArgs) -> Result<Exit, Failure> {
    let folder = state::folder(&args.journal, if args.apply { state::Use::Write } else { state::Use::Read })?;
    let format = args.output.format(args.format, TEXT_OR_JSON)?;
    if !args.apply {
        let journal = Journal::read(&folder).map_err(Failure::not_done)?;
        let (record, plan) = plan(args, &journal)?;
        if record.begin.location == Location::Live {
            services::announce(&plan, false);
        }
        return planning::print(&plan, None, format, &args.output);
    }
    let mut journal = Journal::open(&folder).map_err(Failure::not_done)?;
    let unsettled = settle(args, &mut journal)?;
    let (record, plan) = plan(args, &journal)?;
    let begin = &record.begin;
    for (location, failure) in unsettled {
        if location.meets(&begin.location) {
            return Err(failure);
        }
        output::note(failure.message().one_line());
    }
    if args.restart_services && begin.location != Location::Live {
        return Err(services::elsewhere(&plan.machine.place));
    }
    let place = relocate::place_at(&begin.location, args.source.as_deref(), &args.network)?;
    let options = planning::options(&args.profile);
    let subject = Subject::capture(&place, options.clone())?;
    relocate::is_the_one(&record, &Identity::of(&subject.machine()))?;
    // A remote machine may have another name today.
    let location = if place.is_remote() { subject.location()? } else { begin.location.clone() };
    let execution = Execution {
        plan: &plan,
        place: &place,
        location: &location,
        undoes: Some(begin.id),
        restart_services: args.restart_services,
        options,
        journal_folder: &args.journal,
        source: args.source.as_deref(),
        format,
        output: &args.output,
    };
    execution.run(&subject.judged(), &mut journal)
}

/// Completes or reverts every interrupted repair. Returns those of remote machines for which that failed:
/// they matter only if the undo is for the same machine.
fn settle(args: &UndoArgs, journal: &mut Journal) -> Result<Vec<(Location, Failure)>, Failure> {
    let open: Vec<_> = journal.records().into_iter().filter(|record| record.end.is_none()).collect();
    let mut unsettled = Vec::new();
    for record in open {
        let location = record.begin.location.clone();
        let is_remote = matches!(location, Location::Remote { .. });
        match settle_one(&record, args, journal) {
            Ok(()) => {}
            Err(failure) if is_remote => unsettled.push((location, failure)),
            Err(failure) => return Err(failure),
        }
    }
    Ok(unsettled)
}

fn settle_one(record: &Record, args: &UndoArgs, journal: &mut Journal) -> Result<(), Failure> {
    let location = &record.begin.location;
    let place = relocate::place_at(location, args.source.as_deref(), &args.network)?;
    if place.is_remote() {
        let subject = Subject::capture(&place, Options::at(args::now()))?;
        relocate::is_the_one(record, &Identity::of(&subject.machine()))?;
    }
    relocate::settle(record, &place, journal).map(drop)
}

fn plan(args: &UndoArgs, journal: &Journal) -> Result<(Record, repair::Plan), Failure> {
    let record = match args.id {
        Some(id) => undo::find(journal, id),
        None => undo::latest(journal),
    };
    let record = record.map_err(Failure::not_done)?;
    let plan = undo::plan(&record, args::now()).map_err(Failure::not_done)?;
    Ok((record, plan))
}
