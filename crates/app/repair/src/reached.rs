//! How far changes came that were being made when something stopped them.

use nt::security::SecurityDescriptor;
use snapshot::{Change, Security};

use crate::rehearsal::{Rehearsal, Stop};
use crate::target::{Reach, Target, TargetError};

/// How far changes came: those that were made, perhaps one that was half made, and those that were not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reached {
    made: Vec<Change>,
    partly: Option<Partly>,
    rest: Vec<Change>,
}

/// A change that takes several calls, found half made.
#[derive(Clone, Debug)]
struct Partly {
    /// From what is there to what was before.
    back: Change,
    /// From what is there to what shall be.
    forth: Change,
    /// Nothing is missing but that the owner is not yet, or no longer, the right one.
    is_all_but_owner: bool,
}

impl Reached {
    /// Finds out by trying in memory what can be taken back, and what still be made.
    pub(crate) fn find(changes: &[Change], target: &dyn Target) -> Result<Self, Stop> {
        let mut all = Self::default();
        let groups = if target.holds_back() { groups(changes) } else { vec![changes.iter().collect()] };
        for group in groups {
            let (count, partly) = how_far(&group, target)?;
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

    /// The changes that take back what was made.
    pub(crate) fn back(&self) -> Vec<Change> {
        let partly = self.partly.iter().map(|partly| partly.back.clone());
        partly.chain(self.made.iter().rev().map(Change::inverse)).collect()
    }

    /// The changes that complete it, where nothing is missing but owners and access lists. A key that was opened up and closed again
    /// may not let itself be changed back.
    pub(crate) fn onward(&self) -> Option<Vec<Change>> {
        let is_security = |change: &Change| matches!(change, Change::Security { .. });
        let ready = self.partly.as_ref().is_none_or(|partly| partly.is_all_but_owner);
        if self.made.is_empty() || !ready || !self.rest.iter().all(is_security) {
            return None;
        }
        let partly = self.partly.iter().map(|partly| partly.forth.clone());
        Some(partly.chain(self.rest.iter().cloned()).collect())
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

/// How many of the changes were made: the number for which those before it can be taken back, and those after it be made. Where each
/// change takes effect at once, the one between them may be half made.
fn how_far(group: &[&Change], target: &dyn Target) -> Result<(usize, Option<Partly>), Stop> {
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
    let half = if target.holds_back() { &[] } else { group };
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
    let (mut back, mut forth) = (Rehearsal::over(target), Rehearsal::over(target));
    if let Some(partly) = partly {
        back.make(&partly.back)?;
        forth.make(&partly.forth)?;
    }
    for change in made.iter().rev() {
        back.make(&change.inverse())?;
    }
    for change in to_make {
        forth.make(change)?;
    }
    Ok(())
}

/// What is there of a change that was half made, in either direction; `None` where that is not how it looks.
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
            Some(Partly { back: from_here(before), forth: from_here(after), is_all_but_owner: false })
        }
        Change::Security { key, before, after } => {
            let Some(found) = target.key(key, Reach::Alone)?.and_then(|found| found.security) else {
                return Ok(None);
            };
            let (old, new) = (but_for_owner(&found, before), but_for_owner(&found, after));
            if !old && !new {
                return Ok(None);
            }
            let from_here = |to: &Security| Change::Security {
                key: key.clone(),
                before: found.clone(),
                after: to.clone(),
            };
            Some(Partly { back: from_here(before), forth: from_here(after), is_all_but_owner: new })
        }
    })
}

/// True where the descriptors differ in nothing but the owner.
fn but_for_owner(found: &Security, expected: &Security) -> bool {
    let parsed = |security: &Security| SecurityDescriptor::from_bytes(security.bytes()).ok();
    let Some((mut found, expected)) = parsed(found).zip(parsed(expected)) else { return false };
    found.set_owner(expected.owner().cloned());
    Security::new(found.encode()).is_same(&Security::new(expected.encode()))
}
