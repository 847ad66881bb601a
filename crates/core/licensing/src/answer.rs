//! The answer to the question behind every run: *does licensing work on this machine, and until when?*
//!
//! This module defines, in one place, which evidence decides it. For a session host: the licensing mode, the
//! list of license servers, the policy above both, and then either whether a license server answers, or a
//! grace period that still runs.

use serde::Serialize;
use snapshot::coverage::SourceKind;
use snapshot::{FileTime, KeyPath, OriginKind};

use crate::evidence::{Need, Unknown};
use crate::model::{
    Effective, Enforcement, Era, LicensingMode, Machine, Profile, Role, ServerEntry, facts, listed,
};
use crate::places;

/// Whether licensing works on a machine, and until when.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Answer {
    /// Users are refused now. Administrators may still connect with `mstsc /admin`.
    LockedOut,
    /// Users are refused from this day on, unless the cause is removed before.
    LockedOutFrom {
        /// The day; derived from the age of a key where `is_exact` is false.
        day: FileTime,
        /// Whether the host itself reported the day.
        is_exact: bool,
    },
    /// Users connect, with a limit that the text states.
    Limited {
        /// The limit, as the end of a sentence that begins with “users”.
        limit: String,
    },
    /// All deciding evidence was seen, and users connect.
    Works {
        /// Why it works, as a sentence without a period.
        how: String,
    },
    /// What the registry holds is right. Whether it works depends on evidence that no registry holds.
    Configured {
        /// What is configured, as a phrase.
        how: String,
        /// What was not examined.
        missing: Missing,
    },
    /// Evidence is missing that a registry holds.
    Undetermined {
        /// What holds if the missing evidence does not say otherwise; `None` if nothing can be said.
        condition: Option<String>,
        /// The evidence.
        missing: Missing,
    },
    /// The question does not arise: the source is a policy file or a script, or an image that is prepared.
    NotAsked,
}

/// Missing evidence, and how to obtain it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// What is missing, as a phrase that a verb follows.
    pub what: String,
    /// The one command that obtains it.
    pub command: String,
}

/// The condition under which a fault of a host without its policies holds.
pub(crate) const UNLESS: &str = "unless a Group Policy, which this source does not show, says otherwise";

/// Obtains all evidence that a machine has, on the machine itself.
const SNAPSHOT: &str = "rdscal snapshot . -o machine.json";

impl Missing {
    fn new(what: impl Into<String>, command: impl Into<String>) -> Self {
        Self { what: what.into(), command: command.into() }
    }

    /// The first of these needs that decides, for this kind of source.
    fn of(unknown: &Unknown, machine: &Machine<'_>) -> Self {
        let origin = machine.snapshot().origin.kind;
        let keys: Vec<&str> = unknown
            .needs
            .iter()
            .filter_map(|need| match need {
                Need::Key(key) => Some(key.as_str()),
                _ => None,
            })
            .collect();
        let hives = parts(&keys, |key| key.split('\\').nth(1).unwrap_or("registry").to_owned());
        match (keys.as_slice(), unknown.needs.first()) {
            ([], Some(Need::Readable { key, because })) => {
                let what = format!("the key {key}, which could not be read ({because}),");
                Self::new(what, if is_running(origin) { AS_ADMINISTRATOR } else { SNAPSHOT })
            }
            ([], Some(need)) => Self::new(need.to_string(), on_the_machine(need, machine)),
            ([], None) => Self::new("the evidence", SNAPSHOT),
            ([key], _) if origin == OriginKind::RegText => {
                Self::new(part(key), format!("reg export \"{key}\" key.reg"))
            }
            _ => match hives.as_slice() {
                [hive] if origin == OriginKind::Hives => {
                    Self::new(format!("the {hive} hive"), format!(r"reg save HKLM\{hive} {hive}"))
                }
                _ => Self::new(parts(&keys, part).join(" and "), SNAPSHOT),
            },
        }
    }
}

/// Evaluates a machine with all of its evidence.
const AS_ADMINISTRATOR: &str = "rdscal doctor . (as administrator)";

fn is_running(origin: OriginKind) -> bool {
    matches!(origin, OriginKind::Live | OriginKind::Remote)
}

/// Each different result of the function, in the order of the keys.
fn parts(keys: &[&str], part: impl Fn(&str) -> String) -> Vec<String> {
    let mut parts = Vec::new();
    for part in keys.iter().map(|key| part(key)) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// The content of a key, as a phrase.
fn part(key: &str) -> String {
    let is = |place: KeyPath| key.eq_ignore_ascii_case(&place.to_string());
    if is(places::policy()) {
        "the Group Policy".to_owned()
    } else if is(places::licensing_core()) || is(places::legacy_licensing_core()) {
        "the licensing mode".to_owned()
    } else if is(places::license_servers()) || is(places::term_service_parameters()) {
        "the license server list".to_owned()
    } else if is(places::grace_period()) {
        "the grace record".to_owned()
    } else {
        format!("the key {key}")
    }
}

/// The command that obtains a fact that is not in a registry.
fn on_the_machine(need: &Need, machine: &Machine<'_>) -> String {
    match need {
        Need::Network(_) => {
            match machine.listed_servers().ok().and_then(|servers| servers.into_iter().next()) {
                Some(server) => format!("rdscal probe {}", server.0.trim()),
                None => "rdscal doctor . --probe".to_owned(),
            }
        }
        Need::Unanswered { .. } => AS_ADMINISTRATOR.to_owned(),
        Need::Readable { .. } | Need::Key(_) => SNAPSHOT.to_owned(),
        _ => "rdscal doctor . (on the machine, as administrator)".to_owned(),
    }
}

impl Answer {
    /// Whether evidence is missing that decides.
    #[must_use]
    pub fn is_undetermined(&self) -> bool {
        matches!(self, Self::Undetermined { .. })
    }

    /// The answer for a machine.
    #[must_use]
    pub fn of(machine: &Machine<'_>) -> Self {
        let kind = machine.snapshot().source_kind();
        if matches!(kind, SourceKind::Policy | SourceKind::Script) || machine.profile() == Profile::Image {
            return Self::NotAsked;
        }
        match machine.roles().holds(Role::SessionHost) {
            Ok(true) => session_host(machine),
            Ok(false) => other_machine(machine),
            Err(_) if machine.roles().holds(Role::LicenseServer) == Ok(true) => license_server(machine),
            Err(_) if machine.roles().holds(Role::Client) == Ok(true) => client(machine),
            Err(_) => Self::Undetermined {
                condition: held(machine),
                missing: Missing::new(
                    if kind == SourceKind::EventLogs { "the registry" } else { "the role of this machine" },
                    SNAPSHOT,
                ),
            },
        }
    }
}

fn undetermined(condition: Option<String>, unknown: &Unknown, machine: &Machine<'_>) -> Answer {
    Answer::Undetermined { condition, missing: Missing::of(unknown, machine) }
}

/// What an extract of a registry holds that does not even show the role of the machine.
fn held(machine: &Machine<'_>) -> Option<String> {
    let mut held = Vec::new();
    held.extend(machine.licensing_mode().effective.value().map(|mode| format!("the mode ({mode})")));
    held.extend(
        machine
            .license_servers()
            .effective
            .value()
            .map(|list| format!("the servers ({})", listed(list.iter()))),
    );
    (!held.is_empty()).then(|| format!("this source holds {}", held.join(" and ")))
}

/// The fault of the registry that keeps a session host from requesting licenses.
fn fault(machine: &Machine<'_>) -> Result<bool, Unknown> {
    let product = machine.product();
    let needs_mode = !matches!(product.era(), Some(Era::Nt4 | Era::Nt5));
    let mode = machine.licensing_mode();
    let has_mode = |mode: Option<&LicensingMode>| {
        !needs_mode
            || matches!(
                mode,
                Some(LicensingMode::PerDevice | LicensingMode::PerUser | LicensingMode::EntraPerUser)
            )
    };
    let servers = machine.license_servers();
    let has_server = |list: Option<&Vec<ServerEntry>>| {
        product.discovers_license_servers()
            || mode.effective.value() == Some(&LicensingMode::EntraPerUser)
            || list.is_some_and(|list| list.iter().any(|server| !server.is_blank()))
    };
    match (mode.certain(), servers.certain()) {
        (Ok(mode), _) if !has_mode(mode) => Ok(true),
        (_, Ok(list)) if !has_server(list) => Ok(true),
        (Ok(_), Ok(_)) => Ok(false),
        (Err(one), Err(other)) => Err(one.and(other)),
        (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
    }
}

fn session_host(machine: &Machine<'_>) -> Answer {
    match fault(machine) {
        Ok(true) => unserved(machine),
        Ok(false) => served(machine),
        Err(unknown) => undetermined(unless_a_policy(machine), &unknown, machine),
    }
}

/// What holds on a host of which a part of the registry is missing, if that part is empty.
fn unless_a_policy(machine: &Machine<'_>) -> Option<String> {
    let mode = &machine.licensing_mode().effective;
    let servers = &machine.license_servers().effective;
    let is_bad_mode = matches!(mode, Effective::Unless(mode) if !matches!(mode, LicensingMode::PerDevice | LicensingMode::PerUser));
    let is_bad = is_bad_mode || (matches!(mode, Effective::Unknown) && matches!(servers, Effective::Unknown));
    let what = match mode.value() {
        Some(mode) => format!("the mode is {mode}"),
        None => "no mode and no license server are visible".to_owned(),
    };
    let end = machine.grace_is_over();
    match (is_bad, end) {
        (true, Ok(true)) => Some(format!("users are locked out ({what}), {UNLESS}")),
        (true, _) => Some(format!("{what}, {UNLESS}")),
        (false, _) => mode.value().map(|_| what),
    }
}

/// A host that obtains no license from a server.
fn unserved(machine: &Machine<'_>) -> Answer {
    match machine.grace_end() {
        Ok(end) if end.days_left > 0 => {
            Answer::LockedOutFrom { day: after(machine, end.days_left), is_exact: end.reported_by_host }
        }
        Ok(_) => after_grace(machine),
        Err(unknown) => Answer::Undetermined {
            condition: Some("users are locked out as soon as the grace period is over".to_owned()),
            missing: Missing { what: END_OF_GRACE.to_owned(), ..Missing::of(&unknown, machine) },
        },
    }
}

/// What decides on a host that obtains no license from a server.
const END_OF_GRACE: &str = "the end of the grace period";

/// The time after this number of days.
fn after(machine: &Machine<'_>, days: i64) -> FileTime {
    machine.at().checked_add_days(days).unwrap_or(FileTime(u64::MAX))
}

/// What users meet after the grace period on a host that obtains no license.
fn after_grace(machine: &Machine<'_>) -> Answer {
    if machine.enforcement() == Enforcement::SixtyMinutes {
        return Answer::Limited { limit: "are disconnected after 60 minutes".to_owned() };
    }
    Answer::LockedOut
}

/// A host whose registry is right.
fn served(machine: &Machine<'_>) -> Answer {
    let mode = machine.licensing_mode().effective.value();
    if mode == Some(&LicensingMode::EntraPerUser) {
        return Answer::Configured {
            how: "Entra ID Per User, which needs no license server".to_owned(),
            missing: Missing::new(
                "whether each user has a license that includes Remote Desktop Services",
                "Get-MgUserLicenseDetail -UserId USER",
            ),
        };
    }
    let servers = machine.listed_servers().unwrap_or_default();
    let source =
        if servers.is_empty() { "discovered license servers".to_owned() } else { listed(servers.iter()) };
    let how = match mode {
        Some(mode) => format!("{mode}, licenses from {source}"),
        None => format!("licenses from {source}"),
    };
    match machine.reach() {
        Ok(reach) if reach.iter().any(|server| matches!(server.reached, Some((true, _)))) => {
            return Answer::Works { how };
        }
        Ok(reach)
            if !reach.is_empty() && reach.iter().all(|server| matches!(server.reached, Some((false, _)))) =>
        {
            return unserved(machine);
        }
        _ => {}
    }
    match machine.grace_end() {
        Ok(end) if end.days_left > 0 && end.reported_by_host => Answer::Works {
            how: format!("{how}; the grace period runs until {}", after(machine, end.days_left).date()),
        },
        _ => {
            let need = Need::Network("whether the license server answers");
            Answer::Configured {
                how,
                missing: Missing::new("whether the license server answers", on_the_machine(&need, machine)),
            }
        }
    }
}

/// A machine that is not a session host.
fn other_machine(machine: &Machine<'_>) -> Answer {
    let is_client = machine.roles().holds(Role::Client) == Ok(true);
    match machine.roles().holds(Role::LicenseServer) {
        Ok(true) => license_server(machine),
        _ if is_client => client(machine),
        Ok(false) if machine.product().is_multi_session_client() => {
            Answer::Works { how: "Windows multi-session needs no RDS CAL and no license server".to_owned() }
        }
        Ok(false) => {
            Answer::Works { how: "this machine is not a session host and needs no RDS CAL".to_owned() }
        }
        Err(unknown) => undetermined(None, &unknown, machine),
    }
}

/// A client. Its hardware ID alone does not show whether it has a valid license.
fn client(machine: &Machine<'_>) -> Answer {
    let stores = [places::client_store(), places::client_store_32()];
    let is_seen = stores.iter().any(|store| machine.key(&store.join("Store")).is_ok());
    if is_seen {
        return Answer::Works { how: "nothing is wrong with the license store of this client".to_owned() };
    }
    let store = places::client_store();
    Answer::Undetermined {
        condition: Some("this source holds the hardware ID of a client".to_owned()),
        missing: Missing::new("the license store", format!("reg export \"{store}\" client.reg")),
    }
}

fn license_server(machine: &Machine<'_>) -> Answer {
    let how = "the license server is installed".to_owned();
    match (machine.fact(facts::ACTIVATION_STATUS), machine.fact(facts::KEY_PACKS)) {
        (Ok(_), Ok(packs)) => Answer::Works { how: format!("{how} and has {} license packs", packs.len()) },
        _ => Answer::Configured {
            how,
            missing: Missing::new(
                "whether it is activated and has licenses",
                "rdscal doctor . (on the license server, as administrator)",
            ),
        },
    }
}
