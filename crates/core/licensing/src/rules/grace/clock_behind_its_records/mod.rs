//! Times on the machine that lie in its future.
//!
//! # What it looks at
//! The time of judgment (that of the capture, where the snapshot has one) against the newest times that the machine
//! holds: the installation date of Windows, the last shutdown, the last-write time of `RCM\GracePeriod`, and the
//! newest record of its logs. It fires where one of them is more than a day ahead.
//!
//! # Why it matters
//! The grace period and every license count in calendar days. A clock that was set forward when the record was made,
//! and back afterwards, stretches the grace period; a clock that is wrong by accident makes licenses expire early,
//! and Kerberos fail.
//!
//! # How it can be wrong
//! The machine that made the capture may have a wrong clock itself, and `--at` with a time before the capture makes
//! everything look like the future. A dead battery on the mainboard, or a virtual machine resumed before its first
//! time synchronization, does the same without any intention.
//!
//! # Fix
//! 1. Compare the clock with a reference: `w32tm /query /status`.
//! 2. Correct the time source; do not change the clock by hand to gain days.
//! 3. Where the grace record was made in the future, treat the days left as meaningless, and set mode and license
//!    server.
//!
//! # Fix safety
//! A jump of the clock disturbs Kerberos and scheduled jobs; plan it.
//!
//! # Verify
//! Capture again and run `rdscal doctor`.

use snapshot::FileTime;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-049",
    name: "clock-behind-its-records",
    title: "times on the machine lie in its future",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::SessionHost,
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
        "the machine holds a time of {}, after the time of this look at it ({})",
        newest.date(),
        now.date()
    );
    Ok(vec![RULE.finding(title).evidences(ahead.into_iter().map(|(_, evidence)| evidence))])
}

type Seen = Result<Option<(FileTime, Evidence)>, Unknown>;

fn installed(machine: &Machine<'_>) -> Seen {
    // An installation without a date is no fault; a hive that was not captured is missing evidence.
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
