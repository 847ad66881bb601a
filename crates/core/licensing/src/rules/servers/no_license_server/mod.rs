//! A session host that lists no license server.
//!
//! # What it looks at
//! Every place that Windows reads a list from: the policy value `LicenseServers`, and `SpecifiedLicenseServers`
//! below `TermService\Parameters\LicenseServers`, as a value and as a key. It fires where none of them names a
//! server. A list of the wrong type is the business of `server-list-wrong-type`.
//!
//! # Why it matters
//! Since Windows Server 2008 R2 a session host does not look for license servers by itself. Without a list nobody
//! is given a license: users are admitted until the grace period ends (120 days), and from then on nobody but
//! administrators (events 1008 and 1010).
//!
//! # How it can be wrong
//! A deployment of a connection broker may write the list later. Windows Server 2008 and older find servers by
//! themselves; where the version could not be seen, the finding says so.
//!
//! # Fix
//! 1. To get in now: `mstsc /admin` needs no license.
//! 2. Name the license servers in a Group Policy object: *Use the specified Remote Desktop license servers*
//!    ({gpo:licensing}).
//! 3. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//! 4. If a list stands in a place that Windows never reads (see the evidence), take its names over, check that they
//!    still exist, and delete the stray list after an export.
//! 5. Check in RD Licensing Manager that the server is activated and has CALs of the host's mode and version.
//!
//! # Fix safety
//! Naming a server takes nothing away from anybody. From then on the host asks for licenses: users and devices are
//! counted.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`: it shows the list in force, name by name. RD Licensing Diagnoser
//! (`lsdiag.msc`) says whether the servers answer.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-020",
    name: "no-license-server",
    title: "session host without a license server",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows Server 2008 R2 and later",
    recipe: Some("set-servers"),
    sources: &[sources::NO_LICENSE_SERVER, sources::SIXTY_MINUTES],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.product().discovers_license_servers() || !machine.listed_servers()?.is_empty() {
        return Ok(Vec::new());
    }
    let setting = machine.license_servers();
    // A list that holds names and has the wrong type is reported as that.
    if setting.candidates.iter().any(|list| list.standing == CandidateStatus::Invalid && list.value.is_none())
    {
        return Ok(Vec::new());
    }
    let over = machine.grace_is_over();
    let severity = if over == Ok(true) { Severity::Critical } else { Severity::Warning };
    let mut finding = RULE.finding("no license server is configured on this session host").severity(severity);
    if over.is_err() {
        finding = finding.note("whether the grace period is over cannot be told from this source; if it is, users are locked out");
    }
    if machine.product().is_at_least(6, 1).is_none() {
        finding = finding.note("the version of Windows could not be seen; Windows Server 2008 and older find servers by themselves");
    }
    if setting.at(Layer::Stray).next().is_some() {
        finding = finding.note("a list of servers stands where Windows never reads it");
    }
    for (path, name) in
        [(places::policy(), "LicenseServers"), (places::license_servers(), "SpecifiedLicenseServers")]
    {
        if machine.value(&path, name)?.is_none() {
            finding = finding.evidence(Evidence::absent_value(&path, name));
        }
    }
    Ok(vec![finding.evidences(setting.candidates.iter().map(|list| list.evidence.clone()))])
}
