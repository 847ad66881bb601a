//! Dry run of changes.

use diagnostic::{Code, Message};
use snapshot::{Change, Key, KeyPath, Placed};

use crate::overlay::{self, Overlay};
use crate::target::{Reach, Target, TargetError};

/// The machine is not in the state that a change expects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{change}: expected {expected}, found {found}")]
pub struct Mismatch {
    /// The change.
    pub change: Box<Change>,
    /// Expected state.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// Why a dry run ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    #[error(transparent)]
    Target(#[from] TargetError),
}

impl Stop {
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::Mismatch(mismatch) => Message::new(Code::Changed, mismatch.to_string()),
            Self::Target(error) => Message::of(error),
        }
    }
}

/// Changes made in memory on top of a target. Each is checked against the result of the earlier ones.
pub(crate) struct DryRun<'t> {
    target: &'t dyn Target,
    overlay: Overlay,
}

impl<'t> DryRun<'t> {
    pub(crate) fn over(target: &'t dyn Target) -> Self {
        Self { target, overlay: Overlay::default() }
    }

    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, TargetError> {
        let underneath = if self.overlay.replaces(key) { None } else { self.target.key(key, reach)? };
        Ok(self.overlay.view(key, underneath))
    }

    /// Makes a change if it matches the state, and returns it completed with the state found: positions of
    /// values, security and order of deleted contents.
    pub(crate) fn make(&mut self, change: &Change) -> Result<Change, Stop> {
        let (settled, now) = self.commit_transaction(change)?;
        self.overlay.make(&settled, now);
        Ok(settled)
    }

    fn commit_transaction(&self, change: &Change) -> Result<(Change, Option<Key>), Stop> {
        let mismatch = |expected: String, found: String| {
            Stop::from(Mismatch { change: Box::new(change.clone()), expected, found })
        };
        match change {
            Change::Key { key, before, after } => {
                let found = self.key(key, Reach::Tree)?;
                match (before, &found) {
                    (None, None) => {
                        if let Some(parent) = key.parent()
                            && self.key(&parent, Reach::Alone)?.is_none()
                        {
                            return Err(mismatch(format!("a key {parent}"), "none".to_owned()));
                        }
                    }
                    (Some(before), Some(found)) if found.is_as(before) => {}
                    _ => return Err(mismatch(tree(before.as_deref()), tree(found.as_ref()))),
                }
                let before = found.map(Box::new);
                Ok((Change::Key { key: key.clone(), before, after: after.clone() }, None))
            }
            Change::Value { key, name, before, after } => {
                let Some(now) = self.key(key, Reach::Alone)? else {
                    return Err(mismatch(side(before.as_ref()), "no such key".to_owned()));
                };
                let at = overlay::position(&now, name);
                let found = at.and_then(|at| now.values.get(at));
                let found = found.map(|value| Placed { at, ..Placed::of(value) });
                let fits = match (before, &found) {
                    (None, None) => true,
                    (Some(before), Some(found)) => before.holds_the_same(found),
                    _ => false,
                };
                if !fits {
                    return Err(mismatch(side(before.as_ref()), side(found.as_ref())));
                }
                let end = now.values.len();
                let after = after
                    .clone()
                    .map(|after| Placed { at: Some(at.or(after.at).unwrap_or(end).min(end)), ..after });
                let (key, name) = (key.clone(), name.clone());
                Ok((Change::Value { key, name, before: found, after }, Some(now)))
            }
            Change::Security { key, before, .. } => {
                let Some(now) = self.key(key, Reach::Alone)? else {
                    return Err(mismatch("the key".to_owned(), "no such key".to_owned()));
                };
                if !now.security.as_ref().is_some_and(|found| found.is_same(before)) {
                    let found = match now.security {
                        Some(_) => "a different owner or access list",
                        None => "none visible",
                    };
                    return Err(mismatch(
                        "the owner and access list from the plan".to_owned(),
                        found.to_owned(),
                    ));
                }
                Ok((change.clone(), Some(now)))
            }
        }
    }
}

fn side(placed: Option<&Placed>) -> String {
    match placed {
        None => "no value".to_owned(),
        Some(placed) => format!("{} {}", placed.kind, placed.named(&snapshot::Name::default()).shown()),
    }
}

fn tree(key: Option<&Key>) -> String {
    fn count(key: &Key) -> (usize, usize) {
        key.subkeys
            .iter()
            .map(count)
            .fold((key.subkeys.len(), key.values.len()), |sum, below| (sum.0 + below.0, sum.1 + below.1))
    }
    match key.map(count) {
        None => "no key".to_owned(),
        Some((subkeys, values)) => format!("a key with {subkeys} subkeys and {values} values in total"),
    }
}
