//! What a source can show about licensing, and what of it was lost.

use serde::Serialize;
use snapshot::coverage::SourceKind;
use snapshot::{Lookup, Name, Snapshot, State};

use crate::knowledge::values;
use crate::places;

/// What a source can show about licensing, and what of it was lost. A verdict is never more certain than
/// this.
///
/// * With `gaps`, a part of the source was not read: the verdict names the first gap, and the exit code is 3.
/// * *No licensing keys* is true only if `is_complete` and `holds_licensing_keys` is false.
/// * A [`SourceKind::Script`] does not describe a machine; its findings are about what an import does.
#[derive(Clone, Debug, Serialize)]
pub struct Examined {
    /// The part of a machine that the source can show.
    pub source_kind: SourceKind,
    /// Whether the source shows of every key that only licensing uses whether it exists, and nothing was
    /// lost. A policy file is complete for what it is.
    pub is_complete: bool,
    /// Whether the source has at least one key that only licensing uses, or deletes one.
    pub holds_licensing_keys: bool,
    /// The parts of the source that were not read, one clause each, the most important first: lines that
    /// could not be read, with the licensing value that they seem to set, and keys under an unknown root.
    pub gaps: Vec<String>,
}

impl Examined {
    /// What this snapshot shows.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let coverage = &snapshot.coverage;
        let source_kind = snapshot.source_kind();
        let lookups = || places::licensing().into_iter().map(|path| snapshot.lookup(&path));
        let is_whole = source_kind == SourceKind::Policy || lookups().all(Lookup::is_known);
        Self {
            source_kind,
            is_complete: is_whole && !coverage.has_gaps(),
            holds_licensing_keys: holds_licensing_keys(snapshot),
            gaps: coverage.gaps(is_licensing_value),
        }
    }
}

/// True for the name of a value that licensing reads.
fn is_licensing_value(name: &Name) -> bool {
    values::all().any(|row| row.role == crate::knowledge::Role::Real && name.matches(row.name))
}

fn holds_licensing_keys(snapshot: &Snapshot) -> bool {
    places::licensing().iter().any(|place| {
        // A part of such a key is enough: an export of `RCM\Licensing Core` alone.
        let captures = snapshot.captures.iter();
        let mut parts = captures.filter(|capture| matches!(capture.state, State::Key(_)));
        snapshot.key(place).is_some()
            || parts.any(|capture| capture.path.starts_with(place))
            || snapshot
                .coverage
                .deletions
                .iter()
                .any(|deletion| deletion.key.starts_with(place) || deletion.takes_key(place))
    })
}
