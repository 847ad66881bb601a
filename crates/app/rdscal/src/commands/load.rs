//! Reading the machines that SOURCE arguments name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diagnostic::{Code, Message};
use licensing::decisions::Decisions;
use licensing::judge::{Selection, UnreadSource};
use licensing::{Evidence, Finding, Machine, MachineReport, MachineSummary, Options, Report, judge};
use report::{Format, Rendered, Stream};
use snapshot::{KeyPath, Selector, Snapshot};
use sources::{Found, RegistrySource};

use super::external::ExternalEvidence;
use super::grouping::{self, Grouping};
use crate::args::{self, JudgeArgs, NetworkArgs, SurveyArgs};
use crate::exit::Failure;
use crate::progress;
use survey::resume::place_key;
use survey::{Network, NetworkOptions, Reading, Scope, SurveyOptions, SurveyResult};

/// All places in the sources, and the hosts that a file lists; the running machine without arguments.
pub fn discover(
    paths: &[PathBuf],
    survey: Option<&SurveyArgs>,
    network: &NetworkArgs,
) -> Result<Found, Failure> {
    discover_with(paths, survey, network, &ExternalEvidence::default())
}

/// [`discover`], and the hosts that a directory lists.
pub fn discover_with(
    paths: &[PathBuf],
    survey: Option<&SurveyArgs>,
    network: &NetworkArgs,
    external: &ExternalEvidence,
) -> Result<Found, Failure> {
    let list = survey.and_then(|survey| survey.hosts.hosts.as_deref());
    let mut all = Found::default();
    if paths.is_empty() && list.is_none() && external.hosts().is_none() {
        let place = sources::this_machine().ok_or_else(|| {
            Failure::usage("SOURCE is missing").advice(
                "Name one, such as a folder, a hive, an export or \\\\HOST; `rdscal doctor --help` lists the forms.",
            )
        })?;
        all.places.push(place);
    }
    // A host that is named twice is read once, even with different accounts.
    let mut met = HashSet::new();
    let mut add = |place: Result<RegistrySource, sources::ReadError>| match place {
        Ok(place) if met.insert(place_key(place.locator())) => all.places.push(place),
        Ok(_) => {}
        Err(problem) => all.problems.push(problem),
    };
    let mut others = Vec::new();
    let ignore_lockout = survey.is_some_and(|survey| survey.ignore_lockout);
    let mut network = Network::new(&NetworkOptions { ignore_lockout, ..network.options() })?;
    if let Some(file) = list {
        network.listed(file)?.into_iter().for_each(&mut add);
    }
    network.named(external.hosts().unwrap_or_default())?.into_iter().for_each(&mut add);
    for path in paths {
        match network.place(path)? {
            Some(place) => add(place),
            None => others.push(path),
        }
    }
    for path in others {
        let mut found = sources::discover(path);
        if let Some(hint) = lost_backslash(path).or_else(|| host_name(path)) {
            for problem in &mut found.problems {
                problem.cause = Message::of(&problem.cause).with_advice(hint.clone()).into();
            }
        }
        all.places.extend(found.places);
        all.problems.extend(found.problems);
    }
    all.problems.extend(external.problems());
    Ok(all)
}

/// The remote machine with this host name, with the account of the arguments or the environment.
pub fn machine(host: &str, port: u16, network: &NetworkArgs) -> Result<RegistrySource, Failure> {
    Ok(Network::new(&network.options())?.machine(host, port)?)
}

/// Advice for a UNC name of which the shell removed one of the two backslashes.
fn lost_backslash(path: &Path) -> Option<String> {
    let host =
        path.to_str()?.strip_prefix('\\').filter(|host| !host.is_empty() && !host.contains(['\\', '/']))?;
    (!path.exists()).then(|| format!(r"For the machine {host}, use smb://{host}, or '\\{host}' in quotes."))
}

/// Advice for a host name without the two backslashes.
fn host_name(path: &Path) -> Option<String> {
    let host = path.to_str()?;
    let is_name = host.chars().all(|c| c.is_alphanumeric() || "-._:".contains(c));
    let has_letter_or_digit = host.chars().any(char::is_alphanumeric);
    (is_name && has_letter_or_digit && path.symlink_metadata().is_err())
        .then(|| format!("For the machine {host} on the network, use smb://{host}."))
}

/// Judges every place together with the external evidence, and renders its part of the report. Returns the
/// data that the rest of the report needs.
pub fn judge_all<F: Format>(
    found: Found,
    survey: SurveyOptions,
    options: &Options,
    external: &ExternalEvidence,
    grouping: &Grouping,
    stream: &Stream<F>,
) -> Result<Report<Rendered<F::Memo>>, Failure> {
    let alone = found.places.len() == 1;
    let (mut machines, problems) = for_each(found, survey, |mut read| {
        external.add(&mut read.snapshot, options.profile, alone);
        let mut machine = judge_reading(&read, options, grouping);
        if F::SHOWS_POSITIONS {
            locate(&mut machine, read.source);
        }
        Ok(stream.add(&machine)?)
    })?;
    grouping::distinguish(machines.iter_mut().map(|machine| &mut machine.brief));
    let mut report = Report::new(machines, problems, options);
    report.compare(options, |machine| machine.brief.baseline.as_ref());
    Ok(report)
}

/// Records where the evidence of each finding is in the files of the source.
fn locate(machine: &mut MachineReport, source: &RegistrySource) {
    let findings = machine.findings.iter_mut().chain(&mut machine.accepted);
    // Facts have no path.
    let path = |evidence: &Evidence| evidence.path.parse::<KeyPath>().ok();
    let (wanted, evidence): (Vec<_>, Vec<_>) = findings
        .flat_map(|finding| &mut finding.evidence)
        .filter_map(|evidence| Some(((path(evidence)?, evidence.value.clone()), evidence)))
        .unzip();
    if wanted.is_empty() {
        return;
    }
    for (evidence, position) in evidence.into_iter().zip(source.locate(&wanted)) {
        evidence.position = position;
    }
}

/// Judges a machine, and assigns it to its group. Each finding gets the command of its repair if the source
/// can be changed and the plan would be accepted.
pub fn judge_reading(read: &Reading<'_>, options: &Options, grouping: &Grouping) -> MachineReport {
    let mut report = judge(&read.snapshot, options);
    grouping.assign(&mut report);
    let is_repairable = |finding: &Finding| finding.rule.recipe.is_some();
    if read.can_be_changed && report.findings.iter().any(is_repairable) {
        let machine = Machine::new(&read.snapshot, report.judged_at, options.profile);
        for finding in &mut report.findings {
            let recipe = finding.rule.recipe.and_then(repair::by_name);
            finding.repair =
                recipe.and_then(|recipe| recipe.offer(read.place, &machine, finding, options.now));
        }
    }
    report
}

/// The error of a place that an interrupted run did not read.
pub const INTERRUPTED: &str = "was not read: the run was interrupted";

/// Reads every place and passes the result to `use_it`. Returns its results in the order of the places, and
/// the places that could not be read completely. If `use_it` fails, no more places are read.
pub fn for_each<T: Send>(
    found: Found,
    survey: SurveyOptions,
    use_it: impl Fn(Reading<'_>) -> Result<T, Failure> + Sync,
) -> Result<(Vec<T>, Vec<UnreadSource>), Failure> {
    let mut problems: Vec<_> = found.problems.into_iter().map(problem).collect();
    let mut made = Vec::new();
    let mut unread = Vec::new();
    let make = |read: Reading<'_>| {
        let broken_off = read.broken_off.clone();
        Ok((use_it(read)?, broken_off))
    };
    let not_read = read_places(found.places, survey, make, |arrived| {
        let message = match arrived.result {
            Ok((result, broken_off)) => {
                made.push((arrived.index, result));
                broken_off.map(|fault| {
                    format!("{}. What was read until then is judged.", fault.message().trim_end_matches('.'))
                })
            }
            Err(fault) => Some(fault.message()),
        };
        unread
            .extend(message.map(|message| (arrived.index, UnreadSource { source: arrived.place, message })));
        Ok(())
    })?;
    let interrupted = |source| UnreadSource { source, message: INTERRUPTED.to_owned() };
    unread.extend(not_read.into_iter().map(|(index, place)| (index, interrupted(place))));
    unread.sort_by_key(|(index, _)| *index);
    problems.extend(unread.into_iter().map(|(_, problem)| problem));
    made.sort_by_key(|(index, _)| *index);
    // Collected in place, in the allocation of the results.
    Ok((made.into_iter().map(|(_, made)| made).collect(), problems))
}

/// The only machine of a source. Errors in the rest of the source are added to `problems`.
pub fn only(
    path: &Path,
    network: &NetworkArgs,
    problems: &mut Vec<UnreadSource>,
) -> Result<Snapshot, Failure> {
    let found = discover(&[path.to_owned()], None, network)?;
    let (mut snapshots, unread) = for_each(found, network.survey(), |read| Ok(read.snapshot))?;
    match (snapshots.pop(), snapshots.len()) {
        (Some(snapshot), 0) => {
            problems.extend(unread);
            Ok(snapshot)
        }
        (Some(_), more) => {
            Err(Failure::usage(format_args!("{} contains {} machines", path.display(), more + 1))
                .advice("Name one of them."))
        }
        (None, _) => Err(Failure::unread(
            &unread
                .into_iter()
                .map(|problem| {
                    sources::ReadError::new(problem.source, Message::new(Code::Io, problem.message))
                })
                .collect::<Vec<_>>(),
        )),
    }
}

/// [`survey::read`] for the keys of licensing, with a progress line.
pub fn read_places<T: Send>(
    places: Vec<RegistrySource>,
    options: SurveyOptions,
    make: impl Fn(Reading<'_>) -> Result<T, Failure> + Sync,
    mut take: impl FnMut(SurveyResult<T>) -> Result<(), Failure>,
) -> Result<Vec<(usize, String)>, Failure> {
    let mut line = progress::Line::new(places.len());
    let scope =
        Scope { selectors: &licensing::knowledge::capture::scope(), questions: licensing::ask::QUESTIONS };
    let not_read = survey::read(places, options, scope, make, |arrived| {
        line.step(arrived.result.is_err(), arrived.running, || take(arrived))
    });
    line.end();
    not_read
}

/// A snapshot of the place, with its registry and its facts.
pub fn captured(place: &RegistrySource, selectors: &[Selector]) -> Result<Snapshot, sources::ReadError> {
    let mut snapshot = place.capture(selectors)?;
    place.ask(licensing::ask::QUESTIONS, &mut snapshot);
    Ok(snapshot)
}

/// Rejects names that no rule has.
pub fn check_rules<'a>(mut names: impl Iterator<Item = &'a String>) -> Result<(), Failure> {
    match names.find(|name| licensing::rules::by_name(name).is_none()) {
        Some(name) => Err(Failure::usage(format_args!("no rule is named “{name}”"))
            .advice("`rdscal rules` lists the rules.")),
        None => Ok(()),
    }
}

/// The options for judging, from the arguments.
pub fn options(args: &JudgeArgs, decisions: &Arc<Decisions>) -> Result<Options, Failure> {
    let is_retired = |name: &&String| licensing::rules::retired_by_name(name).is_some();
    if let Some(rule) = args.only.iter().find_map(|name| licensing::rules::retired_by_name(name)) {
        return Err(
            Failure::usage(format_args!("{} ({}) is a retired rule", rule.id, rule.name)).advice(rule.reason)
        );
    }
    // A script that ignores a retired rule still runs.
    check_rules(args.only.iter().chain(args.ignore.iter().filter(|name| !is_retired(name))))?;
    Ok(Options {
        at: args.at,
        profile: args.profile.profile(),
        only: args.only.clone(),
        ignore: args.ignore.clone(),
        decisions: decisions.clone(),
        ..Options::at(args::now())
    })
}

/// True if deciding evidence of a machine is missing, or the selected rules apply to no machine. Sources
/// without any key of licensing count only if the run has no others: a mounted volume contains many such
/// hives. With `only_new`, machines that were undetermined in the baseline do not count.
pub fn is_undetermined<M>(report: &Report<Rendered<M>>, only_new: bool) -> bool {
    let any_holds = report.machines.iter().any(|machine| machine.brief.holds_licensing_keys);
    let machines = report.machines.iter().map(|machine| &machine.brief);
    if !report.machines.is_empty()
        && machines.clone().all(|brief| brief.selection == Selection::AppliesToNothing)
    {
        return true;
    }
    let was_undetermined = |brief: &MachineSummary| {
        only_new && brief.baseline.as_ref().is_some_and(|baseline| baseline.was_undetermined)
    };
    let machines = machines.filter(|brief| !was_undetermined(brief));
    machines.into_iter().any(|brief| brief.is_undetermined && (brief.holds_licensing_keys || !any_holds))
}

/// True if every place was read completely.
pub fn was_read<M>(report: &Report<Rendered<M>>) -> bool {
    report.problems.is_empty() && report.machines.iter().all(|machine| machine.brief.whole)
}

pub fn problem(problem: sources::ReadError) -> UnreadSource {
    UnreadSource { message: problem.message(), source: problem.place }
}
