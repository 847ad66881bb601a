//! `rdscal doctor --format jsonl`: a line for each machine as soon as it is judged, and going on where that was interrupted.

mod earlier;
mod out;
mod tally;

use diagnostic::Diagnostic as _;
use licensing::judge;
use report::lines::{Begin, Failed, Fault, Judged, RunOptions, SCHEMA, render};

use self::earlier::Earlier;
use self::out::Out;
use self::tally::Tally;
use super::{doctor, load};
use crate::args::{self, DoctorArgs};
use crate::exit::{Exit, Failure};
use crate::survey::{self, Pace, Read};
use crate::{interrupt, output};

/// Runs the command.
pub fn run(args: &DoctorArgs) -> Result<Exit, Failure> {
    let options = load::options(&args.judge)?;
    let begin = Begin {
        schema: SCHEMA.to_owned(),
        tool: concat!("rdscal ", env!("CARGO_PKG_VERSION")).to_owned(),
        begun_at: options.now,
        options: RunOptions {
            at: args.judge.at,
            profile: args.judge.profile.clone(),
            only: args.judge.only.clone(),
            ignore: args.judge.ignore.clone(),
        },
    };
    let mut earlier = match &args.resume {
        Some(file) => Earlier::read(file, &begin, args.survey.keep_trying)?,
        None => Earlier::default(),
    };
    let consulted = doctor::consulted(args)?;
    let found = load::discover_with(&args.sources, Some(&args.survey), &args.network, &consulted)?;
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
    // What is listed no longer was asked all the same.
    earlier.rest().for_each(|known| tally.known(usize::MAX, known));

    let mut out = match &args.resume {
        Some(file) => Out::resume(file, &earlier)?,
        None => Out::new(args.output.output.as_deref())?,
    };
    if earlier.is_new() {
        out.put(&render(&begin)?)?;
    }
    for problem in found.problems {
        let (place, fault) = (problem.place.clone(), fault(&problem));
        tally.failed(&fault.class);
        out.put(&render(&Failed { place: &place, attempts: 0, failed_at: args::now(), fault })?)?;
    }
    let make = |mut read: Read<'_>| {
        consulted.add(&mut read.snapshot, options.profile, alone);
        let machine = judge(&read.snapshot, &options);
        let line = Judged::new(read.place, read.attempts, read.broken_off.as_ref().map(fault), &machine);
        Ok((render(&line)?, line.record()))
    };
    let pace = Pace::new(&args.survey, &args.network);
    let not_asked = survey::read(places, pace, make, |arrived| match arrived.result {
        Ok((line, record)) => {
            let number = numbers.get(arrived.index).copied().unwrap_or(usize::MAX);
            tally.judged(number, record);
            out.put(&line)
        }
        Err(reason) => {
            let (place, fault) = (&*arrived.place, fault(&reason));
            tally.failed(&fault.class);
            out.put(&render(&Failed { place, attempts: arrived.attempts, failed_at: args::now(), fault })?)
        }
    })?;
    tally.not_asked(not_asked.len());
    let (refused, ended) = (earlier.refused(), tally.end(&options, args::now()));
    out.put(&render(&ended.line)?)?;
    let is_read = out.finish()?;
    if refused > 0 {
        output::complain(&format_args!(
            "note: {refused} hosts were not asked again, which refused the account; --keep-trying asks them"
        ));
    }
    // Whoever left early knows.
    if interrupt::is_set() && is_read {
        output::complain(&format_args!("interrupted: {} were not asked", ended.line.places.not_asked));
    }
    Ok(match (ended.read, args.fail_on.is_reached(ended.worst)) {
        (false, _) => Exit::Unreadable,
        (true, true) => Exit::Findings,
        (true, false) => Exit::Fine,
    })
}

fn fault(error: &sources::ReadError) -> Fault {
    Fault { class: error.code().to_string(), message: error.message() }
}
