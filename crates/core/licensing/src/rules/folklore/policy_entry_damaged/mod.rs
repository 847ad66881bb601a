//! An entry in the policy key that a damaged policy file, or a program that does not understand such files, left
//! there.
//!
//! # What it looks at
//! The values of the policy key. It fires for names that begin with `**` (`**del.LicenseServers` and the like), for
//! names with control characters in them, and for a list of servers with bytes after its end; as an information for
//! a list without its final NUL. A file that cannot be read to its end is the business of `policy-file-damaged`.
//!
//! # Why it matters
//! In a `Registry.pol` file, names that begin with `**` are commands: *delete this value*, *delete all values*.
//! Windows carries them out and never stores them. Where one stands as a value, a program copied the file into the
//! registry as it was, so that what should have been deleted is still in force. Writers of such files have damaged
//! them at delete entries of this very key.
//!
//! # How it can be wrong
//! Somebody may have typed such a name. A list without its final NUL is read by most programs all the same.
//!
//! # Fix
//! 1. Look at the policy object in the policy editor, set the licensing policies anew, and run `gpupdate /force`.
//! 2. If the file itself is damaged: restore it from a backup of the policy object, or delete it and set its
//!    policies again.
//! 3. Export `HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services` (`reg export`), then delete the stray
//!    values there (`reg delete`, `/v` with the name as found); find the program that wrote them.
//!
//! # Fix safety
//! Deleting a damaged policy file removes every policy in it from all machines that it reaches: write down its
//! settings first.
//!
//! # Verify
//! `LGPO.exe /parse /m Registry.pol` reads the file to its end, and `rdscal doctor` no longer reports it.

use snapshot::Value;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-197",
    name: "policy-entry-damaged",
    title: "policy entry that was never carried out, or is damaged",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    sources: &[sources::GPREG.at("3.2.5.1, Registry Policy File processing"), sources::SALT_49225],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let seen = machine.look([places::policy()]);
    let mut findings = Vec::new();
    for (path, key) in &seen.keys {
        for (value, (severity, flaw)) in key.values.iter().filter_map(|value| Some((value, flaw(value)?))) {
            let finding =
                RULE.finding(format!("the policy entry “{}” {flaw}", value.name)).severity(severity);
            findings.push(finding.evidence(Evidence::value(path, key, value)));
        }
    }
    conclude(findings, seen.missing)
}

fn flaw(value: &Value) -> Option<(Severity, &'static str)> {
    let name = value.name.as_str()?;
    if name.starts_with("**") {
        return Some((
            Severity::Warning,
            "is a command of a policy file that was stored instead of carried out",
        ));
    }
    if name.chars().any(char::is_control) {
        return Some((Severity::Warning, "has control characters in its name: no Windows reads it"));
    }
    let text = value
        .as_text()
        .filter(|_| name.eq_ignore_ascii_case("LicenseServers") && !value.bytes().is_empty())?;
    match (text.has_trailing_bytes, text.terminated) {
        (true, _) => Some((Severity::Warning, "has bytes after the end of its text")),
        (false, false) => Some((Severity::Info, "has no end of text")),
        _ => None,
    }
}
