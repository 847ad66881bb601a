//! More Per User licenses in use than are installed.
//!
//! # What it looks at
//! Total and issued licenses of the Per User packs, added up for each version.
//!
//! # Why it matters
//! Per User licenses are counted, not enforced: nobody is refused. The difference is a question of compliance
//! that an audit will ask.
//!
//! # How it can be wrong
//! Users who left keep their license for up to 60 days after their last logon, and users may be covered by an
//! agreement that is not installed here.
//!
//! # Fix
//! 1. Print the Per User report of RD Licensing Manager and compare it with the people who work there.
//! 2. Buy and install what is missing, or install the packs that you own.
//! 3. Where most people share devices, compare the price of Per Device licenses.
//!
//! # Fix safety
//! Nothing is changed on any host.
//!
//! # Verify
//! The report shows no more issued than installed licenses.

use crate::knowledge::products::CalKind;
use crate::model::key_packs::Pool;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    id: "RDSL-105",
    name: "per_user_overuse",
    aliases: &[],
    title: "more Per User licenses issued than owned",
    family: Family::LicenseServer,
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    needs: &["key packs of the license server"],
    recipe: None,
    sources: &[
        Source { title: "Win32_TSLicenseKeyPack class", url: "" },
        Source {
            title: "Track your Remote Desktop Services client access licenses",
            url: "https://learn.microsoft.com/en-us/windows-server/remote/remote-desktop-services/rds-track-cals",
        },
        Source {
            title: "RDS per-user CAL tracking and reporting (TechNet ee891389)",
            url: "https://technet.microsoft.com/en-us/library/ee891389(v=ws.10).aspx",
        },
    ],
    check: Check::Machine(check),
};

fn check(machine: &Machine<'_>) -> Outcome {
    let pools = Pool::of(&machine.bought_packs()?.unwrap_or_default(), CalKind::PerUser);
    let over = pools.iter().filter(|pool| pool.issued > pool.total);
    Ok(over
        .map(|pool| {
            let Pool { label, total, issued } = pool;
            RULE.finding(format!("{label}: {issued} licenses are in use, {total} are installed"))
                .evidence(pool.evidence(machine))
        })
        .collect())
}
