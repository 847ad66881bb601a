//! The way back.

use snapshot::{Change, FileTime, OriginKind};

use crate::journal::{Journal, Record};
use crate::{Arguments, Plan, Step};

/// The recipe name of plans that take a repair back.
pub const UNDO: &str = "undo";

/// Why a repair is not taken back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UndoError {
    /// The journal is empty, or everything in it was taken back.
    #[error("the journal has no repair that could be taken back")]
    Nothing,
    /// No such number.
    #[error("the journal has no repair {0}; `rdscal journal show` lists them")]
    Unknown(u64),
    /// It was taken back already.
    #[error("repair {id} was taken back already, by repair {by}; to have it again, undo {by}")]
    Already {
        /// The repair.
        id: u64,
        /// The one that took it back.
        by: u64,
    },
    /// It never changed anything, or was put back at once.
    #[error("repair {0} changed nothing that could be taken back")]
    NotMade(u64),
}

/// The repair that `undo` takes back when none is named: the newest that was made, is no undo, and still stands.
pub fn latest(journal: &Journal) -> Result<Record, UndoError> {
    let stands = |record: &Record| {
        record.made().is_some() && record.undone_by.is_none() && record.begin.undoes.is_none()
    };
    journal.records().into_iter().rfind(stands).ok_or(UndoError::Nothing)
}

/// The repair of this number, where it can be taken back.
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

/// The plan that takes a repair back: its changes, the last first, each turned round.
///
/// It expects to find what the repair left. Where somebody changed the place since, applying it fails and says where.
pub fn plan(record: &Record, now: FileTime) -> Result<Plan, UndoError> {
    let id = record.begin.id;
    let made = record.made().ok_or(UndoError::NotMade(id))?;
    let earlier = &record.begin.plan;
    let steps = made.iter().rev().map(Change::inverse);
    let why = format!("as it was before repair {id}");
    let title = format!("take back repair {id}: {}", earlier.title);
    let arguments = Arguments::default().with("id", id.to_string());
    let plan = Plan {
        steps: steps.map(|change| Step { change, why: why.clone() }).collect(),
        safety: safety(earlier.machine.kind),
        license_effect: "none by itself: what the repair led to elsewhere, such as a license that was issued since, is not \
                         taken back"
            .to_owned(),
        follow_up: earlier.follow_up.clone(),
        ..Plan::empty(UNDO, title, arguments, earlier.machine.clone(), now)
    };
    Ok(plan.sealed())
}

fn safety(kind: OriginKind) -> String {
    // No call of a running registry says where a value shall stand.
    let order = if matches!(kind, OriginKind::Live | OriginKind::Remote) { "" } else { "order, " };
    format!(
        "puts back names, types, data, {order}owner and access lists as they were; refused where somebody changed the place since"
    )
}
