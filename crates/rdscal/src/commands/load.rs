//! From SOURCE arguments to snapshots.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use licensing::judge::Problem;
use licensing::knowledge::capture;
use licensing::{Options, Report};
use registry::Snapshot;
use registry::sources::{self, Found};

use crate::args::{self, JudgeArgs};
use crate::exit::Failure;
use crate::progress;

/// Everything that the sources hold.
pub fn discover(paths: &[PathBuf]) -> Result<Found, Failure> {
    if paths.is_empty() {
        return Err(Failure::Usage(format!("name a SOURCE to read.\n\n{}", args::SOURCES)));
    }
    let mut all = Found::default();
    for path in paths {
        let found = sources::discover(path);
        all.places.extend(found.places);
        all.problems.extend(found.problems);
    }
    Ok(all)
}

/// Captures every place and hands each snapshot to `use_it`, as many at once as there are processors; returns what `use_it`
/// made of them, in the order of the places, and what could not be read.
///
/// A snapshot lives only as long as it is used, so that memory does not grow with the number of machines.
pub fn for_each<T: Send>(found: Found, use_it: impl Fn(Snapshot) -> T + Sync) -> (Vec<T>, Vec<Problem>) {
    let mut problems: Vec<_> = found.problems.into_iter().map(problem).collect();
    let places = found.places;
    let bar = progress::machines(places.len());
    let selectors = capture::scope();
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Result<T, Problem>)>> = Mutex::new(Vec::with_capacity(places.len()));
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(places.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((index, place)) = take(&places, &next) {
                    let result = place.capture(&selectors).map(&use_it).map_err(problem);
                    // A poisoned lock means that another worker panicked; its panic is what the user shall see.
                    if let Ok(mut results) = results.lock() {
                        results.push((index, result));
                    }
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(index, _)| *index);
    let mut made = Vec::with_capacity(results.len());
    for (_, result) in results {
        match result {
            Ok(value) => made.push(value),
            Err(problem) => problems.push(problem),
        }
    }
    (made, problems)
}

fn take<'a, T>(items: &'a [T], next: &AtomicUsize) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
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
pub fn was_read(report: &Report) -> bool {
    report.problems.is_empty() && report.machines.iter().all(|machine| machine.unread.is_empty())
}

fn problem(problem: sources::Problem) -> Problem {
    Problem { source: problem.place, message: problem.message }
}
