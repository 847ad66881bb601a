//! Removes the record of a session host's grace period, once and for a stated reason, so that the service
//! creates a new one.
//!
//! The grace period is a technical tolerance and not a license: users and devices need client access licenses
//! (CALs) from the first day. Microsoft publishes no procedure for this. A host that refuses its users needs
//! a licensing mode, a license server that responds, and CALs; the plan first lists which of these the rules
//! found missing.
//!
//! # What it changes
//! Deletes the record's value in `Control\Terminal Server\RCM\GracePeriod` (`L$RTMTIMEBOMB_…`, on pre-release
//! builds `L$GracePeriodTimeBomb_…`). The key itself, its owner and its access list are unchanged. Nothing is
//! ever written there: no end of a period, no date. Values with other names are kept.
//!
//! # When it refuses
//! * There is no `--reason`. There are five: `sealing-image` (a golden image, so that clones start a new
//!   period), `lab` (a host that is regularly rebuilt), `cals-bought-pending` (CALs are purchased but not yet
//!   installed, or the Clearinghouse is unavailable), `rebuilt-host` (the host was rebuilt or moved and the
//!   old record is meaningless), `unreadable-record`.
//! * The record of this machine was removed within the last 120 days, for any reason, by this recipe or
//!   by `seal-image`. It is a single act and not a routine.
//! * The licensing mode or the license server is not configured, or the source does not show whether they are
//!   in force. An image that is being sealed needs neither.
//! * A policy and a local setting contradict each other, or a policy's value is invalid.
//! * More than 30 days are known to remain. `sealing-image` and `unreadable-record` do not depend on the
//!   days.
//! * `sealing-image` for a machine without any sign of being an image; `unreadable-record` for a record that
//!   is intact.
//! * The host received a permanent license, which ended the grace period. It has licenses and needs no
//!   tolerance.
//! * A scheduled task already removes the record.
//! * The machine is not a session host, or runs Windows Server 2003 or earlier, where the record is an LSA
//!   secret.
//!
//! # What it means for licenses
//! None is granted and none is revoked. While the new period runs, clients are admitted without a license if
//! the license server cannot be reached or has none. Every user or device still needs a CAL.
//!
//! # What must follow
//! Restart the service TermService, which creates the new record. An image is shut down and sealed without
//! another start.
//!
//! # How it is undone
//! `rdscal undo` restores the record; only the machine that wrote it can read it.

use licensing::model::grace::{ENDED_BY_LICENSE, GraceKey, GraceRecord};
use licensing::model::{LicensingMode, Role, Setting};
use licensing::rules::Family;
use licensing::{Severity, Unknown};

use super::prelude::*;

pub(super) static RECIPE: Recipe = Recipe {
    name: "reset-grace",
    title: "remove the record of the grace period, once",
    parameters: &[
        Parameter {
            name: "reason",
            help: "Reason for the reset, recorded in the journal",
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
            help: "Reference to record\n\nA ticket, an order or agreement number.",
            kind: ParameterKind::Text,
        },
    ],
    license_effect: "none is granted and none is revoked: the grace period is not a license, and every user or device still needs a CAL",
    safety: "no published procedure; one value is deleted, nothing is written, and rdscal undo restores it; refused for the next 120 days",
    has_policy: false,
    example: "reset-grace /mnt/c --reason cals-bought-pending --ticket PO-4711",
    page: include_str!(concat!(env!("OUT_DIR"), "/reset_grace.md")),
    draft,
};

/// Reason for a new record.
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
                odd => return Err(Refusal::Usage(format!("“{odd}” is not a known reason"))),
            }),
            _ => Err(Refusal::Usage(
                "one --reason is required: sealing-image, lab, cals-bought-pending, rebuilt-host or unreadable-record".to_owned(),
            )),
        }
    }

    /// The reason as a clause.
    fn clause(self) -> &'static str {
        match self {
            Self::SealingImage => {
                "an image is being sealed, and its clones should start with their own record"
            }
            Self::Lab => "the host is a lab",
            Self::CalsBoughtPending => "CALs are purchased but not yet installed or issued",
            Self::RebuiltHost => "the host was rebuilt or moved, and the old record is meaningless",
            Self::UnreadableRecord => "the record is invalid",
        }
    }
}

/// A reset is permitted only with fewer remaining days.
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
    // The causes come first; fixing them repairs the host.
    let causes = support::findings(machine, |rule| {
        matches!(rule.family(), Family::Mode | Family::Servers | Family::Certificates)
    });
    for cause in causes.iter().filter(|finding| finding.severity >= Severity::Warning) {
        let fix = cause.rule.recipe.map(|recipe| format!("; see {recipe}")).unwrap_or_default();
        draft.note(format!("cause to fix first ({}): {}{fix}", cause.rule.id, cause.title));
    }
    is_due(machine, reason, draft)?;
    draft.note("the grace period is not a license: every user or device needs a CAL from the first day, and a new record does not change that");
    let ticket = request.arguments.first("ticket").map(str::trim).filter(|ticket| !ticket.is_empty());
    match ticket {
        Some(ticket) => draft.note(format!("ticket: {ticket}")),
        None => draft.note("no ticket was specified (--ticket); the journal records only the reason"),
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
            draft.note(format!("the value “{name}” beside the record is kept; its purpose is unknown"));
        }
    }
    draft.note("the key GracePeriod, its owner and its access list are kept");
    support::note_control_sets(machine, draft);
    if reason == Reason::SealingImage {
        draft.follow_up(FollowUp::Other {
            what: "shut the image down and seal it without another start; the service creates a new record when it starts".to_owned(),
        });
        return Ok(());
    }
    draft.follow_up(FollowUp::RestartService { service: "TermService".to_owned() });
    draft.follow_up(FollowUp::Other {
        what: "query the host for the remaining days (GetGracePeriodDays of Win32_TerminalServiceSetting); if the service created no new record, rdscal undo restores the old one"
            .to_owned(),
    });
    draft.note("in the meantime administrators can connect with mstsc /admin, which needs no license");
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

/// Refuses a machine without a grace period, or with a record in an LSA secret.
fn is_host(machine: &Machine<'_>, reason: Reason) -> Result<(), Refusal> {
    support::refuse_client(machine, "a grace period")?;
    if matches!(machine.product().era(), Some(Era::Nt4 | Era::Nt5)) {
        return Err(Refusal::guard(
            "up to Windows Server 2003 the grace record is an LSA secret, and secrets are neither read nor written",
            "give the host a license server",
        ));
    }
    match machine.roles().holds(Role::SessionHost) {
        Ok(true) => Ok(()),
        // Clones of an image may receive the settings by policy.
        _ if reason == Reason::SealingImage => Ok(()),
        Ok(false) => Err(Refusal::guard(
            "this machine is not a session host, so no grace period runs on it",
            "run this on the session host to which the users connect",
        )),
        Err(unknown) => Err(unknown.into()),
    }
}

/// The key with a record in it.
fn record_key(machine: &Machine<'_>) -> Result<GraceKey, Refusal> {
    machine.grace_key()?.filter(GraceKey::has_record).ok_or_else(|| {
        Refusal::NothingToDo(
            "there is no grace record; the service creates one when the host starts as a session host"
                .to_owned(),
        )
    })
}

/// Refuses if resetting the record is a routine or has no benefit.
fn is_no_routine(machine: &Machine<'_>, reason: Reason) -> Result<(), Refusal> {
    if let Some(task) = machine.reset_tasks().unwrap_or_default().first() {
        return Err(Refusal::guard(
            format!(
                "{}: the record is removed automatically, and a period that always restarts is not a grace period",
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
                "the host received a permanent license, which ended the grace period ({}); a new record has no benefit",
                ended.evidence()
            ),
            "find out why the license server issues no licenses now: its CALs, the licensing mode, the connection to it",
        ));
    }
    Ok(())
}

/// Refuses a host without a licensing mode and a license server in force.
fn is_configured(machine: &Machine<'_>, reason: Reason) -> Result<(), Refusal> {
    if reason == Reason::SealingImage {
        return match support::image_evidence(machine) {
            Some(_) => Ok(()),
            None => Err(Refusal::guard(
                "there is no sign that this machine is an image: it is not generalized and was not specified as one",
                "seal-image does everything that an image needs; or add --profile image",
            )),
        };
    }
    agrees(machine.licensing_mode(), "the licensing mode")?;
    agrees(machine.license_servers(), "the license server list")?;
    let first = "fix this with set-mode and set-servers; then the grace period does not matter";
    match machine.licensing_mode().certain()? {
        Some(mode) if LicensingMode::is_licensing(*mode) => {}
        Some(mode) => {
            return Err(Refusal::guard(
                format!("the licensing mode is {mode}, so the host requests no licenses"),
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

/// Refuses if a policy and a local setting contradict each other, or a policy is invalid.
fn agrees<T: Clone + PartialEq>(setting: &Setting<T>, what: &str) -> Result<(), Refusal> {
    let commit_transaction = "resolve this first: the setting in force must be the intended one";
    if let Some(odd) = setting
        .at(Layer::Policy)
        .find(|candidate| candidate.standing == licensing::model::CandidateStatus::Invalid)
    {
        return Err(Refusal::guard(
            format!("a policy sets {what}, but its value is invalid ({})", odd.evidence),
            commit_transaction,
        ));
    }
    let Some(winner) = setting.stored().filter(|winner| winner.place == Layer::Policy) else { return Ok(()) };
    let local = setting.at(Layer::Local).chain(setting.at(Layer::LocalVariant));
    let mut other = local.filter(|candidate| candidate.value.is_some() && candidate.value != winner.value);
    match other.next() {
        Some(other) => Err(Refusal::guard(
            format!(
                "a policy and the local setting differ in {what} ({}, and {})",
                winner.evidence, other.evidence
            ),
            commit_transaction,
        )),
        None => Ok(()),
    }
}

/// Refuses if there is nothing to reset yet, or the record is intact.
fn is_due(machine: &Machine<'_>, reason: Reason, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let faulty = support::findings(machine, |rule| rule.id == "RDSL-044");
    if reason == Reason::UnreadableRecord {
        let Some(fault) = faulty.first() else {
            return Err(Refusal::guard(
                "the record is intact as far as can be seen from outside, so it is not an unreadable record",
                "if the host itself cannot read it, query the remaining days, and state another reason",
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
                    "{} of the grace period ({}); there is nothing to reset yet",
                    end.shown(),
                    end.evidence
                ),
                format!(
                    "use the time to provide licenses; this is refused while {NEAR_ITS_END} days or more remain"
                ),
            ));
        }
        Ok(end) => draft.note(format!("the grace period: {}", end.shown())),
        Err(Unknown { .. }) => draft.note(
            "this source does not show the remaining days; query the host (GetGracePeriodDays of Win32_TerminalServiceSetting) before you continue",
        ),
    }
    if let Some(written) = machine.grace_key()?.and_then(|key| key.written()) {
        draft.note(format!("the key of the record was last written on {}", written.date()));
    }
    Ok(())
}
