//! Carrying out a plan.

use snapshot::{Change, FileTime};

use crate::backup::{self, BackupError};
use crate::journal::{Begin, End, Entry, Journal, JournalError, Record};
use crate::limits;
use crate::reached::Reached;
use crate::rehearsal::{Mismatch, Rehearsal, Stop};
use crate::target::{Target, TargetError};
use crate::{Location, Plan};

/// A plan that was carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// Its number in the journal, by which it is taken back.
    pub id: u64,
    /// The changes as they were read back.
    pub changes: Vec<Change>,
    /// Where the backup lies.
    pub backup: std::path::PathBuf,
    /// What is worth telling of how the changes were made, each in a sentence.
    pub remarks: Vec<String>,
}

/// Why a plan was not carried out. Unless it says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The machine is not as the plan expects it.
    #[error("the machine is not as the plan expects it: {0}. Nothing was changed; make a new plan")]
    Mismatch(Mismatch),
    /// Something that is never done.
    #[error("{change}: {because}; nothing was changed")]
    Forbidden {
        /// The change.
        change: Box<Change>,
        /// Why.
        because: &'static str,
    },
    /// A plan without changes is a list of what a person must do.
    #[error("the plan has no changes of the registry: what it lists must be done by hand")]
    ByHand,
    /// The journal has a repair of this place that was interrupted.
    #[error("repair {0} of this place was interrupted, and must be completed or taken back first")]
    Unfinished(u64),
    /// No backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The place cannot be read or written.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The journal took no entry, so nothing was begun.
    #[error("{0}; nothing was changed")]
    NotBegun(#[source] JournalError),
    /// It is made, and the journal could not be told.
    #[error(
        "the change is made and read back, and stays so, but the journal's entry of repair {id} could not be closed: {because}. When \
         that is mended, the next fix or undo with --apply closes the entry, and it can be undone like any other"
    )]
    NotClosed {
        /// The repair's number.
        id: u64,
        /// Why.
        because: JournalError,
    },
    /// It failed half-way, and what was done was taken back.
    #[error("{because}; what had been changed was put back, and everything is as it was before")]
    RolledBack {
        /// What failed.
        because: String,
    },
    /// The connection was lost half-way.
    #[error(
        "{because}. Of {of} changes {made} had been made for certain. The journal has repair {id}, and nothing is lost: as soon \
         as the machine can be reached again, run the same command again, or `rdscal undo --apply`; it finds out how far this \
         one came and completes it or takes it back first"
    )]
    Lost {
        /// The repair's number.
        id: u64,
        /// The changes that were made.
        made: usize,
        /// Of so many.
        of: usize,
        /// What was lost.
        because: TargetError,
    },
    /// It failed half-way, and could not be taken back now.
    #[error(
        "{because}; putting back failed too ({then}). The journal has repair {id}: the next run will take it back"
    )]
    Stuck {
        /// The repair's number.
        id: u64,
        /// What failed.
        because: String,
        /// What failed then.
        then: String,
    },
}

impl From<Stop> for ApplyError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Mismatch(mismatch) => Self::Mismatch(mismatch),
            Stop::Target(error) => Self::Target(error),
        }
    }
}

/// Carries out a plan: check, backup, journal, change, read back, journal.
///
/// `undoes` names the repair that the plan takes back, where it does.
///
/// # Errors
///
/// See [`ApplyError`]; whatever is returned, the journal knows what was begun.
pub fn apply(
    plan: &Plan,
    location: &Location,
    undoes: Option<u64>,
    target: &mut dyn Target,
    journal: &mut Journal,
    now: FileTime,
) -> Result<Applied, ApplyError> {
    if plan.steps.is_empty() {
        return Err(ApplyError::ByHand);
    }
    for change in plan.changes() {
        if let Some(because) = limits::forbids(change, plan.machine.kind, undoes.is_some()) {
            return Err(ApplyError::Forbidden { change: Box::new(change.clone()), because });
        }
    }
    let open = |record: &Record| record.end.is_none() && record.begin.is_of(location, &plan.machine);
    if let Some(record) = journal.records().iter().find(|record| open(record)) {
        return Err(ApplyError::Unfinished(record.begin.id));
    }

    let mut rehearsal = Rehearsal::over(target);
    let changes = plan.changes().map(|change| rehearsal.make(change)).collect::<Result<Vec<_>, _>>()?;
    let changes = target.opened_up(changes)?;

    let id = journal.next_id();
    let backup = format!("backups/{id:04}-{}", plan.recipe);
    let folder = journal.backup(&backup);
    backup::write(&folder, plan, &backup::touched(&changes, target)?, now)?;

    // Where the target holds changes back, they are tried in memory before the journal is opened: what fails here was nothing.
    if target.holds_back() {
        make(&changes, target, now).map_err(|failure| failure.error)?;
    }
    let begin = Begin {
        id,
        undoes,
        location: location.clone(),
        plan: plan.clone(),
        changes: changes.clone(),
        backup,
    };
    journal.append(Entry::Begin(Box::new(begin)), now).map_err(ApplyError::NotBegun)?;
    if !target.holds_back()
        && let Err(failure) = make(&changes, target, now)
    {
        if failure.error.is_lost() {
            return Err(ApplyError::Lost {
                id,
                made: failure.made,
                of: changes.len(),
                because: failure.error,
            });
        }
        return Err(take_all_back(id, &changes, target, journal, now, failure.error.to_string()));
    }
    let all_made =
        |because: TargetError| ApplyError::Lost { id, made: changes.len(), of: changes.len(), because };
    match target.commit() {
        Ok(()) => {}
        Err(error) if error.is_lost() => return Err(all_made(error)),
        // Of several hives some may be written: the next run finds out, with the files opened anew.
        Err(error) => return Err(ApplyError::Target(error)),
    }
    match read_back(&changes, target) {
        Ok(changes) => {
            let remarks = target.remarks();
            let end = End::Done { changes: changes.clone(), remarks: remarks.clone() };
            let closed = journal.append(Entry::End { id, end }, now);
            closed.map_err(|because| ApplyError::NotClosed { id, because })?;
            Ok(Applied { id, changes, backup: folder, remarks })
        }
        Err(Stop::Target(error)) if error.is_lost() => Err(all_made(error)),
        Err(stop) => {
            let because = format!("what was written does not read back as it should ({stop})");
            Err(take_all_back(id, &changes, target, journal, now, because))
        }
    }
}

/// A change that could not be made, after so many that were.
pub(crate) struct Failure {
    made: usize,
    pub(crate) error: TargetError,
}

pub(crate) fn make(changes: &[Change], target: &mut dyn Target, now: FileTime) -> Result<(), Failure> {
    for (made, change) in changes.iter().enumerate() {
        target.change(change, now).map_err(|error| Failure { made, error })?;
    }
    // How many of those in a transaction are made is not known where this fails; none for certain.
    target.settle().map_err(|error| Failure { made: 0, error })
}

/// The changes as they stand, each found by taking it back in memory from what is there now.
pub(crate) fn read_back(changes: &[Change], target: &dyn Target) -> Result<Vec<Change>, Stop> {
    let mut rehearsal = Rehearsal::over(target);
    let mut found = Vec::with_capacity(changes.len());
    for change in changes.iter().rev() {
        found.push(rehearsal.make(&change.inverse())?.inverse());
    }
    found.reverse();
    Ok(found)
}

/// Takes back what was made of these changes, as far as they came, and says so in the journal.
fn take_all_back(
    id: u64,
    changes: &[Change],
    target: &mut dyn Target,
    journal: &mut Journal,
    now: FileTime,
    because: String,
) -> ApplyError {
    match Reached::find(changes, target) {
        Ok(reached) => take_back(id, &reached, target, journal, now, because),
        Err(stop) => ApplyError::Stuck { id, because, then: stop.to_string() },
    }
}

/// Takes back what was made and says so in the journal.
pub(crate) fn take_back(
    id: u64,
    reached: &Reached,
    target: &mut dyn Target,
    journal: &mut Journal,
    now: FileTime,
    because: String,
) -> ApplyError {
    let put_back = |target: &mut dyn Target| -> Result<(), Stop> {
        let mut rehearsal = Rehearsal::over(target);
        let back: Vec<_> =
            reached.back().iter().map(|change| rehearsal.make(change)).collect::<Result<_, _>>()?;
        make(&back, target, now).map_err(|failure| failure.error)?;
        Ok(target.commit()?)
    };
    if let Err(stop) = put_back(target) {
        return ApplyError::Stuck { id, because, then: stop.to_string() };
    }
    let end = End::RolledBack { because: because.clone() };
    match journal.append(Entry::End { id, end }, now) {
        Ok(()) => ApplyError::RolledBack { because },
        Err(error) => ApplyError::Journal(error),
    }
}
