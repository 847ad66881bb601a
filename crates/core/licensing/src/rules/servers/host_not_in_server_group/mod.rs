//! A session host that its license server refuses because the host is not in the permitted group.
//!
//! # What it looks at
//! `GetTStoLSConnectivityStatus` of the license servers. The rule fires for status 5. Events of hosts and
//! license servers about the group are covered by `host-licensing-events` and `hosts-refused-by-group`.
//!
//! # Why it matters
//! With the policy *License server security group* (`fSecureLicensing`) a license server serves only members
//! of its local group *RDS Endpoint Servers* (*Terminal Server Computers* on Windows Server 2008 and 2008
//! R2). The group is initially empty. A host outside the group receives no licenses.
//!
//! # How it can be wrong
//! The host may have been added to the group, but not restarted since.
//!
//! # Fix
//! 1. On the license server, add the host's computer account, or a group that contains it, to the local group
//!    *RDS Endpoint Servers* (`lusrmgr.msc`; *Terminal Server Computers* on Windows Server 2008 and 2008 R2).
//! 2. Restart the host in a maintenance window, so that its account receives the new membership.
//! 3. If the policy is not wanted, set *License server security group* (Computer Configuration,
//!    Administrative Templates, Windows Components, Remote Desktop Services, RD Licensing) to *Not
//!    Configured* in the object that sets it.
//!
//! # Fix safety
//! Add single hosts, or a group created for them. Adding *Domain Computers* defeats the purpose of the
//! policy.
//!
//! # Verify
//! Run RD Licensing Diagnoser on the host, or check `IsSecureAccessAllowed` for its name on the server.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-032",
    name: "host-not-in-server-group",
    title: "license server serves only members of its group, and this host is not one",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2008 and later",
    sources: &[sources::SECURITY_GROUP, sources::CONNECTIVITY],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let refusing = machine.servers_with_status(&[5])?;
    if refusing.is_empty() {
        return Ok(Vec::new());
    }
    let title = "the license server refuses this host because the host is not in the permitted group";
    Ok(vec![RULE.finding(title).evidences(refusing.into_iter().map(|(_, evidence)| evidence))])
}
