//! Removes the record of a session host's grace period, once and for a stated reason, so that the service makes a new one.
//!
//! The grace period is a technical tolerance and no license: users and devices need client access licenses (CALs) from the first
//! day. Microsoft publishes no procedure for this. What mends a host that refuses its users is a licensing mode, a license server
//! that answers, and CALs; the plan names what the rules found missing of these before anything else.
//!
//! # What it changes
//! Deletes the record's value in `Control\Terminal Server\RCM\GracePeriod` (`L$RTMTIMEBOMB_…`, on pre-release builds
//! `L$GracePeriodTimeBomb_…`). The key itself, its owner and its access list stay byte for byte. Nothing is ever written there: no
//! end of a period, no date. Values with other names stay.
//!
//! # When it refuses
//! * No `--reason`. There are five: `sealing-image` (a golden image, so that clones begin anew), `lab` (a host that is rebuilt
//!   anyway), `cals-bought-pending` (CALs are bought, and not yet installed or the clearing house is down), `rebuilt-host` (the
//!   host was rebuilt or moved and the old record means nothing), `unreadable-record`.
//! * The record of this machine was removed within the last 120 days, whatever the reason, by this recipe or by `seal-image`. It is
//!   one act, and not a way of life.
//! * Licensing mode or license server are not configured, or it cannot be told whether they are in force; an image that is being
//!   sealed needs neither.
//! * A policy and a local setting contradict each other, or a policy's value cannot be used.
//! * More than 30 days are left, where that is known; `sealing-image` and `unreadable-record` are no question of days.
//! * `sealing-image` for a machine that nothing shows to be an image; `unreadable-record` for a record that reads.
//! * The host was given a permanent license, which ended the grace period: it has licenses, and needs no tolerance.
//! * A scheduled task removes the record already.
//! * The machine is no session host, or runs Windows 2003 or older, where the record is a secret of the system.
//!
//! # What it means for licenses
//! None is granted and none is taken away. While the new period runs, clients are admitted without a license where the license
//! server cannot be reached or has none to give; every user or device needs a CAL all the same.
//!
//! # What must follow
//! Restart of the service TermService, which makes the new record. An image is shut down and sealed without another start.
//!
//! # How it is taken back
//! `rdscal undo` puts the record back as it was; only the machine that wrote it can read it.

use licensing::model::grace::{ENDED_BY_LICENSE, GraceKey, GraceRecord};
use licensing::model::{LicensingMode, Role, Setting};
use licensing::rules::Family;
use licensing::{Severity, Unknown};

use super::prelude::*;

/// The recipe.
pub(super) static RECIPE: Recipe = Recipe {
    name: "reset-grace",
    title: "remove the record of the grace period, once",
    parameters: &[
        Parameter {
            name: "reason",
            help: "why this is right here; it is kept in the journal",
            kind: ParameterKind::Choice(&[
                "sealing-image",
                "lab",
                "cals-bought-pending",
                "rebuilt-host",
                "unreadable-record",
            ]),
        },
        Parameter {
            name: "ticket",
            help: "a reference for whoever asks later: a ticket, an order or agreement number",
            kind: ParameterKind::Text,
        },
    ],
    license_effect: "none is granted and none is taken away: the grace period is no license, and every user or device needs a CAL \
                     all the same",
    safety: "no published procedure; one value is deleted, nothing is written, and rdscal undo puts it back; refused for 120 days \
             afterwards",
    has_policy: false,
    example: "reset-grace /mnt/c --reason cals-bought-pending --ticket PO-4711",
    page: include_str!(concat!(env!("OUT_DIR"), "/reset_grace.md")),
    draft,
};

/// Why somebody wants a new record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    SealingImage,
    Lab,
    CalsBoughtPending,
    RebuiltHost,
    UnreadableRecord,
}

impl Reason {
    fn read(request: &Request<'_>) -> Result<Self, Refusal> {
        match request.arguments.all("reason") {
            [one] => Ok(match one.as_str() {
                "sealing-image" => Self::SealingImage,
                "lab" => Self::Lab,
                "cals-bought-pending" => Self::CalsBoughtPending,
                "rebuilt-host" => Self::RebuiltHost,
                "unreadable-record" => Self::UnreadableRecord,
                odd => return Err(Refusal::Usage(format!("“{odd}” is no reason that is known"))),
            }),
            _ => Err(Refusal::Usage(
                "say why, once: --reason sealing-image, lab, cals-bought-pending, rebuilt-host or unreadable-record".to_owned(),
            )),
        }
    }

    /// The reason as a clause.
    fn clause(self) -> &'static str {
        match self {
            Self::SealingImage => {
                "an image is being sealed, and its clones shall begin with a record of their own"
            }
            Self::Lab => "the host is a lab",
            Self::CalsBoughtPending => "CALs are bought, and not yet installed or issued",
            Self::RebuiltHost => "the host was rebuilt or moved, and the old record means nothing",
            Self::UnreadableRecord => "the record cannot be what it should be",
        }
    }
}

/// With fewer days left than these there is something to reset.
const NEAR_ITS_END: i64 = 30;

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    let reason = Reason::read(request)?;
    support::refuse_policy(machine, "grace record")?;
    is_host(machine, reason)?;
    let key = record_key(machine)?;
    if let Some(act) = support::earlier_reset(request) {
        return Err(support::too_soon(act));
    }
    is_no_routine(machine, reason)?;
    is_configured(machine, reason)?;
    // The causes come first: they are what mends the host.
    let causes = support::findings(machine, |rule| {
        matches!(rule.family(), Family::Mode | Family::Servers | Family::Certificates)
    });
    for cause in causes.iter().filter(|finding| finding.severity >= Severity::Warning) {
        let fix = cause.rule.recipe.map(|recipe| format!("; see {recipe}")).unwrap_or_default();
        draft.note(format!("cause to mend first ({}): {}{fix}", cause.rule.id, cause.title));
    }
    is_due(machine, reason, draft)?;
    draft.note("the grace period is no license: every user or device needs a CAL from the first day, and a new record changes nothing of that");
    let ticket = request.arguments.first("ticket").map(str::trim).filter(|ticket| !ticket.is_empty());
    match ticket {
        Some(ticket) => draft.note(format!("ticket: {ticket}")),
        None => draft.note("no ticket was given (--ticket): the journal keeps the reason alone"),
    }
    let why = match ticket {
        Some(ticket) => format!("{} (ticket {ticket})", reason.clause()),
        None => reason.clause().to_owned(),
    };
    let path = places::grace_period();
    for record in &key.records {
        let Some(name) = &record.value.evidence.value else { continue };
        if is_record(record) {
            draft.delete_value(&path, name, &why)?;
        } else {
            draft.note(format!("the value “{name}” beside the record stays: nobody knows what it is"));
        }
    }
    draft.note("the key GracePeriod, its owner and its access list stay as they are");
    support::note_control_sets(machine, draft);
    if reason == Reason::SealingImage {
        draft.follow_up(FollowUp::Other {
            what: "shut the image down and seal it without another start: the service makes a new record at its start".to_owned(),
        });
        return Ok(());
    }
    draft.follow_up(FollowUp::RestartService { service: "TermService".to_owned() });
    draft.follow_up(FollowUp::Other {
        what: "ask the host for the days left (GetGracePeriodDays of Win32_TerminalServiceSetting); where the service made no new \
               record, rdscal undo puts the old one back"
            .to_owned(),
    });
    draft.note("administrators get in meanwhile with mstsc /admin, which needs no license");
    Ok(())
}

fn is_record(record: &GraceRecord) -> bool {
    record
        .value
        .evidence
        .value
        .as_ref()
        .and_then(|name| name.as_str())
        .is_some_and(licensing::model::grace::is_record_name)
}

/// Refuses a machine that has no grace period, or keeps it where nobody may reach.
fn is_host(machine: &Machine<'_>, reason: Reason) -> Result<(), Refusal> {
    support::refuse_client(machine, "a grace period")?;
    if matches!(machine.product().era(), Some(Era::Nt4 | Era::Nt5)) {
        return Err(Refusal::guard(
            "up to Windows Server 2003 the grace record is a secret of the system (LSA), and secrets are neither read nor written",
            "give the host a license server",
        ));
    }
    match machine.roles().holds(Role::SessionHost) {
        Ok(true) => Ok(()),
        // An image may get the role's settings from its clones' policy.
        _ if reason == Reason::SealingImage => Ok(()),
        Ok(false) => Err(Refusal::guard(
            "this machine is no session host, and no grace period runs on it",
            "run this on the session host that the users connect to",
        )),
        Err(unknown) => Err(unknown.into()),
    }
}

/// The key with a record in it.
fn record_key(machine: &Machine<'_>) -> Result<GraceKey, Refusal> {
    machine.grace_key()?.filter(GraceKey::has_record).ok_or_else(|| {
        Refusal::NothingToDo(
            "there is no grace record; the service makes one when the host starts as a session host"
                .to_owned(),
        )
    })
}

/// Refuses where resetting the record has become a routine, or is of no use.
fn is_no_routine(machine: &Machine<'_>, reason: Reason) -> Result<(), Refusal> {
    if let Some(task) = machine.reset_tasks().unwrap_or_default().first() {
        return Err(Refusal::guard(
            format!(
                "{}: the record is removed by itself, and a period that always begins anew is no grace period",
                task.text
            ),
            "remove the task, and give the host a license server with CALs",
        ));
    }
    let ended = machine.value(&places::term_service_parameters(), ENDED_BY_LICENSE).ok().flatten();
    if reason != Reason::SealingImage
        && let Some(ended) = ended
    {
        return Err(Refusal::guard(
            format!(
                "the host was given a permanent license, which ended the grace period ({}): a new record is of no use",
                ended.evidence()
            ),
            "see why the license server gives no licenses now: its CALs, the licensing mode, the way to it",
        ));
    }
    Ok(())
}

/// Refuses a host whose licensing mode and license server are not configured and in force.
fn is_configured(machine: &Machine<'_>, reason: Reason) -> Result<(), Refusal> {
    if reason == Reason::SealingImage {
        return match support::image_evidence(machine) {
            Some(_) => Ok(()),
            None => Err(Refusal::guard(
                "nothing shows that this machine is an image: it is not generalized, and was not named as one",
                "seal-image does all that an image needs; or add --profile image",
            )),
        };
    }
    agrees(machine.licensing_mode(), "the licensing mode")?;
    agrees(machine.license_servers(), "the list of license servers")?;
    let first = "set-mode and set-servers mend that, and then the grace period is of no importance";
    match machine.licensing_mode().certain()? {
        Some(mode) if LicensingMode::is_licensing(*mode) => {}
        Some(mode) => {
            return Err(Refusal::guard(
                format!("the licensing mode is {mode}: the host asks for no licenses"),
                first,
            ));
        }
        None => return Err(Refusal::guard("no licensing mode is configured", first)),
    }
    let servers = machine.license_servers().certain()?;
    if servers.is_none_or(|servers| servers.iter().all(licensing::model::ServerEntry::is_blank)) {
        return Err(Refusal::guard("no license server is configured", first));
    }
    Ok(())
}

/// Refuses where a policy and a local setting contradict each other, or a policy is of no use.
fn agrees<T: Clone + PartialEq>(setting: &Setting<T>, what: &str) -> Result<(), Refusal> {
    let settle = "settle that first: what is in force must be what is meant";
    if let Some(odd) = setting
        .at(Layer::Policy)
        .find(|candidate| candidate.standing == licensing::model::CandidateStatus::Invalid)
    {
        return Err(Refusal::guard(
            format!("a policy sets {what}, and its value cannot be used ({})", odd.evidence),
            settle,
        ));
    }
    let Some(winner) = setting.winner().filter(|winner| winner.place == Layer::Policy) else { return Ok(()) };
    let local = setting.at(Layer::Local).chain(setting.at(Layer::LocalVariant));
    let mut other = local.filter(|candidate| candidate.value.is_some() && candidate.value != winner.value);
    match other.next() {
        Some(other) => Err(Refusal::guard(
            format!(
                "a policy and the local setting contradict each other on {what} ({}, and {})",
                winner.evidence, other.evidence
            ),
            settle,
        )),
        None => Ok(()),
    }
}

/// Refuses where there is nothing to reset yet, or the record reads well.
fn is_due(machine: &Machine<'_>, reason: Reason, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let faulty = support::findings(machine, |rule| rule.id == "RDSL-044");
    if reason == Reason::UnreadableRecord {
        let Some(fault) = faulty.first() else {
            return Err(Refusal::guard(
                "the record is whole, as far as can be told from outside: it is no unreadable record",
                "where the host itself cannot read it, ask it for the days left, and give another reason",
            ));
        };
        draft.note(fault.title.clone());
        return Ok(());
    }
    match machine.grace_end() {
        _ if reason == Reason::SealingImage => {}
        Ok(end) if end.days_left >= NEAR_ITS_END => {
            return Err(Refusal::guard(
                format!(
                    "{} of the grace period ({}): there is nothing to reset yet",
                    end.shown(),
                    end.evidence
                ),
                format!(
                    "use the time to give the host licenses; this is refused while {NEAR_ITS_END} days or more are left"
                ),
            ));
        }
        Ok(end) => draft.note(format!("the grace period: {}", end.shown())),
        Err(Unknown { .. }) => draft.note(
            "how many days are left cannot be told from this source: ask the host (GetGracePeriodDays of \
             Win32_TerminalServiceSetting) before you go on",
        ),
    }
    if let Some(written) = machine.grace_key()?.and_then(|key| key.written()) {
        draft.note(format!("the key of the record was last written on {}", written.date()));
    }
    Ok(())
}
