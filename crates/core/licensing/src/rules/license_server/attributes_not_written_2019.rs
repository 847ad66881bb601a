//! Event 4105, where session hosts of Windows Server 2019 are in use.
//!
//! # What it looks at
//! Event 4105 of the last 30 days, together with a session host of the Windows Server 2019 generation: this
//! machine, or one that the license server knows of.
//!
//! # Why it matters
//! Session hosts of Windows Server 2019 write the license attributes as the user who logs on, and users may
//! not write them. The group membership of the license server, which mends event 4105 elsewhere, is not
//! enough.
//!
//! # How it can be wrong
//! Event 4105 has other causes too: `license_server_not_in_group`, `network_service_missing_on_dc` and
//! accounts without the access control entry. Rule these out first.
//!
//! # Fix
//! 1. Check the group membership of the license server first.
//! 2. Delegate read and write of the property set *Terminal Server License Server* to SELF on the users, or
//!    on their organizational unit, as KB4547091 describes.
//!
//! # Fix safety
//! Users can then write their own license attributes. Nothing else is opened.
//!
//! # Verify
//! Event 4105 stops after the next logons.

use crate::knowledge::Generation;
use crate::model::EventRecord;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    id: "RDSL-116",
    name: "attributes_not_written_2019",
    aliases: &[],
    title: "Server 2019 hosts cannot write the license attributes of users",
    family: Family::LicenseServer,
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2019",
    needs: &["licensing events of the System log", "builds of the session hosts"],
    recipe: None,
    sources: &[
        Source {
            title: "KB4547091: license attributes are not updated on a session host",
            url: "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/license-attributes-not-updated-rdsh-server",
        },
        Source {
            title: "KB2030310: event 4105, the license server cannot update the license attributes of a user",
            url: "",
        },
    ],
    check: Check::Machine(check),
};

fn check(machine: &Machine<'_>) -> Outcome {
    let events = machine.recent_events(&[4105], "event 4105 of the licensing service")?;
    if events.is_empty() || !machine.served_hosts()?.contains(&Generation::W2019) {
        return Ok(Vec::new());
    }
    let title = "license attributes of users cannot be written (event 4105), and session hosts run Windows Server 2019";
    Ok(vec![RULE.finding(title).evidences(events.iter().map(EventRecord::evidence))])
}
