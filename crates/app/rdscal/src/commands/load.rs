//! From SOURCE arguments to snapshots.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use diagnostic::Message;
use licensing::judge::Problem;
use licensing::{Options, Report, judge};
use report::{Format, Rendered, Stream};
use snapshot::{Selector, Snapshot};
use sources::{Found, Place};

use super::consulted::Consulted;
use crate::args::{self, JudgeArgs, NetworkArgs, SurveyArgs};
use crate::exit::Failure;
use crate::survey::{self, Pace, Read};

/// Everything that the sources hold, and the hosts that a file lists; the running machine where none is named.
pub fn discover(
    paths: &[PathBuf],
    survey: Option<&SurveyArgs>,
    network: &NetworkArgs,
) -> Result<Found, Failure> {
    discover_with(paths, survey, network, &Consulted::default())
}

/// The same, and the hosts that a directory lists.
pub fn discover_with(
    paths: &[PathBuf],
    survey: Option<&SurveyArgs>,
    network: &NetworkArgs,
    consulted: &Consulted,
) -> Result<Found, Failure> {
    let list = survey.and_then(|survey| survey.hosts.hosts.as_deref());
    let mut all = Found::default();
    if paths.is_empty() && list.is_none() && consulted.hosts().is_none() {
        let place = sources::this_machine()
            .ok_or_else(|| Failure::Usage(format!("name a SOURCE to read.\n\n{}", args::SOURCES)))?;
        all.places.push(place);
    }
    // A host that is named twice is read once, whatever the account.
    let mut met = HashSet::new();
    let mut add = |place: Result<Place, sources::ReadError>| match place {
        Ok(place) if met.insert(key(place.locator())) => all.places.push(place),
        Ok(_) => {}
        Err(problem) => all.problems.push(problem),
    };
    let mut others = Vec::new();
    let mut network = Remote::new(network)?;
    if survey.is_some_and(|survey| survey.keep_trying) {
        network.keep_trying();
    }
    if let Some(file) = list {
        network.listed(file)?.into_iter().for_each(&mut add);
    }
    network.named(consulted.hosts().unwrap_or_default())?.into_iter().for_each(&mut add);
    for path in paths {
        match network.place(path)? {
            Some(place) => add(place),
            None => others.push(path),
        }
    }
    for path in others {
        let mut found = sources::discover(path);
        if let Some(hint) = lost_backslash(path) {
            for problem in &mut found.problems {
                problem.cause = Message::of(&problem.cause).with_advice(hint.clone()).into();
            }
        }
        all.places.extend(found.places);
        all.problems.extend(found.problems);
    }
    all.problems.extend(consulted.problems());
    Ok(all)
}

/// A machine across the network by its name alone, with the account of the arguments and the environment.
pub fn machine(host: &str, port: u16, network: &NetworkArgs) -> Result<Place, Failure> {
    Remote::new(network)?.machine(host, port)
}

/// A place's locator, as those of one and the same place are equal: names of hosts differ in case, and are the same.
pub fn key(locator: &str) -> String {
    let is_host = locator.starts_with(r"\\") || locator.starts_with("smb://");
    if is_host { locator.to_lowercase() } else { locator.to_owned() }
}

/// Shells take one of two backslashes away.
fn lost_backslash(path: &Path) -> Option<String> {
    let host =
        path.to_str()?.strip_prefix('\\').filter(|host| !host.is_empty() && !host.contains(['\\', '/']))?;
    (!path.exists()).then(|| format!(r"For the machine {host}, use smb://{host}, or '\\{host}' in quotes."))
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

    fn keep_trying(&mut self) {}

    fn place(&mut self, source: &Path) -> Result<Option<Result<Place, sources::ReadError>>, Failure> {
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

    fn named(&mut self, _: &[String]) -> Result<Vec<Result<Place, sources::ReadError>>, Failure> {
        Ok(Vec::new())
    }

    fn listed(&mut self, _: &Path) -> Result<Vec<Result<Place, sources::ReadError>>, Failure> {
        Err(Failure::Usage("this rdscal was built without machines across the network".to_owned()))
    }
}

/// Judges every place, by what was consulted beside it, too, and has its part of the report rendered; returns what is left to be known for
/// the rest of it.
pub fn judge_all<F: Format>(
    found: Found,
    pace: Pace,
    options: &Options,
    consulted: &Consulted,
    stream: &Stream<F>,
) -> Result<Report<Rendered<F::Memo>>, Failure> {
    let alone = found.places.len() == 1;
    let (machines, problems) = for_each(found, pace, |mut read| {
        consulted.add(&mut read.snapshot, options.profile, alone);
        Ok(stream.add(&judge(&read.snapshot, options))?)
    })?;
    Ok(Report::new(machines, problems, options))
}

/// Why a place has no report.
pub const INTERRUPTED: &str = "was not read: the run was interrupted";

/// Reads every place and hands what was read to `use_it`; returns what `use_it` made of it, in the order of the places, and what could
/// not be read, or not to the end. Where `use_it` fails, no more places are read.
pub fn for_each<T: Send>(
    found: Found,
    pace: Pace,
    use_it: impl Fn(Read<'_>) -> Result<T, Failure> + Sync,
) -> Result<(Vec<T>, Vec<Problem>), Failure> {
    let mut problems: Vec<_> = found.problems.into_iter().map(problem).collect();
    let mut made = Vec::new();
    let mut unread = Vec::new();
    let make = |read: Read<'_>| {
        let broken_off = read.broken_off.clone();
        Ok((use_it(read)?, broken_off))
    };
    let not_asked = survey::read(found.places, pace, make, |arrived| {
        let message = match arrived.result {
            Ok((result, broken_off)) => {
                made.push((arrived.index, result));
                broken_off.map(|fault| {
                    format!("{}. What was read until then is judged.", fault.message().trim_end_matches('.'))
                })
            }
            Err(fault) => Some(fault.message()),
        };
        unread.extend(message.map(|message| (arrived.index, Problem { source: arrived.place, message })));
        Ok(())
    })?;
    let interrupted = |source| Problem { source, message: INTERRUPTED.to_owned() };
    unread.extend(not_asked.into_iter().map(|(index, place)| (index, interrupted(place))));
    unread.sort_by_key(|(index, _)| *index);
    problems.extend(unread.into_iter().map(|(_, problem)| problem));
    made.sort_by_key(|(index, _)| *index);
    // In the room of the results.
    Ok((made.into_iter().map(|(_, made)| made).collect(), problems))
}

/// The place's registry, and what it says beside it.
pub fn captured(place: &Place, selectors: &[Selector]) -> Result<Snapshot, sources::ReadError> {
    let mut snapshot = place.capture(selectors)?;
    place.ask(licensing::ask::QUESTIONS, &mut snapshot);
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
pub fn was_read<M>(report: &Report<Rendered<M>>) -> bool {
    report.problems.is_empty() && report.machines.iter().all(|machine| machine.brief.whole)
}

pub fn problem(problem: sources::ReadError) -> Problem {
    Problem { message: problem.message(), source: problem.place }
}
