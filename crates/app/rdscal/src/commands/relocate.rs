//! Finding the machine of an earlier repair, and recovering interrupted repairs.

use std::path::{Path, PathBuf};

use repair::journal::Record;
use repair::{ApplyError, Identity, Journal, Location, Recovered, TargetError, recover};
use sources::RegistrySource;

use super::load;
use crate::args::{self, NetworkArgs};
use crate::exit::{Exit, Failure};
use crate::output;

/// The machine at a location. A remote machine needs an account, since the journal does not record it: that
/// of `source`, or of the arguments and the environment.
pub fn place_at(
    location: &Location,
    source: Option<&Path>,
    network: &NetworkArgs,
) -> Result<RegistrySource, Failure> {
    let gone = || {
        let paths: Vec<_> = location.paths().iter().map(|path| path.display().to_string()).collect();
        Failure::unreadable(format_args!("the repaired files are no longer at {}", paths.join(", ")))
            .advice("Put them back there, then try again.")
    };
    if let Location::Remote { host, port } = location {
        let found = match source {
            Some(source) => load::discover(&[source.to_owned()], None, network)?,
            None => return load::machine(host, *port, network),
        };
        let problem = found.problems.iter().map(sources::ReadError::message).next();
        let place = found.places.into_iter().find(RegistrySource::is_remote);
        return place.ok_or_else(|| match problem {
            Some(problem) => Failure::unreadable(problem),
            None => Failure::usage("the repair was on a remote machine, and --source does not name one"),
        });
    }
    if *location == Location::Live {
        return sources::this_machine().ok_or_else(|| {
            Failure::not_done("the repair was made on a running Windows").advice("Undo it there.")
        });
    }
    let first = location.paths().first().map(|path| path.to_path_buf()).unwrap_or_default();
    // Hives and exports are discovered with the files beside them, a policy alone.
    let alone = matches!(location, Location::Policy { .. });
    let folder: PathBuf = if alone { first } else { first.parent().map(Path::to_owned).unwrap_or_default() };
    let holds = |place: &RegistrySource| {
        let backing = place.backing().ok();
        let theirs = backing.and_then(|backing| Location::of(backing, None, false).ok());
        theirs.is_some_and(|theirs| theirs.meets(location))
    };
    let found = load::discover(&[folder], None, &NetworkArgs::none())?;
    found.places.into_iter().find(|place| holds(place)).ok_or_else(gone)
}

/// The failure of a repair. A machine that cannot be reached was not read.
pub fn failure(error: &ApplyError) -> Failure {
    let is_unreachable = matches!(error, ApplyError::Target(TargetError::Unreachable(_)));
    Failure::with(if is_unreachable { Exit::Unreadable } else { Exit::Findings }, error)
}

/// Rejects a machine other than the repaired one: its address may have been given to another machine since.
pub fn is_the_one(record: &Record, found: &Identity) -> Result<(), Failure> {
    let expected = &record.begin.plan.machine;
    if matches!(record.begin.location, Location::Remote { .. }) && !expected.is_same_machine(found) {
        let (id, expected, found) = (record.begin.id, expected.shown(), found.shown());
        return Err(Failure::not_done(format_args!(
            "repair {id} was made on {expected}, but {found} responds there now"
        ))
        .state("Nothing was changed.")
        .advice("Name the machine as it is reached today with --source."));
    }
    Ok(())
}

/// Completes or reverts an interrupted repair, and prints which.
pub fn settle(record: &Record, place: &RegistrySource, journal: &mut Journal) -> Result<Recovered, Failure> {
    let begin = &record.begin;
    let keys = begin.changes.iter().map(snapshot::Change::key);
    let mut target =
        begin.location.open_as(place, keys).map_err(|error| failure(&ApplyError::Target(error)))?;
    let recovered =
        recover(record, target.as_mut(), journal, args::now()).map_err(|error| failure(&error))?;
    let became = match &recovered {
        Recovered::Complete => "all changes had been made; it is complete now".to_owned(),
        Recovered::Nothing => "nothing had been changed; it is closed".to_owned(),
        Recovered::PutBack => "some changes had been made; they were reverted".to_owned(),
        Recovered::Left { because } => {
            let backup = journal.backup(&begin.backup);
            format!(
                "the present state is neither the old nor the new one ({because}); it was left as it is. The backup is in {}",
                backup.display()
            )
        }
    };
    output::note(format_args!("repair {} ({}) was interrupted: {became}", begin.id, begin.plan.title));
    Ok(recovered)
}
