//! An entry in the policy key from a damaged policy file, or from a program that does not interpret such
//! files.
//!
//! # What it looks at
//! The values of the policy key. The rule fires for names that begin with `**` (such as
//! `**del.LicenseServers`), for names with control characters, and for a server list with bytes after its
//! end; at severity info for a list without its final NUL. A file that cannot be read completely is covered
//! by `policy-file-damaged`.
//!
//! # Why it matters
//! In a `Registry.pol` file, names that begin with `**` are commands: *delete this value*, *delete all
//! values*. Windows executes them and never stores them. If one exists as a value, a program copied the file
//! into the registry unprocessed, and the setting that was to be deleted is still in force. Programs are
//! known to damage delete entries of this key in such files.
//!
//! # How it can be wrong
//! Someone may have typed such a name. Most programs also read a list without its final NUL.
//!
//! # Fix
//! 1. Open the policy object in the policy editor, set the licensing policies again, and run `gpupdate
//!    /force`.
//! 2. If the file itself is damaged, restore it from a backup of the policy object, or delete it and set its
//!    policies again.
//! 3. Export `HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services` (`reg export`), then delete the
//!    stray values there (`reg delete`, `/v` with the name as found). Find the program that wrote them.
//!
//! # Fix safety
//! Deleting a damaged policy file removes all its policies from every machine in its scope. Record its
//! settings first.
//!
//! # Verify
//! `LGPO.exe /parse /m Registry.pol` reads the file completely, and `rdscal doctor` no longer reports it.

use snapshot::Value;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-197",
    name: "policy-entry-damaged",
    title: "policy entry that was never applied, or is damaged",
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
        return Some((Severity::Warning, "is a policy file command that was stored instead of executed"));
    }
    if name.chars().any(char::is_control) {
        return Some((Severity::Warning, "has control characters in its name; Windows does not read it"));
    }
    if value.as_single_bytes().is_some() {
        // `server-list-wrong-type` reports it.
        return None;
    }
    let text = value
        .as_text()
        .filter(|_| name.eq_ignore_ascii_case("LicenseServers") && !value.bytes().is_empty())?;
    match (text.has_trailing_bytes, text.terminated) {
        (true, _) => Some((Severity::Warning, "has bytes after the end of its text")),
        (false, false) => Some((Severity::Info, "has no terminating NUL")),
        _ => None,
    }
}
