//! Repairs that were interrupted.

use snapshot::FileTime;

use crate::apply::{ApplyError, make, read_back, take_back};
use crate::journal::{End, Entry, Journal, Record};
use crate::reached::Reached;
use crate::rehearsal::Stop;
use crate::target::Target;

/// What became of a repair that was interrupted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// Everything had been changed: it is complete.
    Complete,
    /// Nothing had been changed.
    Nothing,
    /// Some of it had been changed, and was put back.
    PutBack,
    /// What is there is neither the old nor the new state. It was left as it is.
    Left {
        /// What was found.
        because: String,
    },
}

/// Finds out how far an interrupted repair came, and completes it or takes it back; the journal says which.
///
/// `target` must hold the places of the repair ([`crate::Location::open`]).
///
/// # Errors
///
/// When the place cannot be read or written, or the journal not be written; then the repair stays open.
pub fn recover(
    record: &Record,
    target: &mut dyn Target,
    journal: &mut Journal,
    now: FileTime,
) -> Result<Recovered, ApplyError> {
    let id = record.begin.id;
    // A hive that was being written is first made whole from its log.
    target.commit()?;
    let end = |journal: &mut Journal, end: End| journal.append(Entry::End { id, end }, now);
    let changes = &record.begin.changes;
    let reached = match Reached::find(changes, target) {
        Ok(reached) => reached,
        Err(Stop::Target(error)) => return Err(error.into()),
        Err(Stop::Mismatch(mismatch)) => {
            let because = mismatch.to_string();
            end(journal, End::Left { because: because.clone() })?;
            return Ok(Recovered::Left { because });
        }
    };
    if reached.is_nothing() {
        let because = "it was interrupted before anything was changed".to_owned();
        end(journal, End::RolledBack { because })?;
        return Ok(Recovered::Nothing);
    }
    let onward = if target.holds_back() { None } else { reached.onward() };
    if reached.is_everything() || onward.is_some() {
        if let Some(onward) = onward {
            make(&onward, target, now).map_err(|failure| failure.error)?;
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
    let because = "it was interrupted half-way".to_owned();
    match take_back(id, &reached, target, journal, now, because) {
        ApplyError::RolledBack { .. } => Ok(Recovered::PutBack),
        error => Err(error),
    }
}
