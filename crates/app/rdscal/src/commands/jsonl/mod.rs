//! `rdscal doctor --format jsonl`: write a line for each machine as soon as it is judged, and resume an
//! interrupted run.

mod tally;

use std::path::Path;
use std::sync::Arc;

use diagnostic::{Code, Diagnostic as _, Retry};
use licensing::Options;
use licensing::decisions::Decisions;
use licensing::knowledge::products::KNOWN_UNTIL;
use report::lines::{Begin, Failed, Fault, Judged, Line, Outcome, RunOptions, SCHEMA, render};
use survey::Reading;
use survey::interrupt;
use survey::resume::{Earlier, Entry, LineWriter};

use self::tally::{Known, Tally};
use super::external::ExternalEvidence;
use super::grouping::Grouping;
use super::{doctor, load};
use crate::args::{self, DoctorArgs, Level};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &DoctorArgs, decisions: &Arc<Decisions>) -> Result<Exit, Failure> {
    let grouping = Grouping::new(args.group_by, &args.sources);
    let options = doctor::options(args, decisions, &grouping)?;
    let begin = begin(args, &options);
    let mut rejected = 0;
    let mut earlier = match &args.resume {
        Some(file) => read_earlier(file, &begin, args.survey.ignore_lockout, &mut rejected)?,
        None => Earlier::default(),
    };
    let external = ExternalEvidence::of_doctor(args)?;
    let found = load::discover_with(&args.sources, Some(&args.survey), &args.network, &external)?;
    let alone = found.places.len() == 1;
    let mut tally = Tally::default();
    let (mut places, mut numbers) = (Vec::new(), Vec::new());
    for (number, place) in found.places.into_iter().enumerate() {
        if let Some(known) = earlier.take(place.locator()) {
            tally.known(number, known);
        } else {
            places.push(place);
            numbers.push(number);
        }
    }
    // Hosts that are no longer listed are counted, since they were read.
    earlier.take_rest().for_each(|known| tally.known(usize::MAX, known));

    let mut out = match (&args.resume, &args.output.output) {
        (Some(file), _) => LineWriter::resume(file, &earlier)?,
        (None, Some(file)) => LineWriter::create(file)?,
        (None, None) => LineWriter::standard_output(output::is_closed),
    };
    if earlier.is_new() {
        out.write(&render(&begin)?)?;
    }
    for problem in &found.problems {
        let (place, fault) = (&problem.place, fault(problem));
        tally.failed(&fault.class);
        out.write(&render(&Failed { place, attempts: 0, failed_at: args::now(), fault })?)?;
    }
    let make = |mut read: Reading<'_>| {
        external.add(&mut read.snapshot, options.profile, alone);
        let machine = load::judge_reading(&read, &options, &grouping);
        let line = Judged::new(read.place, read.attempts, read.broken_off.as_ref().map(fault), &machine);
        Ok((render(&line)?, (line.record(), machine.baseline.clone())))
    };
    let survey = args.survey.options(&args.network);
    let not_read = load::read_places(places, survey, make, |arrived| match arrived.result {
        Ok((line, (record, comparison))) => {
            tally.compared(comparison, record.is_undetermined);
            let number = numbers.get(arrived.index).copied().unwrap_or(usize::MAX);
            tally.judged(number, record);
            Ok(out.write(&line)?)
        }
        Err(reason) => {
            let (place, fault) = (&*arrived.place, fault(&reason));
            tally.failed(&fault.class);
            let failed = Failed { place, attempts: arrived.attempts, failed_at: args::now(), fault };
            Ok(out.write(&render(&failed)?)?)
        }
    })?;
    tally.not_asked(not_read.len());
    let ended = tally.end(&options, args::now());
    out.write(&render(&ended.line)?)?;
    let is_read = out.finish()?;
    if rejected > 0 {
        output::note(format_args!(
            "skipped {rejected} hosts that rejected the credentials; --ignore-lockout reads them again"
        ));
    }
    // Not printed if the reader closed the pipe.
    if interrupt::is_set() && is_read {
        output::error(format_args!("interrupted: {} places were not read", ended.line.places.not_asked));
    }
    let (level, worst, is_undetermined) = match args.fail_on_new {
        Some(level) => (level, ended.worst_new, ended.is_newly_undetermined),
        None => (args.fail_on, ended.worst, ended.is_undetermined),
    };
    let exit = Exit::of(ended.read, level.is_reached(worst));
    let is_open = level != Level::Never && is_undetermined;
    Ok(if exit == Exit::Fine && is_open { Exit::Unreadable } else { exit })
}

fn begin(args: &DoctorArgs, options: &Options) -> Begin {
    let configuration = options.decisions.used();
    Begin {
        schema: SCHEMA.to_owned(),
        tool: concat!("rdscal ", env!("CARGO_PKG_VERSION")).to_owned(),
        begun_at: options.now,
        known_until: KNOWN_UNTIL.to_owned(),
        options: RunOptions {
            at: args.judge.at,
            profile: args.judge.profile.name().to_owned(),
            only: args.judge.only.clone(),
            ignore: args.judge.ignore.clone(),
            configuration: configuration.as_ref().map(|used| used.sha256.clone()),
        },
        configuration,
    }
}

/// True if the host rejected the credentials. When a run is resumed, it is not contacted again: each attempt
/// may lock the account.
fn is_rejection(class: &str) -> bool {
    class.parse().is_ok_and(|code: Code| code.retry() == Retry::CredentialsRejected)
}

fn fault(error: &sources::ReadError) -> Fault {
    Fault { class: error.code().to_string(), message: error.message() }
}

/// The lines of an earlier run, except those of places that are read again. Counts the places that are
/// skipped because they rejected the credentials.
fn read_earlier(
    file: &Path,
    begin: &Begin,
    ignore_lockout: bool,
    rejected: &mut usize,
) -> Result<Earlier<Known>, Failure> {
    Earlier::read(file, |line| {
        Some(match Line::parse(line).ok()? {
            Line::Begin(then) => agrees(&then, begin, file).map(|()| Entry::Begin),
            Line::Machine { place, record } if record.outcome == Outcome::Judged => {
                Ok(Entry::Keep { place, known: Known::Judged(record) })
            }
            Line::Failed { place, class } if is_rejection(&class) && !ignore_lockout => {
                *rejected += 1;
                Ok(Entry::Keep { place, known: Known::Rejected(class) })
            }
            Line::Machine { .. } | Line::Failed { .. } | Line::End => Ok(Entry::Remove),
        })
    })
}

/// Rejects a file whose lines were judged with other options.
fn agrees(then: &Begin, now: &Begin, path: &Path) -> Result<(), Failure> {
    let path = path.display();
    if then.schema != SCHEMA {
        let schema = &then.schema;
        return Err(Failure::usage(format_args!("{path} has schema {schema}, this version writes {SCHEMA}"))
            .advice("Name another file."));
    }
    if then.options != now.options {
        let shown = serde_json::to_string(&then.options).unwrap_or_default();
        return Err(Failure::usage(format_args!("{path} was written with other options: {shown}")).advice(
            "Use the same --at, --profile, --only, --ignore and configuration, or name another file.",
        ));
    }
    if then.tool != now.tool {
        output::note(format_args!("{path} was begun by {}; its verdicts are kept", then.tool));
    }
    Ok(())
}
