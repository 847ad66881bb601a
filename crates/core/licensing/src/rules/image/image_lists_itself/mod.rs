//! A golden image that lists itself as its license server.
//!
//! # What it looks at
//! The license servers in force, compared with the computer name of the image and with `localhost`.
//!
//! # Why it matters
//! Clones have other names. A list that names the image then names a machine that does not exist, and
//! `localhost` names a clone without the role.
//!
//! # How it can be wrong
//! A single server that is both host and license server, and is cloned for a restore rather than as an image.
//!
//! # Fix
//! 1. Leave the list to the policy that reaches the clones: *Use the specified Remote Desktop license
//!    servers* ({gpo:licensing}).
//! 2. Or write the real license server to the image, in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//!
//! # Fix safety
//! Changing the list does not revoke any license.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and check its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-187",
    name: "image-lists-itself",
    title: "the image lists itself as its license server",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Image,
    recipe: Some("set-servers"),
    sources: &[sources::LICENSE_HOSTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let own = machine.name().map(|name| name.to_lowercase());
    let servers = machine.listed_servers()?;
    let itself =
        servers.iter().find(|server| machine.is_itself(server) == Ok(true) || Some(server.host()) == own);
    let Some(server) = itself else { return Ok(Vec::new()) };
    let title = format!("the image lists itself ({server}) as its license server; clones have other names");
    Ok(vec![
        RULE.finding(title)
            .evidences(machine.license_servers().winner().map(|winner| winner.evidence.clone())),
    ])
}
