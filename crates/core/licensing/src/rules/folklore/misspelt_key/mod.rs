//! Settings in a key whose name resembles that of a Remote Desktop key.
//!
//! # What it looks at
//! `Services\TermServices` (correct: `TermService`) and `Control\TerminalServer` (correct: `Terminal Server`,
//! with a space). The rule fires if one of them exists, at severity warning if it has contents, otherwise at
//! info.
//!
//! # Why it matters
//! Two Microsoft pages once printed these names, and commands copied from them created the keys. Windows does
//! not read them.
//!
//! # How it can be wrong
//! A third-party service may be named TermServices. A key with `ImagePath` is considered such a service and
//! is not reported.
//!
//! # Fix
//! 1. Find out which setting was intended, and whether the correct key has it: `rdscal show`.
//! 2. If it is wanted and missing, set it by Group Policy: *Set the Remote Desktop licensing mode*, *Use the
//!    specified Remote Desktop license servers* ({gpo:licensing}).
//! 3. If no policy is used, set it on the host: in an elevated Windows PowerShell, with `ChangeMode` or
//!    `SetSpecifiedLicenseServerList` of `Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting`.
//! 4. Then export the misspelled key (`reg export HKLM\SYSTEM\CurrentControlSet\Services\TermServices
//!    stray.reg`, or the key of the finding), and delete it (`reg delete`). Check the name carefully; the
//!    correct key differs by one letter or one space.
//!
//! # Fix safety
//! Windows does not read the place, so emptying it changes nothing. The setting in the documented place takes
//! effect; check numbers and names first. `reg import stray.reg` restores the old state.
//!
//! # Verify
//! Run `rdscal show` again. It lists every place that sets a mode or servers, and the one in force.

use snapshot::KeyPath;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-194",
    name: "misspelt-key",
    title: "settings in a key with a misspelled name",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    recipe: Some("move-stray-settings"),
    sources: &[sources::SECURITY_ERROR, sources::KB834651],
    ..Rule::machine(check)
};

const MISSPELT: [(&str, &str); 2] = [
    (r"SYSTEM\CurrentControlSet\Services\TermServices", "TermService"),
    (r"SYSTEM\CurrentControlSet\Control\TerminalServer", "Terminal Server"),
];

fn check(machine: &Machine<'_>) -> Outcome {
    let seen = machine.look(MISSPELT.map(|(path, _)| KeyPath::fixed_hklm(path)));
    let mut findings = Vec::new();
    for (path, key) in &seen.keys {
        if key.value("ImagePath").is_some() {
            continue;
        }
        let right = MISSPELT
            .iter()
            .find(|(misspelt, _)| KeyPath::fixed_hklm(misspelt) == *path)
            .map_or("", |(_, right)| right);
        let empty = key.values.is_empty() && key.subkeys.is_empty();
        let mut finding = RULE.finding(format!("Windows does not read {path}; the correct key is “{right}”"));
        if empty {
            finding = finding.severity(Severity::Info);
        }
        let mode =
            machine.licensing_mode().strays(Stray::MisspeltKey).map(|stray| (&stray.path, &stray.evidence));
        let list =
            machine.license_servers().strays(Stray::MisspeltKey).map(|stray| (&stray.path, &stray.evidence));
        let inside = mode
            .chain(list)
            .filter(|(stray, _)| stray.starts_with(path))
            .map(|(_, evidence)| evidence.clone());
        findings.push(finding.evidence(Evidence::key(path, key, contents(key))).evidences(inside));
    }
    conclude(findings, seen.missing)
}
