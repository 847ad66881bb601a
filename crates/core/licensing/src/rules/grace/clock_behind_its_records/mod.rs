//! Timestamps on the machine that are in the future.
//!
//! # What it looks at
//! The time of judgment (the time of capture, if the snapshot has one) and the newest timestamps of the
//! machine: the installation date of Windows, the last shutdown, the last-write time of `RCM\GracePeriod`,
//! and the newest record in its logs. The rule fires if one of them is more than a day ahead.
//!
//! # Why it matters
//! The grace period and all licenses count calendar days. If the clock was ahead when the grace record was
//! created and was set back afterwards, the grace period is longer. A wrong clock can also make licenses
//! expire early and Kerberos fail.
//!
//! # How it can be wrong
//! The clock of the machine that made the capture may itself be wrong. With `--at` and a time before the
//! capture, all timestamps appear to be in the future. A dead battery, or a virtual machine that was resumed
//! before its first time synchronization, has the same effect without intent.
//!
//! # Fix
//! 1. Compare the clock with a reference: `w32tm /query /status`.
//! 2. Correct the time source. Do not change the clock by hand to gain days.
//! 3. If the grace record was created with a wrong clock, ignore the remaining days, and set the mode and the
//!    license server.
//!
//! # Fix safety
//! A clock change disturbs Kerberos and scheduled jobs; plan it.
//!
//! # Verify
//! Capture again and run `rdscal doctor`.

use snapshot::FileTime;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-049",
    name: "clock-behind-its-records",
    title: "timestamps on the machine are in the future",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::SessionHost,
    in_service: true,
    sources: &[sources::FORUMS.at("clocks set forward before the first start of the role")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let now = machine.snapshot().captured_at.map_or(machine.at(), |captured| captured.max(machine.at()));
    let seen = [installed(machine), shutdown(machine), grace_record(machine), newest_log(machine)];
    let mut missing: Option<Unknown> = None;
    let mut ahead = Vec::new();
    for time in seen {
        match time {
            Ok(Some((time, evidence))) if now.days_until(time) >= 1 => ahead.push((time, evidence)),
            Ok(_) => {}
            Err(unknown) => {
                missing = Some(missing.map_or_else(|| unknown.clone(), |m| m.and(unknown.clone())));
            }
        }
    }
    let Some(newest) = ahead.iter().map(|(time, _)| *time).max() else {
        return missing.map_or(Ok(Vec::new()), Err);
    };
    let title = format!(
        "the machine has a timestamp of {}, later than the time of this check ({})",
        newest.date(),
        now.date()
    );
    Ok(vec![RULE.finding(title).evidences(ahead.into_iter().map(|(_, evidence)| evidence))])
}

type Seen = Result<Option<(FileTime, Evidence)>, Unknown>;

fn installed(machine: &Machine<'_>) -> Seen {
    // A missing installation date is not a fault; a hive that was not captured is missing evidence.
    machine.key(&places::current_version())?;
    Ok(machine.windows_installed().ok())
}

fn shutdown(machine: &Machine<'_>) -> Seen {
    let Some(found) = machine.value(&places::control_windows(), "ShutdownTime")? else { return Ok(None) };
    let ticks = found.value.bytes().try_into().map(u64::from_le_bytes);
    Ok(ticks.ok().map(|ticks| {
        let time = FileTime(ticks);
        (time, Evidence { found: time.to_string(), ..found.evidence() })
    }))
}

fn grace_record(machine: &Machine<'_>) -> Seen {
    Ok(machine.grace_key()?.and_then(|key| Some((key.written()?, key.evidence))))
}

fn newest_log(machine: &Machine<'_>) -> Seen {
    let time = machine.fact(facts::NEWEST_LOG_TIME)?;
    Ok(Some((time, machine.fact_evidence(facts::NEWEST_LOG_TIME, time.to_string()))))
}
