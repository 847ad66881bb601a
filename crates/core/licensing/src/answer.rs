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
    Enforcement, EntryForm, Era, Kind, LicensingMode, Machine, Profile, Role, ServerEntry, listed,
};
use crate::places;

/// Whether licensing works on a machine, and until when.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Answer {
    /// These users are refused now. Administrators may still connect with `mstsc /admin`.
    LockedOut {
        /// Who is refused.
        who: Who,
    },
    /// These users are refused from this day on, unless the cause is removed before.
    LockedOutFrom {
        /// Who is refused.
        who: Who,
        /// The day; derived from the age of a key where `is_exact` is false.
        day: FileTime,
        /// Whether the host itself reported the day.
        is_exact: bool,
    },
    /// These users are disconnected after 60 minutes.
    SixtyMinutes {
        /// Who is disconnected.
        who: Who,
    },
    /// All deciding evidence was seen, and users obtain licenses.
    Works {
        /// Why it works, as a phrase.
        how: String,
    },
    /// The machine is neither a session host nor a license server, so no user depends on its licensing.
    NotAHost {
        /// What it is, as a sentence without a period.
        what: &'static str,
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
        /// Whether only a Group Policy that the source does not show can say otherwise.
        unless_policy: bool,
        /// Who is refused, if only the end of the grace period is missing.
        #[serde(skip_serializing_if = "Option::is_none")]
        who: Option<Who>,
        /// The evidence.
        missing: Missing,
    },
    /// The question does not arise: the source is a policy file or a script, or an image that is prepared.
    NotAsked {
        /// What was judged instead.
        subject: &'static str,
    },
}

/// The users whom a host refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// All users: the host requests no licenses.
    Everyone,
    /// Those without a valid license: the host reaches no license server that issues one.
    WithoutLicense,
}

impl Who {
    /// The users, as the subject of a sentence.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Everyone => "users",
            Self::WithoutLicense => "users without a valid license",
        }
    }
}

/// Missing evidence, and how to obtain it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// What is missing, as a phrase that a verb follows.
    pub what: String,
    /// Whether the phrase is plural.
    #[serde(skip)]
    pub is_plural: bool,
    /// The one command that obtains it.
    pub next: Next,
}

/// A command that obtains evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    /// The command, ready to be pasted.
    pub command: String,
    /// Where it must run.
    #[serde(rename = "where")]
    pub place: &'static str,
}

const ON_THE_MACHINE: &str = "on the machine, as administrator";

impl Next {
    fn new(command: impl Into<String>, place: &'static str) -> Self {
        Self { command: command.into(), place }
    }

    /// Obtains all evidence that a machine has.
    fn snapshot() -> Self {
        Self::new("rdscal snapshot . -o machine.json", ON_THE_MACHINE)
    }

    /// Judges the machine with all evidence that it reports itself.
    fn doctor() -> Self {
        Self::new("rdscal doctor .", ON_THE_MACHINE)
    }

    /// Tests the first of these servers. A name from a registry becomes part of a command only if it is a
    /// host name or an address.
    fn probe(servers: &[ServerEntry]) -> Self {
        let is_plain = |server: &&ServerEntry| {
            let is_name = matches!(server.form(), EntryForm::Name | EntryForm::Address);
            is_name && server.flaw().is_none() && !server.0.starts_with('-')
        };
        match servers.first().filter(is_plain) {
            Some(server) => Self::new(format!("rdscal probe {}", server.0), "in the network of the host"),
            None => Self::new("rdscal doctor . --probe", ON_THE_MACHINE),
        }
    }
}

impl Missing {
    fn new(what: impl Into<String>, next: Next) -> Self {
        Self { what: what.into(), is_plural: false, next }
    }

    /// The first of these needs that decides, for this kind of source.
    fn of(unknown: &Unknown, machine: &Machine<'_>) -> Self {
        let origin = machine.snapshot().origin.kind;
        let keys: Vec<&str> = unknown
            .needs
            .iter()
            .filter_map(|need| if let Need::Key(key) = need { Some(key.as_str()) } else { None })
            .collect();
        match (keys.as_slice(), unknown.needs.first()) {
            ([], Some(need)) => {
                let is_running = matches!(origin, OriginKind::Live | OriginKind::Remote);
                let is_key = matches!(need, Need::Readable { .. });
                let next = if is_key && !is_running { Next::snapshot() } else { Next::doctor() };
                Self::new(need.to_string(), next)
            }
            ([key], _) if origin == OriginKind::RegText => {
                Self::new(part(key), Next::new(format!("reg export \"{key}\" key.reg"), ON_THE_MACHINE))
            }
            _ => Self::of_keys(&keys, origin),
        }
    }

    fn of_keys(keys: &[&str], origin: OriginKind) -> Self {
        let hives = parts(keys, |key| key.split('\\').nth(1).unwrap_or_default().to_owned());
        match hives.as_slice() {
            [hive] if origin == OriginKind::Hives => {
                let save = Next::new(format!(r"reg save HKLM\{hive} {hive}"), ON_THE_MACHINE);
                Self::new(format!("the {hive} hive"), save)
            }
            _ => {
                let parts = parts(keys, part);
                let is_plural = parts.len() > 1;
                Self { is_plural, ..Self::new(in_a_row(&parts), Next::snapshot()) }
            }
        }
    }
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

/// The phrases as one: “A, B and C”.
fn in_a_row(phrases: &[String]) -> String {
    match phrases {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
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

impl Answer {
    /// Whether evidence is missing that decides.
    #[must_use]
    pub fn is_undetermined(&self) -> bool {
        matches!(self, Self::Undetermined { .. })
    }

    /// Whether users are refused or limited, now or from some day on.
    #[must_use]
    pub fn refuses(&self) -> bool {
        matches!(
            self,
            Self::LockedOut { .. }
                | Self::LockedOutFrom { .. }
                | Self::SixtyMinutes { .. }
                | Self::Undetermined { who: Some(_), .. }
        )
    }

    /// The answer for a machine.
    #[must_use]
    pub fn of(machine: &Machine<'_>) -> Self {
        let kind = machine.snapshot().source_kind();
        match kind {
            SourceKind::Policy => return Self::NotAsked { subject: policy_file(machine) },
            SourceKind::Script => return Self::NotAsked { subject: "this script" },
            _ if machine.profile() == Profile::Image => return Self::NotAsked { subject: "this image" },
            _ => {}
        }
        match machine.roles().holds(Role::SessionHost) {
            Ok(true) => session_host(machine),
            Ok(false) => other_machine(machine),
            Err(_) if machine.roles().holds(Role::LicenseServer) == Ok(true) => license_server(machine),
            Err(_) if machine.roles().holds(Role::Client) == Ok(true) => client(machine),
            Err(_) => {
                let what =
                    if kind == SourceKind::EventLogs { "the registry" } else { "the role of this machine" };
                undetermined(held(machine), Missing::new(what, Next::snapshot()))
            }
        }
    }
}

fn undetermined(condition: Option<String>, missing: Missing) -> Answer {
    Answer::Undetermined { condition, unless_policy: false, who: None, missing }
}

/// A policy file, with what it leaves to the local settings of each host.
fn policy_file(machine: &Machine<'_>) -> &'static str {
    let sets_mode = machine.licensing_mode().effective.value().is_some();
    let sets_servers = machine.license_servers().effective.value().is_some();
    match (sets_mode, sets_servers) {
        (true, true) => "this policy file",
        (true, false) => "this policy file, which sets no license server",
        (false, true) => "this policy file, which sets no licensing mode",
        (false, false) => "this policy file, which sets neither a licensing mode nor a license server",
    }
}

/// What an extract of a registry holds that does not even show the role of the machine.
fn held(machine: &Machine<'_>) -> Option<String> {
    let mode = machine.licensing_mode().effective.value().map(|mode| format!("the mode ({mode})"));
    let servers = machine.license_servers().effective.value();
    let servers = servers.map(|list| format!("the servers ({})", listed(list.iter())));
    let held: Vec<_> = mode.into_iter().chain(servers).collect();
    (!held.is_empty()).then(|| format!("this source holds {}", held.join(" and ")))
}

/// Whether the registry keeps a session host from requesting licenses.
fn has_fault(machine: &Machine<'_>) -> Result<bool, Unknown> {
    let product = machine.product();
    let needs_mode = !matches!(product.era(), Some(Era::Nt4 | Era::Nt5));
    let has_mode = |mode: Option<&LicensingMode>| !needs_mode || mode.is_some_and(|mode| mode.is_licensing());
    let needs_list = !product.discovers_license_servers() && machine.enforcement() != Enforcement::Nothing;
    let has_list = |list: Option<&Vec<ServerEntry>>| {
        !needs_list || list.is_some_and(|list| list.iter().any(|server| !server.is_blank()))
    };
    match (machine.licensing_mode().certain(), machine.license_servers().certain()) {
        (Ok(mode), _) if !has_mode(mode) => Ok(true),
        (_, Ok(list)) if !has_list(list) => Ok(true),
        (Ok(_), Ok(_)) => Ok(false),
        (Err(one), Err(other)) => Err(one.and(other)),
        (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
    }
}

fn session_host(machine: &Machine<'_>) -> Answer {
    match has_fault(machine) {
        Ok(true) => unserved(machine, Who::Everyone),
        Ok(false) => served(machine),
        Err(unknown) => incomplete(machine, &unknown),
    }
}

/// A host of which a part of the registry is missing.
fn incomplete(machine: &Machine<'_>, unknown: &Unknown) -> Answer {
    let (mode, servers) = (machine.licensing_mode(), machine.license_servers());
    let seen = mode.effective.value();
    // Nothing but a policy can make up for what the local places lack.
    let lacks_mode = mode.lacks_only_policy() && !seen.is_some_and(|mode| mode.is_licensing());
    let lacks_list = servers.lacks_only_policy() && servers.effective.value().is_none();
    let unless_policy = lacks_mode || lacks_list;
    let what = match seen {
        Some(mode) => Some(format!("the mode is {mode}")),
        None if lacks_mode => Some("no mode is set locally".to_owned()),
        None => lacks_list.then(|| "no license server is set locally".to_owned()),
    };
    let is_over = unless_policy && machine.grace_is_over() == Ok(true);
    let condition = what.map(|what| if is_over { format!("users are locked out ({what})") } else { what });
    Answer::Undetermined { condition, unless_policy, who: None, missing: Missing::of(unknown, machine) }
}

/// A host on which these users obtain no license.
fn unserved(machine: &Machine<'_>, who: Who) -> Answer {
    match machine.grace_end() {
        Ok(end) if end.days_left > 0 => {
            Answer::LockedOutFrom { who, day: after(machine, end.days_left), is_exact: end.reported_by_host }
        }
        Ok(_) if machine.enforcement() == Enforcement::SixtyMinutes => Answer::SixtyMinutes { who },
        Ok(_) => Answer::LockedOut { who },
        Err(unknown) => {
            let what = "the end of the grace period".to_owned();
            Answer::Undetermined {
                condition: Some(format!(
                    "{} are locked out as soon as the grace period is over",
                    who.label()
                )),
                unless_policy: false,
                who: Some(who),
                missing: Missing { what, is_plural: false, ..Missing::of(&unknown, machine) },
            }
        }
    }
}

/// The time after this number of days.
fn after(machine: &Machine<'_>, days: i64) -> FileTime {
    machine.at().checked_add_days(days).unwrap_or(FileTime(u64::MAX))
}

/// A host whose registry is right.
fn served(machine: &Machine<'_>) -> Answer {
    if machine.enforcement() == Enforcement::Nothing {
        return Answer::Configured {
            how: "Entra ID Per User, which needs no license server".to_owned(),
            missing: Missing::new(
                "whether each user has a license that includes Remote Desktop Services",
                Next::new("Get-MgUserLicenseDetail -UserId USER", "in PowerShell, for each user"),
            ),
        };
    }
    let servers = machine.listed_servers().unwrap_or_default();
    let source =
        if servers.is_empty() { "discovered license servers".to_owned() } else { listed(servers.iter()) };
    let how = match machine.licensing_mode().effective.value() {
        Some(mode) => format!("{mode}, licenses from {source}"),
        None => format!("licenses from {source}"),
    };
    if machine.has_answer() {
        return Answer::Works { how };
    }
    // The host itself reports that it reaches no server that it can use. A probe from elsewhere shows less.
    if matches!(machine.lacks_license_server(), Ok(Some(_))) {
        return unserved(machine, Who::WithoutLicense);
    }
    match machine.grace_end() {
        Ok(end) if end.days_left > 0 && end.reported_by_host => Answer::Works {
            how: format!("{how}; the grace period runs until {}", after(machine, end.days_left).date()),
        },
        _ => {
            let what = "whether the license server answers";
            Answer::Configured { how, missing: Missing::new(what, Next::probe(&servers)) }
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
            Answer::NotAHost { what: "Windows multi-session needs no RDS CAL and no license server" }
        }
        Ok(false) => Answer::NotAHost { what: "this machine is not a session host and needs no RDS CAL" },
        // A client edition of Windows cannot be a license server. Its own license decides.
        Err(_) if machine.product().kind == Some(Kind::Client) => {
            undetermined(Some("this machine is a client".to_owned()), no_store(machine))
        }
        Err(unknown) => undetermined(None, Missing::of(&unknown, machine)),
    }
}

/// A client. Its hardware ID alone does not show whether it has a valid license.
fn client(machine: &Machine<'_>) -> Answer {
    let stores = [places::client_store(), places::client_store_32()];
    if stores.iter().any(|store| machine.key(&store.join("Store")).is_ok()) {
        return Answer::NotAHost { what: "the license store of this client shows no fault" };
    }
    undetermined(Some("this source holds the hardware ID of a client".to_owned()), no_store(machine))
}

/// The licenses of a client are missing.
fn no_store(machine: &Machine<'_>) -> Missing {
    let store = places::client_store().to_string();
    if machine.snapshot().origin.kind == OriginKind::Hives && machine.key(&places::client_store()).is_err() {
        return Missing::of_keys(&[&store], OriginKind::Hives);
    }
    let export = Next::new(format!("reg export \"{store}\" client.reg"), "on the client");
    Missing::new("the license store", export)
}

fn license_server(machine: &Machine<'_>) -> Answer {
    if machine.is_activated() && machine.has_free_licenses() {
        return Answer::Works { how: "the license server is activated and has free licenses".to_owned() };
    }
    Answer::Configured {
        how: "the license server is installed".to_owned(),
        missing: Missing::new(
            "whether it is activated and has free licenses",
            Next::new("rdscal doctor .", "on the license server, as administrator"),
        ),
    }
}
