//! Restarting services of the running machine after a repair, if requested.

use repair::services::{self, RestartError, Restarted};
use repair::{FollowUp, Plan};
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output;

/// The service whose restart ends the sessions on the host.
const OF_SESSIONS: &str = "TermService";

/// The services that a plan restarts.
fn wanted(plan: &Plan) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for follow_up in &plan.follow_up {
        if let FollowUp::RestartService { service } = follow_up
            && !names.contains(&service.as_str())
        {
            names.push(service);
        }
    }
    names
}

/// Prints which sessions the restart ends, before anything is done.
pub fn announce(plan: &Plan, is_applied: bool) {
    if !wanted(plan).contains(&OF_SESSIONS) {
        return;
    }
    let ends = if is_applied {
        "is restarted after the change, which ends"
    } else {
        "must be restarted, which ends"
    };
    match services::sessions() {
        Ok(sessions) if sessions.is_empty() => {
            output::note(format_args!("{OF_SESSIONS} {ends} no session: no user is signed in on this host"));
        }
        Ok(sessions) => {
            let count = match sessions.len() {
                1 => "1 session".to_owned(),
                count => format!("{count} sessions"),
            };
            let who: Vec<_> = sessions.iter().map(ToString::to_string).collect();
            output::note(format_args!("{OF_SESSIONS} {ends} {count} on this host: {}", who.join(", ")));
        }
        Err(because) => output::note(format_args!(
            "{OF_SESSIONS} {ends} the sessions on this host; their number is unknown ({because})"
        )),
    }
}

/// Restarts the services of the plan.
pub fn restart(plan: &Plan) -> Vec<(String, Result<Restarted, RestartError>)> {
    wanted(plan).into_iter().map(|service| (service.to_owned(), services::restart(service))).collect()
}

/// The error for `--restart-services` with another machine.
pub fn elsewhere(place: &str) -> Failure {
    Failure::usage(format_args!("--restart-services works on this machine only, and {place} is another one"))
        .state("Nothing was changed.")
        .advice("Leave it out, and restart the services there.")
}

/// The result for a service, for `rdscal.repair/1`.
pub fn as_json(service: &str, result: &Result<Restarted, RestartError>) -> Value {
    let (outcome, message) = match result {
        Ok(Restarted::Yes { .. }) => ("restarted", None),
        Ok(Restarted::DidNotRun) => ("did_not_run", None),
        Err(error) => ("failed", Some(error.to_string())),
    };
    let along = if let Ok(Restarted::Yes { along }) = result { along.as_slice() } else { &[] };
    json!({ "service": service, "outcome": outcome, "along": along, "message": message })
}
