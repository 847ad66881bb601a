//! Repairs that were interrupted.

use registry::{Change, FileTime};

use crate::apply::{ApplyError, read_back, take_back};
use crate::journal::{End, Entry, Journal, Record};
use crate::rehearsal::{Rehearsal, Stop};
use crate::target::{Target, TargetError};

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
    let mut made = Vec::new();
    for group in groups(&record.begin.changes) {
        match how_far(&group, target) {
            Ok(count) => made.push((group, count)),
            Err(Stop::Target(error)) => return Err(error.into()),
            Err(Stop::Mismatch(mismatch)) => {
                let because = mismatch.to_string();
                end(journal, End::Left { because: because.clone() })?;
                return Ok(Recovered::Left { because });
            }
        }
    }
    if made.iter().all(|(_, count)| *count == 0) {
        let because = "it was interrupted before anything was changed".to_owned();
        end(journal, End::RolledBack { because })?;
        return Ok(Recovered::Nothing);
    }
    if made.iter().all(|(group, count)| *count == group.len()) {
        let changes = match read_back(&record.begin.changes, target) {
            Ok(changes) => changes,
            Err(Stop::Target(error)) => return Err(error.into()),
            Err(Stop::Mismatch(mismatch)) => return Err(ApplyError::Mismatch(mismatch)),
        };
        end(journal, End::Done { changes })?;
        return Ok(Recovered::Complete);
    }
    let made: Vec<Change> = made
        .iter()
        .flat_map(|(group, count)| group.iter().take(*count))
        .map(|&change| change.clone())
        .collect();
    let because = "it was interrupted half-way".to_owned();
    match take_back(id, &made, target, journal, now, because) {
        ApplyError::RolledBack { .. } => Ok(Recovered::PutBack),
        error => Err(error),
    }
}

/// The changes of each hive: within one they were made in their order, between hives nothing is certain.
fn groups(changes: &[Change]) -> Vec<Vec<&Change>> {
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    for change in changes {
        let hive = |change: &Change| change.key().parts().first().cloned();
        let same = |group: &&mut Vec<&Change>| {
            let first = group.first().and_then(|first| hive(first));
            first.zip(hive(change)).is_some_and(|(a, b)| a.same(&b))
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    groups
}

/// How many of the changes were made: the number for which those before it can be taken back, and those after it be made.
fn how_far(group: &[&Change], target: &dyn Target) -> Result<usize, Stop> {
    let mut first = None;
    for count in (0..=group.len()).rev() {
        match fits(group, count, target) {
            Ok(()) => return Ok(count),
            Err(Stop::Mismatch(mismatch)) => {
                first.get_or_insert(mismatch);
            }
            Err(error) => return Err(error),
        }
    }
    Err(match first {
        Some(mismatch) => mismatch.into(),
        None => TargetError::NotHere(registry::KeyPath::root(registry::RootKey::LocalMachine)).into(),
    })
}

fn fits(group: &[&Change], count: usize, target: &dyn Target) -> Result<(), Stop> {
    let (made, to_make) = group.split_at(count);
    let mut back = Rehearsal::over(target);
    for change in made.iter().rev() {
        back.make(&change.inverse())?;
    }
    let mut forth = Rehearsal::over(target);
    for change in to_make {
        forth.make(change)?;
    }
    Ok(())
}
