//! License servers in the form of Windows Server 2003 on a Windows that reads another form.
//!
//! # What it looks at
//! The subkeys of `TermService\Parameters\LicenseServers`. The rule fires if there are any on Windows Server
//! 2008 R2 or later, where the list is the value `SpecifiedLicenseServers`.
//!
//! # Why it matters
//! The subkeys have no effect. Instructions for Windows Server 2003 are still copied, and upgrades and
//! scripts preserve the subkeys.
//!
//! # How it can be wrong
//! A remnant of an upgrade beside a correct list does no harm. If the list in force names the same servers,
//! the severity is info.
//!
//! # Fix
//! 1. List the servers that still exist with the policy *Use the specified Remote Desktop license servers*
//!    ({gpo:licensing}).
//! 2. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//! 3. Export `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers` (`reg export`),
//!    then delete the subkeys with server names one by one (`reg delete`). Keep the key itself and its value
//!    `SpecifiedLicenseServers`.
//!
//! # Fix safety
//! Windows does not read the subkeys, so deleting them changes nothing. `reg import` restores them.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use crate::model::{ServerNames, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-027",
    name: "servers-as-subkeys",
    title: "license servers listed as subkeys, as on Windows Server 2003",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2008 R2 and later",
    recipe: Some("set-servers"),
    sources: &[sources::KB279561, sources::KB301932],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let path = places::license_servers();
    let missing = machine.look([path.clone()]).missing;
    let setting = machine.license_servers();
    let Some(subkeys) = setting.at(Layer::Legacy).find(|list| list.path == path) else {
        return conclude(Vec::new(), missing);
    };
    match machine.product().is_at_least(6, 1) {
        Some(true) => {}
        Some(false) => return Ok(Vec::new()),
        None => return Err(Need::Key(places::current_version().to_string()).into()),
    }
    let servers = subkeys.value.as_deref().unwrap_or_default();
    let in_force = setting.effective.value().map(Vec::as_slice).unwrap_or_default();
    let in_force: ServerNames = in_force.iter().collect();
    let covered = servers.iter().all(|server| in_force.has_server(server));
    let title = format!(
        "license servers are listed as subkeys ({}), which this Windows does not read",
        listed(servers)
    );
    let finding = RULE.finding(title).evidence(subkeys.evidence.clone());
    Ok(vec![if covered {
        finding.severity(Severity::Info).note("the list in force also names them")
    } else {
        finding
    }])
}
