//! Undo.

use snapshot::{Change, FileTime, OriginKind};

use crate::journal::{Journal, Record};
use crate::{Arguments, Plan, Step};

/// The recipe name of plans that revert a repair.
pub const UNDO: &str = "undo";

/// Why a repair cannot be reverted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UndoError {
    /// The journal is empty, or all its repairs were reverted.
    #[error("the journal has no repair that can be reverted")]
    Nothing,
    /// No such number.
    #[error("the journal has no repair {0}; `rdscal journal show` lists them")]
    Unknown(u64),
    /// It was already reverted.
    #[error("repair {id} was already reverted by repair {by}; to reapply it, undo {by}")]
    Already {
        /// The repair.
        id: u64,
        /// The repair that reverted it.
        by: u64,
    },
    /// It changed nothing, or failed and was reverted.
    #[error("repair {0} changed nothing that can be reverted")]
    NotMade(u64),
}

/// The default repair for `undo`: the newest completed one that is not an undo and was not reverted.
pub fn latest(journal: &Journal) -> Result<Record, UndoError> {
    let stands = |record: &Record| {
        record.made().is_some() && record.undone_by.is_none() && record.begin.undoes.is_none()
    };
    journal.records().into_iter().rfind(stands).ok_or(UndoError::Nothing)
}

/// The repair of this number, if it can be reverted.
pub fn find(journal: &Journal, id: u64) -> Result<Record, UndoError> {
    let record = journal.record(id).ok_or(UndoError::Unknown(id))?;
    if let Some(by) = record.undone_by {
        return Err(UndoError::Already { id, by });
    }
    if record.made().is_none() {
        return Err(UndoError::NotMade(id));
    }
    Ok(record)
}

/// The plan that reverts a repair: its changes inverted, in reverse order.
///
/// It expects the state that the repair left. If the target was changed since, applying the plan fails with
/// the place of the difference.
pub fn plan(record: &Record, now: FileTime) -> Result<Plan, UndoError> {
    let id = record.begin.id;
    let made = record.made().ok_or(UndoError::NotMade(id))?;
    let earlier = &record.begin.plan;
    let steps = made.iter().rev().map(Change::inverse);
    let why = format!("as it was before repair {id}");
    let title = format!("revert repair {id}: {}", earlier.title);
    let arguments = Arguments::default().with("id", id.to_string());
    let plan = Plan {
        steps: steps.map(|change| Step { change, why: why.clone() }).collect(),
        safety: safety(earlier.machine.kind),
        license_effect: "no direct effect; licenses issued elsewhere because of the repair are not withdrawn"
            .to_owned(),
        follow_up: earlier.follow_up.clone(),
        ..Plan::empty(UNDO, title, arguments, earlier.machine.clone(), now)
    };
    Ok(plan.sealed())
}

fn safety(kind: OriginKind) -> String {
    // A running registry has no call for the position of a value.
    let order = if matches!(kind, OriginKind::Live | OriginKind::Remote) { "" } else { "order, " };
    format!(
        "restores names, types, data, {order}owner and access lists; refused if the target was changed since"
    )
}
