//! From SOURCE arguments to snapshots.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use licensing::judge::Problem;
use licensing::knowledge::capture;
use licensing::{Options, Report, judge};
use probe::{Prober, Times};
use registry::sources::{self, Found, Place};
use registry::{Selector, Snapshot};
use report::{Format, Kept, Stream};

use crate::args::{self, HostsArgs, JudgeArgs, NetworkArgs};
use crate::exit::Failure;
use crate::progress;

/// Everything that the sources hold, and the hosts that a file lists; the running machine where none is named.
pub fn discover(
    paths: &[PathBuf],
    hosts: Option<&HostsArgs>,
    network: &NetworkArgs,
) -> Result<Found, Failure> {
    let list = hosts.and_then(|hosts| hosts.hosts.as_deref());
    let mut all = Found::default();
    if paths.is_empty() && list.is_none() {
        let place = sources::this_machine()
            .ok_or_else(|| Failure::Usage(format!("name a SOURCE to read.\n\n{}", args::SOURCES)))?;
        all.places.push(place);
    }
    let mut add = |place: Result<Place, sources::Problem>| match place {
        Ok(place) => all.places.push(place),
        Err(problem) => all.problems.push(problem),
    };
    let mut others = Vec::new();
    let mut network = Remote::new(network)?;
    if let Some(file) = list {
        network.listed(file)?.into_iter().for_each(&mut add);
    }
    for path in paths {
        match network.place(path)? {
            Some(place) => add(place),
            None => others.push(path),
        }
    }
    for path in others {
        let mut found = sources::discover(path);
        if let Some(hint) = lost_backslash(path) {
            found.problems.iter_mut().for_each(|problem| problem.message.push_str(&hint));
        }
        all.places.extend(found.places);
        all.problems.extend(found.problems);
    }
    Ok(all)
}

/// A machine across the network by its name alone, with the account of the arguments and the environment.
pub fn machine(host: &str, port: u16, network: &NetworkArgs) -> Result<Place, Failure> {
    Remote::new(network)?.machine(host, port)
}

/// Shells take one of two backslashes away.
fn lost_backslash(path: &Path) -> Option<String> {
    let host =
        path.to_str()?.strip_prefix('\\').filter(|host| !host.is_empty() && !host.contains(['\\', '/']))?;
    (!path.exists()).then(|| format!(r"; for the machine {host} write smb://{host}, or '\\{host}' in quotes"))
}

#[cfg(feature = "remote")]
use crate::remote::Network as Remote;

/// What there is instead where the program was built without machines across the network.
#[cfg(not(feature = "remote"))]
struct Remote;

#[cfg(not(feature = "remote"))]
#[allow(clippy::unused_self, clippy::unnecessary_wraps, clippy::needless_pass_by_ref_mut)] // as the other one has them
impl Remote {
    fn new(_: &NetworkArgs) -> Result<Self, Failure> {
        Ok(Self)
    }

    fn place(&mut self, source: &Path) -> Result<Option<Result<Place, sources::Problem>>, Failure> {
        let text = source.to_string_lossy();
        if text.starts_with("smb://") || (text.starts_with(r"\\") && !cfg!(windows)) {
            return Err(Failure::Usage(
                "this rdscal was built without machines across the network".to_owned(),
            ));
        }
        Ok(None)
    }

    fn machine(&mut self, _: &str, _: u16) -> Result<Place, Failure> {
        Err(Failure::Usage("this rdscal was built without machines across the network".to_owned()))
    }

    fn listed(&mut self, _: &Path) -> Result<Vec<Result<Place, sources::Problem>>, Failure> {
        Err(Failure::Usage("this rdscal was built without machines across the network".to_owned()))
    }
}

/// Asks the network of license servers, as patiently as these arguments say.
pub fn prober(network: &NetworkArgs) -> Prober {
    let connect = Duration::from_secs(network.timeout);
    Prober::new(Times { connect, answer: connect })
}

/// Judges every place, with the license servers that it lists probed where there is a prober, and has its part of the report rendered;
/// returns what is left to be known for the rest of it.
pub fn judge_all<F: Format>(
    found: Found,
    at_once: u16,
    options: &Options,
    prober: Option<&Prober>,
    stream: &Stream<F>,
) -> Result<Report<Kept<F::Memo>>, Failure> {
    let (machines, problems) = for_each(found, at_once, |mut snapshot| {
        if let Some(prober) = prober {
            prober.add_to(&mut snapshot, options.profile);
        }
        Ok(stream.add(&judge(&snapshot, options))?)
    })?;
    Ok(Report::new(machines, problems, options))
}

/// Captures every place and hands each snapshot to `use_it`; returns what `use_it` made of them, in the order of the places, and
/// what could not be read. Where `use_it` fails, no more places are captured. Files are read by as many threads as there are
/// processors, machines across the network, which are mostly waited for, by as many as `at_once` says.
///
/// A snapshot lives only as long as it is used, so that memory does not grow with the number of machines but for what is returned.
pub fn for_each<T: Send>(
    found: Found,
    at_once: u16,
    use_it: impl Fn(Snapshot) -> Result<T, Failure> + Sync,
) -> Result<(Vec<T>, Vec<Problem>), Failure> {
    let mut problems: Vec<_> = found.problems.into_iter().map(problem).collect();
    let bar = progress::machines(found.places.len());
    let selectors = capture::scope();
    let (remote, local): (Vec<_>, Vec<_>) =
        found.places.into_iter().enumerate().partition(|(_, place)| place.is_remote());
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (few, many) = (processors.min(local.len()), usize::from(at_once).min(remote.len()));
    // Each place is given up when its turn has come: that makes room for what is returned of it.
    let queues = [(few, Mutex::new(local.into_iter())), (many, Mutex::new(remote.into_iter()))];
    let (send, receive) = mpsc::sync_channel((few + many).max(1));
    let results: Result<Vec<_>, Failure> = std::thread::scope(|scope| {
        for (workers, places) in &queues {
            for _ in 0..*workers {
                let (send, selectors, use_it) = (send.clone(), &selectors, &use_it);
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

/// Refuses names that no rule has.
pub fn check_rules<'a>(mut names: impl Iterator<Item = &'a String>) -> Result<(), Failure> {
    match names.find(|name| licensing::rules::by_name(name).is_none()) {
        Some(name) => Err(Failure::Usage(format!("there is no rule “{name}”; `rdscal rules` lists them"))),
        None => Ok(()),
    }
}

/// How to judge, from the arguments.
pub fn options(args: &JudgeArgs) -> Result<Options, Failure> {
    check_rules(args.only.iter().chain(&args.ignore))?;
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

pub fn problem(problem: sources::Problem) -> Problem {
    Problem { source: problem.place, message: problem.message }
}
