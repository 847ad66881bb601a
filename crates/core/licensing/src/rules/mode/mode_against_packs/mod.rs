//! A session host that requests a kind of license that its license server does not have.
//!
//! # What it looks at
//! The licensing mode in force and the CAL packs of the license server. The rule fires if the host is in Per
//! Device mode and only Per User packs are installed, or the other way round.
//!
//! # Why it matters
//! The server cannot issue what the host requests (event 21 or 22 on the server). In Per Device mode clients
//! receive temporary licenses, and after 90 days none.
//!
//! # How it can be wrong
//! The packs are those of the one server that was queried. The host may list another server with the right
//! packs.
//!
//! # Fix
//! 1. Find out which kind of CAL you own and intended to use.
//! 2. If the packs are right, change the mode of the host: in the Group Policy object that sets it, or, if
//!    none does, with `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).ChangeMode(2)` (2 Per Device, 4 Per User) in an elevated Windows
//!    PowerShell.
//! 3. If the mode is right, install packs of that kind in RD Licensing Manager, or ask the Microsoft
//!    Clearinghouse whether the CALs can be exchanged.
//! 4. Leave the licensing keys of the clients alone; they are not the cause.
//!
//! # Fix safety
//! Changing the mode does not revoke any license. Clients with a temporary license receive a permanent one at
//! their next logon.
//!
//! # Verify
//! Reconnect a client, then look for newly issued licenses in RD Licensing Manager.

use crate::model::LicensingMode;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-013",
    name: "mode-against-packs",
    title: "licensing mode does not match the installed CALs",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2008 and later",
    recipe: Some("set-mode"),
    sources: &[sources::CAL_EVENTS, sources::CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.licensing_mode();
    let (wanted, other, kind) = match setting.certain()? {
        Some(LicensingMode::PerDevice) => (DEVICE, USER, "Per User"),
        Some(LicensingMode::PerUser) => (USER, DEVICE, "Per Device"),
        _ => return Ok(Vec::new()),
    };
    let packs = machine.fact(facts::KEY_PACKS)?;
    // Built-in and temporary packs were not purchased.
    let bought = |product: u32| {
        packs
            .iter()
            .filter(move |pack| matches!(pack.kind, 1 | 2 | 3 | 5) && pack.product_type == product)
            .count()
    };
    let (Some(winner), 0, 1..) = (setting.winner(), bought(wanted), bought(other)) else {
        return Ok(Vec::new());
    };
    let mode = winner.value.map(|mode| mode.to_string()).unwrap_or_default();
    let found = format!("{}, all {kind}", counted(bought(other), "pack"));
    let finding = RULE.finding(format!("the mode is {mode}, but the license server has only {kind} CALs"));
    Ok(vec![
        finding.evidence(winner.evidence.clone()).evidence(machine.fact_evidence(facts::KEY_PACKS, found)),
    ])
}

/// `ProductType` of Per Device packs.
const DEVICE: u32 = 0;
/// `ProductType` of Per User packs.
const USER: u32 = 1;
