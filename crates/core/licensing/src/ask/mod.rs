//! What a running machine is asked for beside its registry, and what its answers mean.
//!
//! Everything here asks through a trait ([`snapshot::Wmi`]) or decodes what was fetched elsewhere, so that it
//! is tried with recorded answers. Nothing that is asked changes anything: of the classes only properties and
//! methods that read are used.
//!
//! | module | who is asked |
//! |---|---|
//! | `client` | the client's write filter and log |
//! | `events` | the event logs |
//! | `host` | the session host's own settings, and its way to the license servers |
//! | `server` | the license server that the machine is |

mod client;
mod events;
mod host;
mod server;
mod wmi;

use std::time::Duration;

use snapshot::{DecodeError, EventsQuestion, ProtectedQuestion, Question, Subject, WmiQuestion};

use crate::model::facts::{self, FactKey};
use crate::model::grace::is_record_name;
use crate::places;
use rds_formats::grace;

/// Everything that is asked, in this order.
pub const QUESTIONS: &[Question] = &[
    Question { fact: facts::TERM_SERVICE_STATE.name, subject: Subject::ServiceState("TermService") },
    Question {
        fact: facts::LICENSING_SERVICE_STATE.name,
        subject: Subject::ServiceState("TermServLicensing"),
    },
    Question { fact: facts::SYSTEM_VERSION.name, subject: Subject::SystemVersion },
    Question { fact: facts::JOIN.name, subject: Subject::Membership },
    Question { fact: facts::ADDRESSES.name, subject: Subject::Addresses },
    of_host(facts::TERMINAL_SERVER_MODE, host::MODE_SOURCE, SOON, host::mode),
    of_host(facts::LICENSING_SETTINGS, host::SETTINGS_SOURCE, SOON, host::settings),
    of_host(facts::CENTRAL_LICENSING, host::CENTRAL_SOURCE, SOON, host::central),
    of_host(facts::GRACE_DAYS, host::GRACE_SOURCE, SOON, host::grace_days),
    Question { fact: facts::GRACE_RECORD_END.name, subject: Subject::Protected(GRACE_RECORD) },
    of_host(facts::SPECIFIED_SERVERS, host::SPECIFIED_SOURCE, SOON, host::specified),
    of_host(facts::DISCOVERED_SERVERS, host::DISCOVERED_SOURCE, LATER, host::discovered),
    of_host(facts::CONNECTIVITY, host::CONNECTIVITY_SOURCE, LATER, host::connectivity),
    of_server(facts::LICENSE_SERVER, server::SERVER_SOURCE, SOON, server::server),
    of_server(facts::DATABASE_PATH, server::DATABASE_SOURCE, SOON, server::database_path),
    of_server(facts::ACTIVATION_STATUS, server::ACTIVATION_SOURCE, SOON, server::activation),
    of_server(facts::ON_DOMAIN_CONTROLLER, server::ON_DC_SOURCE, SOON, server::on_domain_controller),
    of_server(facts::IN_TSLS_GROUP, server::GROUP_SOURCE, LATER, server::in_group),
    of_server(facts::REGISTERED_TO_SCP, server::SCP_SOURCE, LATER, server::registered),
    of_server(facts::KEY_PACKS, server::PACKS_SOURCE, LATER, server::key_packs),
    of_server(facts::ISSUED_LICENSES, server::ISSUED_SOURCE, LATER, server::issued),
    of_server(facts::DATABASE_FREE_BYTES, server::FREE_SOURCE, LATER, server::database_free_bytes),
    Question { fact: facts::GROUP_MEMBERS.name, subject: Subject::GroupMembers(ENDPOINT_SERVERS) },
    Question { fact: facts::EVENTS.name, subject: Subject::Events(EVENTS) },
    Question { fact: facts::NEWEST_LOG_TIME.name, subject: Subject::NewestEvent },
    Question { fact: facts::WRITE_FILTER.name, subject: Subject::Wmi(WRITE_FILTER) },
    Question { fact: facts::CLIENT_FAILURES.name, subject: Subject::Events(CLIENT_FAILURES) },
];

/// *RDS Endpoint Servers*, whose name Windows translates.
///
/// Source: Microsoft Learn, *Security identifiers*, well-known SIDs.
const ENDPOINT_SERVERS: &str = "S-1-5-32-576";

const WRITE_FILTER: WmiQuestion = WmiQuestion {
    // The driver of the filter. WMI is not loaded for a Windows without it.
    service: "uwfvol",
    servers_only: false,
    source: client::FILTER_SOURCE,
    limit: SOON,
    ask: client::write_filter,
};

const CLIENT_FAILURES: EventsQuestion = EventsQuestion {
    servers_only: false,
    queries: client::queries,
    logs: client::LOGS,
    days: events::DAYS,
    providers: client::providers,
    source: "event log of the client",
    most: 500,
    limit: SOON,
    decode: client::failures,
};

const GRACE_RECORD: ProtectedQuestion = ProtectedQuestion {
    key: places::grace_period,
    is_it: is_record_name,
    source: "the grace record, decrypted by CryptUnprotectData",
    decode: |plain| grace::deciphered(plain).map(|end| end.to_string().into()).map_err(DecodeError::new),
};

const EVENTS: EventsQuestion = EventsQuestion {
    servers_only: true,
    queries: events::queries,
    logs: events::LOGS,
    days: events::DAYS,
    providers: events::all_providers,
    source: "event logs",
    // For each provider; a talkative one repeats itself.
    most: 500,
    limit: SOON,
    decode: events::records,
};

/// Time limit of a query that the machine answers alone.
const SOON: Duration = Duration::from_secs(5);
/// Time limit of a query that involves other machines or a large database.
const LATER: Duration = Duration::from_secs(15);

type Ask = fn(&mut dyn snapshot::Wmi) -> Result<Option<serde_json::Value>, snapshot::WmiError>;

const fn of_host<T>(fact: FactKey<T>, source: &'static str, limit: Duration, ask: Ask) -> Question {
    Question {
        fact: fact.name,
        subject: Subject::Wmi(WmiQuestion { service: "TermService", servers_only: true, source, limit, ask }),
    }
}

const fn of_server<T>(fact: FactKey<T>, source: &'static str, limit: Duration, ask: Ask) -> Question {
    Question {
        fact: fact.name,
        subject: Subject::Wmi(WmiQuestion {
            service: "TermServLicensing",
            servers_only: true,
            source,
            limit,
            ask,
        }),
    }
}
