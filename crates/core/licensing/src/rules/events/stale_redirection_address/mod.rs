//! A redirection address that the host no longer has.
//!
//! # What it looks at
//! `ClusterSettings\SessionDirectoryRedirectionIP`, compared with the addresses of the machine: those that
//! the running machine reported, otherwise those of `Tcpip\Parameters\Interfaces`.
//!
//! # Why it matters
//! The connection broker sends clients to this address. After a move to another network, or on a clone, the
//! address belongs to no host or to another one, and users see an error that resembles a licensing error.
//!
//! # How it can be wrong
//! An address that a router or a load balancer translates is not an address of the machine itself. In an
//! offline source, the last DHCP address may be outdated.
//!
//! # Fix
//! 1. Compare the value with `ipconfig` on the host.
//! 2. Correct it in Server Manager or in the policy *Use IP Address Redirection*.
//! 3. If the machine has only one network adapter, delete the value after an export: `reg export
//!    "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\ClusterSettings" cluster.reg`, then `reg delete`
//!    with the same key and `/v SessionDirectoryRedirectionIP`.
//! 4. Restart the service when no user is logged on. `Restart-Service TermService -Force` ends all sessions.
//!
//! # Fix safety
//! `reg import cluster.reg` restores the old value. Licensing itself is not affected.
//!
//! # Verify
//! A client connects through the broker.

use std::net::IpAddr;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-156",
    name: "stale-redirection-address",
    title: "clients are redirected to an address that the host does not have",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2008 and later",
    sources: &[sources::KB2844958],
    ..Rule::machine(check)
};

const NAME: &str = "SessionDirectoryRedirectionIP";

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(found) = machine.value(&places::cluster_settings(), NAME)? else { return Ok(Vec::new()) };
    let texts = crate::model::own::texts(found.value);
    let Some(wanted) =
        texts.iter().map(|text| text.trim().parse::<IpAddr>()).collect::<Result<Vec<_>, _>>().ok()
    else {
        let title = format!("{NAME} contains {}, which is not an IP address", found.value.shown());
        return Ok(vec![RULE.finding(title).evidence(found.evidence())]);
    };
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let own = machine.addresses()?;
    if wanted.iter().any(|address| own.contains(address)) {
        return Ok(Vec::new());
    }
    let title = format!("{NAME} is {}, which is not an address of this host", found.value.shown());
    let shown = own.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Ok(vec![
        RULE.finding(title)
            .evidence(found.evidence())
            .evidence(Evidence::fact("addresses of the host", shown)),
    ])
}
