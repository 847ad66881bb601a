//! What a configuration decided, as text.

use licensing::Finding;
use licensing::decisions::{Accepted, UsedConfiguration};

use super::doctor::LABEL;
use super::layout::{self, Page, paint};

/// The configuration in one line: the file, and what of it can be the reason that a finding is missing.
#[must_use]
pub fn configuration(used: &UsedConfiguration) -> String {
    let mut parts = Vec::new();
    if !used.ignored.is_empty() {
        parts.push(format!("ignores {}", used.ignored.join(", ")));
    }
    if !used.severities.is_empty() {
        parts.push(format!("sets the severity of {}", used.severities.join(", ")));
    }
    match used.acceptances {
        0 => {}
        1 => parts.push("1 acceptance".to_owned()),
        count => parts.push(format!("{count} acceptances")),
    }
    if parts.is_empty() { used.file.clone() } else { format!("{} ({})", used.file, parts.join("; ")) }
}

/// What is appended to a title: that its acceptance has expired.
pub(super) fn expired(finding: &Finding) -> String {
    match &finding.accepted {
        Some(Accepted { acceptance, has_expired: true }) => {
            format!(" (its acceptance expired on {})", acceptance.until)
        }
        _ => String::new(),
    }
}

/// Reason, owner and end of an acceptance, and a severity that a configuration changed.
pub(super) fn explained(page: &mut Page, finding: &Finding) {
    if let Some(Accepted { acceptance, has_expired }) = &finding.accepted {
        let state = if *has_expired { " (expired)" } else { "" };
        let text =
            format!("until {}{state} by {}: {}", acceptance.until, acceptance.owner, acceptance.reason);
        page.labeled(6, "Accepted", LABEL, &text);
    }
    if let Some(severity) = finding.original_severity {
        let text = format!("changed from {} by the configuration", format!("{severity:?}").to_lowercase());
        page.labeled(6, "Severity", LABEL, &text);
    }
}

/// The accepted findings: one line in the short form, otherwise each with its reason.
pub(super) fn accepted(page: &mut Page, findings: &[Finding], details: bool) {
    if findings.is_empty() {
        return;
    }
    if !details {
        let each = findings.iter().filter_map(|finding| {
            let until = finding.accepted.as_ref()?.acceptance.until;
            Some(format!("{} until {until}", finding.rule.id))
        });
        let text = format!("{}; -v shows why", each.collect::<Vec<_>>().join(", "));
        page.labeled(2, "Accepted", LABEL, &text);
        return;
    }
    for finding in findings {
        page.gap();
        let head = format!(
            "{} {} {}",
            paint("ACCEPTED", layout::dim()),
            paint(finding.rule.id, layout::strong()),
            finding.title
        );
        page.hanging("  ", "      ", &head);
        explained(page, finding);
        let mut label = "Evidence";
        for evidence in &finding.evidence {
            page.labeled(6, label, LABEL, &layout::evidence(evidence));
            label = "";
        }
    }
}
