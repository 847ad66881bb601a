//! Facts of the running machine that are not in the registry.

mod wmi;

use std::time::{Duration, Instant};

use nt::security::Sid;
use rds_formats::event_xml;
use serde_json::{Value as Json, json};
use win32::{Error, domain, events, group, network, protect, service, version};

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
            Subject::NewestEvent => snapshot.answered(question.fact, "the System log", newest_event()),
            Subject::GroupMembers(sid) => {
                snapshot.answered(question.fact, format!("local group {sid}"), group_members(sid));
            }
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

/// The time of the newest event of the System log, which is never empty for long.
fn newest_event() -> Result<Option<Json>, NoAnswer> {
    const NEWEST: &str = "<QueryList><Query Id=\"0\"><Select Path=\"System\">*</Select></Query></QueryList>";
    let found = events::query(NEWEST, 1, Duration::from_secs(5))?;
    let Some(xml) = found.first() else { return Ok(None) };
    Ok(Some(json!(event_xml::decode(xml).map_err(DecodeError::new)?.time)))
}

fn group_members(sid: &str) -> Result<Option<Json>, NoAnswer> {
    let sid: Sid = sid.parse().map_err(DecodeError::new)?;
    Ok(group::members(&sid.to_bytes())?.map(Json::from))
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
