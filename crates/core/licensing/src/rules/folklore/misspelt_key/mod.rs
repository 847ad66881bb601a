//! Settings in a key whose name is nearly that of a key of Remote Desktop.
//!
//! # What it looks at
//! `Services\TermServices` (right: `TermService`) and `Control\TerminalServer` (right: `Terminal Server`, with a
//! blank). It fires where one of them exists; at warning where it holds something, else as an information.
//!
//! # Why it matters
//! Two Microsoft pages once printed these names, and commands copied from them made the keys. Windows reads nothing
//! there.
//!
//! # How it can be wrong
//! A service of a third party may be called TermServices; a key with `ImagePath` is taken for one and not reported.
//!
//! # Fix
//! 1. Find out which setting was meant, and whether the right key has it: `rdscal show`.
//! 2. If it is wanted and not there, make it by Group Policy: *Set the Remote Desktop licensing mode*, *Use the
//!    specified Remote Desktop license servers* ({gpo:licensing}).
//! 3. Where no policy is used, set it on the host: in Windows PowerShell as administrator, `ChangeMode` or
//!    `SetSpecifiedLicenseServerList` of
//!    `Get-WmiObject -Namespace root\cimv2\TerminalServices Win32_TerminalServiceSetting`.
//! 4. Then export the misspelt key (`reg export HKLM\SYSTEM\CurrentControlSet\Services\TermServices stray.reg`, or
//!    the key of the finding), and delete it (`reg delete`). Look twice at the name: the right key is one letter or
//!    one blank away.
//!
//! # Fix safety
//! Windows does not read the place; emptying it changes nothing. What is written to the documented place takes
//! effect: check numbers and names first. `reg import stray.reg` brings the old state back.
//!
//! # Verify
//! Run `rdscal show` again: it lists every place that names a mode or servers, and which one wins.

use snapshot::KeyPath;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-194",
    name: "misspelt-key",
    title: "settings in a key with a misspelt name",
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
    let seen = machine.look(MISSPELT.map(|(path, _)| KeyPath::hklm(path)));
    let mut findings = Vec::new();
    for (path, key) in &seen.keys {
        if key.value("ImagePath").is_some() {
            continue;
        }
        let right = MISSPELT
            .iter()
            .find(|(misspelt, _)| KeyPath::hklm(misspelt) == *path)
            .map_or("", |(_, right)| right);
        let empty = key.values.is_empty() && key.subkeys.is_empty();
        let mut finding = RULE.finding(format!("Windows never reads {path}: the key is called “{right}”"));
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
