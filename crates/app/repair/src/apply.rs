//! Carries out a plan.

use diagnostic::{Code, Diagnostic, Message, Retry};
use snapshot::{Change, FileTime};

use crate::backup::{self, BackupError};
use crate::dry_run::{DryRun, Mismatch, Stop};
use crate::journal::{Begin, End, Entry, Journal, JournalError, Record};
use crate::limits;
use crate::progress::Progress;
use crate::target::{Target, TargetError};
use crate::{Location, Plan};

/// The result of a plan that was carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The number of the repair in the journal, by which `undo` finds it.
    pub id: u64,
    /// The changes as they were read back.
    pub changes: Vec<Change>,
    /// Folder of the backup.
    pub backup: std::path::PathBuf,
    /// Remarks on how the changes were made, each a sentence.
    pub remarks: Vec<String>,
}

/// Why a plan was not carried out. Unless it says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The machine is not as the plan expects it.
    #[error("the machine is not in the state that the plan expects: {0}")]
    Mismatch(Mismatch),
    /// A change that is never made; see `limits.rs`.
    #[error("{change}: {because}")]
    Forbidden {
        /// The change.
        change: Box<Change>,
        /// Why.
        because: &'static str,
    },
    /// The plan has no changes, only manual steps.
    #[error("the plan has no registry changes; its steps must be done manually")]
    ByHand,
    /// The journal contains an interrupted repair of this target.
    #[error("repair {0} of this target was interrupted")]
    Unfinished(u64),
    /// The backup could not be written.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The target cannot be read or written.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The journal entry could not be written, so nothing was started.
    #[error(transparent)]
    NotBegun(JournalError),
    /// The change was made, but its journal entry could not be completed.
    #[error("the journal entry of repair {id} could not be completed: {because}")]
    NotClosed {
        /// The repair's number.
        id: u64,
        /// Why.
        because: JournalError,
    },
    /// It failed midway, and all changes were reverted.
    #[error("{because}")]
    RolledBack {
        /// What failed.
        because: Message,
    },
    /// The connection was lost midway.
    #[error("{because}")]
    Lost {
        /// The repair's number.
        id: u64,
        /// The changes that were made.
        made: usize,
        /// Number of changes of the plan.
        of: usize,
        /// What was lost.
        because: Box<TargetError>,
    },
    /// It failed midway, and the changes could not be reverted yet.
    #[error("{because}; reverting the changes also failed ({then})")]
    Stuck {
        /// The repair's number.
        id: u64,
        /// What failed.
        because: Message,
        /// The failure while reverting.
        then: Box<Message>,
    },
}

impl Diagnostic for ApplyError {
    fn code(&self) -> Code {
        match self {
            Self::Mismatch(_) => Code::Changed,
            Self::Forbidden { .. } => Code::Rejected,
            Self::ByHand => Code::Unsupported,
            Self::Unfinished(_) | Self::NotClosed { .. } => Code::Incomplete,
            Self::Backup(BackupError::Io { source, .. }) => Code::of_io(source.kind()),
            Self::Backup(BackupError::Target(error)) | Self::Target(error) => error.code(),
            Self::Journal(_) | Self::NotBegun(_) => Code::Io,
            Self::RolledBack { because } | Self::Stuck { because, .. } => because.code,
            Self::Lost { .. } => Code::ConnectionLost,
        }
    }

    /// A repair is never repeated without the user.
    fn retry(&self) -> Retry {
        Retry::Permanent
    }

    fn state(&self) -> Option<String> {
        let state = match self {
            Self::Mismatch(_)
            | Self::Forbidden { .. }
            | Self::ByHand
            | Self::Unfinished(_)
            | Self::Backup(_)
            | Self::NotBegun(_) => "Nothing was changed.",
            Self::NotClosed { .. } => "The change was made and verified, and remains in place.",
            Self::RolledBack { .. } => "All changes were reverted, and everything is as it was before.",
            Self::Target(error) => return error.state(),
            Self::Lost { id, made, of, .. } => {
                return Some(format!(
                    "At least {made} of {of} changes were made. The journal has repair {id}."
                ));
            }
            Self::Stuck { id, .. } => return Some(format!("The journal has repair {id}.")),
            Self::Journal(_) => return None,
        };
        Some(state.to_owned())
    }

    fn advice(&self) -> Option<String> {
        let advice = match self {
            Self::Mismatch(_) => "Make a new plan.",
            Self::Unfinished(_) => "Complete or revert that repair first.",
            Self::NotClosed { .. } => {
                "Once that is fixed, the next fix or undo with --apply completes the entry, and the repair can be undone \
                 like any other."
            }
            Self::Lost { .. } => {
                "When the machine is reachable again, run the same command again, or `rdscal undo --apply`: it determines \
                 how far this repair progressed and first completes or reverts it."
            }
            Self::Stuck { .. } => "The next run reverts it.",
            Self::RolledBack { because } => return because.advice.clone(),
            Self::Backup(BackupError::Target(error)) | Self::Target(error) => return error.advice(),
            _ => return None,
        };
        Some(advice.to_owned())
    }
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
/// `undoes` is the repair that this plan reverts, if it is an undo.
///
/// # Errors
///
/// See [`ApplyError`]. In every case the journal records what was started.
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

    let mut dry_run = DryRun::over(target);
    let changes = plan.changes().map(|change| dry_run.make(change)).collect::<Result<Vec<_>, _>>()?;
    let changes = target.with_access_grants(changes)?;

    let id = journal.next_id();
    let backup = format!("backups/{id:04}-{}", plan.recipe);
    let folder = journal.backup(&backup);
    backup::write(&folder, plan, &backup::touched(&changes, target)?, now)?;

    // If the target buffers changes, they are tried in memory before the journal entry. A failure here leaves
    // no trace.
    if target.is_buffered() {
        make(&changes, target, now).map_err(|failure| *failure.error)?;
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
    if !target.is_buffered()
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
        return Err(take_all_back(id, &changes, target, journal, now, Message::of(&*failure.error)));
    }
    let all_made =
        |because: Box<TargetError>| ApplyError::Lost { id, made: changes.len(), of: changes.len(), because };
    match target.commit() {
        Ok(()) => {}
        Err(error) if error.is_lost() => return Err(all_made(Box::new(error))),
        // Some of several hives may have been written. The next run determines which, after reopening the
        // files.
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
        Err(Stop::Target(error)) if error.is_lost() => Err(all_made(Box::new(error))),
        Err(stop) => {
            let because = format!("the written data does not match when read back ({stop})");
            let because = Message::new(Code::Changed, because);
            Err(take_all_back(id, &changes, target, journal, now, because))
        }
    }
}

/// A failed change, with the number of changes that were made before it.
pub(crate) struct Failure {
    made: usize,
    pub(crate) error: Box<TargetError>,
}

pub(crate) fn make(changes: &[Change], target: &mut dyn Target, now: FileTime) -> Result<(), Failure> {
    for (made, change) in changes.iter().enumerate() {
        target.change(change, now).map_err(|error| Failure { made, error: Box::new(error) })?;
    }
    // If this fails, it is unknown how many changes of the transaction were made; possibly none.
    target.commit_transaction().map_err(|error| Failure { made: 0, error: Box::new(error) })
}

/// The changes as made. Each is verified by reverting it in memory from the present state.
pub(crate) fn read_back(changes: &[Change], target: &dyn Target) -> Result<Vec<Change>, Stop> {
    let mut dry_run = DryRun::over(target);
    let mut found = Vec::with_capacity(changes.len());
    for change in changes.iter().rev() {
        found.push(dry_run.make(&change.inverse())?.inverse());
    }
    found.reverse();
    Ok(found)
}

/// Reverts the changes that were made and records this in the journal.
fn take_all_back(
    id: u64,
    changes: &[Change],
    target: &mut dyn Target,
    journal: &mut Journal,
    now: FileTime,
    because: Message,
) -> ApplyError {
    match Progress::find(changes, target) {
        Ok(progress) => revert(id, &progress, target, journal, now, because),
        Err(stop) => ApplyError::Stuck { id, because, then: Box::new(stop.message()) },
    }
}

/// Reverts the changes that were made and records this in the journal.
pub(crate) fn revert(
    id: u64,
    progress: &Progress,
    target: &mut dyn Target,
    journal: &mut Journal,
    now: FileTime,
    because: Message,
) -> ApplyError {
    let put_back = |target: &mut dyn Target| -> Result<(), Stop> {
        let mut dry_run = DryRun::over(target);
        let back: Vec<_> =
            progress.back().iter().map(|change| dry_run.make(change)).collect::<Result<_, _>>()?;
        make(&back, target, now).map_err(|failure| *failure.error)?;
        Ok(target.commit()?)
    };
    if let Err(stop) = put_back(target) {
        return ApplyError::Stuck { id, because, then: Box::new(stop.message()) };
    }
    let end = End::RolledBack { because: because.cause.clone() };
    match journal.append(Entry::End { id, end }, now) {
        Ok(()) => ApplyError::RolledBack { because },
        Err(error) => ApplyError::Journal(error),
    }
}
