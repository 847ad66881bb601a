//! A session host that lists no license server.
//!
//! # What it looks at
//! Every place from which Windows reads a list: the policy value `LicenseServers`, and
//! `SpecifiedLicenseServers` below `TermService\Parameters\LicenseServers`, as a value and as a key. The rule
//! fires if none of them names a server. A list of the wrong type is covered by `server-list-wrong-type`.
//!
//! # Why it matters
//! Since Windows Server 2008 R2 a session host does not discover license servers. Without a list no user
//! receives a license. Users are admitted until the grace period ends (120 days), and only administrators
//! after that (events 1008 and 1010).
//!
//! # How it can be wrong
//! A connection broker's deployment may write the list later. If the running host reports license servers,
//! these count. The mode *Entra ID Per User* needs none. Windows Server 2008 and earlier discover servers on
//! their own. If the source does not show the version, the finding says so. If the source does not show the
//! policies, such as a SYSTEM hive alone, the finding is a warning with that condition.
//!
//! # Fix
//! 1. For immediate access use `mstsc /admin`, which needs no license.
//! 2. List the license servers in a Group Policy object: *Use the specified Remote Desktop license servers*
//!    ({gpo:licensing}).
//! 3. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//! 4. If there is a list in a place that Windows does not read (see the evidence), copy its names, check that
//!    the servers still exist, then export and delete that list.
//! 5. Check in RD Licensing Manager that the server is activated and has CALs for the host's mode and
//!    version.
//!
//! # Fix safety
//! Listing a server does not revoke any license. From then on the host requests licenses, and users and
//! devices are counted.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use crate::model::Enforcement;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-020",
    name: "no-license-server",
    title: "session host without a license server",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2008 R2 and later",
    recipe: Some("set-servers"),
    sources: &[sources::NO_LICENSE_SERVER, sources::SIXTY_MINUTES],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    let is_conditional = machine.lists_no_server_locally();
    let needs_none = machine.enforcement() == Enforcement::Nothing;
    if needs_none
        || machine.product().discovers_license_servers()
        || !is_conditional && !machine.listed_servers()?.is_empty()
    {
        return Ok(Vec::new());
    }
    // `server-list-wrong-type` reports a list that has names and the wrong type or encoding.
    if setting.read().any(|list| list.value.is_none()) {
        return Ok(Vec::new());
    }
    let over = machine.grace_is_over();
    let (severity, users) =
        if over == Ok(true) && !is_conditional { machine.without_license() } else { (Severity::Warning, "") };
    let title = format!("no license server is configured on this session host{users}");
    let mut finding = RULE.finding(title).severity(severity);
    if is_conditional {
        finding = finding.note(unless_policy("license servers"));
    }
    if over.is_err() {
        finding = finding.note(
            "this source does not show whether the grace period is over; if it is, users are locked out",
        );
    }
    if machine.product().is_at_least(6, 1).is_none() {
        finding = finding.note("this source does not show the Windows version; Windows Server 2008 and earlier discover servers on their own");
    }
    if setting.at(Layer::Stray).next().is_some() {
        finding = finding.note("a server list exists in a place that Windows does not read");
    }
    for (path, name) in
        [(places::policy(), "LicenseServers"), (places::license_servers(), "SpecifiedLicenseServers")]
    {
        if matches!(machine.value(&path, name), Ok(None)) {
            finding = finding.evidence(Evidence::absent_value(&path, name));
        }
    }
    Ok(vec![finding.evidences(setting.candidates.iter().map(|list| list.evidence.clone()))])
}
