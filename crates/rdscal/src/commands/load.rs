//! From SOURCE arguments to snapshots.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, mpsc};

use licensing::judge::Problem;
use licensing::knowledge::capture;
use licensing::{Options, Report, judge};
use registry::sources::{self, Found, Place};
use registry::{Selector, Snapshot};
use report::{Format, Kept, Stream};

use crate::args::{self, JudgeArgs};
use crate::exit::Failure;
use crate::progress;

/// Everything that the sources hold; the running machine where none is named.
pub fn discover(paths: &[PathBuf]) -> Result<Found, Failure> {
    let mut all = Found::default();
    if paths.is_empty() {
        let place = sources::this_machine()
            .ok_or_else(|| Failure::Usage(format!("name a SOURCE to read.\n\n{}", args::SOURCES)))?;
        all.places.push(place);
    }
    for path in paths {
        let found = sources::discover(path);
        all.places.extend(found.places);
        all.problems.extend(found.problems);
    }
    Ok(all)
}

/// Judges every place and has its part of the report rendered; returns what is left to be known for the rest of it.
pub fn judge_all<F: Format>(
    found: Found,
    options: &Options,
    stream: &Stream<F>,
) -> Result<Report<Kept<F::Memo>>, Failure> {
    let (machines, problems) = for_each(found, |snapshot| Ok(stream.add(&judge(&snapshot, options))?))?;
    Ok(Report::new(machines, problems, options))
}

/// Captures every place and hands each snapshot to `use_it`, as many at once as there are processors; returns what `use_it`
/// made of them, in the order of the places, and what could not be read. Where `use_it` fails, no more places are captured.
///
/// A snapshot lives only as long as it is used, so that memory does not grow with the number of machines but for what is returned.
pub fn for_each<T: Send>(
    found: Found,
    use_it: impl Fn(Snapshot) -> Result<T, Failure> + Sync,
) -> Result<(Vec<T>, Vec<Problem>), Failure> {
    let mut problems: Vec<_> = found.problems.into_iter().map(problem).collect();
    let count = found.places.len();
    let bar = progress::machines(count);
    let selectors = capture::scope();
    // Each place is given up when its turn has come: that makes room for what is returned of it.
    let places = Mutex::new(found.places.into_iter().enumerate());
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(count.max(1));
    let (send, receive) = mpsc::sync_channel(workers);
    let results: Result<Vec<_>, Failure> = std::thread::scope(|scope| {
        for _ in 0..workers {
            let (send, places, selectors, use_it) = (send.clone(), &places, &selectors, &use_it);
            scope.spawn(move || {
                while let Some((index, place)) = next(places) {
                    let result = match captured(&place, selectors) {
                        Ok(snapshot) => use_it(snapshot).map(Ok),
                        Err(unread) => Ok(Err(problem(unread))),
                    };
                    // Nobody listens any longer where something failed.
                    if send.send((index, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let arrived = receive.into_iter().inspect(|_| bar.inc(1));
        arrived.map(|(index, result)| Ok((index, result?))).collect()
    });
    bar.finish_and_clear();
    let mut results = results?;
    results.sort_by_key(|(index, _)| *index);
    let made =
        results.into_iter().filter_map(|(_, result)| result.map_err(|unread| problems.push(unread)).ok());
    // In the room of the results.
    let made = made.collect();
    Ok((made, problems))
}

fn next<I: Iterator>(items: &Mutex<I>) -> Option<I::Item> {
    items.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// The place's registry, and what it says beside it.
pub fn captured(place: &Place, selectors: &[Selector]) -> Result<Snapshot, sources::Problem> {
    let mut snapshot = place.capture(selectors)?;
    place.ask(capture::QUESTIONS, &mut snapshot);
    Ok(snapshot)
}

/// How to judge, from the arguments.
pub fn options(args: &JudgeArgs) -> Result<Options, Failure> {
    for name in args.only.iter().chain(&args.ignore) {
        if licensing::rules::by_name(name).is_none() {
            return Err(Failure::Usage(format!("there is no rule “{name}”; `rdscal rules` lists them")));
        }
    }
    Ok(Options {
        now: args::now(),
        at: args.at,
        profile: args.profile(),
        only: args.only.clone(),
        ignore: args.ignore.clone(),
        details: false,
    })
}

/// True where everything that was asked for could be read.
pub fn was_read<M>(report: &Report<Kept<M>>) -> bool {
    report.problems.is_empty() && report.machines.iter().all(|machine| machine.brief.whole)
}

fn problem(problem: sources::Problem) -> Problem {
    Problem { source: problem.place, message: problem.message }
}
