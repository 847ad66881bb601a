//! Observations as facts of a snapshot.

use serde::Serialize;
use snapshot::{Fact, Snapshot};

use super::{NameAnswer, Probed};
use crate::model::{EntryForm, Reachability, Resolution, ServerEntry, facts};

/// Origin of the facts: not the host itself.
const SOURCE: &str = "probe over the network, from the machine that rdscal ran on";

/// Adds the observations of these servers to the snapshot of a machine that lists them.
///
/// Inconclusive observations are not added. Facts that the host itself reported are kept.
pub fn record<'p>(snapshot: &mut Snapshot, probed: impl IntoIterator<Item = &'p Probed>) {
    let (mut names, mut ways) = (Vec::new(), Vec::new());
    for Probed { host, conclusion, observed } in probed {
        match &observed.name {
            NameAnswer::Resolved(_) => names.push(Resolution { name: host.clone(), resolves: true }),
            NameAnswer::NotFound(_) => names.push(Resolution { name: host.clone(), resolves: false }),
            NameAnswer::IsAddress | NameAnswer::Late => {}
        }
        if let Some(reachable) = conclusion.verdict.reaches() {
            ways.push(Reachability {
                name: host.clone(),
                reachable,
                port: conclusion.port.unwrap_or(observed.mapper_number),
                found: Some(conclusion.because.clone()),
            });
        }
    }
    add(snapshot, facts::RESOLUTION.name, &names);
    add(snapshot, facts::REACHABILITY.name, &ways);
}

fn add<T: Serialize>(snapshot: &mut Snapshot, name: &str, list: &[T]) {
    if list.is_empty() || snapshot.facts.contains_key(name) {
        return;
    }
    // A list of plain structures always serializes.
    if let Ok(value) = serde_json::to_value(list) {
        snapshot.facts.insert(name.to_owned(), Fact { value, source: SOURCE.to_owned() });
    }
}

/// The servers of a list that can be probed: valid names and addresses. Names by which a machine refers to
/// itself are skipped, because they would refer to the local machine.
pub fn worth_probing(servers: Vec<ServerEntry>, most: usize) -> impl Iterator<Item = ServerEntry> {
    servers.into_iter().take(most).filter(|server| {
        server.flaw().is_none()
            && !server.is_loopback()
            && matches!(server.form(), EntryForm::Name | EntryForm::Address)
    })
}
