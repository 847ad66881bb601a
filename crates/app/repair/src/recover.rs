//! Repairs that were interrupted.

use diagnostic::{Code, Message};
use snapshot::FileTime;

use crate::apply::{ApplyError, make, read_back, revert};
use crate::dry_run::Stop;
use crate::journal::{End, Entry, Journal, Record};
use crate::progress::Progress;
use crate::target::Target;

/// Result of recovering an interrupted repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// All changes had been made; the repair is complete.
    Complete,
    /// No change had been made.
    Nothing,
    /// Some changes had been made and were reverted.
    PutBack,
    /// The state found is neither the old nor the new one. It was not changed.
    Left {
        /// What was found.
        because: String,
    },
}

/// Determines the progress of an interrupted repair, completes or reverts it, and records this in the
/// journal.
///
/// `target` must be opened for the keys of the repair ([`crate::Location::open`]).
///
/// # Errors
///
/// If the target cannot be read or written, or the journal cannot be written. The repair then remains open.
pub fn recover(
    record: &Record,
    target: &mut dyn Target,
    journal: &mut Journal,
    now: FileTime,
) -> Result<Recovered, ApplyError> {
    let id = record.begin.id;
    // A partly written hive is first completed from its log.
    target.commit()?;
    let end = |journal: &mut Journal, end: End| journal.append(Entry::End { id, end }, now);
    let changes = &record.begin.changes;
    let progress = match Progress::find(changes, target) {
        Ok(progress) => progress,
        Err(Stop::Target(error)) => return Err(error.into()),
        Err(Stop::Mismatch(mismatch)) => {
            let because = mismatch.to_string();
            end(journal, End::Left { because: because.clone() })?;
            return Ok(Recovered::Left { because });
        }
    };
    if progress.is_nothing() {
        let because = "it was interrupted before anything was changed".to_owned();
        end(journal, End::RolledBack { because })?;
        return Ok(Recovered::Nothing);
    }
    let remaining = if target.is_buffered() { None } else { progress.remaining() };
    if progress.is_everything() || remaining.is_some() {
        if let Some(remaining) = remaining {
            make(&remaining, target, now).map_err(|failure| *failure.error)?;
            target.commit()?;
        }
        let changes = match read_back(changes, target) {
            Ok(changes) => changes,
            Err(Stop::Target(error)) => return Err(error.into()),
            Err(Stop::Mismatch(mismatch)) => return Err(ApplyError::Mismatch(mismatch)),
        };
        end(journal, End::Done { changes, remarks: Vec::new() })?;
        return Ok(Recovered::Complete);
    }
    let because = Message::new(Code::Incomplete, "it was interrupted midway");
    match revert(id, &progress, target, journal, now, because) {
        ApplyError::RolledBack { .. } => Ok(Recovered::PutBack),
        error => Err(error),
    }
}
