//! The balloon that warns administrators is disabled while the grace period runs.
//!
//! # What it looks at
//! The policy value `fDisableTerminalServerTooltip` = 1 on a session host whose grace period is still
//! running.
//!
//! # Why it matters
//! The balloon shows an administrator at logon that licensing is not configured and how many days remain.
//! Without it the end of the grace period comes as a surprise.
//!
//! # How it can be wrong
//! If monitoring covers licensing, the balloon is not needed.
//!
//! # Fix
//! 1. Set the mode and the license server now, so that there is nothing to warn about.
//! 2. Or set the policy *Hide notifications about RD Licensing problems that affect the RD Session Host
//!    server* ({gpo:licensing}) to *Not Configured* until then.
//!
//! # Fix safety
//! The policy affects only a balloon.
//!
//! # Verify
//! Run `gpupdate /force` and log on as administrator.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-052",
    name: "grace-tooltip-disabled",
    title: "licensing balloon disabled while the grace period runs",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2003 SP1 and later",
    sources: &[sources::ADMX.at("TS_LICENSE_TOOLTIP")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let policy = machine.value(&places::policy(), "fDisableTerminalServerTooltip")?;
    let Some(hidden) = policy.filter(|found| found.value.as_u32() == Some(1)) else { return Ok(Vec::new()) };
    let end = machine.grace_end()?;
    if end.days_left <= 0 {
        return Ok(Vec::new());
    }
    let title = format!("a policy hides the licensing balloon while the grace period runs ({})", end.shown());
    Ok(vec![RULE.finding(title).evidence(hidden.evidence()).evidence(end.evidence)])
}
