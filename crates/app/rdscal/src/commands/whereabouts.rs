//! Where a repair lies, found again weeks later, and opened for changing.

use std::path::{Path, PathBuf};

use repair::journal::Record;
use repair::{ApplyError, Identity, Journal, Location, Recovered, TargetError, recover};
use sources::Place;

use super::load;
use crate::args::{self, NetworkArgs};
use crate::exit::Failure;
use crate::output;

/// The machine at a location. Across the network it needs an account again: that of `source`, where the machine is named, or the one
/// of the arguments and the environment.
pub fn place_at(location: &Location, source: Option<&Path>, network: &NetworkArgs) -> Result<Place, Failure> {
    let gone = || Failure::Unreadable("what was repaired is not where it was".to_owned());
    if let Location::Remote { host, port } = location {
        let found = match source {
            Some(source) => load::discover(&[source.to_owned()], None, network)?,
            None => return load::machine(host, *port, network),
        };
        let problem = found.problems.iter().map(|problem| problem.message()).next();
        let place = found.places.into_iter().find(Place::is_remote);
        return place.ok_or_else(|| match problem {
            Some(problem) => Failure::Unreadable(problem),
            None => Failure::Usage(
                "--source names no machine across the network, and the repair was of one".to_owned(),
            ),
        });
    }
    if *location == Location::Live {
        return sources::this_machine().ok_or_else(|| {
            Failure::NotDone("the repair was of a Windows as it ran; take it back there".to_owned())
        });
    }
    let first = location.paths().first().map(|path| path.to_path_buf()).unwrap_or_default();
    // Hives and exports are found together with what lies beside them; a policy by itself.
    let alone = matches!(location, Location::Policy { .. });
    let folder: PathBuf = if alone { first } else { first.parent().map(Path::to_owned).unwrap_or_default() };
    let holds = |place: &Place| {
        let medium = place.medium().ok();
        let theirs = medium.and_then(|medium| Location::of(medium, None, false).ok());
        theirs.is_some_and(|theirs| theirs.meets(location))
    };
    let found = load::discover(&[folder], None, &NetworkArgs::none())?;
    found.places.into_iter().find(|place| holds(place)).ok_or_else(gone)
}

/// What a failure to reach or to change a place means for the exit code.
pub fn failure(error: &ApplyError) -> Failure {
    match error {
        ApplyError::Target(TargetError::Unreachable { .. }) => Failure::Unreadable(error.to_string()),
        error => Failure::NotDone(error.to_string()),
    }
}

/// Refuses where the machine that answers is not the one that was repaired: an address may have been given to another since.
pub fn is_the_one(record: &Record, found: &Identity) -> Result<(), Failure> {
    let expected = &record.begin.plan.machine;
    if matches!(record.begin.location, Location::Remote { .. }) && !expected.is_same_machine(found) {
        return Err(Failure::NotDone(format!(
            "repair {} was of {}, and {} answers there now; nothing was changed. Name the machine as it is reached today with \
             --source",
            record.begin.id,
            expected.shown(),
            found.shown()
        )));
    }
    Ok(())
}

/// Completes a repair that was interrupted, or takes it back, and says in words what became of it.
pub fn settle(record: &Record, place: &Place, journal: &mut Journal) -> Result<Recovered, Failure> {
    let begin = &record.begin;
    let keys = begin.changes.iter().map(snapshot::Change::key);
    let mut target =
        begin.location.open_as(place, keys).map_err(|error| failure(&ApplyError::Target(error)))?;
    let recovered =
        recover(record, target.as_mut(), journal, args::now()).map_err(|error| failure(&error))?;
    let became = match &recovered {
        Recovered::Complete => "everything had been changed, and it is complete now".to_owned(),
        Recovered::Nothing => "nothing had been changed, and it is closed".to_owned(),
        Recovered::PutBack => "some of it had been changed, and was put back".to_owned(),
        Recovered::Left { because } => {
            let backup = journal.backup(&begin.backup);
            format!(
                "what is there now is neither the old nor the new state ({because}); it was left as it is, the backup lies in {}",
                backup.display()
            )
        }
    };
    output::complain(&format_args!("repair {} ({}) was interrupted: {became}", begin.id, begin.plan.title));
    Ok(recovered)
}
