//! A licensing mode or a list of license servers in a key that no Windows reads it from.
//!
//! # What it looks at
//! Keys that circulate on the web and do nothing: `LicensingMode` in `WinStations\RDP-Tcp`, `RDPCoreTS\Licensing`,
//! `Terminal Server`, `RCM` or `TermService\Parameters`; lists of servers in `RCM\LicenseServers`,
//! `RCM\SpecifiedLicenseServers`, `Terminal Server\LicenseServers`, `Computers\LicenseServers`,
//! `TermService\Parameters\License` and the like. It fires at warning where such a place holds a setting, and as an
//! information where an invented key is there and holds none.
//!
//! # Why it matters
//! Somebody believes that the setting is made. It is not: no Microsoft document, no public hive and no reputable
//! script knows these places, and pages written by machines keep inventing new ones.
//!
//! # How it can be wrong
//! A program of a third party may keep something of its own in a key of that name.
//!
//! Places with a story of their own have rules of their own: `server-list-one-key-too-high`,
//! `server-list-in-licensing-core`, `value-name-has-blank`, `misspelt-key`, `invented-license-store`.
//!
//! # Fix
//! 1. Find out whether the setting is still wanted, and whether the documented place has it: `rdscal show`.
//! 2. If it is wanted and not there, make it by Group Policy: *Set the Remote Desktop licensing mode*, *Use the
//!    specified Remote Desktop license servers* ({gpo:licensing}).
//! 3. Where no policy is used, set it on the host: in Windows PowerShell as administrator, `ChangeMode` or
//!    `SetSpecifiedLicenseServerList` of
//!    `Get-WmiObject -Namespace root\cimv2\TerminalServices Win32_TerminalServiceSetting`.
//! 4. Then export the stray key (`reg export KEY stray.reg`) and delete the value (`reg delete KEY /v NAME`). An
//!    invented key that is empty by then can be deleted whole (`reg delete KEY`).
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
    id: "RDSL-011",
    name: "setting-without-effect",
    title: "setting in a place that Windows never reads",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    recipe: Some("move-stray-settings"),
    sources: &[sources::NO_TRACE, sources::FOLKLORE],
    ..Rule::machine(check)
};

/// Keys that exist in no Windows.
const INVENTED: [&str; 6] = [
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\SpecifiedLicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\LicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\Computers\LicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RDPCoreTS\Licensing",
    r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\License",
];

fn check(machine: &Machine<'_>) -> Outcome {
    let invented: Vec<_> = INVENTED.into_iter().map(KeyPath::hklm).collect();
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
            let title = format!("Windows never reads {what} from {path} ({name}{})", evidence.found);
            RULE.finding(title).evidence((*evidence).clone())
        })
        .collect();
    for (path, key) in &seen.keys {
        if invented.contains(path) && !strays.iter().any(|(stray, ..)| *stray == path) {
            let finding = RULE
                .finding(format!("the key {path} exists in no Windows and does nothing"))
                .severity(Severity::Info);
            let values = key.values.iter().map(|value| Evidence::value(path, key, value));
            findings.push(finding.evidence(Evidence::key(path, key, contents(key))).evidences(values));
        }
    }
    conclude(findings, seen.missing)
}
