//! Facts of the running machine that are not in the registry.

mod wmi;

use std::time::Instant;

use serde_json::{Value as Json, json};
use win32::{Error, domain, events, network, protect, service, version};

use super::live;
use snapshot::{DecodeError, EventsQuestion, ProtectedQuestion, Question, Snapshot, Subject};

/// Answers the questions. Questions without an answer are recorded in the snapshot's unanswered facts.
pub(super) fn ask(questions: &[Question], snapshot: &mut Snapshot) {
    // If Windows does not report its product type, ask every question.
    let is_server = version::running().map_or(true, |version| version.product_type != CLIENT);
    let mut wmi = wmi::Asked::default();
    for question in questions {
        match question.subject {
            Subject::Wmi(asked) if is_server || !asked.servers_only => {
                let answer = wmi.put(&asked);
                snapshot.answered(question.fact, asked.source, answer);
            }
            Subject::Events(asked) if is_server || !asked.servers_only => {
                snapshot.answered(question.fact, asked.source, events(&asked).map(Some));
            }
            Subject::Protected(asked) => {
                snapshot.answered(question.fact, asked.source, protected(&asked));
            }
            Subject::Wmi(_) | Subject::Events(_) => {}
            Subject::ServiceState(name) => {
                let state = service::state(name).map(|state| state.map(|state| json!(state.word())));
                snapshot.answered(question.fact, format!("service {name}"), state);
            }
            Subject::SystemVersion => snapshot.answered(question.fact, "RtlGetVersion", system_version()),
            Subject::Membership => snapshot.answered(question.fact, "NetGetJoinInformation", membership()),
            Subject::Addresses => snapshot.answered(question.fact, "GetAdaptersAddresses", addresses()),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
enum NoAnswer {
    Key(#[from] crate::error::KeyError),
    Windows(#[from] Error),
    Decode(#[from] DecodeError),
}

/// `VER_NT_WORKSTATION`
const CLIENT: u8 = 1;

fn system_version() -> Result<Option<Json>, Error> {
    let version = version::running()?;
    Ok(Some(json!({
        "major": version.major,
        "minor": version.minor,
        "build": version.build,
        "product_type": version.product_type,
        "suite": version.suite,
    })))
}

fn membership() -> Result<Option<Json>, Error> {
    Ok(domain::join()?.map(|join| match join {
        domain::Join::Domain(name) => json!({ "domain": name }),
        domain::Join::Workgroup(name) => json!({ "workgroup": name }),
        domain::Join::Unjoined => json!({}),
    }))
}

fn addresses() -> Result<Option<Json>, Error> {
    let addresses = network::addresses()?;
    Ok(Some(addresses.iter().map(|address| Json::from(address.to_string())).collect()))
}

fn protected(asked: &ProtectedQuestion) -> Result<Option<Json>, NoAnswer> {
    let Some(data) = live::value(&(asked.key)(), asked.is_it)? else { return Ok(None) };
    let plain = protect::unprotect(&data)?;
    Ok(Some((asked.decode)(&plain)?))
}

fn events(asked: &EventsQuestion) -> Result<Json, NoAnswer> {
    let until = Instant::now() + asked.limit;
    let mut found = Vec::new();
    for query in (asked.queries)() {
        let left = until.saturating_duration_since(Instant::now());
        found.extend(events::query(&query, asked.most, left)?);
    }
    Ok((asked.decode)(&found)?)
}
