//! Progress of interrupted changes.

use nt::security::SecurityDescriptor;
use snapshot::{Change, Security};

use crate::dry_run::{DryRun, Stop};
use crate::target::{Reach, Target, TargetError};

/// Progress of changes: those that were made, possibly one that was partly made, and the remaining ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    made: Vec<Change>,
    partly: Option<Partly>,
    rest: Vec<Change>,
}

/// A partly made change that consists of several calls.
#[derive(Clone, Debug)]
struct Partly {
    /// From the present to the old state.
    back: Change,
    /// From the present to the new state.
    forward: Change,
    /// Only the owner differs from the new state.
    lacks_only_owner: bool,
}

impl Progress {
    /// Determines the progress by trying in memory which changes can be reverted and which can still be made.
    pub(crate) fn find(changes: &[Change], target: &dyn Target) -> Result<Self, Stop> {
        let mut all = Self::default();
        let groups = if target.is_buffered() { groups(changes) } else { vec![changes.iter().collect()] };
        for group in groups {
            let (count, partly) = measure(&group, target)?;
            let (made, rest) = group.split_at(count);
            all.made.extend(made.iter().map(|&change| change.clone()));
            all.rest.extend(rest.iter().skip(usize::from(partly.is_some())).map(|&change| change.clone()));
            all.partly = all.partly.or(partly);
        }
        Ok(all)
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.made.is_empty() && self.partly.is_none()
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.rest.is_empty() && self.partly.is_none()
    }

    /// The changes that revert what was made.
    pub(crate) fn back(&self) -> Vec<Change> {
        let partly = self.partly.iter().map(|partly| partly.back.clone());
        partly.chain(self.made.iter().rev().map(Change::inverse)).collect()
    }

    /// The changes that complete the repair, if only owners and access lists are missing. A key whose access
    /// was granted and removed again may refuse to be reverted.
    pub(crate) fn remaining(&self) -> Option<Vec<Change>> {
        let is_security = |change: &Change| matches!(change, Change::Security { .. });
        let ready = self.partly.as_ref().is_none_or(|partly| partly.lacks_only_owner);
        if self.made.is_empty() || !ready || !self.rest.iter().all(is_security) {
            return None;
        }
        let partly = self.partly.iter().map(|partly| partly.forward.clone());
        Some(partly.chain(self.rest.iter().cloned()).collect())
    }
}

/// The changes of each hive. They were made in order within a hive, but in any order between hives.
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

/// Number of changes that were made: those before it can be reverted, and those after it can be made. If each
/// change takes effect immediately, the one in between may be partly made.
fn measure(group: &[&Change], target: &dyn Target) -> Result<(usize, Option<Partly>), Stop> {
    let mut first = None;
    for count in (0..=group.len()).rev() {
        let (made, to_make) = group.split_at(count);
        match fits(made, None, to_make, target) {
            Ok(()) => return Ok((count, None)),
            Err(Stop::Mismatch(mismatch)) => {
                first.get_or_insert(mismatch);
            }
            Err(error) => return Err(error),
        }
    }
    let half = if target.is_buffered() { &[] } else { group };
    for (index, change) in half.iter().enumerate().rev() {
        let Some(partly) = partly(change, target)? else { continue };
        let (made, to_make) = group.split_at(index);
        match fits(made, Some(&partly), to_make.get(1..).unwrap_or_default(), target) {
            Ok(()) => return Ok((index, Some(partly))),
            Err(Stop::Mismatch(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(match first {
        Some(mismatch) => mismatch.into(),
        None => TargetError::NotHere(snapshot::KeyPath::root(snapshot::RootKey::LocalMachine)).into(),
    })
}

fn fits(
    made: &[&Change],
    partly: Option<&Partly>,
    to_make: &[&Change],
    target: &dyn Target,
) -> Result<(), Stop> {
    let (mut back, mut forward) = (DryRun::over(target), DryRun::over(target));
    if let Some(partly) = partly {
        back.make(&partly.back)?;
        forward.make(&partly.forward)?;
    }
    for change in made.iter().rev() {
        back.make(&change.inverse())?;
    }
    for change in to_make {
        forward.make(change)?;
    }
    Ok(())
}

/// The partly made change in both directions; `None` if the state does not match one.
fn partly(change: &Change, target: &dyn Target) -> Result<Option<Partly>, TargetError> {
    Ok(match change {
        Change::Value { .. } => None,
        Change::Key { key, before, after } => {
            let Some(whole) = before.as_ref().or(after.as_ref()) else { return Ok(None) };
            let Some(found) = target.key(key, Reach::Tree)?.filter(|found| found.is_part_of(whole)) else {
                return Ok(None);
            };
            let found = Some(Box::new(found));
            let from_here =
                |to: &Option<_>| Change::Key { key: key.clone(), before: found.clone(), after: to.clone() };
            Some(Partly { back: from_here(before), forward: from_here(after), lacks_only_owner: false })
        }
        Change::Security { key, before, after } => {
            let Some(found) = target.key(key, Reach::Alone)?.and_then(|found| found.security) else {
                return Ok(None);
            };
            let (old, new) = (equal_except_owner(&found, before), equal_except_owner(&found, after));
            if !old && !new {
                return Ok(None);
            }
            let from_here = |to: &Security| Change::Security {
                key: key.clone(),
                before: found.clone(),
                after: to.clone(),
            };
            Some(Partly { back: from_here(before), forward: from_here(after), lacks_only_owner: new })
        }
    })
}

/// True if the descriptors differ only in the owner.
fn equal_except_owner(found: &Security, expected: &Security) -> bool {
    let parsed = |security: &Security| SecurityDescriptor::from_bytes(security.bytes()).ok();
    let Some((mut found, expected)) = parsed(found).zip(parsed(expected)) else { return false };
    found.set_owner(expected.owner().cloned());
    Security::new(found.encode()).is_same(&Security::new(expected.encode()))
}
