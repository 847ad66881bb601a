//! `rdscal undo`: the way back.

use licensing::Options;
use repair::journal::Record;
use repair::{Identity, Journal, Location, undo};

use super::fix::{self, Subject};
use super::{services, whereabouts};
use crate::args::{self, TextOrJson, UndoArgs};
use crate::exit::{Exit, Failure};
use crate::{output, state};

/// Runs the command.
pub fn run(args: &UndoArgs) -> Result<Exit, Failure> {
    let folder = state::folder(&args.journal, if args.apply { state::Use::Write } else { state::Use::Read })?;
    let not_done = |error: &dyn std::fmt::Display| Failure::NotDone(error.to_string());
    if !args.apply {
        let journal = Journal::read(&folder).map_err(|error| not_done(&error))?;
        let (record, plan) = plan(args, &journal)?;
        if record.begin.location == Location::Live {
            services::announce(&plan, false);
        }
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
    let stuck = settle(args, &mut journal)?;
    let (record, plan) = plan(args, &journal)?;
    let begin = &record.begin;
    let mut others = stuck.into_iter().filter_map(|(there, failure)| {
        if there.meets(&begin.location) {
            return Some(failure);
        }
        output::complain(&format_args!("note: {failure}"));
        None
    });
    if let Some(failure) = others.next() {
        return Err(failure);
    }
    if args.restart_services {
        if begin.location != Location::Live {
            return Err(services::elsewhere(&plan.machine.place));
        }
        services::announce(&plan, true);
    }
    let place = whereabouts::place_at(&begin.location, args.source.as_deref(), &args.network)?;
    let options = Options { profile: args.profile.parse().unwrap_or_default(), ..Options::at(args::now()) };
    let subject = Subject::look(&place, options.clone())?;
    whereabouts::is_the_one(&record, &Identity::of(&subject.machine()))?;
    // Across the network the machine may be named otherwise today.
    let location = if place.is_remote() { subject.location()? } else { begin.location.clone() };
    let applied = fix::carry_out(&plan, &location, &place, Some(begin.id), &mut journal)?;
    let services = if args.restart_services { services::restart(&plan) } else { Vec::new() };
    let (before, after) = (subject.judged(), Subject::look(&place, options)?.judged());
    let undo_command =
        fix::undo_command(&applied, &args.journal, args.source.as_deref().filter(|_| place.is_remote()));
    let outcome = fix::Outcome {
        plan: &plan,
        applied: &applied,
        undo_command: &undo_command,
        services: &services,
        before: &before,
        after: &after,
    };
    fix::told(&outcome, args.format, args.output.output.as_deref())
}

/// Completes or takes back every repair that was interrupted. Where one cannot be reached now, that is returned: it matters only to
/// what is to be done there.
fn settle(args: &UndoArgs, journal: &mut Journal) -> Result<Vec<(Location, Failure)>, Failure> {
    let open: Vec<_> = journal.records().into_iter().filter(|record| record.end.is_none()).collect();
    let mut stuck = Vec::new();
    for record in open {
        let location = record.begin.location.clone();
        let is_remote = matches!(location, Location::Remote { .. });
        match settle_one(&record, args, journal) {
            Ok(()) => {}
            Err(failure) if is_remote => stuck.push((location, failure)),
            Err(failure) => return Err(failure),
        }
    }
    Ok(stuck)
}

fn settle_one(record: &Record, args: &UndoArgs, journal: &mut Journal) -> Result<(), Failure> {
    let location = &record.begin.location;
    let place = whereabouts::place_at(location, args.source.as_deref(), &args.network)?;
    if place.is_remote() {
        let subject = Subject::look(&place, Options::at(args::now()))?;
        whereabouts::is_the_one(record, &Identity::of(&subject.machine()))?;
    }
    whereabouts::settle(record, &place, journal).map(drop)
}

fn plan(args: &UndoArgs, journal: &Journal) -> Result<(Record, repair::Plan), Failure> {
    let record = match args.id {
        Some(id) => undo::find(journal, id),
        None => undo::latest(journal),
    };
    let refuse = |error: undo::UndoError| Failure::NotDone(error.to_string());
    let record = record.map_err(refuse)?;
    let plan = undo::plan(&record, args::now()).map_err(refuse)?;
    Ok((record, plan))
}
