//! A licensing mode or a license server list in a key from which Windows does not read it.
//!
//! # What it looks at
//! Keys that circulate on the web and have no effect: `LicensingMode` in `WinStations\RDP-Tcp`,
//! `RDPCoreTS\Licensing`, `Terminal Server`, `RCM` or `TermService\Parameters`; server lists in
//! `RCM\LicenseServers`, `RCM\SpecifiedLicenseServers`, `Terminal Server\LicenseServers`,
//! `Computers\LicenseServers`, `TermService\Parameters\License` and similar keys; subkeys of the policy key
//! that are named after servers. The rule fires at severity warning if such a place has a setting, and at
//! info if an invented key exists without one.
//!
//! # Why it matters
//! Someone believes that the setting was made, but it was not. These places occur in no Microsoft document,
//! no public hive and no reputable script. AI-generated pages continue to invent new ones.
//!
//! # How it can be wrong
//! A third-party program may use a key of that name. Some places are covered by their own rules:
//! `server-list-one-key-too-high`, `server-list-in-licensing-core`, `value-name-has-blank`, `misspelt-key`,
//! `invented-license-store`.
//!
//! # Fix
//! 1. Find out whether the setting is still wanted, and whether the documented place has it: `rdscal show`.
//! 2. If it is wanted and missing, set it by Group Policy: *Set the Remote Desktop licensing mode*, *Use the
//!    specified Remote Desktop license servers* ({gpo:licensing}).
//! 3. If no policy is used, set it on the host: in an elevated Windows PowerShell, with `ChangeMode` or
//!    `SetSpecifiedLicenseServerList` of `Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting`.
//! 4. Then export the stray key (`reg export KEY stray.reg`) and delete the value (`reg delete KEY /v NAME`).
//!    If an invented key is then empty, delete the whole key (`reg delete KEY`).
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
    id: "RDSL-011",
    name: "setting-without-effect",
    title: "setting in a place that Windows does not read",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    recipe: Some("move-stray-settings"),
    sources: &[sources::NO_TRACE, sources::FOLKLORE],
    ..Rule::machine(check)
};

/// Keys that do not exist in any Windows.
const INVENTED: [&str; 6] = [
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\SpecifiedLicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\LicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\Computers\LicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RDPCoreTS\Licensing",
    r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\License",
];

fn check(machine: &Machine<'_>) -> Outcome {
    let invented: Vec<_> = INVENTED.into_iter().map(KeyPath::fixed_hklm).collect();
    let real = [
        places::terminal_server(),
        places::rcm(),
        places::rdp_tcp(),
        places::term_service_parameters(),
        places::policy(),
    ];
    let seen = machine.look(invented.iter().cloned().chain(real));
    let mode = machine
        .licensing_mode()
        .strays(Stray::WrongKey)
        .map(|stray| (&stray.path, &stray.evidence, "a licensing mode"));
    let list = machine
        .license_servers()
        .strays(Stray::WrongKey)
        .map(|stray| (&stray.path, &stray.evidence, "license servers"));
    let strays: Vec<_> = mode.chain(list).collect();
    let mut findings: Vec<_> = strays
        .iter()
        .map(|(path, evidence, what)| {
            let name = evidence.value.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
            let title = format!("Windows does not read {what} from {path} ({name}{})", evidence.found);
            let finding = RULE.finding(title).evidence((*evidence).clone());
            if **path == places::policy() {
                finding.note("in the policy key the list is the value “LicenseServers”, a REG_SZ")
            } else {
                finding
            }
        })
        .collect();
    for (path, key) in &seen.keys {
        if invented.contains(path) && !strays.iter().any(|(stray, ..)| *stray == path) {
            let finding = RULE
                .finding(format!("the key {path} does not exist in any Windows and has no effect"))
                .severity(Severity::Info);
            let values = key.values.iter().map(|value| Evidence::value(path, key, value));
            findings.push(finding.evidence(Evidence::key(path, key, contents(key))).evidences(values));
        }
    }
    conclude(findings, seen.missing)
}
